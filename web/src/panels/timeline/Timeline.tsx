import { t } from "@lingui/core/macro";
import {
  Circle,
  ClipboardPaste,
  Copy,
  Pause,
  Play,
  Repeat,
  SkipBack,
  Trash2,
  X,
  ZoomIn,
  ZoomOut,
} from "lucide-react";
import { useState } from "react";
import { HISTORY_PX, MAX_TIMELINE_PART, MIN_TIMELINE_PX, timelinePx } from "../../canvas/layout";
import { useWindowSize } from "../../canvas/Stage";
import { fixOf, messageOf } from "../../language/problems";
import { useDesk, useRendering, useStudio, useTiming } from "../../ui/context";
import { IconButton } from "../../ui/IconButton";
import { sentence } from "../../ui/words";
import { AddMenu, KeyMenu, MoreMenu, PathMenu } from "./menus";
import { RenderMenu } from "./RenderMenu";
import { MAX_ZOOM, Tracks } from "./Tracks";
import { sayTime } from "./words";

const NARROW_PX = 640;
const ZOOM_STEP = 1.5;

/** What is when: keyframes of anything, played, recorded, and rendered frame by frame. */
export function Timeline({ stacked }: { readonly stacked: boolean }) {
  const open = useDesk((d) => d.timelineOpen);
  const historyOpen = useDesk((d) => d.historyOpen);
  const wanted = useDesk((d) => d.timelineHeight);
  const size = useWindowSize();
  const [zoom, setZoom] = useState(1);
  if (!open) return null;
  const narrow = size.width < NARROW_PX;
  return (
    <section
      aria-label={t`Timeline`}
      className={`flex flex-col border-line border-t bg-bar ${stacked ? "relative" : "absolute inset-x-0 z-20"}`}
      style={{ height: timelinePx(wanted, size, stacked), bottom: stacked || !historyOpen ? 0 : HISTORY_PX }}
    >
      <Edge height={wanted} window_px={size.height} />
      <Bar zoom={zoom} onZoom={setZoom} narrow={narrow} />
      <Said />
      <Tracks zoom={zoom} onZoom={setZoom} narrow={narrow} />
    </section>
  );
}

/** Its upper edge, to be dragged. */
function Edge({ height, window_px }: { readonly height: number; readonly window_px: number }) {
  const { desk } = useStudio();
  const high = Math.round(window_px * MAX_TIMELINE_PART);
  const set = (px: number) =>
    desk.set({ timelineHeight: Math.min(high, Math.max(MIN_TIMELINE_PX, Math.round(px))) });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a focusable separator with a value is the window splitter of ARIA; <hr> cannot be one.
    <div
      role="separator"
      aria-label={t`Height of the timeline`}
      aria-orientation="horizontal"
      aria-valuenow={height}
      aria-valuemin={MIN_TIMELINE_PX}
      aria-valuemax={high}
      tabIndex={0}
      className="-top-1.5 absolute inset-x-0 z-30 h-3 cursor-row-resize touch-none hover:bg-veil/10 active:bg-accent/40"
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const { bottom = 0 } = event.currentTarget.parentElement?.getBoundingClientRect() ?? {};
        set(bottom - event.clientY);
      }}
      onPointerUp={(event) => event.currentTarget.blur()}
      onKeyDown={(event) => {
        const by = event.key === "ArrowUp" ? 16 : event.key === "ArrowDown" ? -16 : 0;
        if (by === 0) return;
        event.preventDefault();
        set(height + by);
      }}
    />
  );
}

interface BarProps {
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
  readonly narrow: boolean;
}

