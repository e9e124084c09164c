/**
 * A performance: what hands did while it played, and the keyframes that it becomes. From the first touch to the end of
 * the take the keyframes of a target are what was done; before it they are as they were.
 */

import { countKeys } from "./edit";
import { type Sample, simplify } from "./simplify";
import { type Changes, keyEntry, keyText, nameEntry } from "./stored";
import {
  findTrack,
  isPair,
  type Keyframe,
  MAX_KEYS,
  MAX_TRACKS,
  sameValue,
  snapTime,
  type Timeline,
  type Value,
  valueAt,
} from "./timeline";

interface Touched {
  readonly name: string;
  readonly tolerance: number;
  /** What it was before the first touch. */
  readonly before: Value;
  readonly moves: readonly { readonly at_ms: number; readonly value: Value }[];
}

export interface Take {
  readonly from_ms: number;
  readonly touched: ReadonlyMap<string, Touched>;
}

/** A value that stays this long was held, not on its way. */
const REST_MS = 150;

export const beginTake = (from_ms: number): Take => ({ from_ms, touched: new Map() });

export interface Touch {
  readonly target: string;
  readonly name: string;
  readonly tolerance: number;
  readonly before: Value;
  readonly value: Value;
}

export function touched(take: Take, at_ms: number, touch: Touch): Take {
  const { target, name, tolerance, before, value } = touch;
  const known = take.touched.get(target);
  const moves = [...(known?.moves ?? []), { at_ms, value }];
  return {
    ...take,
    touched: new Map(take.touched).set(
      target,
      known ? { ...known, moves } : { name, tolerance, before, moves },
    ),
  };
}

/** Null: there is no room for it. */
export function keysOfTake(timeline: Timeline, take: Take, to_ms: number): Changes | null {
  const changes: Changes = {};
  let count = countKeys(timeline);
  let tracks = timeline.tracks.length;
  for (const [target, touch] of take.touched) {
    const track = findTrack(timeline, target);
    const first_ms = snapTime(touch.moves[0]?.at_ms ?? take.from_ms, timeline.fps);
    for (const { at_ms } of track?.keys ?? [])
      if (at_ms >= first_ms && at_ms <= to_ms) {
        changes[keyEntry(target, at_ms)] = null;
        count -= 1;
      }
    if (track === null) {
      changes[nameEntry(target)] = JSON.stringify(touch.name);
      tracks += 1;
    }
    for (const { at_ms, value, easing } of performed(timeline, take, touch, track?.keys ?? [], to_ms)) {
      if (changes[keyEntry(target, at_ms)] === undefined || changes[keyEntry(target, at_ms)] === null)
        count += 1;
      changes[keyEntry(target, at_ms)] = keyText(value, easing);
    }
  }
  return count > MAX_KEYS || tracks > MAX_TRACKS ? null : changes;
}

/** At most one move for each frame: the last one. */
function performed(
  timeline: Timeline,
  take: Take,
  { before, moves, tolerance }: Touched,
  keys: readonly Keyframe[],
  to_ms: number,
): Keyframe[] {
  const { fps } = timeline;
  const frame_ms = 1000 / fps;
  const frames = new Map<number, Value>();
  for (const { at_ms, value } of moves) frames.set(Math.min(snapTime(at_ms, fps), to_ms), value);
  const steps = [...frames].map(([at_ms, value]) => ({ at_ms, value }));
  const [first] = steps;
  if (first === undefined) return [];
  // 1. Until the touch it was what it had been.
  const start_ms = Math.min(snapTime(take.from_ms, fps), first.at_ms);
  const was = valueAt(keys, first.at_ms) ?? before;
  const line: { at_ms: number; value: Value }[] = [];
  if (first.at_ms - start_ms > 0) {
    if (keys.length === 0) line.push({ at_ms: start_ms, value: before });
    const last_ms = snapTime(first.at_ms - frame_ms, fps);
    if (last_ms > start_ms || keys.length > 0) line.push({ at_ms: last_ms, value: was });
  }
  // 2. Between two moves that are far apart it was held.
  for (const step of steps) {
    const last = line.at(-1);
    if (last !== undefined && step.at_ms - last.at_ms > REST_MS && step !== first)
      line.push({ at_ms: snapTime(step.at_ms - frame_ms, fps), value: last.value });
    line.push(step);
  }
  // 3. Fewer of them.
  const { value } = first;
  if (typeof value !== "number" && !isPair(value))
    return line
      .filter((step, i) => i === 0 || !sameValue(step.value, line[i - 1]?.value))
      .map((step) => ({ ...step, easing: "hold" as const }));
  const samples: Sample[] = line.map((step) => ({
    at_ms: step.at_ms,
    values: isPair(step.value) ? step.value : [Number(step.value)],
  }));
  const kept = simplify(
    samples,
    (samples[0]?.values ?? []).map(() => tolerance),
  );
  return kept.flatMap((i) => {
    const step = line[i];
    return step === undefined ? [] : [{ ...step, easing: "linear" as const }];
  });
}
