/** What a press on a pane does with the tool in hand. What is under the pen is painted in the pointer's own event. */

import { type Box as Brushes, heldAt } from "../brushes/box";
import { isMaskMark } from "../doc/marks";
import type { StrokePoint } from "../doc/points";
import { SHAPES, type ShapeName } from "../doc/shapes";
import type { Studio } from "../studio";
import { activeTool, isSelectTool, type Tool } from "../ui/desk";
import { beginMove } from "./move";
import { beginSelect, beginShift } from "./select";
import { beginShape } from "./shape-gesture";
import { beginGesture, type Gesture, type GestureWorld, type Hand } from "./tools";

/** Those that leave a mark on a layer. */
const PAINTS: ReadonlySet<Tool> = new Set<Tool>(["brush", "eraser", "area", "fill", ...SHAPES]);

/** CSS pixels that a stroke lags behind the steadiest hand. */
const MAX_LAG_PX = 120;

/** scale: CSS pixels a document unit. */
const handOf = (brushes: Brushes, tool: Tool, scale: number): Hand => ({
  brush: heldAt(brushes, tool === "eraser" ? "eraser" : "brush").brush,
  seed: Math.floor(Math.random() * 2 ** 32),
  symmetry: brushes.symmetry.mirror === "off" ? null : brushes.symmetry,
  lag: (brushes.smoothing ** 2 * MAX_LAG_PX) / scale,
});

const isShape = (tool: Tool): tool is ShapeName => SHAPES.some((shape) => shape === tool);

export class LiveLayer {
  constructor(private readonly studio: Studio) {}

  /** pane: the eyedropper and the wand take the colour from there. scale: CSS pixels a document unit. */
  begin(at: StrokePoint, shift: boolean, pane: "sketch" | "render", scale: number): Gesture | null {
    const { studio } = this;
    const { desk, layering } = studio;
    const tool = activeTool(desk.get());
    desk.set({ inviting: false, note: null });
    const wrote = desk.get().editing !== null;
    if (tool !== "eyedropper") layering.endWriting();
    if (tool === "text") {
      if (this.contains(at.x, at.y)) layering.writeAt(at.x, at.y, wrote);
      return null;
    }
    if (isSelectTool(tool)) return beginSelect(studio.selecting, tool, at, shift, pane);
    if (tool === "move")
      return studio.selecting.holds(at)
        ? beginShift(studio.selecting, at)
        : beginMove(studio, at, scale, shift);
    if (isShape(tool) && desk.get().shapeLayers) return beginShape(studio, tool, at);
    if (!PAINTS.has(tool)) return beginGesture(tool, desk.get(), at, this.world(pane), shift);
    if (!layering.begin(tool === "eraser")) return null;
    const hand = handOf(studio.brushes.now.get(), tool, scale);
    const gesture = beginGesture(tool, desk.get(), at, this.world(pane), shift, hand);
    if (gesture === null) {
      layering.finish();
      return null;
    }
    return {
      move: (points, predicted, shift, alt) => gesture.move(points, predicted, shift, alt),
      end: () => {
        gesture.end();
        layering.finish();
      },
      cancel: () => {
        gesture.cancel();
        layering.finish();
      },
    };
  }

  private contains(x: number, y: number): boolean {
    const { frame } = this.studio.sketch;
    return x >= frame.x && y >= frame.y && x < frame.x + frame.width && y < frame.y + frame.height;
  }

  private world(pane: "sketch" | "render"): GestureWorld {
    const { studio } = this;
    const { clip } = studio.selecting;
    const colorAt = pane === "render" ? studio.render.sampler(studio.sketch.frame) : null;
    return {
      preview: (live, predicted) => {
        if (live !== null) studio.video.drawn();
        studio.sketch.setLive(live && { ...live, clip }, predicted);
        studio.touch();
      },
      beginMask: () => studio.masking.begin(),
      previewMask: (live) => {
        studio.masking.stroke(live && { ...live, clip });
        studio.render.refresh();
        studio.touch();
      },
      commit: (mark) => {
        studio.video.drawn();
        const limited = clip === undefined ? mark : { ...mark, clip };
        if (isMaskMark(limited)) {
          studio.doc.addMark(limited);
          return;
        }
        studio.layering.commit(limited);
        if ("color" in mark && !(mark.type === "stroke" && mark.tool === "eraser"))
          studio.recent.used(mark.color);
      },
      contains: (x, y) => this.contains(x, y),
      colorAt: colorAt ?? ((x, y) => studio.sketch.colorAt(x, y)),
      pick: (color) => studio.desk.set({ color }),
    };
  }
}
