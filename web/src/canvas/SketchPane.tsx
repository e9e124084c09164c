import { useEffect, useRef } from "react";
import { DOCUMENT_WIDTH } from "../doc/marks";
import { useDesk, useSheet, useStudio } from "../ui/context";
import { activeTool } from "../ui/desk";
import type { Cursors } from "./cursors";
import type { PaneBox } from "./layout";
import type { LiveLayer } from "./live-layer";
import { listen } from "./pointer";
import { fitView, type Placement, place } from "./view";

interface Props {
  readonly pane: PaneBox;
  readonly cursors: Cursors;
  readonly live: LiveLayer;
}

/** The drawing canvas: the committed raster below, the mark under the pen above. */
export function SketchPane({ pane, cursors, live }: Props) {
  const studio = useStudio();
  const height = useSheet((s) => s.height);
  const whole = fitView({ width: DOCUMENT_WIDTH, height });
  const view = useDesk((d) => d.view) ?? whole;
  const tool = useDesk(activeTool);
  const element = useRef<HTMLElement>(null);
  const paper = useRef<HTMLDivElement>(null);
  const at = place(pane.small ? whole : view, pane.box, pane.insets, pane.fit);
  const placement = useRef<Placement>(at);
  placement.current = at;

  useEffect(() => {
    const { canvas } = studio.sketch.raster;
    for (const layer of [canvas, live.surface.canvas]) {
      layer.setAttribute("aria-hidden", "true");
      layer.className = "pointer-events-none absolute inset-0";
    }
    paper.current?.append(canvas, live.surface.canvas);
  }, [studio, live]);

  useEffect(() => {
    if (element.current === null) return;
    const { desk } = studio;
    return listen(element.current, {
      placement: () => placement.current,
      view: () => desk.get().view ?? fitView({ width: DOCUMENT_WIDTH, height: studio.sketch.height }),
      setView: (next) => desk.set({ view: next }),
      tool: () => activeTool(desk.get()),
      begin: (point) => live.begin(point),
      hover: (point) => cursors.move(point),
    });
  }, [studio, cursors, live]);

  return (
    <section
      ref={element}
      aria-label="Sketch: draw here"
      data-pane="sketch"
      onDoubleClick={() => tool === "hand" && studio.desk.set({ view: null })}
      className={`absolute touch-none overflow-hidden ${pane.small ? "float z-20" : ""}`}
      style={{
        left: pane.box.x,
        top: pane.box.y,
        width: pane.box.width,
        height: pane.box.height,
        cursor: tool === "hand" ? "grab" : tool === "brush" || tool === "eraser" ? "none" : "crosshair",
      }}
    >
      <div
        ref={paper}
        className="paper absolute origin-top-left"
        style={{
          width: DOCUMENT_WIDTH,
          height,
          transform: `translate(${at.dx}px, ${at.dy}px) scale(${at.scale})`,
        }}
      />
      <div ref={cursors.attachBrush} />
    </section>
  );
}
