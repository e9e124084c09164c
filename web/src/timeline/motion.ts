/**
 * The path that a layer moves along: points with the times at which they were drawn, joined by a curve that is smooth in
 * place and in speed (cubic Hermite, its tangents from the neighbours). The layer's `anchor`, a point of its own content,
 * is what lies on the path.
 */

import type { Layer, Transform } from "../doc/layers";
import { matrixOf } from "../doc/layers";
import { apply, type Point } from "../doc/matrix";
import { type Sample, simplify } from "./simplify";
import type { Pair } from "./timeline";

/** x, y: document units. at: 0 (the path's beginning) to 1, as it was drawn; none is before the one before it. */
export interface PathPoint extends Point {
  readonly at: number;
}

/** drawn: as fast as the hand was. even: as far in each second. */
export type PathPace = "drawn" | "even";

export interface Motion {
  /** At least two. */
  readonly points: readonly PathPoint[];
  /** Of the layer's own content, document units. */
  readonly anchor: Pair;
  readonly pace: PathPace;
  /** It turns with the path: what looked to the right looks ahead. */
  readonly orient: boolean;
}

export const MAX_PATH_POINTS = 200;
/** A drawn path is nowhere farther from the kept one, where that is not curved; document units. */
export const PATH_TOLERANCE = 6;
/** Lengths are measured in pieces of each stretch between two points. */
const PIECES = 16;
const LEAST_STEP = 1e-6;

export interface OnPath extends Point {
  /** Where the path leads, degrees clockwise from the right. */
  readonly angle: number;
}

/** progress: 0 to 1; beyond, its ends. */
export function onPath(motion: Motion, progress: number): OnPath {
  const at = Math.min(1, Math.max(0, progress));
  const part = motion.pace === "even" ? evenly(motion.points, at) : at;
  return sample(motion.points, part);
}

/** The path as a line of short pieces, to be looked at. */
export function pathLine({ points }: Motion): OnPath[] {
  const line: OnPath[] = [];
  points.slice(1).forEach((to, i) => {
    const from = points[i]?.at ?? 0;
    for (let piece = i === 0 ? 0 : 1; piece <= PIECES; piece++)
      line.push(sample(points, from + ((to.at - from) * piece) / PIECES));
  });
  return line;
}

function sample(points: readonly PathPoint[], at: number): OnPath {
  let i = points.findIndex((point) => point.at > at) - 1;
  if (i < 0) i = points.length - 2;
  const [from, to] = [points[i], points[i + 1]];
  if (from === undefined || to === undefined) return { x: from?.x ?? 0, y: from?.y ?? 0, angle: 0 };
  const span = Math.max(LEAST_STEP, to.at - from.at);
  const s = Math.min(1, Math.max(0, (at - from.at) / span));
  const a = tangent(points, i);
  const b = tangent(points, i + 1);
  const cubic = (p: number, m: number, q: number, n: number) =>
    (2 * s ** 3 - 3 * s * s + 1) * p +
    (s ** 3 - 2 * s * s + s) * span * m +
    (3 * s * s - 2 * s ** 3) * q +
    (s ** 3 - s * s) * span * n;
  const slope = (p: number, m: number, q: number, n: number) =>
    (6 * s * s - 6 * s) * p +
    (3 * s * s - 4 * s + 1) * span * m +
    (6 * s - 6 * s * s) * q +
    (3 * s * s - 2 * s) * span * n;
  let dx = slope(from.x, a.x, to.x, b.x);
  let dy = slope(from.y, a.y, to.y, b.y);
  if (Math.hypot(dx, dy) < LEAST_STEP) [dx, dy] = [to.x - from.x, to.y - from.y];
  return {
    x: cubic(from.x, a.x, to.x, b.x),
    y: cubic(from.y, a.y, to.y, b.y),
    angle: (Math.atan2(dy, dx) * 180) / Math.PI,
  };
}

/** Units in the whole path's time. */
function tangent(points: readonly PathPoint[], i: number): Point {
  const before = points[Math.max(0, i - 1)];
  const after = points[Math.min(points.length - 1, i + 1)];
  if (before === undefined || after === undefined) return { x: 0, y: 0 };
  const span = Math.max(LEAST_STEP, after.at - before.at);
  return { x: (after.x - before.x) / span, y: (after.y - before.y) / span };
}

const lengths = new WeakMap<readonly PathPoint[], readonly (readonly [part: number, length: number])[]>();

/** Where on the drawn path's own time that part of its length is done. */
function evenly(points: readonly PathPoint[], progress: number): number {
  let table = lengths.get(points);
  if (table === undefined) {
    table = measured(points);
    lengths.set(points, table);
  }
  const wanted = progress * (table.at(-1)?.[1] ?? 0);
  let [low, high] = [0, table.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle]?.[1] ?? 0) <= wanted) low = middle;
    else high = middle;
  }
  const [from, to] = [table[low], table[high]];
  if (from === undefined || to === undefined) return progress;
  const span = to[1] - from[1];
  return from[0] + (to[0] - from[0]) * (span === 0 ? 0 : (wanted - from[1]) / span);
}

function measured(points: readonly PathPoint[]): [number, number][] {
  const table: [number, number][] = [[0, 0]];
  let last: Point = sample(points, 0);
  let length = 0;
  points.slice(1).forEach((to, i) => {
    const from = points[i]?.at ?? 0;
    for (let piece = 1; piece <= PIECES; piece++) {
      const part = from + ((to.at - from) * piece) / PIECES;
      const here = sample(points, part);
      length += Math.hypot(here.x - last.x, here.y - last.y);
      table.push([part, length]);
      last = here;
    }
  });
  return table;
}

/** Where the layer lies when its anchor is on the path there. */
export function placedOn(layer: Layer, motion: Motion, progress: number): Transform {
  const { x, y, angle } = onPath(motion, progress);
  const { scaleX, scaleY } = layer;
  const rotation = motion.orient ? layer.rotation + angle : layer.rotation;
  const anchor = { x: motion.anchor[0], y: motion.anchor[1] };
  const unmoved = apply(matrixOf({ x: 0, y: 0, scaleX, scaleY, rotation }), anchor);
  return { x: x - unmoved.x, y: y - unmoved.y, scaleX, scaleY, rotation };
}

export interface DrawnPoint extends Point {
  readonly at_ms: number;
}

/** What a hand drew, in as few points as tell its way and its speed. Null for what is no path: a click. */
export function pathOf(drawn: readonly DrawnPoint[]): PathPoint[] | null {
  const [first, last] = [drawn[0], drawn.at(-1)];
  if (first === undefined || last === undefined) return null;
  const far = Math.max(...drawn.map(({ x, y }) => Math.hypot(x - first.x, y - first.y)));
  const span_ms = last.at_ms - first.at_ms;
  if (far < 2 * PATH_TOLERANCE || span_ms <= 0) return null;
  const samples: Sample[] = drawn.map(({ x, y, at_ms }) => ({ at_ms, values: [x, y] }));
  let tolerance = PATH_TOLERANCE;
  let kept = simplify(samples, [tolerance, tolerance]);
  while (kept.length > MAX_PATH_POINTS) {
    tolerance *= 1.5;
    kept = simplify(samples, [tolerance, tolerance]);
  }
  const to = (value: number, digits: number) => Number(value.toFixed(digits));
  return kept
    .flatMap((i) => drawn[i] ?? [])
    .map(({ x, y, at_ms }) => ({
      x: to(x, 1),
      y: to(y, 1),
      at: to((at_ms - first.at_ms) / span_ms, 4),
    }));
}
