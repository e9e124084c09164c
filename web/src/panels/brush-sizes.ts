/** The brush's sizes on a slider. They are felt as ratios, so equal ways are equal ratios, and each step another size. */

import { DEFAULT_SIZE, MAX_SIZE, MIN_SIZE } from "../ui/desk";

const RATIO = MAX_SIZE / MIN_SIZE;
const STEPS = 100;
const even = Array.from({ length: STEPS + 1 }, (_, i) => Math.round(MIN_SIZE * RATIO ** (i / STEPS)));

/** Document units, small to large; the default is one of them. */
export const SIZES: readonly number[] = [...new Set([...even, DEFAULT_SIZE])].sort((a, b) => a - b);

/** Where a size is among `SIZES`, or the nearest one: keys and other visits know sizes in between. */
export const sliderOf = (size: number): number =>
  SIZES.reduce((best, at, i) => (Math.abs(at - size) < Math.abs((SIZES[best] ?? 0) - size) ? i : best), 0);