function Bar({ zoom, onZoom, narrow }: BarProps) {
  const { timing, desk } = useStudio();
  const playing = useTiming((t) => t.playing);
  const recording = useTiming((t) => t.recording);
  const loop = useTiming((t) => t.timeline.loop);
  const picked = useTiming((t) => t.selected.size);
  const rule = <span className="mx-1 h-4 w-px shrink-0 bg-line" />;
  return (
    <div
      role="toolbar"
      aria-label={t`Timeline tools`}
      className="flex h-10 shrink-0 items-center gap-0.5 overflow-x-auto border-line border-b px-2 [scrollbar-width:none] pointer-coarse:h-12 pointer-coarse:gap-0"
    >
      <IconButton icon={SkipBack} label={t`To the beginning`} side="top" onClick={() => timing.stop()} />
      <IconButton
        icon={playing ? Pause : Play}
        label={playing ? t`Pause the timeline` : t`Play the timeline`}
        shortcut="timeline-play"
        side="top"
        onClick={() => timing.toggle()}
      />
      <IconButton
        icon={Circle}
        label={recording ? t`Stop recording` : t`Record: what you move while it plays becomes keyframes`}
        side="top"
        aria-pressed={recording}
        className={
          recording
            ? "recording text-bad hover:text-bad [&>svg]:fill-current"
            : "[&>svg]:fill-current [&>svg]:text-bad"
        }
        onClick={() => timing.record()}
      />
      <IconButton
        icon={Repeat}
        label={t`Loop`}
        side="top"
        aria-pressed={loop}
        className={loop ? "bg-veil/16 text-ink" : ""}
        onClick={() => timing.setPace({ loop: !loop })}
      />
      <Clock narrow={narrow} />
      {rule}
      <AddMenu />
      <KeyMenu />
      <PathMenu />
      <IconButton
        icon={Copy}
        label={t`Copy the keyframes`}
        side="top"
        disabled={picked === 0}
        onClick={() => timing.copy()}
      />
      <IconButton
        icon={ClipboardPaste}
        label={t`Paste at the playhead`}
        side="top"
        onClick={() => timing.paste()}
      />
      <IconButton
        icon={Trash2}
        label={t`Delete the keyframes`}
        side="top"
        disabled={picked === 0}
        onClick={() => timing.remove(timing.selection)}
      />
      <span className="min-w-1 flex-1" />
      <IconButton
        icon={ZoomOut}
        label={t`Zoom out`}
        side="top"
        disabled={zoom <= 1}
        onClick={() => onZoom(Math.max(1, zoom / ZOOM_STEP))}
      />
      <IconButton
        icon={ZoomIn}
        label={t`Zoom in`}
        side="top"
        disabled={zoom >= MAX_ZOOM}
        onClick={() => onZoom(Math.min(MAX_ZOOM, zoom * ZOOM_STEP))}
      />
      {rule}
      <RenderMenu />
      <MoreMenu />
      <IconButton
        icon={X}
        label={t`Close the timeline`}
        // The row scrolls where it has little room; the way out stays.
        className="sticky right-0 bg-bar"
        shortcut="timeline"
        side="top"
        onClick={() => desk.set({ timelineOpen: false })}
      />
    </div>
  );
}

function Clock({ narrow }: { readonly narrow: boolean }) {
  const at_ms = useTiming((t) => t.at_ms);
  const { duration_ms, fps } = useTiming((t) => t.timeline);
  const frame = Math.round((at_ms * fps) / 1000);
  return (
    <p className="figures shrink-0 px-2 text-ink" role="timer" aria-live="off">
      {sayTime(at_ms)}
      {!narrow && (
        <span className="text-faint">
          {` / ${sayTime(duration_ms)}`}
          <span className="max-[999px]:hidden">
            {" · "}
            {t`frame ${frame}`}
          </span>
        </span>
      )}
    </p>
  );
}

/** What went wrong, where it happened. */
function Said() {
  const { timing } = useStudio();
  const problem = useTiming((t) => t.problem);
  const drawing = useTiming((t) => t.drawing);
  const rendering = useRendering((r) => r.frames);
  if (problem === null)
    return (
      <p role="status" className={drawing ? "shrink-0 border-line border-b px-3 py-1 text-soft" : "sr-only"}>
        {drawing
          ? t`Draw the path on the sketch. Escape gives it up.`
          : rendering === null
            ? ""
            : t`Rendering frame ${{ done: rendering.done }} of ${{ all: rendering.all }}`}
      </p>
    );
  return (
    <div role="alert" className="flex shrink-0 items-start gap-2 border-line border-b py-1 pr-1 pl-3">
      <p className="min-w-0 flex-1 py-1 text-soft">
        <span className="text-ink">{sentence(messageOf(problem))}</span> {sentence(fixOf(problem))}{" "}
        <span className="text-faint">{problem.code}</span>
      </p>
      <IconButton icon={X} label={t`Dismiss`} side="top" onClick={() => timing.dismiss()} />
    </div>
  );
}
