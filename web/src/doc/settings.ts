/** What the document's parameters mean for one engine: every value made valid for its card. */

import { t } from "@lingui/core/macro";
import {
  type BlockMeta,
  type EngineCard,
  MAX_SEED,
  type Parameter,
  type ParameterValue,
  type ShotMeta,
  type WireSize,
} from "../wire/shots";
import type { MixedLook } from "./morph";

export const DEFAULT_STRENGTH = 0.85;
/** Of a video the strength has another sense: 1 keeps nothing of the picture that it starts from. */
export const DEFAULT_VIDEO_STRENGTH = 0.7;
export const MIN_VIDEO_STRENGTH = 0.05;
export const DEFAULT_TRANSITION = 2;
export const MAX_TRANSITION = 24;
export const TRANSITION = "video:transition";
export const DEFAULT_SEED = 1;
const LIVE_QUALITY = 90;
const FRAME_QUALITY = 85;

/** Where the document keeps what pictures and videos each have their own of. */
const PICTURE_KEYS = { engine: "engine", size: "size", strength: "strength" } as const;
const VIDEO_KEYS = { engine: "video:engine", size: "video:size", strength: "video:strength" } as const;
export const keysFor = (video: boolean) => (video ? VIDEO_KEYS : PICTURE_KEYS);
export const isVideo = (card: EngineCard) => card.video_fps > 0;

export interface Settings {
  readonly engine: string;
  readonly size: WireSize;
  readonly seed: number;
  readonly seedLocked: boolean;
  readonly steps: number;
  readonly strength: number;
  /** Of a video: over how many blocks other words take over; 1 is a cut. */
  readonly transition: number;
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
  if (all.every((other) => sameAspect(size, other))) return `${width} × ${height}`;
  if (width === height) return t`${width} × ${height} square`;
  return width > height ? t`${width} × ${height} wide` : t`${width} × ${height} tall`;
}

export const stepsKey = (engine: string) => `steps:${engine}`;

/** video: a card that renders video, else one that renders pictures. */
export function pickCard(
  read: Reader,
  all: readonly EngineCard[],
  fallback: string,
  video: boolean,
): EngineCard | null {
  const cards = all.filter((card) => isVideo(card) === video);
  const wanted = read(keysFor(video).engine);
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
  const video = isVideo(card);
  const keys = keysFor(video);
  const wanted = read(keys.size);
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
    strength: clamp(
      numberOr(read(keys.strength), video ? DEFAULT_VIDEO_STRENGTH : DEFAULT_STRENGTH),
      video ? MIN_VIDEO_STRENGTH : 0,
      1,
    ),
    transition: clamp(Math.round(numberOr(read(TRANSITION), DEFAULT_TRANSITION)), 1, MAX_TRANSITION),
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
    regions: [],
  };
}

/** What a video follows. It takes no "less of": chips of 0 and below do not count. */
export function toBlock(settings: Settings, { prompts, seed }: MixedLook): Omit<BlockMeta, "paused"> {
  return {
    engine: settings.engine,
    width: settings.size[0],
    height: settings.size[1],
    prompts: prompts.filter(([, weight]) => weight > 0),
    transitionBlocks: settings.transition,
    seed,
    steps: settings.steps,
    strength: settings.strength,
    parameters: settings.parameters,
    quality: FRAME_QUALITY,
  };
}
