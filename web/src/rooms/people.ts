/** Who is in a room, from what each page says of itself. Others' words are checked before they are shown. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";

export interface Person {
  readonly client: number;
  readonly name: string;
  readonly color: string;
  readonly viewer: boolean;
  /** Document units; null while the pointer is elsewhere. */
  readonly cursor: { readonly x: number; readonly y: number } | null;
  readonly holds: Holds;
}

/** What somebody has in hand. */
export interface Holds {
  /** Ids, at most MAX_HELD. */
  readonly layers: readonly string[];
  /** The move tool is on them: others see their boxes too. */
  readonly moving: boolean;
  /** The name of the selection that their next mark is limited to; null: there is none. */
  readonly clip: string | null;
}

export const NOTHING: Holds = { layers: [], moving: false, clip: null };
/** What one page says of itself is at most 2 KiB. */
export const MAX_HELD = 32;
const MAX_ID_CHARS = 32;

/** Colours that are told apart on a sketch, and by their names. */
export const COLORS: readonly (readonly [name: MessageDescriptor, color: string])[] = [
  [msg`Coral`, "#ff8a75"],
  [msg`Amber`, "#f5b64a"],
  [msg`Lime`, "#b5d64c"],
  [msg`Jade`, "#4fcf9a"],
  [msg`Aqua`, "#4fcbe0"],
  [msg`Sky`, "#7fb0ff"],
  [msg`Violet`, "#a99bff"],
  [msg`Orchid`, "#dd92f2"],
  [msg`Rose`, "#ff8db5"],
  [msg`Sand`, "#d8bd97"],
];

export const MAX_NAME_CHARS = 40;
const PERSON = "lightbrush.person";

export interface Me {
  readonly name: string;
  readonly color: string;
}

/** Until one says a name, it is the colour's. */
export function whoAmI(storage: Storage, random: () => number): Me {
  const [called, color] = COLORS[Math.floor(random() * COLORS.length)] ?? [msg`Guest`, "#7fb0ff"];
  const name = i18n._(called);
  try {
    const kept = readMe(JSON.parse(storage.getItem(PERSON) ?? "null"));
    if (kept !== null) return kept;
  } catch {
    // What is kept is of another version.
  }
  keepMe(storage, { name, color });
  return { name, color };
}

export const keepMe = (storage: Storage, me: Me): void => storage.setItem(PERSON, JSON.stringify(me));

/** Letters of any script; no control characters, and nothing that turns the direction of what stands beside. */
export const cleanName = (name: string): string =>
  [...name.replace(/[\p{C}\u2028\u2029]/gu, "").trim()].slice(0, MAX_NAME_CHARS).join("");

export const initialOf = (name: string): string => ([...name][0] ?? "?").toUpperCase();

export const holdersOf = (people: readonly Person[], layer: string): readonly Person[] =>
  people.filter(({ holds }) => holds.layers.includes(layer));

export function readPeople(states: ReadonlyMap<number, unknown>, me: number): Person[] {
  const people: Person[] = [];
  for (const [client, state] of states) {
    if (client === me || typeof state !== "object" || state === null) continue;
    const { user, cursor, viewer, holds } = state as Record<string, unknown>;
    const said = readMe(user);
    if (said === null) continue;
    const there = { cursor: readCursor(cursor), holds: readHolds(holds) };
    people.push({ client, ...said, viewer: viewer === true, ...there });
  }
  return people.sort((a, b) => a.client - b.client);
}

function readMe(value: unknown): Me | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, color } = value as Record<string, unknown>;
  if (typeof name !== "string" || typeof color !== "string" || !/^#[0-9a-f]{6}$/i.test(color)) return null;
  return { name: cleanName(name) || t`Guest`, color };
}

function readCursor(value: unknown): Person["cursor"] {
  if (typeof value !== "object" || value === null) return null;
  const { x, y } = value as Record<string, unknown>;
  return typeof x === "number" && typeof y === "number" && Number.isFinite(x) && Number.isFinite(y)
    ? { x, y }
    : null;
}

function readHolds(value: unknown): Holds {
  if (typeof value !== "object" || value === null) return NOTHING;
  const { layers, moving, clip } = value as Record<string, unknown>;
  const isId = (id: unknown): id is string => typeof id === "string" && id.length <= MAX_ID_CHARS;
  return {
    layers: Array.isArray(layers) ? layers.filter(isId).slice(0, MAX_HELD) : [],
    moving: moving === true,
    clip: isId(clip) ? clip : null,
  };
}
