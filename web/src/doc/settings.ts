/** What the document's parameters mean for one engine: every value made valid for its card. */

import {
  type EngineCard,
  MAX_SEED,
  type Parameter,
  type ParameterValue,
  type ShotMeta,
  type WireSize,
} from "../wire/shots";
import type { MixedLook } from "./morph";

export const DEFAULT_STRENGTH = 0.85;
export const DEFAULT_SEED = 7;
const LIVE_QUALITY = 90;

export interface Settings {
  readonly engine: string;
  readonly size: WireSize;
  readonly seed: number;
  readonly seedLocked: boolean;
  readonly steps: number;
  readonly strength: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** By name; those at 0 are absent. */
  readonly tweaks: Readonly<Record<string, number>>;
}

const NO_MASK_BYTES = new Uint8Array(0);

type Reader = (name: string) => ParameterValue | undefined;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const numberOr = (value: ParameterValue | undefined, fallback: number) =>
  typeof value === "number" && Number.isFinite(value) ? value : fallback;

/** The name under which an engine's own parameter is kept: two engines may share a name and not a meaning. */
export const parameterKey = (engine: string, name: string) => `p:${engine}:${name}`;
export const sizeKey = ([width, height]: WireSize) => `${width}x${height}`;
const sameAspect = (a: WireSize, b: WireSize) => Math.abs(a[0] / a[1] - b[0] / b[1]) < 0.01;

/** "512 × 288"; with the shape in a word where an engine has more than one. */
export function sizeLabel(size: WireSize, all: readonly WireSize[]): string {
  const [width, height] = size;
  const shape = width === height ? "square" : width > height ? "wide" : "tall";
  return `${width} × ${height}${all.every((other) => sameAspect(size, other)) ? "" : ` ${shape}`}`;
}

export const stepsKey = (engine: string) => `steps:${engine}`;

export function pickCard(read: Reader, cards: readonly EngineCard[], fallback: string): EngineCard | null {
  const wanted = read("engine");
  return cards.find((c) => c.id === wanted) ?? cards.find((c) => c.id === fallback) ?? cards[0] ?? null;
}

function inRange(value: ParameterValue | undefined, { default: fallback, low, high }: Parameter): number {
  return clamp(
    numberOr(value, Number(fallback)),
    low ?? Number.NEGATIVE_INFINITY,
    high ?? Number.POSITIVE_INFINITY,
  );
}

export function readSettings(read: Reader, card: EngineCard): Settings {
  const wanted = read("size");
  const parameters: Record<string, ParameterValue> = {};
  for (const parameter of card.parameters) {
    const value = read(parameterKey(card.id, parameter.name)) ?? parameter.default;
    if (parameter.choices.length > 0)
      parameters[parameter.name] = parameter.choices.includes(String(value)) ? value : parameter.default;
    else if (typeof parameter.default === "number") parameters[parameter.name] = inRange(value, parameter);
    else parameters[parameter.name] = typeof value === typeof parameter.default ? value : parameter.default;
  }
  return {
    engine: card.id,
    size: card.sizes.find((size) => sizeKey(size) === wanted) ?? card.default_size,
    seed: clamp(Math.trunc(numberOr(read("seed"), DEFAULT_SEED)), 0, MAX_SEED),
    seedLocked: read("seedLocked") === true,
    steps: clamp(
      Math.round(numberOr(read(stepsKey(card.id)), card.default_steps)),
      card.steps[0],
      card.steps[1],
    ),
    strength: clamp(numberOr(read("strength"), DEFAULT_STRENGTH), 0, 1),
    parameters,
    tweaks: Object.fromEntries(
      card.tweaks
        .map((tweak) => [tweak.name, inRange(read(parameterKey(card.id, tweak.name)), tweak)] as const)
        .filter(([, value]) => value !== 0),
    ),
  };
}

/** The shot without a mask. `look` is what the document says, or a mix of two looks. */
export function toShot(settings: Settings, card: EngineCard, look: MixedLook): ShotMeta {
  const tweaks = card.tweaks
    .map(({ name }) => [name, look.tweaks[name] ?? 0] as const)
    .filter(([, value]) => value !== 0);
  return {
    engine: settings.engine,
    width: settings.size[0],
    height: settings.size[1],
    prompts: look.prompts,
    seed: look.seed,
    steps: settings.steps,
    strength: settings.strength,
    parameters: { ...settings.parameters, ...Object.fromEntries(tweaks) },
    accept: "image/jpeg",
    quality: LIVE_QUALITY,
    references: look.references,
    seedTo: look.seedTo,
    seedMix: look.seedMix,
    base: "",
    mask: NO_MASK_BYTES,
  };
}
