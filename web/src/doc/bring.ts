/**
 * Bringing a living document from one content to another with as few changes as it takes, so that other people's edits,
 * undo and whoever watches it see what changed and nothing else. It knows nothing of what the document means.
 *
 * What differs between `from` and `to` is changed; the rest is left. When the document says `from`, it says `to`
 * afterwards. When it has gone on since, what was done meanwhile stays, as far as it is somewhere else.
 */

import * as Y from "yjs";
import {
  type Child,
  type ContentReader,
  emptyNode,
  identityOf,
  isKnown,
  type Kind,
  kindOf,
  type ListNode,
  type MapNode,
  type Node,
  same,
  type TextNode,
  type YList,
  type YMap,
} from "./content";

const CLASSES = { map: Y.Map, list: Y.Array, text: Y.Text } as const;

/** Inside a transaction that has not changed the content yet. */
export function bring(y: Y.Doc, reader: ContentReader, from: MapNode, to: MapNode): void {
  for (const name of namesOf(from, to)) {
    const [a, b] = [from.entries.get(name), to.entries.get(name)];
    const kind = (b ?? a)?.kind;
    if (kind === undefined || kind === "leaf" || kind === "large" || same(a, b)) continue;
    const live = y.get(name, CLASSES[kind] as typeof Y.Map);
    change(reader, live, nodeOf(a, kind), nodeOf(b, kind));
  }
}

const nodeOf = (child: Child | undefined, kind: Kind): Node =>
  child === undefined || child.kind !== kind ? emptyNode(kind) : child;

const namesOf = (a: MapNode, b: MapNode) => new Set([...a.entries.keys(), ...b.entries.keys()]);

/** All three are of one kind. */
function change(reader: ContentReader, live: unknown, from: Node, to: Node): void {
  if (live instanceof Y.Map && from.kind === "map" && to.kind === "map") changeMap(reader, live, from, to);
  else if (live instanceof Y.Array && from.kind === "list" && to.kind === "list")
    changeList(reader, live, from, to);
  else if (live instanceof Y.Text && to.kind === "text") changeText(live, to);
}

function changeMap(reader: ContentReader, live: YMap, from: MapNode, to: MapNode): void {
  for (const name of namesOf(from, to)) {
    const [a, b] = [from.entries.get(name), to.entries.get(name)];
    if (same(a, b)) continue;
    const here = live.get(name);
    if (b === undefined) live.delete(name);
    else if (goesOn(here, a, b)) change(reader, here, a as Node, b as Node);
    else live.set(name, build(b));
  }
}

/** Whether what is there can be turned into `b` without putting another in its place. */
const goesOn = (here: unknown, a: Child | undefined, b: Child): boolean =>
  a?.kind === b.kind && isKnown(here) && kindOf(here) === b.kind;

function changeList(reader: ContentReader, live: YList, from: ListNode, to: ListNode): void {
  const keysFrom = from.items.map(identityOf);
  const keysTo = to.items.map(identityOf);
  const now = reader.node(live) as ListNode;
  const keysNow = now.hash === from.hash ? keysFrom : now.items.map(identityOf);
  // 1. Which item of `to` is which one of `from`, and where each of those lies now; -1: nowhere.
  const origin = align(keysFrom, keysTo);
  const place = now.hash === from.hash ? keysFrom.map((_, i) => i) : align(keysNow, keysFrom);
  // 2. What `to` has no longer goes.
  const kept = new Set(origin);
  const gone = new Set(place.filter((at, i) => at >= 0 && !kept.has(i)));
  const there = new Set(keysNow.filter((_, at) => !gone.has(at)));
  // 3. What is new comes behind the item that it follows; what stays is changed where it lies.
  const coming = new Map<number, Child[]>();
  let after = 0;
  to.items.forEach((item, i) => {
    const at = origin[i] ?? -1;
    if (at < 0) {
      const key = keysTo[i] ?? "";
      // Somebody has put it back already.
      if (key.startsWith("#") && there.has(key)) return;
      coming.set(after, [...(coming.get(after) ?? []), item]);
      return;
    }
    const here = place[at] ?? -1;
    if (here < 0) return;
    after = here + 1;
    const [a, value] = [from.items[at], live.get(here)];
    if (same(a, item)) return;
    if (goesOn(value, a, item)) change(reader, value, a as Node, item as Node);
    else {
      gone.add(here);
      coming.set(after, [item]);
    }
  });
  // 4. From the end, so that what is still to do lies where it was.
  for (let at = now.items.length; at >= 0; at--) {
    const items = coming.get(at);
    if (items !== undefined) live.insert(at, items.map(build));
    let first = at;
    while (first > 0 && gone.has(first - 1) && (first === at || !coming.has(first))) first--;
    if (first < at) {
      live.delete(first, at - first);
      at = first + 1;
    }
  }
}

