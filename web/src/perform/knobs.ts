/**
 * What can be played: the timeline's targets (timeline/targets.ts), a layer's position by axis, and things to do.
 *
 *     prompt:<id>, param:<name>, morph, layer:<id>:opacity, ...     as the timeline has them
 *     layer:<id>:position.x, layer:<id>:position.y                  one of the two
 *     do:blackout, do:tap, do:reroll, do:play                       by controls alone
 */

import type { MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { isVideo, keysFor, parameterKey, stepsKey } from "../doc/settings";
import { type Offer, parseTarget, SEED, type Target } from "../timeline/targets";
import { isPair, type Pair, type Value } from "../timeline/timeline";
import type { EngineCard } from "../wire/shots";

export const DEEDS = ["blackout", "tap", "reroll", "play"] as const;
export type Deed = (typeof DEEDS)[number];

export const DEED_NAMES: Readonly<Record<Deed, MessageDescriptor>> = {
  blackout: msg`Blackout`,
  tap: msg`Tap the beat`,
  reroll: msg`New seed`,
  play: msg`Play or pause the timeline`,
};

export interface Knob {
  readonly target: string;
  readonly parsed: Target;
  /** Of a position. */
  readonly axis: 0 | 1 | null;
}

const AXES = [".x", ".y"] as const;
/** Document units: half of the picture's height. */
const FAR = 512;
const MOST_SEED = 999;

export const deedOf = (knob: string): Deed | null => DEEDS.find((deed) => knob === `do:${deed}`) ?? null;

/** Null for what is none. A path's progress is the timeline's own: whoever plays it has the playhead. */
export function parseKnob(text: string): Knob | null {
  const suffix = AXES.findIndex((axis) => text.endsWith(`:position${axis}`));
  const target = suffix < 0 ? text : text.slice(0, -2);
  const parsed = parseTarget(target);
  if (parsed === null) return null;
  const pair = parsed.kind === "layer" && parsed.field === "position";
  if (pair !== suffix >= 0 || (parsed.kind === "layer" && parsed.field === "motion")) return null;
  return { target, parsed, axis: suffix < 0 ? null : suffix === 0 ? 0 : 1 };
}

/** What a whole turn of a knob goes through, in the target's own units; null: it has no such thing. */
export function reachOf({ parsed }: Knob, card: EngineCard | null): Pair | null {
  switch (parsed.kind) {
    case "prompt":
    case "picture":
      return [0, 2];
    case "morph":
      return [0, 1];
    case "seed":
      return [0, MOST_SEED];
    case "layer":
      return {
        position: [-FAR, FAR],
        scale: [0.1, 2],
        rotation: [-180, 180],
        opacity: [0, 1],
        visible: [0, 1],
      }[parsed.field as Exclude<typeof parsed.field, "motion">] as unknown as Pair;
    case "param":
      return card === null ? null : reachOfParam(parsed.name, card);
  }
}

function reachOfParam(name: string, card: EngineCard): Pair | null {
  if (name === keysFor(isVideo(card)).strength) return [0, 1];
  if (name === stepsKey(card.id)) return card.steps;
  const tweak = card.tweaks.find((each) => parameterKey(card.id, each.name) === name);
  if (tweak !== undefined) return [tweak.low ?? -1, tweak.high ?? 1];
  const own = card.parameters.find((each) => parameterKey(card.id, each.name) === name);
  if (own === undefined) return null;
  if (own.choices.length > 0) return [0, own.choices.length - 1];
  if (typeof own.default === "boolean") return [0, 1];
  return typeof own.default === "number" ? [own.low ?? 0, own.high ?? Math.max(1, own.default * 2)] : null;
}

/** Whether something can be added to it: not to what is on or off, or picked from a list, or a seed. */
export function isModulable({ value, choices, target }: Offer): boolean {
  const number = typeof value === "number" || isPair(value);
  return number && choices.length === 0 && target !== SEED;
}

/** What a control's number means for the target. */
export function valueFor({ axis }: Knob, offer: Offer, number: number): Value {
  const { value, choices, low, high, target } = offer;
  if (choices.length > 0)
    return choices[Math.round(Math.min(choices.length - 1, Math.max(0, number)))] ?? value;
  if (typeof value === "boolean") return number >= 0.5;
  if (isPair(value)) {
    const to = Number(number.toFixed(3));
    if (axis === null) return [to, to];
    return axis === 0 ? [to, value[1]] : [value[0], to];
  }
  const within = Math.min(high, Math.max(low, number));
  const whole = target === SEED || target.startsWith("param:steps:");
  return whole ? Math.round(within) : Number(within.toFixed(3));
}

/** What there is to play, by knobs: a position is two of them. */
export function knobsOf(offer: Offer): readonly { readonly knob: string; readonly name: string }[] {
  if (typeof offer.value === "string" && offer.choices.length === 0) return [];
  const parsed = parseTarget(offer.target);
  if (parsed?.kind !== "layer" || parsed.field !== "position")
    return [{ knob: offer.target, name: offer.name }];
  return [
    { knob: `${offer.target}.x`, name: t`${{ name: offer.name }}, across` },
    { knob: `${offer.target}.y`, name: t`${{ name: offer.name }}, down` },
  ];
}
