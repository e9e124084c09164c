/** Painting only what a growing stroke can have changed: canvases are large, and its new end is small. */

import { type Box, boxOf, outward } from "../doc/matrix";
import type { StrokePoint } from "../doc/points";
import type { Surface } from "./surface";

/** A stroke's smoothing reaches back this many points. */
const TAIL_POINTS = 16;
const MAX_PREDICTED = 16;
const EDGE_UNITS = 4;

/** Where the points from shortly before number `from` on can have left paint; on whole units. */
export function tailBox(points: readonly StrokePoint[], size: number, from: number): Box {
  const tail = points.slice(Math.max(0, Math.min(from, points.length) - MAX_PREDICTED - TAIL_POINTS));
  const { x, y, width, height } = boxOf(tail);
  const reach = size + EDGE_UNITS;
  return outward({ x: x - reach, y: y - reach, width: width + 2 * reach, height: height + 2 * reach });
}

/** Whether a stroke of so many points is the one before with a new end; some of the old one's may have been predicted. */
export const grows = (before: number, now: number) => now >= before - MAX_PREDICTED;

/** Paint in this part of the surface only, on whole units: else the cut has soft edges. All of it is not cut. */
export function within(
  { context }: Surface,
  part: Box,
  all: Box,
  paint: (context: CanvasRenderingContext2D) => void,
): void {
  context.save();
  if (part !== all) {
    context.beginPath();
    context.rect(part.x, part.y, part.width, part.height);
    context.clip();
  }
  paint(context);
  context.restore();
}
