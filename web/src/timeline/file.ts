/**
 * A timeline as a file: JSON, its schema in docs/timeline.md. Reading names the place in the file of what is wrong.
 * Prompts and layers have other ids in another document: there they are found by their names.
 */

import { t } from "@lingui/core/macro";
import type { Problem } from "../wire/shots";
import { type Easing, readEasing } from "./easing";
import {
  type Changes,
  keyEntry,
  keyText,
  motionText,
  nameEntry,
  pathEntry,
  plainMotion,
  readMotion,
} from "./stored";
import { fits, type Offer, parseTarget } from "./targets";
import {
  MAX_DURATION_MS,
  MAX_FPS,
  MAX_KEYS,
  MAX_SPEED,
  MAX_TRACKS,
  MIN_DURATION_MS,
  MIN_FPS,
  MIN_SPEED,
  type Timeline,
} from "./timeline";

export const FORMAT = "lightbrush.keyframes";
export const VERSION = 1;
export const MAX_FILE_BYTES = 4 * 2 ** 20;
const MAX_NAME_CHARS = 120;

export function toFile(timeline: Timeline): string {
  const { duration_ms, fps, loop, range_ms, speed, tracks } = timeline;
  const file = {
    format: FORMAT,
    version: VERSION,
    duration_s: duration_ms / 1000,
    fps,
    loop,
    range_s: range_ms.map((ms) => ms / 1000),
    speed,
    tracks: tracks.map(({ target, name, keys, motion }) => ({
      target,
      name,
      ...(motion !== null && { path: plainMotion(motion) }),
      keys: keys.map(({ at_ms, value, easing }) => ({ at_s: at_ms / 1000, value, easing })),
    })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** What is thrown by fromFile; `place` in the file. */
export class FileProblem extends Error {
  constructor(
    readonly code: "timeline.format" | "timeline.value",
    message: string,
    readonly value: string,
    readonly fix: string,
  ) {
    super(message);
  }

  get problem(): Problem {
    const { code, message, value, fix } = this;
    return { code, message, value, fix };
  }
}

/** Throws a FileProblem. */
export function fromFile(text: string): Timeline {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new FileProblem(
      "timeline.format",
      t`the file is not JSON`,
      String(error),
      t`Pick a timeline that was exported here`,
    );
  }
  const all = object(file, t`the file`);
  if (all.format !== FORMAT)
    throw new FileProblem(
      "timeline.format",
      t`format is "${FORMAT}" in a file of keyframes, and something else here`,
      short(all.format),
      t`Pick a timeline that was exported here`,
    );
  if (all.version !== VERSION)
    throw new FileProblem(
      "timeline.format",
      t`this version of the format is not known; ${VERSION} is`,
      short(all.version),
      t`Open it with the version of Lightbrush that wrote it, or a newer one`,
    );
  const duration_ms = ms(
    number(all.duration_s, "duration_s", MIN_DURATION_MS / 1000, MAX_DURATION_MS / 1000),
  );
  const range = all.range_s === undefined ? [0, duration_ms / 1000] : list(all.range_s, "range_s");
  const edge = (i: number) => ms(number(range[i], `range_s[${i}]`, 0, duration_ms / 1000));
  const [from, to] = [edge(0), edge(1)];
  const least_s = MIN_DURATION_MS / 1000;
  if (to - from < MIN_DURATION_MS)
    wrong("range_s", range, t`from and to at least ${least_s} s apart, from first`);
  const given = list(all.tracks, "tracks");
  if (given.length > MAX_TRACKS) wrong("tracks", given.length, t`at most ${MAX_TRACKS} of them`);
  const tracks = given.map((track, i) => readTrack(track, `tracks[${i}]`));
  const seen = new Set<string>();
  tracks.forEach(({ target }, i) => {
    if (seen.has(target)) wrong(`tracks[${i}].target`, target, t`one track for each target`);
    seen.add(target);
  });
  const count = tracks.reduce((sum, { keys }) => sum + keys.length, 0);
  if (count > MAX_KEYS) wrong("tracks", count, t`at most ${MAX_KEYS} keyframes in all`);
  return {
    duration_ms,
    fps: whole(all.fps, "fps", MIN_FPS, MAX_FPS),
    loop: all.loop === undefined ? true : boolean(all.loop, "loop"),
    range_ms: [from, to],
    speed: all.speed === undefined ? 1 : number(all.speed, "speed", MIN_SPEED, MAX_SPEED),
    tracks,
  };
}

function readTrack(value: unknown, place: string): Timeline["tracks"][number] {
  const { target, name, keys, path } = object(value, place);
  const parsed = typeof target === "string" && target.length <= 600 ? parseTarget(target) : null;
  if (parsed === null || typeof target !== "string")
    return wrong(`${place}.target`, target, t`a target that docs/timeline.md names`);
  const moves = parsed.kind === "layer" && parsed.field === "motion";
  const motion = path === undefined ? null : readMotion(path);
  if (moves !== (motion !== null))
    return wrong(
      `${place}.path`,
      path,
      moves ? t`a path of 2 to 200 points [x, y, at]` : t`no path: only a layer's motion has one`,
    );
  const given = list(keys, `${place}.keys`);
  if (given.length === 0) wrong(`${place}.keys`, given, t`at least one keyframe`);
  let last_ms = -1;
  const read = given.map((key, i) => {
    const where = `${place}.keys[${i}]`;
    const { at_s, value: says, easing } = object(key, where);
    const at_ms = ms(number(at_s, `${where}.at_s`, 0, MAX_DURATION_MS / 1000));
    if (at_ms <= last_ms) wrong(`${where}.at_s`, at_s, t`a time after the keyframe before it`);
    last_ms = at_ms;
    if (!fits(parsed, says)) return wrong(`${where}.value`, says, t`a value that ${target} can have`);
    const how: Easing | null = easing === undefined ? "linear" : readEasing(easing);
    if (how === null)
      return wrong(
        `${where}.easing`,
        easing,
        t`linear, hold, ease, ease-in, ease-out, ease-in-out or [x1, y1, x2, y2]`,
      );
    return { at_ms, value: says, easing: how };
  });
  const called = typeof name === "string" && name !== "" ? name.slice(0, MAX_NAME_CHARS) : target;
  return { target, name: called, keys: read, motion };
}

const ms = (seconds: number) => Math.round(seconds * 1000);
const short = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 80);

function wrong(place: string, value: unknown, wanted: string): never {
  const seen = short(value);
  throw new FileProblem(
    "timeline.value",
    t`${place} has to be ${wanted}, and is ${seen}`,
    seen,
    t`Correct it in the file, or export it again`,
  );
}

function object(value: unknown, place: string): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : wrong(place, value, t`an object`);
}

