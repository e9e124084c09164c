/**
 * What keyframes can drive, by name:
 *
 *     prompt:<id>       the weight of a prompt          picture:<id>   the weight of a picture as a prompt
 *     param:<name>      a parameter of the document (settings.ts): strength, steps, an engine's own, a tweak
 *     seed              from one keyframe to the next the noise of one seed turns into the other's
 *     morph             where it is between the looks A (0) and B (1)
 *     layer:<id>:<what> position, scale, rotation, opacity, visible; motion: how far it is along its path, 0 to 1
 */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { BASE, BASE_NAME, type Layer } from "../doc/layers";
import type { PromptValue } from "../doc/prompts";
import type { ReferenceValue } from "../doc/references";
import { isVideo, keysFor, MIN_VIDEO_STRENGTH, parameterKey, type Settings, stepsKey } from "../doc/settings";
import { engineWord } from "../wire/engine-words";
import { type EngineCard, MAX_SEED, WEIGHT_MAX, WEIGHT_MIN } from "../wire/shots";
import { isPair, type Pair, type Value } from "./timeline";

export type Group = "Prompts" | "Render" | "Layers";
export const LAYER_FIELDS = ["position", "scale", "rotation", "opacity", "visible", "motion"] as const;
export type LayerField = (typeof LAYER_FIELDS)[number];

export type Target =
  | { readonly kind: "prompt" | "picture"; readonly id: string }
  | { readonly kind: "param"; readonly name: string }
  | { readonly kind: "seed" | "morph" }
  | { readonly kind: "layer"; readonly id: string; readonly field: LayerField };

/** What a target is here and now. */
export interface Offer {
  readonly target: string;
  readonly group: Group;
  readonly name: string;
  /** Its name in documents and files, which is the same in every language. */
  readonly kept: string;
  readonly value: Value;
  /** Of a number; of a pair, each of the two. */
  readonly low: number;
  readonly high: number;
  /** Texts that it can be; empty for what is none. */
  readonly choices: readonly string[];
  /** How far a recorded value may be from what was performed. */
  readonly tolerance: number;
}

/** The state that values are read from: the document's own, or what is shown. */
export interface State {
  readonly prompts: readonly PromptValue[];
  readonly references: readonly ReferenceValue[];
  readonly settings: Settings | null;
  readonly card: EngineCard | null;
  readonly layers: readonly Layer[];
  readonly morphs: boolean;
  readonly morphAt: number | null;
}

export const promptTarget = (id: string) => `prompt:${id}`;
export const pictureTarget = (id: string) => `picture:${id}`;
export const paramTarget = (name: string) => `param:${name}`;
export const layerTarget = (id: string, field: LayerField) => `layer:${id}:${field}`;
export const SEED = "seed";
export const MORPH = "morph";

/** A hundredth of a range is what a hand means. */
const TOLERANCE = 0.01;
const MAX_SHIFT = 16_384;
const FIELD_NAMES: Readonly<Record<LayerField, MessageDescriptor>> = {
  position: msg`Position`,
  scale: msg`Scale`,
  rotation: msg`Rotation`,
  opacity: msg`Opacity`,
  visible: msg`Visible`,
  motion: msg`Path`,
};
/** After the name of a layer. */
const FIELD_WORDS: Readonly<Record<LayerField, MessageDescriptor>> = {
  position: msg`position`,
  scale: msg`scale`,
  rotation: msg`rotation`,
  opacity: msg`opacity`,
  visible: msg`visible`,
  motion: msg`path`,
};

/** Engine and size are not among them: they change what there is to drive, and the film's shape. */
const PARAMS = /^(strength|video:strength|steps:.+|p:.+:.+)$/;

/** Null for what is none. */
export function parseTarget(text: string): Target | null {
  if (text === "seed" || text === "morph") return { kind: text };
  const [kind = "", id = "", what = ""] = text.split(":");
  if (kind === "param") return PARAMS.test(text.slice(6)) ? { kind, name: text.slice(6) } : null;
  if (id === "" || id.includes(".")) return null;
  if ((kind === "prompt" || kind === "picture") && what === "") return { kind, id };
  const field = LAYER_FIELDS.find((name) => name === what);
  return kind === "layer" && field !== undefined ? { kind, id, field } : null;
}

/** Whether keyframes of that target may have that value. */
export function fits(target: Target, value: unknown): value is Value {
  const number = typeof value === "number" && Number.isFinite(value);
  const pair =
    isPair(value) && value.length === 2 && value.every((n) => typeof n === "number" && Number.isFinite(n));
  switch (target.kind) {
    case "param":
      return number || typeof value === "boolean" || (typeof value === "string" && value.length <= 500);
    case "seed":
      return number && Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SEED;
    case "layer":
      if (target.field === "visible") return typeof value === "boolean";
      return target.field === "position" || target.field === "scale" ? pair : number;
    default:
      return number;
  }
}

