import { Copy, ImagePlus, LayersPlus, MapPinPlus, Plus, Trash2, Type, X } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import { unreadable } from "../assets/picture";
import { BLENDS, type Blend, type Layer } from "../doc/layers";
import { titleOf } from "../layering";
import { useDesk, useFilming, useLive, useSheet, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { LabelledSlider } from "../ui/LabelledSlider";
import { LayerRow } from "./LayerRow";
import { RegionLook } from "./RegionLook";

const LABELS: Readonly<Record<Blend, string>> = {
  normal: "Normal",
  multiply: "Multiply",
  screen: "Screen",
  overlay: "Overlay",
  darken: "Darken",
  lighten: "Lighten",
  "color-dodge": "Colour dodge",
  "color-burn": "Colour burn",
  "hard-light": "Hard light",
  "soft-light": "Soft light",
  difference: "Difference",
  exclusion: "Exclusion",
  hue: "Hue",
  saturation: "Saturation",
  color: "Colour",
  luminosity: "Luminosity",
  lighter: "Add",
};

/** What the sketch is composed of, the topmost first. On a phone it lies over the render, so that one draws below it. */
export function LayersPanel({ stacked }: { readonly stacked: boolean }) {
  const { desk } = useStudio();
  const active = useSheet((s) => s.layers.find(({ id }) => id === s.layer) ?? null);
  const filming = useFilming();
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
      label="Close"
      shortcut="layers"
      className="ml-auto"
      onClick={() => desk.set({ panelOpen: false })}
    />
  );
  return (
    <aside
      aria-label="Layers"
      className={`float appear absolute z-30 flex flex-col gap-2 p-4 pb-2 ${
        stacked
          ? `inset-x-2 top-[52px] ${filming ? "max-h-[calc(50dvh-118px)]" : "max-h-[calc(50dvh-90px)]"}`
          : "top-[52px] right-3 max-h-[calc(100dvh-64px)] w-[264px]"
      }`}
    >
      {stacked ? (
        <div className="-mt-2 -mr-2 flex shrink-0 items-end gap-3">
          <h2 className="sr-only">Layers</h2>
          {look}
          {close}
        </div>
      ) : (
        <>
          <div className="-mt-1 -mr-2 flex shrink-0 items-center justify-between">
            <h2 className="font-medium text-ink">Layers</h2>
            {close}
          </div>
          {look}
        </>
      )}
      <List />
      <Actions active={active} onRegion={setMade} />
    </aside>
  );
}

/** How the layer in hand lies on those beneath it. */
function Look({ layer, stacked }: { readonly layer: Layer; readonly stacked: boolean }) {
  const { layering } = useStudio();
  return (
    <div
      className={`shrink-0 ${stacked ? "grid min-w-0 grow grid-cols-[auto_1fr] items-end gap-4" : "flex flex-col gap-2"}`}
    >
      <label className="flex items-center justify-between gap-3 text-soft">
        <span className={stacked ? "sr-only" : ""}>Blend</span>
        <select
          value={layer.blend}
          onChange={(event) => layering.change(layer.id, { blend: event.target.value as Blend })}
          className="h-8 min-w-0 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
        >
          {BLENDS.map((blend) => (
            <option key={blend} value={blend}>
              {LABELS[blend]}
            </option>
          ))}
        </select>
      </label>
      <LabelledSlider
        label="Opacity"
        value={layer.opacity}
        low={0}
        high={1}
        step={0.01}
        fallback={1}
        format={(value) => `${Math.round(value * 100)}%`}
        onChange={(opacity, gesture) =>
          layering.change(layer.id, { opacity }, gesture && `${layer.id}:${gesture}`)
        }
      />
    </div>
  );
}

interface Drag {
  readonly id: string;
  /** From the top. */
  readonly from: number;
  readonly to: number;
  readonly by_px: number;
  readonly row_px: number;
}

const DRAG_AFTER_PX = 4;
const SCROLL_WITHIN_PX = 28;
const SCROLL_STEP_PX = 10;

