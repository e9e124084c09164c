/**
 * What is heard, added to what the document and the timeline say: pure. Neither is written, so sliders, handles and
 * keyframes stay where hands put them, and what plays leaves nothing behind.
 */

import { type Layer, MAX_SCALE, MIN_SCALE } from "../doc/layers";
import {
  DEFAULT_STRENGTH,
  DEFAULT_VIDEO_STRENGTH,
  isVideo,
  keysFor,
  parameterKey,
  readSettings,
  stepsKey,
} from "../doc/settings";
import type { Sheet } from "../state";
import { paramTarget } from "../timeline/targets";
import { type EngineCard, type ParameterValue, WEIGHT_MAX, WEIGHT_MIN } from "../wire/shots";
import { shaped } from "./curves";
import { parseKnob, reachOf } from "./knobs";
import type { Levels } from "./sound";
import type { Modulation, Source } from "./stored";

export type Sources = Readonly<Record<Source, number>>;
export const NOTHING_HEARD: Sources = { level: 0, bass: 0, mid: 0, treble: 0, onset: 0, beat: 0, bar: 0 };

/** Knob -> what is added, in the target's own units. Those at 0 are absent. */
export type Offsets = ReadonlyMap<string, number>;
export const NO_OFFSETS: Offsets = new Map();

/** A shot is another one when something is heard, not when a bit is: a reach has so many steps. */
const STEPS = 200;

export function sourcesOf(levels: Levels, beat: { readonly beat: number; readonly bar: number }): Sources {
  return { ...levels, ...beat };
}

/** Several on one knob add. */
export function offsetsOf(all: readonly Modulation[], sources: Sources, card: EngineCard | null): Offsets {
  const offsets = new Map<string, number>();
  for (const { knob, source, amount, curve } of all) {
    const parsed = parseKnob(knob);
    const reach = parsed === null ? null : reachOf(parsed, card);
    if (reach === null) continue;
    const part = Math.round(amount * shaped(curve, sources[source]) * STEPS) / STEPS;
    const sum = (offsets.get(knob) ?? 0) + part * (reach[1] - reach[0]);
    offsets.set(knob, Number(sum.toFixed(5)));
  }
  for (const [knob, offset] of offsets) if (offset === 0) offsets.delete(knob);
  return offsets;
}

export const sameOffsets = (a: Offsets, b: Offsets) =>
  a.size === b.size && [...a].every(([knob, offset]) => b.get(knob) === offset);

const isOfLayer = (knob: string) => knob.startsWith("layer:");
const only = (offsets: Offsets, layers: boolean): Offsets =>
  new Map([...offsets].filter(([knob]) => isOfLayer(knob) === layers));

/** What is another one now: the sketch, or the words and settings around it. */
export const changedParts = (a: Offsets, b: Offsets) => ({
  layers: !sameOffsets(only(a, true), only(b, true)),
  rest: !sameOffsets(only(a, false), only(b, false)),
});

/** param: what the document and the timeline say of a parameter. */
export function modulatedSheet(
  sheet: Sheet,
  offsets: Offsets,
  param: (name: string) => ParameterValue | undefined,
): Sheet {
  if (only(offsets, false).size === 0) return sheet;
  const { prompts, references, settings, card, morphAt } = sheet;
  const weigh = <T extends { readonly id: string; readonly weight: number }>(
    kind: string,
    all: readonly T[],
  ) =>
    all.map((each) => {
      const offset = offsets.get(`${kind}:${each.id}`);
      return offset === undefined
        ? each
        : { ...each, weight: clamp(each.weight + offset, WEIGHT_MIN, WEIGHT_MAX) };
    });
  const morph = offsets.get("morph");
  const read = (name: string) => {
    const offset = card === null ? undefined : offsets.get(paramTarget(name));
    if (card === null || offset === undefined) return param(name);
    const said = param(name);
    const base = typeof said === "number" ? said : fallback(name, card);
    return base === null ? said : to4(base + offset);
  };
  return {
    ...sheet,
    prompts: weigh("prompt", prompts),
    references: weigh("picture", references),
    settings: settings === null || card === null ? settings : readSettings(read, card),
    morphAt: morphAt === null || morph === undefined ? morphAt : clamp(morphAt + morph, 0, 1),
  };
}

export function modulatedLayers(layers: readonly Layer[], offsets: Offsets): readonly Layer[] {
  if (only(offsets, true).size === 0) return layers;
  return layers.map((layer) => {
    const by = (field: string) => offsets.get(`layer:${layer.id}:${field}`) ?? 0;
    const [x, y, scale] = [by("position.x"), by("position.y"), by("scale")];
    const [rotation, opacity] = [by("rotation"), by("opacity")];
    if ([x, y, scale, rotation, opacity].every((offset) => offset === 0)) return layer;
    return {
      ...layer,
      x: to2(layer.x + x),
      y: to2(layer.y + y),
      scaleX: larger(layer.scaleX, scale),
      scaleY: larger(layer.scaleY, scale),
      rotation: to2(layer.rotation + rotation) % 360,
      opacity: clamp(layer.opacity + opacity, 0, 1),
    };
  });
}

/** Away from nothing: a mirrored layer grows too. */
const larger = (scale: number, by: number) =>
  to4(Math.sign(scale) * Math.min(MAX_SCALE, Math.max(MIN_SCALE, Math.abs(scale) + by)));

/** What a parameter is that nobody has set. */
function fallback(name: string, card: EngineCard): number | null {
  if (name === keysFor(isVideo(card)).strength)
    return isVideo(card) ? DEFAULT_VIDEO_STRENGTH : DEFAULT_STRENGTH;
  if (name === stepsKey(card.id)) return card.default_steps;
  const own = [...card.tweaks, ...card.parameters].find((each) => parameterKey(card.id, each.name) === name);
  return typeof own?.default === "number" ? own.default : null;
}

const to4 = (value: number) => Number(value.toFixed(4)) || 0;
const to2 = (value: number) => Number(value.toFixed(2)) || 0;
const clamp = (value: number, low: number, high: number) => to4(Math.min(high, Math.max(low, value)));
