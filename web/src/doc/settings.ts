/** What the document's parameters mean for one engine: every value made valid for its card. */

import { type EngineCard, MAX_SEED, type ParameterValue, type ShotMeta, type WireSize } from "../wire/shots";
import { type PromptValue, toWire } from "./prompts";

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
}

type Reader = (name: string) => ParameterValue | undefined;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const numberOr = (value: ParameterValue | undefined, fallback: number) =>
  typeof value === "number" && Number.isFinite(value) ? value : fallback;

/** The name under which an engine's own parameter is kept: two engines may share a name and not a meaning. */
export const parameterKey = (engine: string, name: string) => `p:${engine}:${name}`;
export const sizeKey = ([width, height]: WireSize) => `${width}x${height}`;
export const stepsKey = (engine: string) => `steps:${engine}`;

export function pickCard(read: Reader, cards: readonly EngineCard[], fallback: string): EngineCard | null {
  const wanted = read("engine");
  return cards.find((c) => c.id === wanted) ?? cards.find((c) => c.id === fallback) ?? cards[0] ?? null;
}

export function readSettings(read: Reader, card: EngineCard): Settings {
  const wanted = read("size");
  const parameters: Record<string, ParameterValue> = {};
  for (const parameter of card.parameters) {
    const value = read(parameterKey(card.id, parameter.name)) ?? parameter.default;
    if (parameter.choices.length > 0)
      parameters[parameter.name] = parameter.choices.includes(String(value)) ? value : parameter.default;
    else if (typeof parameter.default === "number")
      parameters[parameter.name] = clamp(
        numberOr(value, parameter.default),
        parameter.low ?? Number.NEGATIVE_INFINITY,
        parameter.high ?? Number.POSITIVE_INFINITY,
      );
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
  };
}

export function toShot(settings: Settings, prompts: readonly PromptValue[]): ShotMeta {
  return {
    engine: settings.engine,
    width: settings.size[0],
    height: settings.size[1],
    prompts: toWire(prompts),
    seed: settings.seed,
    steps: settings.steps,
    strength: settings.strength,
    parameters: settings.parameters,
    accept: "image/jpeg",
    quality: LIVE_QUALITY,
  };
}