/** The part in the middle that differs is replaced; a text with formats as a whole. */
function changeText(live: Y.Text, to: TextNode): void {
  const [was, is] = [plain(live.toDelta()), plain(to.delta)];
  if (was === null || is === null) {
    live.delete(0, live.length);
    live.applyDelta(to.delta as unknown[]);
    return;
  }
  let head = 0;
  while (head < was.length && head < is.length && was[head] === is[head]) head++;
  let tail = 0;
  while (
    tail < was.length - head &&
    tail < is.length - head &&
    was[was.length - 1 - tail] === is[is.length - 1 - tail]
  )
    tail++;
  live.delete(head, was.length - head - tail);
  live.insert(head, is.slice(head, is.length - tail));
}

/** Null for a text that has more than characters. */
function plain(delta: readonly unknown[]): string | null {
  const parts = delta as readonly { insert?: unknown; attributes?: unknown }[];
  return parts.every((part) => typeof part.insert === "string" && part.attributes === undefined)
    ? parts.map((part) => part.insert).join("")
    : null;
}

/** A new one, to be put into a document. */
function build(child: Child): unknown {
  switch (child.kind) {
    case "leaf":
    case "large":
      return child.value;
    case "map":
      return new Y.Map([...child.entries].map(([name, value]) => [name, build(value)] as const));
    case "list": {
      const list = new Y.Array<unknown>();
      list.push(child.items.map(build));
      return list;
    }
    case "text": {
      const text = new Y.Text();
      text.applyDelta(child.delta as unknown[]);
      return text;
    }
  }
}

/**
 * For each item of `to` the index of its equal in `from`, rising, or -1. Equal items are paired in turn; of pairs that
 * cross, the longest rising run stays.
 */
export function align(from: readonly string[], to: readonly string[]): number[] {
  const found = new Array<number>(to.length).fill(-1);
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) found[head] = head++;
  let endFrom = from.length;
  let endTo = to.length;
  while (endFrom > head && endTo > head && from[endFrom - 1] === to[endTo - 1]) found[--endTo] = --endFrom;
  const places = new Map<string, number[]>();
  for (let i = endFrom - 1; i >= head; i--) {
    const key = from[i] ?? "";
    const at = places.get(key);
    if (at === undefined) places.set(key, [i]);
    else at.push(i);
  }
  const pairs: (readonly [to: number, from: number])[] = [];
  for (let i = head; i < endTo; i++) {
    const at = places.get(to[i] ?? "")?.pop();
    if (at !== undefined) pairs.push([i, at]);
  }
  for (const [i, at] of longestRising(pairs)) found[i] = at;
  return found;
}

function longestRising(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  /** ends[n]: the pair that ends a rising run of n + 1 with the lowest value. */
  const ends: number[] = [];
  const before = new Array<number>(pairs.length).fill(-1);
  const valueAt = (i: number | undefined) => (i === undefined ? -1 : (pairs[i]?.[1] ?? -1));
  pairs.forEach(([, value], i) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (valueAt(ends[middle]) < value) low = middle + 1;
      else high = middle;
    }
    before[i] = low > 0 ? (ends[low - 1] ?? -1) : -1;
    ends[low] = i;
  });
  const run: (readonly [number, number])[] = [];
  for (let i = ends.at(-1) ?? -1; i >= 0; i = before[i] ?? -1) {
    const pair = pairs[i];
    if (pair !== undefined) run.push(pair);
  }
  return run.reverse();
}
