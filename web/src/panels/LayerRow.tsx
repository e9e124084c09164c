import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import {
  ChevronDown,
  ChevronRight,
  Eye,
  EyeOff,
  Film,
  Folder,
  GripVertical,
  ImageIcon,
  Lock,
  LockOpen,
  type LucideIcon,
  MapPin,
  MonitorUp,
  Shapes,
  Type,
  Webcam,
} from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { newSurface, resize, type Surface } from "../canvas/surface";
import { type Layer, type LayerKind, MAX_NAME_CHARS } from "../doc/layers";
import { titleOf } from "../layering";
import { useMoving, useSheet, useStudio } from "../ui/context";
import { whenIdle } from "../ui/idle";
import { Holders } from "./Holders";
import { INDENT_PX } from "./layer-drag";

interface Props {
  readonly layer: Layer;
  readonly depth: number;
  /** A group whose layers are listed. */
  readonly open: boolean;
  /** Differs when the thumbnail does. */
  readonly pixels: string;
  readonly active: boolean;
  readonly picked: boolean;
  readonly dragged: boolean;
  readonly shift_px: number;
  /** There is no room for what is not needed now. */
  readonly narrow: boolean;
  readonly onPress: (id: string, event: React.PointerEvent<HTMLElement>) => void;
  readonly onPick: (id: string, event: React.MouseEvent) => void;
  readonly onKey: (layer: Layer, event: React.KeyboardEvent) => void;
}

const KINDS: Readonly<Record<LayerKind, MessageDescriptor>> = {
  paint: msg`paint`,
  image: msg`picture`,
  text: msg`text`,
  shape: msg`shape`,
  group: msg`group`,
  region: msg`region`,
  live: msg`live`,
  video: msg`video`,
};
const BADGES: Partial<Record<LayerKind, LucideIcon>> = {
  image: ImageIcon,
  text: Type,
  shape: Shapes,
  group: Folder,
  region: MapPin,
  live: Webcam,
  video: Film,
};

const badgeOf = (layer: Layer): LucideIcon | undefined =>
  layer.kind === "live" && layer.source === "screen" ? MonitorUp : BADGES[layer.kind];

