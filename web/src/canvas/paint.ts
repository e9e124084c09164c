/** Putting one mark on a 2D context whose units are document units. Shared by the raster, the live overlay and shots. */

import type { ShapeMark, StrokeMark } from "../doc/marks";
import { type StrokePoint, unpackPoints } from "../doc/points";
import { strokePath } from "./stroke";

export type Context2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A mark that can be painted without reading pixels or decoding images. */
export type VectorMark = StrokeMark | ShapeMark;

export const erases = (mark: VectorMark) => mark.type === "stroke" && mark.tool === "eraser";

/** live: points not yet packed, for a stroke under the pen. */
export function paintVector(context: Context2D, mark: VectorMark, live?: readonly StrokePoint[]): void {
  context.globalAlpha = mark.opacity;
  context.fillStyle = mark.color;
  context.strokeStyle = mark.color;
  if (erases(mark)) context.globalCompositeOperation = "destination-out";
  if (mark.type === "stroke")
    context.fill(strokePath(mark.tool, live ?? unpackPoints(mark.points), mark.size, live === undefined));
  else paintShape(context, mark);
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
}

function paintShape(context: Context2D, mark: ShapeMark): void {
  const { x0, y0, x1, y1 } = mark;
  context.lineWidth = mark.size;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  if (mark.shape === "line") {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  } else if (mark.shape === "rect") {
    context.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  } else {
    const rx = Math.abs(x1 - x0) / 2;
    const ry = Math.abs(y1 - y0) / 2;
    context.ellipse((x0 + x1) / 2, (y0 + y1) / 2, rx, ry, 0, 0, Math.PI * 2);
  }
  if (mark.filled && mark.shape !== "line") context.fill();
  else context.stroke();
}
