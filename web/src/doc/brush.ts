/**
 * Brushes that lay paint dab by dab, and mirrors. Both are plain values inside of a stroke mark, so that a stroke is
 * painted the same wherever its document is open. A stroke without a brush is the smooth outline of stroke.ts.
 */

import { apply, type Box, IDENTITY, type Matrix, mappedBox, union } from "./matrix";
import { choice, number } from "./read";
import { turnBy } from "./turn";

export const TIPS = ["round", "flat", "rough", "bristle", "spray"] as const;
export const GRAINS = ["none", "paper", "canvas", "coarse"] as const;
/** What the dab's long side follows: nothing, the way of the stroke, the pen's lean. */
export const FOLLOWS = ["nothing", "way", "tilt"] as const;
export type Tip = (typeof TIPS)[number];
export type Grain = (typeof GRAINS)[number];
export type Follows = (typeof FOLLOWS)[number];

/** Numbers are 0 to 1 where nothing else is said; LIMITS has them all. */
export interface Brush {
  readonly tip: Tip;
  readonly grain: Grain;
  /** How much of the grain shows. */
  readonly depth: number;
  /** 0: fades from the middle on. 1: a sharp edge. */
  readonly hardness: number;
  /** Of one dab. */
  readonly flow: number;
  /** Between dabs, in widths of a dab. */
  readonly spacing: number;
  /** How far a dab strays, in sizes. */
  readonly scatter: number;
  /** Short side over long side. */
  readonly roundness: number;
  /** Of the long side, degrees clockwise. */
  readonly angle: number;
  readonly follows: Follows;
  /** Dabs add up to the stroke's opacity; false: they do not, however often they meet. */
  readonly buildUp: boolean;
  readonly pressureSize: number;
  readonly pressureFlow: number;
  /** How much broader a leaning pen paints. */
  readonly tiltSize: number;
}

type Figure = { [K in keyof Brush]: Brush[K] extends number ? K : never }[keyof Brush];

export const LIMITS: Readonly<Record<Figure, readonly [low: number, high: number]>> = {
  depth: [0, 1],
  hardness: [0, 1],
  flow: [0.02, 1],
  spacing: [0.02, 2],
  scatter: [0, 2],
  roundness: [0.05, 1],
  angle: [-180, 180],
  pressureSize: [0, 1],
  pressureFlow: [0, 1],
  tiltSize: [0, 1],
};

export const ROUND: Brush = {
  tip: "round",
  grain: "none",
  depth: 0,
  hardness: 0.8,
  flow: 1,
  spacing: 0.08,
  scatter: 0,
  roundness: 1,
  angle: 0,
  follows: "nothing",
  buildUp: false,
  pressureSize: 0.6,
  pressureFlow: 0,
  tiltSize: 0,
};

/** Null where there is none; what makes no sense in one is as in ROUND. */
export function readBrush(value: unknown): Brush | null {
  if (typeof value !== "object" || value === null) return null;
  const given = value as Record<string, unknown>;
  const figures = Object.fromEntries(
    (Object.keys(LIMITS) as Figure[]).map((name) => [
      name,
      number(given[name], ROUND[name], ...LIMITS[name]),
    ]),
  ) as Record<Figure, number>;
  return {
    ...figures,
    tip: choice(given.tip, TIPS, ROUND.tip),
    grain: choice(given.grain, GRAINS, ROUND.grain),
    follows: choice(given.follows, FOLLOWS, ROUND.follows),
    buildUp: given.buildUp === true,
  };
}

/** Nothing that a stroke of this size paints is further from its way, document units. */
export function reachOf(brush: Brush | undefined, size: number): number {
  if (brush === undefined) return size;
  const half = (size / 2) * 1.5 * (1 + LEAN_WIDENS * brush.tiltSize) * Math.SQRT2;
  return Math.max(size, half) + brush.scatter * size;
}

/** Of a stroke with a brush, document units. */
export const MIN_INK_SIZE = 0.5;
export const MAX_INK_SIZE = 1024;

/** A pen that lies flat paints so many times broader still, at full tiltSize. */
export const LEAN_WIDENS = 3;

export const MIRRORS = ["off", "vertical", "horizontal", "both", "radial"] as const;
export type Mirror = (typeof MIRRORS)[number];

/** vertical: the axis is upright, so left and right are mirrored. x, y: a point on the axes, document units. */
export interface Symmetry {
  readonly mirror: Mirror;
  readonly x: number;
  readonly y: number;
  /** Of radial: how many times around. */
  readonly folds: number;
}

export const MIN_FOLDS = 2;
export const MAX_FOLDS = 16;
const FAR = 2048;

export function readSymmetry(value: unknown, fallback: Symmetry): Symmetry {
  if (typeof value !== "object" || value === null) return fallback;
  const given = value as Record<string, unknown>;
  return {
    mirror: choice(given.mirror, MIRRORS, "off"),
    x: number(given.x, fallback.x, -FAR, FAR),
    y: number(given.y, fallback.y, -FAR, FAR),
    folds: Math.round(number(given.folds, fallback.folds, MIN_FOLDS, MAX_FOLDS)),
  };
}

const ALONE: readonly Matrix[] = [IDENTITY];

/** Where each copy of a stroke lies; the first is the stroke itself. */
export function copiesOf(symmetry: Symmetry | undefined): readonly Matrix[] {
  if (symmetry === undefined || symmetry.mirror === "off") return ALONE;
  const { mirror, x, y, folds } = symmetry;
  const leftRight: Matrix = [-1, 0, 0, 1, 2 * x, 0];
  const topBottom: Matrix = [1, 0, 0, -1, 0, 2 * y];
  switch (mirror) {
    case "vertical":
      return [IDENTITY, leftRight];
    case "horizontal":
      return [IDENTITY, topBottom];
    case "both":
      return [IDENTITY, leftRight, topBottom, [-1, 0, 0, -1, 2 * x, 2 * y]];
    case "radial":
      return Array.from({ length: folds }, (_, i): Matrix => {
        if (i === 0) return IDENTITY;
        const [cos, sin] = turnBy(i / folds);
        return [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y];
      });
  }
}

/** Around a box and its copies. */
export const mirroredBox = (symmetry: Symmetry | undefined, box: Box): Box =>
  copiesOf(symmetry)
    .map((copy) => (copy === IDENTITY ? box : mappedBox(copy, box)))
    .reduce(union);

export const mirrored = <P extends { readonly x: number; readonly y: number }>(
  copy: Matrix,
  points: readonly P[],
): readonly P[] =>
  copy === IDENTITY ? points : points.map((point) => ({ ...point, ...apply(copy, point) }));

/** Whether a copy is seen in a mirror, and not only turned. */
export const flips = ([a, b, c, d]: Matrix) => a * d - b * c < 0;
