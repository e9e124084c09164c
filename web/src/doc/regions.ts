/** What a region layer says: its prompts as values, and what a shot says of it. */

import { MAX_FEATHER, MAX_REGIONS, type Region } from "../wire/shots";
import { hiddenBy } from "./groups";
import type { Layer, RegionLayer } from "./layers";
import { type PromptValue, toWire } from "./prompts";

/** Told apart on snow and on night, and from each other by people who see few hues: they differ in lightness too. */
export const REGION_COLORS: readonly [string, ...string[]] = [
  "#ff5da2",
  "#25c4f5",
  "#ffc021",
  "#7a6bff",
  "#38d17a",
  "#ff7a2e",
  "#c9ff4d",
  "#d07bff",
];

const NO_MASK = new Uint8Array(0);

/** The first that no region has, else the one that the fewest have. */
export function freshColor(layers: readonly Layer[]): string {
  const count = (color: string) =>
    layers.filter((each) => each.kind === "region" && each.color === color).length;
  return REGION_COLORS.reduce((best, color) => (count(color) < count(best) ? color : best));
}

/** Prompts are one field of a layer, as text: fields are plain values. What makes no sense is left out. */
export function readPrompts({ prompts }: Pick<RegionLayer, "prompts">): PromptValue[] {
  let read: unknown;
  try {
    read = JSON.parse(prompts);
  } catch {
    return [];
  }
  if (!Array.isArray(read)) return [];
  return read.flatMap((item: unknown) => {
    if (typeof item !== "object" || item === null) return [];
    const { id, text, weight } = item as Record<string, unknown>;
    if (typeof id !== "string" || typeof text !== "string") return [];
    const heard =
      typeof weight === "number" && Number.isFinite(weight) ? Math.min(2, Math.max(-2, weight)) : 1;
    return [{ id, text, weight: heard, on: true }];
  });
}

export const writePrompts = (prompts: readonly PromptValue[]): string =>
  JSON.stringify(prompts.map(({ id, text, weight }) => ({ id, text, weight })));

/** By its first words, where nobody named it. */
export const wordsOf = (layer: RegionLayer): string =>
  readPrompts(layer)
    .map(({ text }) => text.trim())
    .filter((text) => text !== "")
    .join(", ");

export interface AskedRegion {
  readonly layer: RegionLayer;
  /** Without its mask, which is composed when it is sent. */
  readonly region: Region;
}

/**
 * The regions that a shot has, from the lowest up: those that are seen, cover something and say something. most: what the
 * engine takes; of more the topmost count.
 */
export function askedRegions(
  layers: readonly Layer[],
  isEmpty: (id: string) => boolean,
  most: number,
): AskedRegion[] {
  const asked = layers.flatMap((layer): AskedRegion[] => {
    if (layer.kind !== "region" || layer.opacity === 0 || isEmpty(layer.id)) return [];
    if (hiddenBy(layers, layer) !== null) return [];
    const prompts = toWire(readPrompts(layer));
    if (prompts.length === 0) return [];
    const feather = Math.min(MAX_FEATHER, layer.feather);
    return [{ layer, region: { prompts, references: [], strength: layer.opacity, feather, mask: NO_MASK } }];
  });
  return asked.slice(Math.max(0, asked.length - Math.min(most, MAX_REGIONS)));
}
