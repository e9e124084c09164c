/**
 * The layers that are seen, stacked from the bottom to the top, and where two stacks may look different. Values alone:
 * sketch.ts paints them.
 *
 * A group that is opaque and blends as usual is no more than its layers. Another one is one of the stack, with a stack of
 * its own.
 */

import { siblings } from "../doc/groups";
import { type GroupLayer, isMoving, isPlain, type Layer } from "../doc/layers";
import { type Box, IDENTITY, type Matrix, mappedBox, union } from "../doc/matrix";

/** A layer that is seen. Equal keys have equal pixels. */
export interface Shown {
  readonly layer: Layer;
  readonly matrix: Matrix;
  /** Of `keyed`. */
  readonly key: string;
  /** Nothing of it is seen outside, in document units; null: nothing is seen. */
  readonly reach: Box | null;
  /** Of a group that is composed apart: what lies in it, from the bottom to the top. */
  readonly parts?: readonly Shown[];
}

/** below, above: the layer in hand, which is `active` where it is seen, or the group that has it; without one all is below. */
export interface Stack {
  readonly below: readonly Shown[];
  readonly active: Shown | null;
  readonly above: readonly Shown[];
  readonly all: readonly Shown[];
}

/** What stacks are made of. */
export interface Stacked {
  /** The document's, from the bottom to the top. */
  readonly layers: readonly Layer[];
  /** The layer in hand. */
  readonly inHand: string | null;
  /** The width of the frame. */
  readonly width: number;
  /** A layer that is no group; null while nothing is to be seen of it. */
  readonly leaf: (layer: Exclude<Layer, GroupLayer>) => Shown | null;
}

/** A layer's place, with nothing there while it is not seen. holds: it is the layer in hand, or has that. */
interface Place {
  readonly shown: Shown | null;
  readonly holds: boolean;
}

export const BARE: Stack = { below: [], active: null, above: [], all: [] };

export function stackOf(stacked: Stacked): Stack {
  const places = placesIn(stacked, undefined);
  const at = places.findIndex(({ holds }) => holds);
  return {
    below: seenOf(at < 0 ? places : places.slice(0, at)),
    active: places[at]?.shown ?? null,
    above: seenOf(at < 0 ? [] : places.slice(at + 1)),
    all: seenOf(places),
  };
}

/** A group as it is composed apart. */
export const groupOf = (stacked: Stacked, group: GroupLayer): Shown =>
  apart(stacked, group, placesIn(stacked, group.id));

/** look: how it lies. content: what is on it. Both before how it is laid on what is beneath. */
export const keyed = (look: string, content: string, { opacity, blend }: Layer) =>
  `${look};${content};${opacity},${blend}`;

export const keyOf = (layers: readonly Shown[]) => layers.map(({ key }) => key).join();

/** Without how it is laid on what is beneath. */
export const contentKey = ({ key }: Shown) => key.slice(0, key.lastIndexOf(";"));

/** Where two stacks may look different; null: nowhere. drawn: what its last change did to a paint layer, in its units. */
export function changedPart(
  before: readonly Shown[],
  now: readonly Shown[],
  drawn: (layer: Layer) => Box | null,
): Box | null {
  let from = 0;
  while (from < before.length && before[from]?.key === now[from]?.key) from++;
  let left = 0;
  const last = (stack: readonly Shown[]) => stack[stack.length - 1 - left]?.key;
  while (left < Math.min(before.length, now.length) - from && last(before) === last(now)) left++;
  const [old] = before.slice(from, before.length - left);
  const [fresh] = now.slice(from, now.length - left);
  const one = before.length === now.length && before.length - left - from === 1;
  if (one && old?.parts && fresh?.parts && sameButContent(old, fresh))
    return changedPart(old.parts, fresh.parts, drawn);
  if (one && old && fresh && fresh.layer.kind === "paint" && sameButContent(old, fresh)) {
    const part = drawn(fresh.layer);
    if (part) return mappedBox(fresh.matrix, part);
  }
  return reachOf([...before.slice(from, before.length - left), ...now.slice(from, now.length - left)]);
}

/** Where two stacks differ, if that is nothing but the pictures of what moves by itself; else null. */
export function movedPart(before: readonly Shown[], now: readonly Shown[]): Box | null {
  if (before.length !== now.length) return null;
  let part: Box | null = null;
  for (const [i, shown] of now.entries()) {
    const old = before[i];
    if (old?.key === shown.key) continue;
    if (!old?.reach || shown.reach === null || !isMoving(shown.layer) || !sameButContent(old, shown))
      return null;
    const here = union(old.reach, shown.reach);
    part = part === null ? here : union(part, here);
  }
  return part;
}

/** The layers of one group, or of none. Groups that need no canvas of their own are laid open. */
function placesIn(stacked: Stacked, parent: string | undefined): Place[] {
  return siblings(stacked.layers, parent).flatMap((layer): Place[] => {
    const seen = layer.visible && layer.opacity > 0;
    if (layer.kind !== "group") {
      const holds = layer.id === stacked.inHand;
      return [{ shown: seen && layer.kind !== "region" ? stacked.leaf(layer) : null, holds }];
    }
    const inside = placesIn(stacked, layer.id);
    if (seen && isPlain(layer)) return inside;
    return [{ shown: seen ? apart(stacked, layer, inside) : null, holds: inside.some(({ holds }) => holds) }];
  });
}

function apart({ width }: Stacked, layer: GroupLayer, inside: readonly Place[]): Shown {
  const parts = seenOf(inside);
  const key = keyed(`${layer.id},${width}`, `(${keyOf(parts)})`, layer);
  return { layer, matrix: IDENTITY, key, reach: reachOf(parts), parts };
}

const seenOf = (places: readonly Place[]) =>
  places.map(({ shown }) => shown).filter((shown) => shown !== null);

function reachOf(layers: readonly Shown[]): Box | null {
  const reaches = layers.map(({ reach }) => reach).filter((reach) => reach !== null);
  return reaches.length === 0 ? null : reaches.reduce(union);
}

const sameButContent = (a: Shown, b: Shown) =>
  a.layer.id === b.layer.id && withoutContent(a) === withoutContent(b);
const withoutContent = ({ key }: Shown) => key.slice(0, key.indexOf(";")) + key.slice(key.lastIndexOf(";"));
