import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import {
  Copy,
  FolderPlus,
  LayersPlus,
  Lock,
  LockOpen,
  MapPinPlus,
  Plus,
  Trash2,
  Type,
  X,
} from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { BLENDS, type Blend, isMoving, type Layer } from "../doc/layers";
import { percent } from "../language/numbers";
import { titleOf } from "../layering";
import { fieldName, fieldWord, layerTarget } from "../timeline/targets";
import { useDesk, useFilming, useLive, useSheet, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { LabelledSlider } from "../ui/LabelledSlider";
import { BringMenu } from "./BringMenu";
import { LayerRow } from "./LayerRow";
import { blockOf, INDENT_PX, landing, rowsOf } from "./layer-drag";
import { MovingLook } from "./MovingLook";
import { RegionLook } from "./RegionLook";
import { KeyDiamond } from "./timeline/KeyDiamond";

const LABELS: Readonly<Record<Blend, MessageDescriptor>> = {
  normal: msg`Normal`,
  multiply: msg`Multiply`,
  screen: msg`Screen`,
  overlay: msg`Overlay`,
  darken: msg`Darken`,
  lighten: msg`Lighten`,
  "color-dodge": msg`Colour dodge`,
  "color-burn": msg`Colour burn`,
  "hard-light": msg`Hard light`,
  "soft-light": msg`Soft light`,
  difference: msg`Difference`,
  exclusion: msg`Exclusion`,
  hue: msg`Hue`,
  saturation: msg`Saturation`,
  color: msg`Colour`,
  luminosity: msg`Luminosity`,
  lighter: msg`Add`,
};

/** What the sketch is composed of, the topmost first. On a phone it lies over the render, so that one draws below it. */
export function LayersPanel({ stacked }: { readonly stacked: boolean }) {
  const { desk } = useStudio();
  const active = useSheet((s) => s.layers.find(({ id }) => id === s.layer) ?? null);
  const filming = useFilming();
  const tall = active?.kind === "region" || isMoving(active);
  /** A region that was made just now. */
  const [made, setMade] = useState<string | null>(null);
  const asked = useCallback(() => setMade(null), []);
  const look =
    active?.kind === "region" ? (
      <RegionLook
        key={active.id}
        layer={active}
        stacked={stacked}
        made={made === active.id}
        onAsked={asked}
      />
    ) : (
      active !== null && <Look key={active.id} layer={active} stacked={stacked} />
    );
  const close = (
    <IconButton
      icon={X}
      label={t`Close`}
      shortcut="layers"
      className={`${stacked || active === null ? "ml-auto" : "ml-auto pointer-coarse:ml-0"} ${stacked && tall ? "-mt-2.5" : ""}`}
      onClick={() => desk.set({ panelOpen: false })}
    />
  );
  return (
    <aside
      aria-label={t`Layers`}
      className={`float appear absolute z-30 flex flex-col gap-2 overflow-y-auto p-4 pb-2 [scrollbar-width:thin] ${
        stacked
          ? `inset-x-2 top-[52px] ${filming ? "max-h-[calc(50dvh-118px)]" : "max-h-[calc(50dvh-90px)]"}`
          : "top-[52px] right-3 max-h-[calc(100dvh-64px-var(--foot))] w-[264px]"
      }`}
    >
      {stacked ? (
        <div className={`-mt-2 -mr-2 flex shrink-0 gap-3 ${tall ? "items-start" : "items-end"}`}>
          <h2 className="sr-only">{t`Layers`}</h2>
          {look}
          {close}
        </div>
      ) : (
        <>
          <div className="-mt-1 -mr-2 flex shrink-0 items-center justify-between">
            <h2 className="font-medium text-ink">{t`Layers`}</h2>
            {active !== null && <HandLock layer={active} />}
            {close}
          </div>
          {look}
        </>
      )}
      <List stacked={stacked} />
      <Actions active={active} stacked={stacked} onRegion={setMade} />
    </aside>
  );
}

/** To a finger, whose row has no room for it: the lock of the layer in hand. */
function HandLock({ layer }: { readonly layer: Layer }) {
  const { layering } = useStudio();
  return (
    <IconButton
      icon={layer.locked ? Lock : LockOpen}
      label={layer.locked ? t`Unlock the layer` : t`Lock the layer`}
      className="ml-auto not-pointer-coarse:hidden"
      onClick={() => layering.change(layer.id, { locked: !layer.locked })}
    />
  );
}

/** How the layer in hand lies on those beneath it. */
function Look({ layer, stacked }: { readonly layer: Layer; readonly stacked: boolean }) {
  const { layering } = useStudio();
  return (
    <div
      className={stacked ? "grid min-w-0 flex-1 grid-cols-2 items-end gap-4" : "flex shrink-0 flex-col gap-2"}
    >
      <label className="flex min-w-0 items-center justify-between gap-3 text-soft">
        <span className={stacked ? "sr-only" : ""}>{t`Blend`}</span>
        <select
          value={layer.blend}
          onChange={(event) => layering.change(layer.id, { blend: event.target.value as Blend })}
          className={`h-8 min-w-0 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11 ${stacked ? "w-full" : ""}`}
        >
          {BLENDS.map((blend) => (
            <option key={blend} value={blend}>
              {i18n._(LABELS[blend])}
            </option>
          ))}
        </select>
      </label>
      <LabelledSlider
        label={t`Opacity`}
        value={layer.opacity}
        low={0}
        high={1}
        step={0.01}
        fallback={1}
        format={percent}
        track={layerTarget(layer.id, "opacity")}
        onChange={(opacity, gesture) =>
          layering.change(layer.id, { opacity }, gesture && `${layer.id}:${gesture}`)
        }
      />
      {isMoving(layer) && <MovingLook layer={layer} stacked={stacked} />}
      <Keyframes layer={layer} stacked={stacked} />
    </div>
  );
}

const PLACES = ["position", "scale", "rotation", "visible"] as const;

/** While the timeline is open: where the layer lies, as keyframes. */
function Keyframes({ layer, stacked }: { readonly layer: Layer; readonly stacked: boolean }) {
  const open = useDesk((d) => d.timelineOpen);
  if (!open) return null;
  return (
    <fieldset
      aria-label={t`Keyframes of the layer`}
      className={`grid gap-x-5 text-small text-soft ${stacked ? "col-span-2 grid-cols-4" : "-mr-1 grid-cols-2"}`}
    >
      {PLACES.map((field) => (
        <span key={field} className="flex items-center justify-between">
          {fieldName(field)}
          <KeyDiamond target={layerTarget(layer.id, field)} name={`${titleOf(layer)}: ${fieldWord(field)}`} />
        </span>
      ))}
    </fieldset>
  );
}

interface Drag {
  /** Which row, from the top, and how many go with it. */
  readonly from: number;
  readonly count: number;
  /** Before which of the others. */
  readonly to: number;
  readonly depth: number;
  readonly by_px: number;
  readonly row_px: number;
}

const DRAG_AFTER_PX = 4;
const SCROLL_WITHIN_PX = 28;
const SCROLL_STEP_PX = 10;

function List({ stacked }: { readonly stacked: boolean }) {
  const { layering, sketch, desk } = useStudio();
  const layers = useSheet((s) => s.layers);
  const active = useSheet((s) => s.layer);
  const look = useSheet((s) => s.look);
  const folded = useDesk((d) => d.folded);
  const picked = useDesk((d) => d.picked);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [said, setSaid] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const rows = useMemo(() => rowsOf(layers, folded), [layers, folded]);

  const focusRow = useCallback((id: string) => {
    const row = () => list.current?.querySelector<HTMLElement>(`[data-layer="${id}"]`);
    requestAnimationFrame(() => row()?.focus());
  }, []);

  /** The press on a row that may become a drag. */
  const press = useCallback(
    (id: string, event: React.PointerEvent<HTMLElement>) => {
      const box = list.current;
      const row = event.currentTarget.closest("li");
      const from = rows.findIndex(({ layer }) => layer.id === id);
      if (event.button !== 0 || box === null || row === null || from < 0) return;
      const touch = event.pointerType !== "mouse";
      if (touch && (event.target as Element).closest("[data-grip]") === null) return;
      const count = blockOf(rows, from);
      const own = rows[from]?.depth ?? 0;
      const row_px = row.offsetHeight;
      const start = { x: event.clientX, y: event.clientY + box.scrollTop };
      const stop = new AbortController();
      let now: Drag | null = null;
      const move = (moved: PointerEvent) => {
        const { top, bottom } = box.getBoundingClientRect();
        if (now !== null && moved.clientY < top + SCROLL_WITHIN_PX) box.scrollTop -= SCROLL_STEP_PX;
        if (now !== null && moved.clientY > bottom - SCROLL_WITHIN_PX) box.scrollTop += SCROLL_STEP_PX;
        const by_px = moved.clientY + box.scrollTop - start.y;
        if (now === null && Math.abs(by_px) < DRAG_AFTER_PX) return;
        const to = Math.min(rows.length - count, Math.max(0, from + Math.round(by_px / row_px)));
        const wanted = own + Math.round((moved.clientX - start.x) / INDENT_PX / 2);
        now = { from, count, to, by_px, row_px, depth: landing(rows, from, to, wanted).depth };
        setDrag(now);
      };
      const end = (how: "drop" | "cancel") => {
        stop.abort();
        setDrag(null);
        if (now === null || how === "cancel") return;
        const { parent, index } = landing(rows, from, now.to, now.depth);
        layering.select(id);
        layering.put(id, parent, index);
      };
      const options = { signal: stop.signal };
      window.addEventListener("pointermove", move, options);
      window.addEventListener("pointerup", () => end("drop"), options);
      window.addEventListener("pointercancel", () => end("cancel"), options);
      window.addEventListener(
        "keydown",
        (key) => {
          if (key.key !== "Escape") return;
          key.stopPropagation();
          end("cancel");
        },
        { capture: true, ...options },
      );
    },
    [layering, rows],
  );

  const pick = useCallback(
    (id: string, event: React.MouseEvent) => {
      if (event.ctrlKey || event.metaKey) layering.pick(id);
      else if (event.shiftKey)
        layering.pickTo(
          id,
          rows.map(({ layer }) => layer.id),
        );
      else layering.select(id);
    },
    [layering, rows],
  );

  const keys = useCallback(
    (layer: Layer, event: React.KeyboardEvent) => {
      const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
      const { all } = layering;
      const listed = rows.map((row) => row.layer.id);
      if (by !== 0 && event.altKey) {
        const place = layering.shift(layer.id, by);
        const [title, count] = [titleOf(layer), all.length];
        setSaid(place === null ? t`${title} is at the end` : t`${title}, ${place} of ${count}`);
        focusRow(layer.id);
      } else if (by !== 0) {
        const next = listed[listed.indexOf(layer.id) - by];
        if (next === undefined) return;
        if (event.shiftKey) layering.pick(next);
        else layering.select(next);
        focusRow(next);
      } else if (layer.kind === "group" && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
        const isFolded = desk.get().folded.includes(layer.id);
        if (isFolded === (event.key === "ArrowRight")) layering.fold(layer.id);
      } else if (event.key === "Delete" || event.key === "Backspace") {
        layering.removeAll(layering.picked.has(layer.id) ? layering.picked : new Set([layer.id]));
        const { active: left } = layering;
        if (left !== null) focusRow(left.id);
      } else return;
      event.preventDefault();
    },
    [layering, focusRow, rows, desk],
  );

  return (
    <>
      <ul
        ref={list}
        aria-label={t`Layers, the topmost first`}
        className={`-mx-2 relative flex-1 overflow-y-auto px-2 [scrollbar-width:thin] ${stacked ? "min-h-11" : "min-h-22"} ${drag ? "cursor-grabbing" : ""}`}
      >
        {rows.map(({ layer, depth, open }, i) => (
          <LayerRow
            key={layer.id}
            layer={layer}
            depth={depth + (drag !== null && moves(drag, i) ? drag.depth - (rows[drag.from]?.depth ?? 0) : 0)}
            open={open}
            // What a thumbnail shows changes with the pixels.
            pixels={look === "" ? "" : sketch.keyOf(layer)}
            active={layer.id === active}
            picked={picked.includes(layer.id)}
            dragged={drag !== null && moves(drag, i)}
            shift_px={drag === null ? 0 : shiftOf(drag, i)}
            narrow={!stacked}
            onPress={press}
            onPick={pick}
            onKey={keys}
          />
        ))}
      </ul>
      <p role="status" className="sr-only">
        {said}
      </p>
    </>
  );
}

const moves = ({ from, count }: Drag, i: number) => i >= from && i < from + count;

/** How far a row gives way to those that are dragged. */
function shiftOf(drag: Drag, i: number): number {
  const { from, count, to, by_px, row_px } = drag;
  if (moves(drag, i)) return by_px;
  const at = i < from ? i : i - count;
  if (at >= from && at < to) return -row_px * count;
  if (at < from && at >= to) return row_px * count;
  return 0;
}

interface ActionsProps {
  readonly stacked: boolean;
  readonly active: Layer | null;
  /** A region was made. */
  readonly onRegion: (id: string) => void;
}

function Actions({ active, stacked, onRegion }: ActionsProps) {
  const studio = useStudio();
  const { layering, desk } = studio;
  const count = useSheet((s) => s.layers.length);
  const hasPicture = useLive((l) => l.hasPicture);
  const writing = useDesk((d) => d.tool === "text");
  return (
    <div
      role="toolbar"
      aria-label={t`Layer actions`}
      className={`-mx-2 sticky -bottom-2 z-20 -mb-2 shrink-0 border-line border-t bg-surface pt-2 pb-2 ${stacked ? "flex justify-between [&>button]:min-w-0 [&>button]:shrink" : "grid grid-cols-8 justify-items-center pointer-coarse:grid-cols-4 [&>button]:max-w-full"}`}
    >
      <IconButton
        icon={Plus}
        label={t`New paint layer`}
        shortcut="new-layer"
        side="top"
        onClick={() => layering.addPaint()}
      />
      <BringMenu />
      <IconButton
        icon={Type}
        label={t`Text: then press on the sketch`}
        shortcut="text"
        side="top"
        aria-pressed={writing}
        onClick={() => desk.set({ tool: "text" })}
      />
      <IconButton
        icon={MapPinPlus}
        label={t`New region: other words for a part of the picture`}
        side="top"
        onClick={() => onRegion(layering.addRegion())}
      />
      <IconButton
        icon={LayersPlus}
        label={t`The render as a layer`}
        shortcut="render-layer"
        side="top"
        disabled={!hasPicture}
        onClick={() => void layering.addRender()}
      />
      <IconButton
        icon={FolderPlus}
        label={t`Group the layers that are picked`}
        shortcut="group-layers"
        side="top"
        disabled={active === null}
        onClick={() => layering.group()}
      />
      <IconButton
        icon={Copy}
        label={t`Duplicate the layer`}
        shortcut="duplicate-layer"
        side="top"
        disabled={active === null}
        onClick={() => active && layering.duplicate(active.id)}
      />
      <IconButton
        icon={Trash2}
        label={t`Delete the layer`}
        shortcut="delete-layer"
        side="top"
        disabled={active === null || count < 2}
        onClick={() => layering.removeAll(layering.picked)}
      />
    </div>
  );
}
