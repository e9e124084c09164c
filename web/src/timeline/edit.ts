/** What hands do to keyframes, as entries of the document to write (stored.ts). Nothing here writes. */

import type { Easing } from "./easing";
import type { Motion } from "./motion";
import { type Changes, keyEntry, keyText, motionText, nameEntry, pathEntry } from "./stored";
import { fits, parseTarget } from "./targets";
import {
  findTrack,
  type Keyframe,
  MAX_KEYS,
  MAX_TRACKS,
  type Pace,
  snapTime,
  type Timeline,
  type Value,
} from "./timeline";

/** One keyframe, by what it is of and when. */
export interface KeyId {
  readonly target: string;
  readonly at_ms: number;
}

/** A copied keyframe: its time from the first one's. */
export interface Copied {
  readonly target: string;
  readonly name: string;
  readonly after_ms: number;
  readonly value: Value;
  readonly easing: Easing;
  readonly motion: Motion | null;
}

export const idOf = ({ target, at_ms }: KeyId): string => `${at_ms}:${target}`;
export function keyOfId(id: string): KeyId {
  const at = id.indexOf(":");
  return { at_ms: Number(id.slice(0, at)), target: id.slice(at + 1) };
}

export const keyAt = (timeline: Timeline, { target, at_ms }: KeyId): Keyframe | null =>
  findTrack(timeline, target)?.keys.find((key) => key.at_ms === at_ms) ?? null;

export const countKeys = ({ tracks }: Timeline): number =>
  tracks.reduce((sum, { keys }) => sum + keys.length, 0);

/** Null: the timeline holds as many as it may. */
export function setKey(
  timeline: Timeline,
  { target, at_ms }: KeyId,
  name: string,
  value: Value,
): Changes | null {
  const before = keyAt(timeline, { target, at_ms });
  const track = findTrack(timeline, target);
  if (before === null && countKeys(timeline) >= MAX_KEYS) return null;
  if (track === null && timeline.tracks.length >= MAX_TRACKS) return null;
  // A new one goes on as the one before it did.
  const left = track?.keys.findLast((key) => key.at_ms < at_ms);
  const easing = before?.easing ?? left?.easing ?? "linear";
  return {
    [keyEntry(target, at_ms)]: keyText(value, easing),
    ...(track === null && { [nameEntry(target)]: JSON.stringify(name) }),
  };
}

export function setValue(timeline: Timeline, ids: readonly KeyId[], value: Value): Changes {
  return changeKeys(timeline, ids, (key) => ({ ...key, value }));
}

export function setEasing(timeline: Timeline, ids: readonly KeyId[], easing: Easing): Changes {
  return changeKeys(timeline, ids, (key) => ({ ...key, easing }));
}

function changeKeys(timeline: Timeline, ids: readonly KeyId[], change: (key: Keyframe) => Keyframe): Changes {
  const changes: Changes = {};
  for (const id of ids) {
    const key = keyAt(timeline, id);
    const target = parseTarget(id.target);
    if (key === null || target === null) continue;
    const next = change(key);
    if (fits(target, next.value)) changes[keyEntry(id.target, id.at_ms)] = keyText(next.value, next.easing);
  }
  return changes;
}

/** A track without keyframes is none: its path goes too. */
export function removeKeys(timeline: Timeline, ids: readonly KeyId[]): Changes {
  const gone = new Set(ids.map(idOf));
  const changes: Changes = {};
  for (const { target, keys, motion } of timeline.tracks) {
    const left = keys.filter(({ at_ms }) => !gone.has(idOf({ target, at_ms })));
    if (left.length === keys.length) continue;
    for (const { at_ms } of keys)
      if (gone.has(idOf({ target, at_ms }))) changes[keyEntry(target, at_ms)] = null;
    if (left.length > 0) continue;
    changes[nameEntry(target)] = null;
    if (motion !== null) changes[pathEntry(target)] = null;
  }
  return changes;
}

export const removeTrack = (timeline: Timeline, target: string): Changes =>
  removeKeys(
    timeline,
    (findTrack(timeline, target)?.keys ?? []).map(({ at_ms }) => ({ target, at_ms })),
  );

/**
 * All of them by the same time, kept between the beginning and the end, on the times of frames. One that comes to lie on
 * another takes its place. moved: where they are then.
 */
export function moveKeys(
  timeline: Timeline,
  ids: readonly KeyId[],
  by_ms: number,
): { changes: Changes; moved: KeyId[] } {
  const keys = ids.flatMap((id) => {
    const key = keyAt(timeline, id);
    return key === null ? [] : [{ ...id, key }];
  });
  const times = keys.map(({ at_ms }) => at_ms);
  const low = -Math.min(...times);
  const high = timeline.duration_ms - Math.max(...times);
  const by = Math.min(Math.max(low, high), Math.max(low, by_ms));
  const moved = keys.map(({ target, at_ms }) => ({
    target,
    at_ms: Math.min(timeline.duration_ms, snapTime(at_ms + by, timeline.fps)),
  }));
  const changes: Changes = {};
  for (const { target, at_ms } of keys) changes[keyEntry(target, at_ms)] = null;
  keys.forEach(({ target, key }, i) => {
    changes[keyEntry(target, moved[i]?.at_ms ?? 0)] = keyText(key.value, key.easing);
  });
  return { changes, moved };
}

export function copyKeys(timeline: Timeline, ids: readonly KeyId[]): Copied[] {
  const first_ms = Math.min(...ids.map(({ at_ms }) => at_ms));
  return ids.flatMap(({ target, at_ms }) => {
    const track = findTrack(timeline, target);
    const key = keyAt(timeline, { target, at_ms });
    if (key === null || track === null) return [];
    const { name, motion } = track;
    return [{ target, name, after_ms: at_ms - first_ms, value: key.value, easing: key.easing, motion }];
  });
}

/** The first one at that time. Null: there is no room for all of them. */
export function pasteKeys(
  timeline: Timeline,
  copied: readonly Copied[],
  at_ms: number,
): { changes: Changes; pasted: KeyId[] } | null {
  const changes: Changes = {};
  const pasted: KeyId[] = [];
  for (const { target, name, after_ms, value, easing, motion } of copied) {
    const to_ms = snapTime(at_ms + after_ms, timeline.fps);
    if (to_ms > timeline.duration_ms) continue;
    changes[keyEntry(target, to_ms)] = keyText(value, easing);
    if (findTrack(timeline, target) === null) {
      changes[nameEntry(target)] = JSON.stringify(name);
      if (motion !== null) changes[pathEntry(target)] = motionText(motion);
    }
    pasted.push({ target, at_ms: to_ms });
  }
  return countKeys(timeline) + pasted.length > MAX_KEYS ? null : { changes, pasted };
}

/** Keyframes beyond a shorter end stay where they are: a longer one shows them again. */
export function setPace(timeline: Timeline, patch: Partial<Pace>): Changes {
  const whole = { ...patch };
  if (patch.duration_ms !== undefined && patch.range_ms === undefined) {
    const [from, to] = timeline.range_ms;
    const end = to >= timeline.duration_ms ? patch.duration_ms : Math.min(to, patch.duration_ms);
    whole.range_ms = [Math.min(from, Math.max(0, end - 100)), end];
  }
  return Object.fromEntries(
    Object.entries(whole).map(([field, value]) => [`pace:${field}`, JSON.stringify(value)]),
  );
}
