/** Where a mark can leave paint. */

import { mirroredBox, reachOf } from "../doc/brush";
import type { ShapeMark, StrokeMark } from "../doc/marks";
import { type Box, boxOf } from "../doc/matrix";
import { type StrokePoint, unpackPoints } from "../doc/points";
import { reachOfShape } from "../doc/shapes";
import { tailBox } from "./part";

/** Nothing that the mark paints is outside. */
export function boundsOf(mark: StrokeMark | ShapeMark, live?: readonly { x: number; y: number }[]): Box {
  if (mark.type === "stroke") {
    const around = grown(boxOf(live ?? unpackPoints(mark.points)), reachOf(mark.brush, mark.size) + 2);
    return mirroredBox(mark.symmetry, around);
  }
  const corners = [
    { x: mark.x0, y: mark.y0 },
    { x: mark.x1, y: mark.y1 },
  ];
  return grown(boxOf(corners), reachOfShape(mark.shape, mark.size));
}

/** Where the points of a stroke from shortly before number `from` on can have left paint. */
export const tailOf = (mark: StrokeMark, points: readonly StrokePoint[], from: number): Box =>
  mirroredBox(mark.symmetry, tailBox(points, reachOf(mark.brush, mark.size), from));

export const grown = ({ x, y, width, height }: Box, by: number): Box => ({
  x: x - by,
  y: y - by,
  width: width + 2 * by,
  height: height + 2 * by,
});