/** Everything that can be driven now, as the panel lists it. */
export function offersOf(state: State): Offer[] {
  return [...promptOffers(state), ...renderOffers(state), ...layerOffers(state)];
}

const offer = (
  group: Group,
  target: string,
  name: string,
  value: Value,
  [low, high]: Pair = [0, 1],
  more: Partial<Offer> = {},
): Offer => ({
  group,
  target,
  name,
  kept: name,
  value,
  low,
  high,
  choices: [],
  tolerance: TOLERANCE * (high - low),
  ...more,
});

function promptOffers({ prompts, references, card }: State): Offer[] {
  const range: Pair = [WEIGHT_MIN, WEIGHT_MAX];
  const words = prompts.map(({ id, text, weight }) =>
    offer("Prompts", promptTarget(id), text.trim() || "…", weight, range),
  );
  if ((card?.references ?? 0) === 0) return words;
  const pictures = references.map(({ id, name, weight }) =>
    offer("Prompts", pictureTarget(id), name || t`Picture`, weight, range, { kept: name || "Picture" }),
  );
  return [...words, ...pictures];
}

function renderOffers({ settings, card, morphs, morphAt }: State): Offer[] {
  if (settings === null || card === null) return [];
  const video = isVideo(card);
  const all: Offer[] = [];
  const add = (...args: Parameters<typeof offer> extends [Group, ...infer Rest] ? Rest : never) =>
    all.push(offer("Render", ...args));
  if (!video || card.video_input)
    add(
      paramTarget(keysFor(video).strength),
      t`Strength`,
      settings.strength,
      [video ? MIN_VIDEO_STRENGTH : 0, 1],
      {
        kept: "Strength",
      },
    );
  add(SEED, t`Seed`, settings.seed, [0, MAX_SEED], { kept: "Seed", tolerance: 0 });
  if (morphs && !video) add(MORPH, t`Morph`, morphAt ?? 0, [0, 1], { kept: "Morph" });
  if (card.steps[1] > card.steps[0])
    add(paramTarget(stepsKey(card.id)), t`Steps`, settings.steps, card.steps, {
      kept: "Steps",
      tolerance: 0.5,
    });
  for (const { name, label, low, high } of card.tweaks)
    add(
      paramTarget(parameterKey(card.id, name)),
      engineWord(label),
      settings.tweaks[name] ?? 0,
      [low ?? -1, high ?? 1],
      { kept: label },
    );
  for (const { name, label, low, high, choices, default: fallback } of card.parameters) {
    const value = settings.parameters[name] ?? fallback;
    const top = high ?? (typeof fallback === "number" ? Math.max(1, fallback * 2) : 1);
    add(paramTarget(parameterKey(card.id, name)), engineWord(label), value, [low ?? 0, top], {
      choices,
      kept: label,
    });
  }
  return all;
}

function layerOffers({ layers }: State): Offer[] {
  return layers.toReversed().flatMap((layer) => {
    const called =
      layer.name || (layer.kind === "text" && layer.text.trim().split("\n")[0]?.slice(0, 40)) || null;
    const title = layer.id === BASE && called === BASE_NAME ? t`Sketch` : (called ?? t`Layer`);
    const add = (field: LayerField, value: Value, range?: Pair, tolerance?: number) =>
      offer("Layers", layerTarget(layer.id, field), `${title}: ${fieldWord(field)}`, value, range, {
        kept: `${called ?? "Layer"}: ${field}`,
        ...(tolerance === undefined ? {} : { tolerance }),
      });
    return [
      add("position", [layer.x, layer.y], [-MAX_SHIFT, MAX_SHIFT], 2),
      add("scale", [layer.scaleX, layer.scaleY], [-100, 100], 0.01),
      add("rotation", layer.rotation, [-36_000, 36_000], 0.5),
      add("opacity", layer.opacity),
      add("visible", layer.visible),
    ];
  });
}

export const fieldName = (field: LayerField): string => i18n._(FIELD_NAMES[field]);
export const fieldWord = (field: LayerField): string => i18n._(FIELD_WORDS[field]);

const MINUS = "−";

/** "0.80", "120, −40", "on": as short as tells it. */
export function sayValue(value: Value): string {
  if (typeof value === "boolean") return value ? t`on` : t`off`;
  if (typeof value === "string") return value;
  if (isPair(value)) {
    const [x, y] = [sayNumber(value[0]), sayNumber(value[1])];
    return t`${x}, ${y}`;
  }
  return sayNumber(value);
}

const sayNumber = (value: number): string => {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 2;
  const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return i18n.number(value, shown).replace("-", MINUS);
};
