/** How a value goes from one keyframe to the next, in CSS's names: https://www.w3.org/TR/css-easing-1/ */

/** The two handles of a cubic Bézier curve from (0, 0) to (1, 1). x: 0 to 1; y: MIN_Y to MAX_Y. */
export type Bezier = readonly [x1: number, y1: number, x2: number, y2: number];

export const CURVES = {
  linear: [0, 0, 1, 1],
  ease: [0.25, 0.1, 0.25, 1],
  "ease-in": [0.42, 0, 1, 1],
  "ease-out": [0, 0, 0.58, 1],
  "ease-in-out": [0.42, 0, 0.58, 1],
} as const satisfies Record<string, Bezier>;

/** hold: the value stays until the next keyframe. */
export type Easing = "hold" | keyof typeof CURVES | Bezier;
export const NAMED_EASINGS = ["linear", "hold", "ease", "ease-in", "ease-out", "ease-in-out"] as const;

/** A curve may swing beyond its ends, so far. */
export const MIN_Y = -1;
export const MAX_Y = 2;

const ITERATIONS = 24;

/** Of the way from one value to the next, how much is gone after this part of the time; both 0 to 1. */
export function eased(easing: Easing, part: number): number {
  if (part <= 0) return 0;
  if (part >= 1) return 1;
  if (easing === "hold") return 0;
  if (easing === "linear") return part;
  const [x1, y1, x2, y2] = curveOf(easing);
  return along(y1, y2, solve(x1, x2, part));
}

export const curveOf = (easing: Easing): Bezier =>
  typeof easing === "string" ? CURVES[easing === "hold" ? "linear" : easing] : easing;

/** One coordinate of the curve at its parameter s. */
const along = (a: number, b: number, s: number) => {
  const r = 1 - s;
  return 3 * r * r * s * a + 3 * r * s * s * b + s * s * s;
};

/** The parameter at which the curve is at this x. x rises with it, so halving always finds it. */
function solve(x1: number, x2: number, x: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < ITERATIONS; i++) {
    const middle = (low + high) / 2;
    if (along(x1, x2, middle) < x) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Null for what is none. */
export function readEasing(value: unknown): Easing | null {
  const named = NAMED_EASINGS.find((name) => name === value);
  if (named !== undefined) return named;
  if (!Array.isArray(value) || value.length !== 4) return null;
  if (!value.every((n) => typeof n === "number" && Number.isFinite(n))) return null;
  const [x1, y1, x2, y2] = value as unknown as Bezier;
  const inside = (n: number, low: number, high: number) => n >= low && n <= high;
  const fits = inside(x1, 0, 1) && inside(x2, 0, 1) && inside(y1, MIN_Y, MAX_Y) && inside(y2, MIN_Y, MAX_Y);
  return fits ? [x1, y1, x2, y2] : null;
}
