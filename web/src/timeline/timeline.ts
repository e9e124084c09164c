/**
 * The timeline: which of the document's values is what when. Times are whole milliseconds from its beginning. A track is
 * the keyframes of one target (targets.ts); what it says at a time is a function of its keyframes alone.
 */

import { type Easing, eased } from "./easing";
import type { Motion } from "./motion";

export type Pair = readonly [number, number];
export type Value = number | boolean | string | Pair;

/** easing: how it goes on from here to the next one. */
export interface Keyframe {
  readonly at_ms: number;
  readonly value: Value;
  readonly easing: Easing;
}

export interface Track {
  readonly target: string;
  /** What the target was called when the track was made: it may be gone. */
  readonly name: string;
  /** In the order of their times, no two at one time. */
  readonly keys: readonly Keyframe[];
  /** The path of a motion's target; null for every other one. */
  readonly motion: Motion | null;
}

export interface Pace {
  readonly duration_ms: number;
  readonly fps: number;
  readonly loop: boolean;
  /** What is played and rendered: from, to. */
  readonly range_ms: Pair;
  /** 1: as it is written. */
  readonly speed: number;
}

export interface Timeline extends Pace {
  readonly tracks: readonly Track[];
}

export const MIN_DURATION_MS = 100;
export const MAX_DURATION_MS = 600_000;
export const MIN_FPS = 1;
export const MAX_FPS = 60;
export const MIN_SPEED = 0.1;
export const MAX_SPEED = 4;
export const MAX_TRACKS = 256;
/** Of all tracks together. */
export const MAX_KEYS = 10_000;

export const DEFAULT_PACE: Pace = {
  duration_ms: 8000,
  fps: 24,
  loop: true,
  range_ms: [0, 8000],
  speed: 1,
};
export const EMPTY: Timeline = { ...DEFAULT_PACE, tracks: [] };

/** The time of a frame, counted from 0. Keyframes lie on such times, so that a hold ends with its frame. */
export const timeOfFrame = (frame: number, fps: number): number => Math.round((frame * 1000) / fps);
/** The frame that is shown at a time. */
export const frameAt = (at_ms: number, fps: number): number => Math.floor(((at_ms + 0.5) * fps) / 1000);
/** The nearest time of a frame. */
export const snapTime = (at_ms: number, fps: number): number =>
  timeOfFrame(Math.round((at_ms * fps) / 1000), fps);

/** The times of every frame of the range; the last one ends with it. */
export function frameTimes({ range_ms: [from, to], fps, speed }: Pace): number[] {
  const count = Math.max(1, Math.round(((to - from) * fps) / 1000 / speed));
  return Array.from({ length: count }, (_, i) => Math.round(from + (i * 1000 * speed) / fps));
}

/** Null: it has no keyframes. Before the first and after the last it stays as they are. */
export function valueAt(keys: readonly Keyframe[], at_ms: number): Value | null {
  const at = lastBefore(keys, at_ms);
  const from = keys[Math.max(0, at)];
  if (from === undefined) return null;
  const to = keys[at + 1];
  if (at < 0 || to === undefined) return from.value;
  return mix(from.value, to.value, partBetween(from, to, at_ms));
}

/** The seeds that it lies between, and how far it is. */
export interface SeedMix {
  readonly seed: number;
  readonly seedTo: number;
  readonly seedMix: number;
}

/** Seeds are not mixed as numbers: their noise is. */
export function seedAt(keys: readonly Keyframe[], at_ms: number): SeedMix | null {
  const at = lastBefore(keys, at_ms);
  const from = keys[Math.max(0, at)];
  if (typeof from?.value !== "number") return null;
  const to = keys[at + 1];
  const part = at < 0 || typeof to?.value !== "number" ? 0 : partBetween(from, to, at_ms);
  if (part === 0 || from.value === to?.value) return { seed: from.value, seedTo: 0, seedMix: 0 };
  return { seed: from.value, seedTo: to?.value as number, seedMix: Math.min(1, Math.max(0, part)) };
}

/** The index of the last keyframe at or before that time; -1: there is none. */
function lastBefore(keys: readonly Keyframe[], at_ms: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle]?.at_ms ?? 0) <= at_ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const partBetween = (from: Keyframe, to: Keyframe, at_ms: number) =>
  eased(from.easing, (at_ms - from.at_ms) / (to.at_ms - from.at_ms));

export const isPair = (value: unknown): value is Pair => Array.isArray(value);

/** What is neither a number nor a pair of them stays until the next one is there. */
export function mix(from: Value, to: Value, part: number): Value {
  if (part === 0) return from;
  if (typeof from === "number" && typeof to === "number") return from + (to - from) * part;
  if (isPair(from) && isPair(to))
    return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
  return part >= 1 ? to : from;
}

export const sameValue = (a: Value | null | undefined, b: Value | null | undefined): boolean =>
  isPair(a) && isPair(b) ? a[0] === b[0] && a[1] === b[1] : a === b;

export const findTrack = (timeline: Timeline, target: string): Track | null =>
  timeline.tracks.find((track) => track.target === target) ?? null;
