/** Points of a stroke -> the outline that is filled. The same function draws a stroke live and in replay. */

import { getStroke } from "perfect-freehand";
import { copiesOf, flips, mirrored, type Symmetry } from "../doc/brush";
import type { StrokeTool } from "../doc/marks";
import type { StrokePoint } from "../doc/points";

/** A pen's pressure of 0.5 (also what a mouse reports) gives exactly `size`; the pen thins and widens around it. */
const THINNING = 0.55;

export function strokeOutline(points: readonly StrokePoint[], size: number, last: boolean): number[][] {
  return getStroke(points as StrokePoint[], {
    size,
    thinning: THINNING,
    smoothing: 0.5,
    streamline: 0.32,
    simulatePressure: false,
    last,
  });
}

/** last: the stroke is finished (its end reaches the last point). */
export function strokePath(
  tool: StrokeTool,
  points: readonly StrokePoint[],
  size: number,
  last: boolean,
  symmetry?: Symmetry,
): Path2D {
  const path = new Path2D();
  for (const copy of copiesOf(symmetry)) {
    const there = mirrored(copy, points);
    const outline = tool === "area" ? there.map(({ x, y }) => [x, y]) : strokeOutline(there, size, last);
    // All go around the same way, so that where they overlap is paint and not a hole.
    if (flips(copy)) outline.reverse();
    if (tool === "area") addPolygon(path, outline);
    else addSmooth(path, outline);
  }
  return path;
}

function addPolygon(path: Path2D, outline: readonly number[][]): void {
  outline.forEach(([x = 0, y = 0], i) => {
    if (i === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  });
  path.closePath();
}

/** Quadratic curves through the midpoints of a polygon's edges. */
function addSmooth(path: Path2D, outline: readonly number[][]): void {
  const first = outline[0];
  if (first === undefined) return;
  const [fx = 0, fy = 0] = first;
  path.moveTo(fx, fy);
  outline.forEach(([x = 0, y = 0], i) => {
    const [nx = 0, ny = 0] = outline[(i + 1) % outline.length] ?? first;
    path.quadraticCurveTo(x, y, (x + nx) / 2, (y + ny) / 2);
  });
  path.closePath();
}
