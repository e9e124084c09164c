/** Where the playhead is after some time: a pure function; the clock is the caller's. */

import type { Pace } from "./timeline";

export interface Step {
  readonly at_ms: number;
  /** It came round, and began anew. */
  readonly wrapped: boolean;
  /** It came to the end and stands there. */
  readonly ended: boolean;
}

/** A page that was not seen goes on where it was. */
export const MAX_STEP_MS = 500;

export function advance(pace: Pace, at_ms: number, elapsed_ms: number): Step {
  const [from, to] = pace.range_ms;
  const next = at_ms + Math.min(MAX_STEP_MS, Math.max(0, elapsed_ms)) * pace.speed;
  if (next < to) return { at_ms: next, wrapped: false, ended: false };
  if (!pace.loop) return { at_ms: to, wrapped: false, ended: true };
  return { at_ms: from + ((next - to) % (to - from)), wrapped: true, ended: false };
}

/** Where playing begins: where the playhead is, or at the range's beginning when it is outside or at its end. */
export function startOf({ range_ms: [from, to] }: Pace, at_ms: number): number {
  return at_ms < from || at_ms >= to ? from : at_ms;
}
