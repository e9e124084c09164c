import { t } from "@lingui/core/macro";
import { useEffect, useMemo, useRef, useState } from "react";
import { useDesk, useFilming, useSheet, useStudio, useVideo } from "../ui/context";
import { activeTool } from "../ui/desk";
import { Cursors } from "./cursors";
import { isStacked, layout, type PaneBox, snapDivider, timelinePx } from "./layout";
import { LiveLayer } from "./live-layer";
import { RenderPane } from "./RenderPane";
import { SketchPane } from "./SketchPane";
import { FIT, place } from "./view";

export function useWindowSize() {
  const [size, setSize] = useState({ width: window.innerWidth, height: window.innerHeight });
  useEffect(() => {
    const update = () => setSize({ width: window.innerWidth, height: window.innerHeight });
    window.addEventListener("resize", update);
    return () => window.removeEventListener("resize", update);
  }, []);
  return size;
}

/** Both panes and the divider between them. */
export function Stage() {
  const studio = useStudio();
  const size = useWindowSize();
  const frame = useSheet((s) => s.frame);
  const divider = useDesk((d) => d.divider);
  const panelOpen = useDesk((d) => d.panelOpen);
  const chromeHidden = useDesk((d) => d.chromeHidden);
  const dockHeight_px = useDesk((d) => d.dockHeight_px);
  const view = useDesk((d) => d.view);
  const brushSize = useDesk((d) => {
    const tool = activeTool(d);
    return tool === "brush" || tool === "eraser" || tool === "mask" ? d.size : 0;
  });
  const filming = useFilming();
  const historyOpen = useDesk((d) => d.historyOpen);
  const timelineOpen = useDesk((d) => d.timelineOpen);
  const timelineHeight = useDesk((d) => d.timelineHeight);
  const now = layout({
    window: size,
    document: frame,
    divider,
    panelOpen,
    chromeHidden,
    dockHeight_px,
    filming,
    historyOpen,
    timeline_px: timelineOpen ? timelinePx(timelineHeight, size, isStacked(size)) : 0,
  });
  const shown = useRef({ now, view, brushSize });
  shown.current = { now, view, brushSize };

  const live = useMemo(() => new LiveLayer(studio), [studio]);
  const cursors = useMemo(() => {
    const at = (which: "sketch" | "render") => () => {
      const { now, view } = shown.current;
      const pane = now[which];
      const used = pane.small || view === null ? FIT : view;
      return place(used, pane.box, pane.insets, pane.fit);
    };
    return new Cursors({
      brushSize: () => shown.current.brushSize,
      sketch: at("sketch"),
      render: at("render"),
    });
  }, []);
  // The ring follows a size or a zoom that changed under a resting pointer.
  useEffect(() => cursors.draw());

  return (
    <main className="absolute inset-0">
      <SketchPane pane={now.sketch} cursors={cursors} live={live} />
      <RenderPane
        pane={now.render}
        stacked={now.stacked}
        upright={now.upright}
        cursors={cursors}
        live={live}
      />
      {now.divider !== null && (
        <Divider
          at={now.divider}
          from={now.dividerFrom}
          span={now.dividerSpan}
          width={size.width}
          upright={now.upright}
        />
      )}
      {!chromeHidden && !now.sketch.small && <Invitation sketch={now.sketch} upright={now.upright} />}
    </main>
  );
}

/** The first visit's one line; it goes with the first stroke. Above the picture, or where the panes meet. */
function Invitation({ sketch, upright }: { readonly sketch: PaneBox; readonly upright: boolean }) {
  const inviting = useDesk((d) => d.inviting);
  const moving = useVideo((v) => v.input.element !== null);
  if (!inviting || moving) return null;
  const { box, insets } = sketch;
  return (
    <p
      className={`float appear pointer-events-none absolute z-20 -translate-x-1/2 rounded-full px-4 py-1.5 text-ink ${upright ? "-translate-y-1/2" : ""}`}
      style={{
        left: box.x + (insets.left + box.width - insets.right) / 2,
        top: upright ? Math.max(box.y, 80) : 64,
      }}
    >
      {upright ? t`Draw down here` : t`Draw on the left`}
    </p>
  );
}

interface DividerProps {
  readonly at: number;
  readonly from: number;
  readonly span: number;
  readonly width: number;
  readonly upright: boolean;
}

function Divider({ at, from, span, width, upright }: DividerProps) {
  const { desk } = useStudio();
  const value = useDesk((d) => d.divider);
  const set = (next: number) => desk.set({ divider: snapDivider(Math.min(1, Math.max(0, next))) });
  const [less, more] = upright ? ["ArrowDown", "ArrowUp"] : ["ArrowLeft", "ArrowRight"];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a focusable separator with a value is the window splitter of ARIA; <hr> cannot be one.
    <div
      role="separator"
      aria-label={t`Divider between sketch and render`}
      aria-orientation={upright ? "horizontal" : "vertical"}
      aria-valuenow={Math.round(value * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      tabIndex={0}
      className={`group absolute z-10 flex touch-none ${upright ? "inset-x-0 h-4 -translate-y-1/2 cursor-row-resize items-center" : "inset-y-0 w-4 -translate-x-1/2 cursor-col-resize justify-center"}`}
      style={upright ? { top: at } : { left: Math.min(width - 6, Math.max(6, at)) }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId))
          set(((upright ? event.clientY : event.clientX) - from) / span);
      }}
      onPointerUp={(event) => event.currentTarget.blur()}
      onDoubleClick={() => set(0.5)}
      onKeyDown={(event) => {
        const step = event.key === less ? -0.05 : event.key === more ? 0.05 : 0;
        if (step !== 0)
          desk.set({ divider: Math.min(1, Math.max(0, Math.round((value + step) * 100) / 100)) });
      }}
    >
      <span
        className={`bg-veil/10 transition-colors duration-75 group-hover:bg-veil/40 group-active:bg-accent ${upright ? "h-px w-full" : "h-full w-px"}`}
      />
      <span
        className={`absolute rounded-full bg-veil/30 transition-colors duration-75 group-hover:bg-veil/70 group-active:bg-accent ${upright ? "left-1/2 h-1 w-9 -translate-x-1/2" : "top-1/2 h-9 w-1 -translate-y-1/2"}`}
      />
    </div>
  );
}
