import { t } from "@lingui/core/macro";
import { useEffect, useRef } from "react";
import { LayerNote } from "../panels/LayerNote";
import { SketchPlace } from "../panels/SketchPlace";
import { useCanEdit, useDesk, useSheet, useStudio, useVideo } from "../ui/context";
import { activeTool, type Tool } from "../ui/desk";
import { Ants } from "./Ants";
import type { Cursors } from "./cursors";
import { Held } from "./Held";
import { Look } from "./Look";
import type { PaneBox } from "./layout";
import type { LiveLayer } from "./live-layer";
import { MirrorAxis } from "./MirrorAxis";
import { MotionPath } from "./MotionPath";
import { CaptureLight, MovingPlaces } from "./MovingPlaces";
import { Others } from "./Others";
import { listen } from "./pointer";
import { TextEditor } from "./TextEditor";
import { TransformBox } from "./TransformBox";
import { FIT, frameTransform, type Placement, place } from "./view";

interface Props {
  readonly pane: PaneBox;
  readonly cursors: Cursors;
  readonly live: LiveLayer;
}

/** How a pane shows the mask; not at all when the engine cannot use it. */
export const maskLook = (masks: boolean, tool: Tool) =>
  masks ? (tool === "mask" ? "" : "mask-aside") : "mask-none";

/** Where the ring is the cursor there is no other. */
const CURSORS: Partial<Record<Tool, string>> = {
  hand: "grab",
  brush: "none",
  eraser: "none",
  mask: "none",
  move: "default",
  text: "text",
};

/** Below the paper, of a button. */
const OFFER_ROOM_PX = 44;

/** The drawing canvas, and over it what the tool in hand needs: handles, a field to write in. */
export function SketchPane({ pane, cursors, live }: Props) {
  const studio = useStudio();
  const frame = useSheet((s) => s.frame);
  const view = useDesk((d) => d.view) ?? FIT;
  const moving = useVideo((v) => v.input.element);
  const inHand = useDesk(activeTool);
  const canEdit = useCanEdit();
  const tool = moving === null && canEdit ? inHand : "hand";
  const masks = useSheet((s) => s.card?.masks === true);
  const element = useRef<HTMLElement>(null);
  const paper = useRef<HTMLDivElement>(null);
  const at = place(pane.small ? FIT : view, pane.box, pane.insets, pane.fit);
  const placement = useRef<Placement>(at);
  placement.current = at;
  const hidden = useDesk((d) => d.chromeHidden);
  const left = Math.max(at.dx + frame.x * at.scale, pane.insets.left);
  const right = Math.min(at.dx + (frame.x + frame.width) * at.scale, pane.box.width - pane.insets.right);
  const lower = at.dy + frame.height * at.scale;
  const bottom = pane.box.height - pane.insets.bottom;
  const below = bottom - lower >= OFFER_ROOM_PX;

  useEffect(() => {
    const { canvas } = studio.sketch.raster;
    const mask = studio.maskLayer.overlays[0].canvas;
    const regions = studio.regions.overlay.canvas;
    for (const layer of [canvas, regions, mask]) {
      layer.setAttribute("aria-hidden", "true");
      layer.className = "pointer-events-none absolute inset-0";
    }
    mask.classList.add("mask-overlay");
    paper.current?.append(canvas, regions, mask);
  }, [studio]);

  useEffect(() => {
    if (element.current === null) return;
    const { desk } = studio;
    return listen(element.current, {
      placement: () => placement.current,
      view: () => desk.get().view ?? FIT,
      setView: (next) => desk.set({ view: next }),
      tool: () =>
        studio.video.now.get().input.element === null && studio.canEdit ? activeTool(desk.get()) : "hand",
      begin: (point, shift) => live.begin(point, shift, "sketch", placement.current.scale),
      hover: (point) => {
        cursors.move(studio.canEdit ? point : null);
        studio.sharing.point(point);
      },
    });
  }, [studio, cursors, live]);

  const name = t`What the video starts from`;
  useEffect(() => {
    if (moving === null) return;
    moving.setAttribute("aria-label", name);
    moving.className = "pointer-events-none absolute inset-0 size-full bg-ground object-cover";
    paper.current?.append(moving);
    return () => moving.remove();
  }, [moving, name]);

  return (
    <section
      ref={element}
      aria-label={moving === null ? t`Sketch: draw here` : t`What the video starts from`}
      data-pane="sketch"
      onDoubleClick={() => {
        const { active } = studio.layering;
        if (tool === "hand") studio.desk.set({ view: null });
        if (tool === "move" && active?.kind === "text") studio.layering.edit(active.id);
      }}
      className={`absolute touch-none overflow-hidden ${pane.small ? "float z-20" : ""}`}
      style={{
        left: pane.box.x,
        top: pane.box.y,
        width: pane.box.width,
        height: pane.box.height,
        cursor: CURSORS[tool] ?? "crosshair",
      }}
    >
      <div
        ref={paper}
        className={`paper absolute origin-top-left ${maskLook(masks, tool)}`}
        style={{
          width: frame.width,
          height: frame.height,
          transform: frameTransform(frame, at),
        }}
      >
        <Look side="sketch" />
      </div>
      {!pane.small && moving === null && <Ants at={at} />}
      {!pane.small && moving === null && <Held at={at} />}
      {!pane.small && <Others at={at} />}
      <div ref={cursors.attachBrush} />
      {!pane.small && moving === null && <MovingPlaces at={at} />}
      {!pane.small && moving === null && canEdit && <TransformBox at={at} />}
      {!pane.small && moving === null && canEdit && <MirrorAxis at={at} />}
      {moving === null && canEdit && <TextEditor at={at} />}
      {!pane.small && moving === null && canEdit && <MotionPath at={at} />}
      <div
        className="pointer-events-none absolute"
        style={{ left: pane.insets.left + 12, top: pane.insets.top + 12, right: pane.insets.right + 12 }}
      >
        <CaptureLight />
      </div>
      {!pane.small && moving === null && !hidden && (
        <div
          className={`pointer-events-none absolute flex justify-center ${below ? "" : "-translate-y-full"}`}
          style={{
            left,
            width: Math.max(0, right - left),
            top: below ? lower + 8 : Math.min(bottom, lower) - 12,
          }}
        >
          <SketchPlace over={!below} />
        </div>
      )}
      <div
        className="pointer-events-none absolute flex justify-center"
        style={{
          left: pane.insets.left,
          right: pane.insets.right,
          bottom: pane.insets.bottom + 12,
        }}
      >
        <LayerNote />
      </div>
    </section>
  );
}
