/** Shapes as pixels: marks and layers alike. Lines are as wide as they are said to be, however a layer is scaled. */

import { CENTRE } from "../doc/frame";
import type { ShapeLayer } from "../doc/layers";
import { apply, type Box, IDENTITY, type Matrix } from "../doc/matrix";
import { arrowOf, isLine, polygonIn, type ShapeName, type Span } from "../doc/shapes";

type Context2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export interface ShapeLook {
  readonly shape: ShapeName;
  readonly sides: number;
  /** "": not filled. */
  readonly fill: string;
  /** "": no outline. Of a line, its colour. */
  readonly stroke: string;
  readonly line: number;
}

/** span: in units that `matrix` leads to the context's from. */
export function paintShape(context: Context2D, look: ShapeLook, span: Span, matrix: Matrix = IDENTITY): void {
  const { shape, fill, stroke, line } = look;
  context.lineWidth = line;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.fillStyle = isLine(shape) ? stroke : fill;
  context.strokeStyle = stroke;
  context.beginPath();
  if (isLine(shape)) {
    const from = apply(matrix, { x: span.x0, y: span.y0 });
    const to = apply(matrix, { x: span.x1, y: span.y1 });
    paintLine(context, shape, { x0: from.x, y0: from.y, x1: to.x, y1: to.y }, line);
    return;
  }
  // A path keeps where it was drawn; what it is stroked with is of the context as it is then.
  context.save();
  if (matrix !== IDENTITY) context.transform(...matrix);
  trace(context, look, span);
  context.restore();
  if (fill !== "") context.fill();
  if (stroke !== "") context.stroke();
}

function paintLine(context: Context2D, shape: ShapeName, span: Span, line: number): void {
  const { x0, y0, x1, y1 } = span;
  const arrow = shape === "arrow" ? arrowOf(span, line) : null;
  const end = arrow?.shaft ?? { x: x1, y: y1 };
  context.moveTo(x0, y0);
  context.lineTo(end.x, end.y);
  context.stroke();
  if (arrow === null) return;
  context.beginPath();
  for (const { x, y } of arrow.head) context.lineTo(x, y);
  context.closePath();
  context.fill();
}

function trace(context: Context2D, { shape, sides }: ShapeLook, span: Span): void {
  const { x0, y0, x1, y1 } = span;
  const [width, height] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
  if (shape === "rect") context.rect(Math.min(x0, x1), Math.min(y0, y1), width, height);
  else if (shape === "polygon") {
    for (const { x, y } of polygonIn(span, sides)) context.lineTo(x, y);
    context.closePath();
  } else context.ellipse((x0 + x1) / 2, (y0 + y1) / 2, width / 2, height / 2, 0, 0, Math.PI * 2);
}

/** Of a shape layer without its line's width, in the layer's units. */
export const shapeBox = ({ width, height }: Pick<ShapeLayer, "width" | "height">): Box => ({
  x: CENTRE - width / 2,
  y: CENTRE - height / 2,
  width,
  height,
});

export const spanOf = (layer: Pick<ShapeLayer, "width" | "height">): Span => {
  const { x, y, width, height } = shapeBox(layer);
  return { x0: x, y0: y, x1: x + width, y1: y + height };
};

const TOUCH_UNITS = 10;

/** Where a press means it, in the layer's units: a line is thin. */
export function touchBox(layer: ShapeLayer): Box {
  const by = Math.max(layer.line / 2, TOUCH_UNITS);
  const { x, y, width, height } = shapeBox(layer);
  const [byX, byY] = [by / Math.abs(layer.scaleX), by / Math.abs(layer.scaleY)];
  return { x: x - byX, y: y - byY, width: width + 2 * byX, height: height + 2 * byY };
}
