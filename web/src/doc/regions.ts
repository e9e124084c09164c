/** What a region layer says: its prompts as values, and what a shot says of it. */

import { MAX_FEATHER, MAX_REGIONS, type Region } from "../wire/shots";
import { hiddenBy } from "./groups";
import type { Layer, RegionLayer } from "./layers";
import { type PromptValue, toWire } from "./prompts";
import { type ReferenceValue, referencesToWire } from "./references";

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
export const readPrompts = ({ prompts }: Pick<RegionLayer, "prompts">): PromptValue[] =>
  readItems(prompts).flatMap(({ id, text, weight }) =>
    typeof id === "string" && typeof text === "string" ? [{ id, text, weight: heard(weight), on: true }] : [],
  );

/** Pictures as prompts are another one. */
export const readPictures = ({ pictures = "" }: Pick<RegionLayer, "pictures">): ReferenceValue[] =>
  readItems(pictures).flatMap(({ id, sha256, name, weight }) =>
    typeof id === "string" && typeof sha256 === "string" && SHA256.test(sha256)
      ? [{ id, sha256, name: typeof name === "string" ? name : "", weight: heard(weight) }]
      : [],
  );

function readItems(text: string): Record<string, unknown>[] {
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? read.filter((item) => typeof item === "object" && item !== null) : [];
  } catch {
    return [];
  }
}

const SHA256 = /^[0-9a-f]{64}$/;
const heard = (weight: unknown) =>
  typeof weight === "number" && Number.isFinite(weight) ? Math.min(2, Math.max(-2, weight)) : 1;

export const writePrompts = (prompts: readonly PromptValue[]): string =>
  JSON.stringify(prompts.map(({ id, text, weight }) => ({ id, text, weight })));

export const writePictures = (pictures: readonly ReferenceValue[]): string =>
  pictures.length === 0 ? "" : JSON.stringify(pictures);

/** Those of all regions. */
export const picturesOf = (layers: readonly Layer[]): ReferenceValue[] =>
  layers.flatMap((layer) => (layer.kind === "region" ? readPictures(layer) : []));

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

/** What an engine takes. pictures: beside those of the shot itself. usable: whether the server has the picture. */
export interface RegionRoom {
  readonly most: number;
  readonly pictures: number;
  usable(sha256: string): boolean;
}

/**
 * The regions that a shot has, from the lowest up: those that are seen, cover something and say something. Of more than
 * there is room for the topmost count, and so do their pictures.
 */
export function askedRegions(
  layers: readonly Layer[],
  isEmpty: (id: string) => boolean,
  { most, pictures, usable }: RegionRoom,
): AskedRegion[] {
  const asked: AskedRegion[] = [];
  let room = pictures;
  for (const layer of layers.toReversed()) {
    if (asked.length >= Math.min(most, MAX_REGIONS)) break;
    if (layer.kind !== "region" || layer.opacity === 0 || isEmpty(layer.id)) continue;
    if (hiddenBy(layers, layer) !== null) continue;
    const prompts = toWire(readPrompts(layer));
    const references = referencesToWire(readPictures(layer), Math.max(0, room), usable);
    if (prompts.length === 0 && references.length === 0) continue;
    room -= references.length;
    const feather = Math.min(MAX_FEATHER, layer.feather);
    asked.push({ layer, region: { prompts, references, strength: layer.opacity, feather, mask: NO_MASK } });
  }
  return asked.reverse();
}