function List() {
  const { layering } = useStudio();
  const layers = useSheet((s) => s.layers);
  const active = useSheet((s) => s.layer);
  const look = useSheet((s) => s.look);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [said, setSaid] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const shown = layers.toReversed();
  const { sketch } = useStudio();

  const focusRow = useCallback((id: string) => {
    const row = () => list.current?.querySelector<HTMLElement>(`[data-layer="${id}"]`);
    requestAnimationFrame(() => row()?.focus());
  }, []);

  /** The press on a row that may become a drag. */
  const press = useCallback(
    (id: string, event: React.PointerEvent<HTMLElement>) => {
      const rows = list.current;
      const row = event.currentTarget.closest("li");
      if (event.button !== 0 || rows === null || row === null) return;
      const touch = event.pointerType !== "mouse";
      if (touch && (event.target as Element).closest("[data-grip]") === null) return;
      const from = [...rows.children].indexOf(row);
      const row_px = row.offsetHeight;
      const start = event.clientY + rows.scrollTop;
      const stop = new AbortController();
      let now: Drag | null = null;
      const move = (moved: PointerEvent) => {
        const box = rows.getBoundingClientRect();
        if (now !== null && moved.clientY < box.top + SCROLL_WITHIN_PX) rows.scrollTop -= SCROLL_STEP_PX;
        if (now !== null && moved.clientY > box.bottom - SCROLL_WITHIN_PX) rows.scrollTop += SCROLL_STEP_PX;
        const by_px = moved.clientY + rows.scrollTop - start;
        if (now === null && Math.abs(by_px) < DRAG_AFTER_PX) return;
        const to = Math.min(rows.children.length - 1, Math.max(0, from + Math.round(by_px / row_px)));
        now = { id, from, to, by_px, row_px };
        setDrag(now);
      };
      const end = (how: "drop" | "cancel") => {
        stop.abort();
        setDrag(null);
        if (now === null || how === "cancel") return;
        layering.select(id);
        layering.place(id, rows.children.length - 1 - now.to);
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
    [layering],
  );

  const keys = useCallback(
    (layer: Layer, event: React.KeyboardEvent) => {
      const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
      const { all } = layering;
      if (by !== 0 && event.altKey) {
        const place = layering.shift(layer.id, by);
        const where = place === null ? " is at the end" : `, ${place} of ${all.length}`;
        setSaid(`${titleOf(layer)}${where}`);
        focusRow(layer.id);
      } else if (by !== 0) {
        const next = all[all.findIndex(({ id }) => id === layer.id) + by];
        if (next === undefined) return;
        layering.select(next.id);
        focusRow(next.id);
      } else if (event.key === "Delete" || event.key === "Backspace") {
        layering.remove(layer.id);
        const { active: left } = layering;
        if (left !== null) focusRow(left.id);
      } else return;
      event.preventDefault();
    },
    [layering, focusRow],
  );

  return (
    <>
      <ul
        ref={list}
        aria-label="Layers, the topmost first"
        className={`-mx-2 relative min-h-11 flex-1 overflow-y-auto px-2 [scrollbar-width:thin] ${drag ? "cursor-grabbing" : ""}`}
      >
        {shown.map((layer, i) => (
          <LayerRow
            key={layer.id}
            layer={layer}
            // What a thumbnail shows changes with the pixels.
            pixels={look === "" ? "" : sketch.keyOf(layer)}
            active={layer.id === active}
            dragged={drag?.id === layer.id}
            shift_px={drag === null ? 0 : shiftOf(drag, i)}
            onPress={press}
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

/** How far a row gives way to the one that is dragged. */
function shiftOf({ from, to, by_px, row_px }: Drag, i: number): number {
  if (i === from) return by_px;
  if (i > from && i <= to) return -row_px;
  if (i < from && i >= to) return row_px;
  return 0;
}

interface ActionsProps {
  readonly active: Layer | null;
  /** A region was made. */
  readonly onRegion: (id: string) => void;
}

function Actions({ active, onRegion }: ActionsProps) {
  const studio = useStudio();
  const { layering, desk } = studio;
  const count = useSheet((s) => s.layers.length);
  const hasPicture = useLive((l) => l.hasPicture);
  const writing = useDesk((d) => d.tool === "text");
  const file = useRef<HTMLInputElement>(null);
  const bring = async (files: readonly File[]) => {
    for (const picture of files)
      try {
        await layering.addImage(picture, picture.name);
        desk.set({ tool: "move" });
      } catch {
        studio.live.set({ problem: unreadable(picture.name) });
      }
  };
  return (
    <div
      role="toolbar"
      aria-label="Layer actions"
      className="-mx-2 flex shrink-0 items-center justify-between border-line border-t px-1 pt-2"
    >
      <IconButton
        icon={Plus}
        label="New paint layer"
        shortcut="new-layer"
        side="top"
        onClick={() => layering.addPaint()}
      />
      <IconButton
        icon={ImagePlus}
        label="A picture as a layer"
        side="top"
        onClick={() => file.current?.click()}
      />
      <IconButton
        icon={Type}
        label="Text: then press on the sketch"
        shortcut="text"
        side="top"
        aria-pressed={writing}
        onClick={() => desk.set({ tool: "text" })}
      />
      <IconButton
        icon={MapPinPlus}
        label="New region: other words for a part of the picture"
        side="top"
        onClick={() => onRegion(layering.addRegion())}
      />
      <IconButton
        icon={LayersPlus}
        label="The render as a layer"
        shortcut="render-layer"
        side="top"
        disabled={!hasPicture}
        onClick={() => void layering.addRender()}
      />
      <IconButton
        icon={Copy}
        label="Duplicate the layer"
        shortcut="duplicate-layer"
        side="top"
        disabled={active === null}
        onClick={() => active && layering.duplicate(active.id)}
      />
      <IconButton
        icon={Trash2}
        label="Delete the layer"
        shortcut="delete-layer"
        side="top"
        disabled={active === null || count < 2}
        onClick={() => active && layering.remove(active.id)}
      />
      <input
        ref={file}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label="Picture for a layer"
        onChange={(event) => {
          void bring([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </div>
  );
}
