/** Putting one mark on a 2D context whose units are document units. Shared by the raster, the live overlay and shots. */

import type { ShapeMark, StrokeMark } from "../doc/marks";
import { type StrokePoint, unpackPoints } from "../doc/points";
import { DEFAULT_SIDES, isLine } from "../doc/shapes";
import { boundsOf } from "./bounds";
import { isBrushed, paintInk } from "./ink";
import { paintShape, type ShapeLook } from "./shape";
import { strokePath } from "./stroke";

export type Context2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A mark that can be painted without reading pixels or decoding images. */
export type VectorMark = StrokeMark | ShapeMark;

export const erases = (mark: VectorMark) => mark.type === "stroke" && mark.tool === "eraser";

/** live: points not yet packed, for a stroke under the pen. */
export function paintVector(context: Context2D, mark: VectorMark, live?: readonly StrokePoint[]): void {
  context.globalAlpha = mark.opacity;
  context.fillStyle = mark.color;
  if (erases(mark)) context.globalCompositeOperation = "destination-out";
  if (mark.type === "stroke" && isBrushed(mark)) paintInk(context, mark, () => boundsOf(mark, live), live);
  else if (mark.type === "stroke")
    context.fill(
      strokePath(mark.tool, live ?? unpackPoints(mark.points), mark.size, live === undefined, mark.symmetry),
    );
  else paintShape(context, lookOf(mark), mark);
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
}

function lookOf({ shape, color, size, filled, outline, sides = DEFAULT_SIDES }: ShapeMark): ShapeLook {
  const fill = filled && !isLine(shape) ? color : "";
  return { shape, sides, fill, stroke: fill === "" ? color : (outline ?? ""), line: size };
}
