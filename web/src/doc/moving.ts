/** Layers that move: what a camera, a screen or a video file is in the document, and which picture of a video it is when. */

import type { VideoLayer } from "./layers";

export const SOURCES = ["camera", "screen"] as const;
export type SourceName = (typeof SOURCES)[number];

/** Pictures a second. */
export const MIN_RATE = 1;
export const MAX_RATE = 30;
export const DEFAULT_RATE = 10;
export const RATES = [1, 2, 5, 10, 15, 24, 30] as const;

export const MIN_SPEED = 0.25;
export const MAX_SPEED = 4;
export const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4] as const;
/** A day. */
export const MAX_CLIP_S = 86_400;

/** Times of frames are rounded in files; a little later is surely inside of the frame that is meant. */
const INSIDE_S = 0.001;
/** The last frame begins before the end. */
const BEFORE_END_S = 0.05;

/**
 * Where in its file a video is, in seconds, when it has gone on for so long from where it stands. Round and round, or to its end
 * and no further.
 */
export function clipTime({ at_s, seconds, loop, speed }: VideoLayer, elapsed_ms: number): number {
  const last = Math.max(0, seconds - BEFORE_END_S);
  const on = Math.min(at_s, last) + (elapsed_ms / 1000) * speed;
  const time = loop && seconds > 0 ? on % seconds : on;
  return Math.min(last, time + INSIDE_S);
}
