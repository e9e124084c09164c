/**
 * Where layers come to lie among others: what to write for it, as functions of the layers that there are. Only layers
 * that move are written. random: 0 to 1, as Math.random (order.ts).
 */

import { outermost, siblings } from "./groups";
import type { Layer, LayerPatch } from "./layers";
import { between } from "./order";

export type LayerPatches = readonly (readonly [id: string, patch: LayerPatch])[];

interface Place extends Pick<LayerPatch, "parent"> {
  readonly order: string;
}

/** Right above that layer; null: above all. what: where that is a group, above all that lies in it, or beside it. */
export function placeAbove(
  layers: readonly Layer[],
  id: string | null,
  random: () => number,
  what: "into" | "beside" = "into",
): Place {
  const layer = id === null ? undefined : layers.find((known) => known.id === id);
  const into = layer?.kind === "group" && what === "into";
  const parent = into ? layer.id : layer?.parent;
  const beside = siblings(layers, parent);
  const at = into || layer === undefined ? beside.length - 1 : beside.indexOf(layer);
  const order = between(beside[at]?.order ?? null, beside[at + 1]?.order ?? null, random);
  return parent === undefined ? { order } : { order, parent };
}

export const placeBeneath = (layers: readonly Layer[], random: () => number): Place => ({
  order: between(null, siblings(layers, undefined)[0]?.order ?? null, random),
});

/** A layer into that group (null: none), between two neighbours there, of which either may be missing. */
export function moved(
  layers: readonly Layer[],
  id: string,
  below: string | null,
  above: string | null,
  parent: string | null,
  random: () => number,
): LayerPatch {
  const find = (wanted: string | null) => layers.find((layer) => layer.id === wanted);
  const order = between(find(below)?.order ?? null, find(above)?.order ?? null, random);
  const into = parent ?? "";
  return (find(id)?.parent ?? "") === into ? { order } : { order, parent: into };
}

/** A new group of that id and name, where the topmost of them lies, with all of them in it. Empty: there are none. */
export function grouped(
  layers: readonly Layer[],
  ids: ReadonlySet<string>,
  group: string,
  name: string,
  random: () => number,
): LayerPatches {
  const members = outermost(layers, ids);
  const top = members.at(-1);
  if (top === undefined) return [];
  const { order, parent = "" } = placeAbove(layers, top.id, random, "beside");
  const patches: [string, LayerPatch][] = [
    [group, { kind: "group", name, order, ...(parent && { parent }) }],
  ];
  let last: string | null = null;
  for (const { id } of members) {
    last = between(last, null, random);
    patches.push([id, { parent: group, order: last }]);
  }
  return patches;
}

/** A group goes, and what lies in it lies where it was. Empty: it is no group. */
export function ungrouped(layers: readonly Layer[], id: string, random: () => number): LayerPatches {
  const group = layers.find((layer) => layer.id === id);
  if (group?.kind !== "group") return [];
  const beside = siblings(layers, group.parent);
  const at = beside.indexOf(group);
  const above = beside[at + 1]?.order ?? null;
  let last = beside[at - 1]?.order ?? null;
  const patches: [string, LayerPatch][] = [[id, { gone: true }]];
  for (const layer of siblings(layers, id)) {
    last = between(last, above, random);
    patches.push([layer.id, { parent: group.parent ?? "", order: last }]);
  }
  return patches;
}
