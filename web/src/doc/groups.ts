/** Groups: which layers lie in which. A list of layers is in the order of painting, a group right after what lies in it. */

import type { Layer } from "./layers";

/** In the order of painting: a group after its layers. Who names a parent that is no group, or lies in itself, lies in none. */
export function nested(layers: readonly Layer[]): Layer[] {
  const groups = new Map(layers.filter(({ kind }) => kind === "group").map((layer) => [layer.id, layer]));
  const circles = (layer: Layer): boolean => {
    const seen = new Set<string>();
    for (let up = layer.parent; up !== undefined; up = groups.get(up)?.parent) {
      if (up === layer.id) return true;
      if (seen.has(up)) return false;
      seen.add(up);
    }
    return false;
  };
  const inside = new Map<string | undefined, Layer[]>();
  for (const layer of layers) {
    const { parent, ...rest } = layer;
    const stays = parent !== undefined && groups.has(parent) && !circles(layer);
    const placed = stays || parent === undefined ? layer : (rest as Layer);
    const list = inside.get(placed.parent) ?? [];
    list.push(placed);
    inside.set(placed.parent, list);
  }
  const walk = (parent: string | undefined): Layer[] =>
    (inside.get(parent) ?? []).flatMap((layer) =>
      layer.kind === "group" ? [...walk(layer.id), layer] : [layer],
    );
  return walk(undefined);
}

/** From the innermost group to the outermost. */
export function groupsOf(layers: readonly Layer[], layer: Layer): Layer[] {
  const found: Layer[] = [];
  for (let up = layer.parent; up !== undefined; up = found.at(-1)?.parent) {
    const group = layers.find(({ id }) => id === up);
    if (group === undefined) break;
    found.push(group);
  }
  return found;
}

/** The layer and all that lies in it, in the order of painting. */
export function withInside(layers: readonly Layer[], id: string): Layer[] {
  return layers.filter(
    (layer) => layer.id === id || groupsOf(layers, layer).some((group) => group.id === id),
  );
}

/** Those of the ids that lie in none of the others, in the order of painting. */
export function outermost(layers: readonly Layer[], ids: ReadonlySet<string>): Layer[] {
  return layers.filter(
    (layer) => ids.has(layer.id) && !groupsOf(layers, layer).some((group) => ids.has(group.id)),
  );
}

/** What they are made of: no groups, each once, in the order of painting. */
export function leavesOf(layers: readonly Layer[], ids: ReadonlySet<string>): Layer[] {
  return layers.filter(
    (layer) =>
      layer.kind !== "group" &&
      (ids.has(layer.id) || groupsOf(layers, layer).some((group) => ids.has(group.id))),
  );
}

/** The layer or group that keeps it from being seen, or from being changed; null: nothing does. */
export function hiddenBy(layers: readonly Layer[], layer: Layer): Layer | null {
  return [layer, ...groupsOf(layers, layer)].find(({ visible }) => !visible) ?? null;
}

export function lockedBy(layers: readonly Layer[], layer: Layer): Layer | null {
  return [layer, ...groupsOf(layers, layer)].find(({ locked }) => locked) ?? null;
}

/** Those that lie beside it, in the order of painting. */
export const siblings = (layers: readonly Layer[], parent: string | undefined): Layer[] =>
  layers.filter((layer) => layer.parent === parent);
