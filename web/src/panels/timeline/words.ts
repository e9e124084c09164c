/** What the timeline's panel says and where it draws it. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { fixed } from "../../language/numbers";
import type { Easing, NAMED_EASINGS } from "../../timeline/easing";

/** Room at both ends, so that a keyframe there can be pressed. */
export const PAD_PX = 14;
const TICK_PX = 72;
const TICKS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000];

/** "0.50 s", "1:02.25" */
export function sayTime(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${fixed(seconds, 2)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${fixed(seconds - 60 * minutes, 2).padStart(5, "0")}`;
}

/** At a tick of the ruler: no more digits than it takes. */
export function sayTick(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${i18n.number(seconds, { maximumFractionDigits: 1 })} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(Math.round(seconds - 60 * minutes)).padStart(2, "0")}`;
}

/** How far the ruler's ticks are apart, so that their words do not touch. */
export const tickStep = (px_per_ms: number): number =>
  TICKS_MS.find((step) => step * px_per_ms >= TICK_PX) ?? 300_000;

export const xOf = (ms: number, px_per_ms: number): number => PAD_PX + ms * px_per_ms;
export const timeAt = (x: number, px_per_ms: number): number => (x - PAD_PX) / px_per_ms;

export const EASING_NAMES: Readonly<Record<(typeof NAMED_EASINGS)[number], MessageDescriptor>> = {
  linear: msg`Linear`,
  hold: msg`Hold`,
  ease: msg`Ease`,
  "ease-in": msg`Ease in`,
  "ease-out": msg`Ease out`,
  "ease-in-out": msg`Ease in and out`,
};

export const sayEasing = (easing: Easing): string =>
  i18n._(typeof easing === "string" ? EASING_NAMES[easing] : msg`Curve`);

/** Of keyframes so near to each other that one hides the other, the first is drawn. */
export function apart<T>(
  all: readonly T[],
  x: (each: T) => number,
  least_px: number,
  keep: (each: T) => boolean,
): T[] {
  let last = Number.NEGATIVE_INFINITY;
  return all.filter((each) => {
    if (x(each) - last < least_px && !keep(each)) return false;
    last = x(each);
    return true;
  });
}
