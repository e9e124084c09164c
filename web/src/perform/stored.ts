/**
 * Modulations and bindings as the document keeps them: each a parameter whose value is JSON, so that they are undone,
 * shared and kept like the rest. What cannot be read is left out.
 */

import type { ParameterValue } from "../wire/shots";
import { type Curve, isCurve } from "./curves";
import { deedOf, parseKnob } from "./knobs";
import { isControl } from "./midi";

export const SOURCES = ["bass", "mid", "treble", "level", "onset", "beat", "bar"] as const;
export type Source = (typeof SOURCES)[number];

/** amount: -1 to 1, of the knob's reach. */
export interface Modulation {
  readonly id: string;
  readonly knob: string;
  readonly source: Source;
  readonly amount: number;
  readonly curve: Curve;
}

/** low, high: what the control's ends mean, in the target's own units; of a deed they mean nothing. */
export interface Binding {
  readonly id: string;
  readonly knob: string;
  readonly control: string;
  readonly low: number;
  readonly high: number;
  readonly curve: Curve;
}

export const MAX_MODULATIONS = 32;
export const MAX_BINDINGS = 128;
const MODULATION = "perform:m:";
const BINDING = "perform:b:";

type Read = (name: string) => ParameterValue | undefined;

export const isPerform = (name: string) => name.startsWith("perform:");

/** names: of all parameters. */
export function readModulations(names: readonly string[], read: Read): Modulation[] {
  return entries(names, MODULATION, read, MAX_MODULATIONS).flatMap(([id, found]) => {
    const { knob, source, amount, curve } = found;
    const known = SOURCES.find((name) => name === source);
    const good = typeof knob === "string" && parseKnob(knob) !== null && number(amount) && isCurve(curve);
    if (!good || known === undefined) return [];
    return [{ id, knob, source: known, amount: Math.min(1, Math.max(-1, Number(amount))), curve }];
  });
}

export function readBindings(names: readonly string[], read: Read): Binding[] {
  return entries(names, BINDING, read, MAX_BINDINGS).flatMap(([id, found]) => {
    const { knob, control, low, high, curve } = found;
    const good =
      typeof knob === "string" &&
      (parseKnob(knob) ?? deedOf(knob)) !== null &&
      isControl(control) &&
      number(low) &&
      number(high) &&
      isCurve(curve);
    return good ? [{ id, knob, control, low: Number(low), high: Number(high), curve }] : [];
  });
}

/** As parameters of the document; null takes it away. */
export const modulationPatch = (id: string, entry: Omit<Modulation, "id"> | null) => ({
  [MODULATION + id]: entry === null ? undefined : JSON.stringify(entry),
});
export const bindingPatch = (id: string, entry: Omit<Binding, "id"> | null) => ({
  [BINDING + id]: entry === null ? undefined : JSON.stringify(entry),
});

const number = (value: unknown) => typeof value === "number" && Number.isFinite(value);

/** In the order of their ids, which rise with time. */
function entries(names: readonly string[], prefix: string, read: Read, most: number) {
  return names
    .filter((name) => name.startsWith(prefix))
    .sort()
    .slice(0, most)
    .flatMap((name): [string, Record<string, unknown>][] => {
      try {
        const found: unknown = JSON.parse(String(read(name)));
        const id = name.slice(prefix.length);
        return typeof found === "object" && found !== null ? [[id, found as Record<string, unknown>]] : [];
      } catch {
        return [];
      }
    });
}
