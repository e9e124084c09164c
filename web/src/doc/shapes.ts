/** Shapes: what a drag from one corner to the other makes, as a mark on a paint layer or as a layer of its own. */

import { CENTRE } from "./frame";
import type { Point } from "./matrix";

export const SHAPES = ["rect", "ellipse", "polygon", "line", "arrow"] as const;
export type ShapeName = (typeof SHAPES)[number];
/** What is painted of it. */
export const SHAPE_STYLES = ["filled", "outlined", "both"] as const;
export type ShapeStyle = (typeof SHAPE_STYLES)[number];

export const MIN_SIDES = 3;
export const MAX_SIDES = 12;
export const DEFAULT_SIDES = 6;
/** Width of a line, document units. */
export const MIN_LINE = 1;
export const MAX_LINE = 240;

/** It has two ends and nothing to fill. */
export const isLine = (shape: ShapeName) => shape === "line" || shape === "arrow";

/** From one corner, or end, to the other one. */
export interface Span {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

const LINE_STEP = Math.PI / 4;

/** shift: lines in steps of 45 degrees, squares, circles. alt: `from` is its middle. */
export function spanTo(shape: ShapeName, from: Point, to: Point, shift: boolean, alt: boolean): Span {
  let [dx, dy] = [to.x - from.x, to.y - from.y];
  if (shift && isLine(shape)) {
    const angle = Math.round(Math.atan2(dy, dx) / LINE_STEP) * LINE_STEP;
    const length = Math.hypot(dx, dy);
    [dx, dy] = [Math.cos(angle) * length, Math.sin(angle) * length];
  } else if (shift) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    [dx, dy] = [Math.sign(dx || 1) * side, Math.sign(dy || 1) * side];
  }
  const back = alt ? 1 : 0;
  return { x0: from.x - back * dx, y0: from.y - back * dy, x1: from.x + dx, y1: from.y + dy };
}

/** What of a shape layer says where it lies: its box around the document's centre, shifted; a line is level, and turned. */
export interface ShapePlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
}

const tenth = (value: number) => Math.round(value * 10) / 10;

export function placeOf(shape: ShapeName, { x0, y0, x1, y1 }: Span): ShapePlace {
  const middle = { x: tenth((x0 + x1) / 2 - CENTRE), y: tenth((y0 + y1) / 2 - CENTRE) };
  if (isLine(shape))
    return {
      ...middle,
      width: tenth(Math.hypot(x1 - x0, y1 - y0)),
      height: 0,
      rotation: Math.round((Math.atan2(y1 - y0, x1 - x0) * 180_000) / Math.PI) / 1000,
    };
  return { ...middle, width: tenth(Math.abs(x1 - x0)), height: tenth(Math.abs(y1 - y0)), rotation: 0 };
}

/** Corners of a regular polygon that fills a box, the first one at the top. */
export function polygonIn({ x0, y0, x1, y1 }: Span, sides: number): Point[] {
  const around = Array.from({ length: sides }, (_, i) => {
    const angle = (i / sides) * 2 * Math.PI - Math.PI / 2;
    return { x: Math.cos(angle), y: Math.sin(angle) };
  });
  const [xs, ys] = [around.map(({ x }) => x), around.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const [fromX, fromY] = [Math.min(x0, x1), Math.min(y0, y1)];
  return around.map(({ x, y }) => ({
    x: fromX + ((x - left) / width) * Math.abs(x1 - x0),
    y: fromY + ((y - top) / height) * Math.abs(y1 - y0),
  }));
}

/** An arrow's head is so long, and half as broad to either side. */
export const headOf = (line: number, length: number) => Math.min(length, Math.max(12, line * 3.2));
const HEAD_HALF = 0.5;
/** Where the shaft ends inside of the head, so that no corner of it shows. */
const SHAFT_IN_HEAD = 0.6;

/** The shaft's end, and the three corners of the head. */
export function arrowOf({ x0, y0, x1, y1 }: Span, line: number): { shaft: Point; head: readonly Point[] } {
  const length = Math.hypot(x1 - x0, y1 - y0);
  const [ux, uy] = length === 0 ? [1, 0] : [(x1 - x0) / length, (y1 - y0) / length];
  const head = headOf(line, length);
  const half = head * HEAD_HALF;
  const back = { x: x1 - ux * head, y: y1 - uy * head };
  return {
    shaft: { x: x1 - ux * head * SHAFT_IN_HEAD, y: y1 - uy * head * SHAFT_IN_HEAD },
    head: [
      { x: x1, y: y1 },
      { x: back.x - uy * half, y: back.y + ux * half },
      { x: back.x + uy * half, y: back.y - ux * half },
    ],
  };
}

/** Further than this from its box nothing of a shape is painted. */
export const reachOfShape = (shape: ShapeName, line: number) =>
  shape === "arrow" ? Math.max(line, headOf(line, Number.POSITIVE_INFINITY) * HEAD_HALF) + 2 : line + 2;