/** One layer: press to take it in hand, drag to move it among the others, double-click to rename it. */
export const LayerRow = memo(function LayerRow(props: Props) {
  const { layer, depth, open, pixels, active, picked, dragged, shift_px, narrow } = props;
  const { onPress, onPick, onKey } = props;
  const { layering } = useStudio();
  useLingui();
  const [renaming, setRenaming] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const title = titleOf(layer);
  useEffect(() => {
    if (active) row.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const Badge = badgeOf(layer);
  const on = useMoving((m) => m.on.includes(layer.id));
  const about = [
    i18n._(KINDS[layer.kind]),
    layer.kind === "group" && !open && t`folded`,
    !layer.visible && t`hidden`,
    layer.locked && t`locked`,
    picked && t`picked`,
    on && t`capturing`,
  ].filter(Boolean);
  return (
    <li
      ref={row}
      className={`relative flex h-11 items-center rounded-lg ${active ? "bg-veil/12" : picked ? "bg-veil/9" : "hover:bg-veil/6"} ${
        dragged ? "z-10 bg-raised shadow-lg" : shift_px === 0 ? "" : "transition-transform duration-100"
      }`}
      style={{
        paddingLeft: depth * INDENT_PX,
        ...(shift_px !== 0 && { transform: `translateY(${shift_px}px)` }),
      }}
    >
      {layer.kind === "group" && (
        <button
          type="button"
          tabIndex={-1}
          aria-label={open ? t`Fold ${title}` : t`Unfold ${title}`}
          onClick={() => layering.fold(layer.id)}
          className="-mr-2 ml-0.5 grid h-full w-5 shrink-0 cursor-pointer place-items-center text-faint hover:text-ink pointer-coarse:w-7"
        >
          {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
        </button>
      )}
      {active && <span aria-hidden className="absolute inset-y-2 left-0 w-0.5 rounded-full bg-accent" />}
      {renaming ? (
        <>
          <Thumbnail layer={layer} pixels={pixels} />
          <NameField
            name={title}
            onDone={(name) => {
              setRenaming(false);
              if (name !== null && name !== title) layering.change(layer.id, { name });
            }}
          />
        </>
      ) : (
        <button
          type="button"
          data-layer={layer.id}
          aria-label={`${title}, ${about.join(", ")}`}
          aria-current={active || undefined}
          aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown F2 Delete"
          onPointerDown={(event) => onPress(layer.id, event)}
          onClick={(event) => onPick(layer.id, event)}
          onContextMenu={(event) => {
            event.preventDefault(); // also a long press
            layering.pick(layer.id);
          }}
          onDoubleClick={() => setRenaming(true)}
          onKeyDown={(event) => {
            if (event.key === "F2") setRenaming(true);
            else onKey(layer, event);
          }}
          className="flex h-full min-w-0 flex-1 cursor-pointer items-center rounded-lg text-left outline-offset-[-2px]"
        >
          <span
            data-grip
            className="hidden h-full w-6 shrink-0 touch-none place-items-center text-faint pointer-coarse:grid"
          >
            <GripVertical size={15} aria-hidden />
          </span>
          <Thumbnail layer={layer} pixels={pixels} />
          {Badge && (
            <Badge
              size={12}
              aria-hidden
              className={`mr-1.5 shrink-0 ${on ? "text-bad" : "text-faint"}`}
              style={layer.kind === "region" ? { color: layer.color } : undefined}
            />
          )}
          <span className={`truncate ${layer.visible ? "text-ink" : "text-faint"}`}>{title}</span>
        </button>
      )}
      <Holders layer={layer.id} />
      <Toggle
        icon={layer.locked ? Lock : LockOpen}
        label={layer.locked ? t`Unlock ${title}` : t`Lock ${title}`}
        quiet={!layer.locked}
        held={active && !narrow}
        onClick={() => layering.change(layer.id, { locked: !layer.locked })}
      />
      <Toggle
        icon={layer.visible ? Eye : EyeOff}
        label={layer.visible ? t`Hide ${title}` : t`Show ${title}`}
        quiet={false}
        held={active && !narrow}
        onClick={() => layering.change(layer.id, { visible: !layer.visible })}
      />
    </li>
  );
});

interface ToggleProps {
  readonly icon: LucideIcon;
  readonly label: string;
  /** Seen, and takes room, only when the row is pointed at or it has the focus; to a finger, in the layer in hand. */
  readonly quiet: boolean;
  readonly held: boolean;
  readonly onClick: () => void;
}

function Toggle({ icon: Icon, label, quiet, held, onClick }: ToggleProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className={`grid h-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:h-11 ${
        quiet
          ? `w-0 opacity-0 focus-visible:w-8 focus-visible:opacity-100 [li:hover_&]:w-8 [li:hover_&]:opacity-100 ${held ? "pointer-coarse:w-11 pointer-coarse:opacity-60" : "pointer-coarse:hidden"}`
          : "w-8 pointer-coarse:w-10"
      }`}
    >
      <Icon size={15} strokeWidth={1.75} aria-hidden />
    </button>
  );
}

function NameField({
  name,
  onDone,
}: {
  readonly name: string;
  readonly onDone: (name: string | null) => void;
}) {
  const [draft, setDraft] = useState(name);
  const done = useRef(false);
  const finish = (value: string | null) => {
    if (done.current) return;
    done.current = true;
    onDone(value?.trim() || null);
  };
  return (
    <input
      autoFocus
      aria-label={t`Name of the layer`}
      value={draft}
      maxLength={MAX_NAME_CHARS}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => finish(draft)}
      onKeyDown={(event) => {
        if (event.key === "Enter") finish(draft);
        if (event.key === "Escape") finish(null);
      }}
      className="h-8 min-w-0 flex-1 rounded-lg bg-veil/8 px-2 text-ink outline-none focus-visible:ring-2 focus-visible:ring-accent"
    />
  );
}

const THUMBNAIL_PX = 34;

/** Each thumbnail is painted here, at its own size. */
let board: Surface | null = null;

/**
 * Painted when nothing else is to be done: drawing does not wait for it. Shown as an image: a canvas on the page costs
 * each of its frames, and there is one for each layer.
 */
function Thumbnail({ layer, pixels }: { readonly layer: Layer; readonly pixels: string }) {
  const { sketch } = useStudio();
  const frame = useSheet((s) => s.frame);
  const [picture, setPicture] = useState("");
  const shown = useRef(layer);
  shown.current = layer;
  const scale = THUMBNAIL_PX / Math.max(frame.width, frame.height);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `pixels` says that there is another picture.
  useEffect(() => {
    const density = scale * Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [Math.round(frame.width * density), Math.round(frame.height * density)];
    return whenIdle(() => {
      board ??= newSurface(width, height, true);
      resize(board, width, height);
      sketch.paintThumbnail(shown.current, board);
      setPicture(board.canvas.toDataURL());
    });
  }, [sketch, pixels, frame, scale]);
  return (
    <span
      className={`mr-2.5 ml-2 grid size-[34px] pointer-coarse:mr-2 pointer-coarse:ml-1 shrink-0 place-items-center ${layer.visible ? "" : "opacity-40"}`}
    >
      <span
        className="max-h-full max-w-full overflow-hidden rounded-[4px] bg-paper ring-1 ring-veil/15"
        style={{ width: Math.round(frame.width * scale), aspectRatio: `${frame.width} / ${frame.height}` }}
      >
        {picture !== "" && <img src={picture} alt="" draggable={false} className="size-full" />}
      </span>
    </span>
  );
}