const list = (value: unknown, place: string): unknown[] =>
  Array.isArray(value) ? value : wrong(place, value, t`a list`);

function number(value: unknown, place: string, low: number, high: number): number {
  return typeof value === "number" && value >= low && value <= high
    ? value
    : wrong(place, value, t`a number from ${low} to ${high}`);
}

function whole(value: unknown, place: string, low: number, high: number): number {
  return Number.isInteger(value) ? number(value, place, low, high) : wrong(place, value, t`a whole number`);
}

const boolean = (value: unknown, place: string): boolean =>
  typeof value === "boolean" ? value : wrong(place, value, t`true or false`);

/** The file's timeline in this document: what its targets are here, by id, else by name. */
export function adopted(file: Timeline, offers: readonly Offer[]): Timeline {
  const here = new Set(offers.map(({ target }) => target));
  const taken = new Set(file.tracks.map(({ target }) => target));
  const tracks = file.tracks.map((track) => {
    const base = track.target.replace(/:motion$/, ":position");
    if (here.has(base)) return track;
    const kind = track.target.split(":")[0];
    const what = base.split(":")[2] ?? "";
    const named = track.name.replace(/: path$/, ": position");
    const same = offers.find(
      ({ target, kept }) =>
        kept === named &&
        target.split(":")[0] === kind &&
        (target.split(":")[2] ?? "") === what &&
        !taken.has(target),
    );
    if (same === undefined) return track;
    const target = track.target === base ? same.target : same.target.replace(/:position$/, ":motion");
    if (taken.has(target)) return track;
    taken.add(target);
    return { ...track, target };
  });
  return { ...file, tracks };
}

/** The whole timeline is that one afterwards. */
export function replaced(entries: Iterable<readonly [string, unknown]>, next: Timeline): Changes {
  const changes: Changes = {};
  for (const [entry] of entries) changes[entry] = null;
  const { tracks, ...pace } = next;
  for (const [field, value] of Object.entries(pace)) changes[`pace:${field}`] = JSON.stringify(value);
  for (const { target, name, keys, motion } of tracks) {
    changes[nameEntry(target)] = JSON.stringify(name);
    if (motion !== null) changes[pathEntry(target)] = motionText(motion);
    for (const { at_ms, value, easing } of keys) changes[keyEntry(target, at_ms)] = keyText(value, easing);
  }
  return changes;
}
