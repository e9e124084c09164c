/**
 * How the document keeps the timeline: one flat map of texts, so that two people who change two keyframes both get what
 * they did, and undo knows each by its name.
 *
 *     pace:<field>              JSON of one of the pace's fields
 *     name:<target>             what the target was called
 *     path:<target>             JSON of a motion
 *     key:<at_ms>:<target>      JSON of [value, easing]
 */

import { type Easing, readEasing } from "./easing";
import { MAX_PATH_POINTS, type Motion, type PathPoint } from "./motion";
import { fits, LAYER_FIELDS, parseTarget, type Target } from "./targets";
import {
  DEFAULT_PACE,
  type Keyframe,
  MAX_DURATION_MS,
  MAX_FPS,
  MAX_KEYS,
  MAX_SPEED,
  MAX_TRACKS,
  MIN_DURATION_MS,
  MIN_FPS,
  MIN_SPEED,
  type Pace,
  type Pair,
  type Timeline,
  type Track,
  type Value,
} from "./timeline";

/** Entries to write; null: to take away. */
export type Changes = Record<string, string | null>;

export const keyEntry = (target: string, at_ms: number) => `key:${at_ms}:${target}`;
export const pathEntry = (target: string) => `path:${target}`;
export const nameEntry = (target: string) => `name:${target}`;
export const keyText = (value: Value, easing: Easing) => JSON.stringify([value, easing]);

const MAX_NAME_CHARS = 120;
const FAR = 100_000;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** What cannot be read is left out: another version, or a hand, may have written it. */
export function readTimeline(entries: Iterable<readonly [string, unknown]>): Timeline {
  const pace: Record<string, unknown> = {};
  const names = new Map<string, string>();
  const motions = new Map<string, Motion>();
  const keys = new Map<string, Keyframe[]>();
  const targets = new Map<string, Target | null>();
  let count = 0;
  const all = [...entries];
  // Of too many everybody leaves out the same ones.
  if (all.length > MAX_KEYS) all.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [entry, text] of all) {
    const value = parse(text);
    const first = entry.indexOf(":");
    const kind = entry.slice(0, first);
    const target = entry.slice(first + 1);
    const next = target.slice(0, Math.max(0, target.indexOf(":")) || target.length);
    if (kind === "pace") pace[next] = value;
    else if (kind === "name" && typeof value === "string") names.set(target, value.slice(0, MAX_NAME_CHARS));
    else if (kind === "path") {
      const motion = readMotion(value);
      if (motion !== null) motions.set(target, motion);
    } else if (kind === "key" && count < MAX_KEYS) {
      const of = target.slice(next.length + 1);
      let parsed = targets.get(of);
      if (parsed === undefined) {
        parsed = parseTarget(of);
        targets.set(of, parsed);
      }
      const key = parsed === null ? null : readKey(parsed, next, value);
      if (key === null || (!keys.has(of) && keys.size === MAX_TRACKS)) continue;
      const others = keys.get(of);
      if (others === undefined) keys.set(of, [key]);
      else others.push(key);
      count += 1;
    }
  }
  const tracks: Track[] = [...keys].map(([target, all]) => ({
    target,
    name: names.get(target) ?? target,
    keys: all.sort((a, b) => a.at_ms - b.at_ms),
    motion: motions.get(target) ?? null,
  }));
  const whole = tracks.filter(({ target, motion }) => !target.endsWith(":motion") || motion !== null);
  return { ...readPace(pace), tracks: whole.sort(byPlace) };
}

/** In the order in which the panel lists them, which nothing but a new track changes. */
function byPlace(a: Track, b: Track): number {
  const [x, y] = [place(a.target), place(b.target)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function place(target: string): string {
  const parsed = parseTarget(target);
  if (parsed?.kind === "layer") return `2:${parsed.id}:${LAYER_FIELDS.indexOf(parsed.field)}`;
  return `${parsed?.kind === "prompt" || parsed?.kind === "picture" ? 0 : 1}:${target}`;
}

export function readPace(given: Readonly<Record<string, unknown>>): Pace {
  const number = (name: keyof Pace, fallback: number, low: number, high: number) => {
    const value = given[name];
    return clamp(typeof value === "number" && Number.isFinite(value) ? value : fallback, low, high);
  };
  const duration_ms = Math.round(
    number("duration_ms", DEFAULT_PACE.duration_ms, MIN_DURATION_MS, MAX_DURATION_MS),
  );
  const range = Array.isArray(given.range_ms) ? given.range_ms : [0, duration_ms];
  const edge = (value: unknown, fallback: number) =>
    clamp(Math.round(typeof value === "number" && Number.isFinite(value) ? value : fallback), 0, duration_ms);
  const [from, to] = [edge(range[0], 0), edge(range[1], duration_ms)];
  return {
    duration_ms,
    fps: Math.round(number("fps", DEFAULT_PACE.fps, MIN_FPS, MAX_FPS)),
    loop: given.loop !== false,
    range_ms: to - from < MIN_DURATION_MS ? [0, duration_ms] : [from, to],
    speed: number("speed", 1, MIN_SPEED, MAX_SPEED),
  };
}

function readKey(target: Target, time: string, value: unknown): Keyframe | null {
  const at_ms = Number(time);
  if (!Number.isInteger(at_ms) || at_ms < 0 || at_ms > MAX_DURATION_MS) return null;
  if (!Array.isArray(value) || !fits(target, value[0])) return null;
  return { at_ms, value: value[0], easing: readEasing(value[1]) ?? "linear" };
}

export function readMotion(value: unknown): Motion | null {
  const { points, anchor, pace, orient } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(points) || points.length < 2 || points.length > MAX_PATH_POINTS) return null;
  const number = (n: unknown) => typeof n === "number" && Number.isFinite(n) && Math.abs(n) <= FAR;
  const read: PathPoint[] = [];
  for (const point of points) {
    if (!Array.isArray(point) || point.length !== 3 || !point.every(number)) return null;
    const [x, y, at] = point as [number, number, number];
    if (at < (read.at(-1)?.at ?? 0) || at > 1) return null;
    read.push({ x, y, at });
  }
  if (!Array.isArray(anchor) || anchor.length !== 2 || !anchor.every(number)) return null;
  return {
    points: read,
    anchor: anchor as unknown as Pair,
    pace: pace === "even" ? "even" : "drawn",
    orient: orient === true,
  };
}

/** As it is written, in the document and in files. */
export const plainMotion = ({ points, anchor, pace, orient }: Motion) => ({
  points: points.map(({ x, y, at }) => [x, y, at]),
  anchor,
  pace,
  orient,
});

export const motionText = (motion: Motion) => JSON.stringify(plainMotion(motion));

/** What was read before: of ten thousand keyframes a drag changes a few. Values are never changed, so they are shared. */
const known = new Map<string, unknown>();
const MAX_KNOWN = 2 * MAX_KEYS;

function parse(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  if (known.has(text)) return known.get(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, value);
  return value;
}
