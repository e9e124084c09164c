/**
 * Morphing: travelling between two looks. A look is what a picture is made of besides its sketch; A and B are kept in
 * the document's parameters as JSON. The journey is in force while the chips, the seed and the tweaks are as they were
 * when it began (`forLook`): touch one of them and the hand wins; undo it and the journey goes on.
 */

import { MAX_PROMPTS, type Reference, type WirePrompt } from "../wire/shots";
import { keyOf } from "./mask";

export interface Look {
  readonly prompts: readonly WirePrompt[];
  readonly references: readonly Reference[];
  readonly seed: number;
  /** By name; those at 0 are absent. */
  readonly tweaks: Readonly<Record<string, number>>;
}

/** A look that was set aside, with a small picture of it (an asset of this browser). */
export interface KeptLook extends Look {
  readonly thumbnail: string;
}

export interface MixedLook extends Look {
  readonly seedTo: number;
  readonly seedMix: number;
}

export const MORPH_A = "morph:a";
export const MORPH_B = "morph:b";
/** Where the journey is, 0 (A) to 1 (B), and the key of the look it began from. */
export const MORPH_AT = "morph:at";
export const MORPH_FOR = "morph:for";

/** One way of the play button. */
export const LEG_MS = 8000;

export const lookKey = ({ prompts, references, seed, tweaks }: Look): string =>
  keyOf(JSON.stringify([prompts, references, seed, Object.entries(tweaks).sort()]));

export const still = (look: Look): MixedLook => ({ ...look, seedTo: 0, seedMix: 0 });

/** m: 0 gives A and 1 gives B, exactly; between them every weight is linear in m, and equal texts and pictures add. */
export function mix(a: Look, b: Look, m: number, maxReferences: number): MixedLook {
  const same = a.seed === b.seed;
  return {
    prompts: blend(a.prompts, b.prompts, m, MAX_PROMPTS),
    references: blend(
      a.references.map((r) => [r.sha256, r.weight] as const),
      b.references.map((r) => [r.sha256, r.weight] as const),
      m,
      maxReferences,
    ).map(([sha256, weight]) => ({ sha256, weight })),
    seed: a.seed,
    seedTo: same ? 0 : b.seed,
    seedMix: same ? 0 : m,
    tweaks: Object.fromEntries(
      [...new Set([...Object.keys(a.tweaks), ...Object.keys(b.tweaks)])]
        .map((name) => [name, round((a.tweaks[name] ?? 0) * (1 - m) + (b.tweaks[name] ?? 0) * m)] as const)
        .filter(([, value]) => value !== 0),
    ),
  };
}

/** What a look is made from: the document's own, and two that were set aside. */
export interface LookParts {
  readonly own: Look;
  readonly a: KeptLook | null;
  readonly b: KeptLook | null;
  /** Where the morph is; null while it is not in force. */
  readonly at: number | null;
  /** The seeds that the document's own look lies between; null: it has one. */
  readonly seed: Pick<MixedLook, "seed" | "seedTo" | "seedMix"> | null;
}

export function lookOf(
  { own, a, b, at, seed }: LookParts,
  maxReferences: number,
  usable: (sha256: string) => boolean,
): MixedLook {
  if (at === null || a === null || b === null) return { ...still(own), ...seed };
  const mixed = mix(a, b, at, maxReferences);
  return { ...mixed, references: mixed.references.filter((r) => usable(r.sha256)) };
}

/** Where the morph is that the document says, while nothing else was touched since; null: it is not in force. */
export function morphOf(read: (name: string) => unknown, own: Look): number | null {
  const at = read(MORPH_AT);
  return typeof at === "number" && read(MORPH_FOR) === lookKey(own) ? Math.min(1, Math.max(0, at)) : null;
}

type Weighted = readonly [name: string, weight: number];

/** A shot holds so many: the strongest stay. Where two swap they weigh the same, so the total never jumps. */
function blend(a: readonly Weighted[], b: readonly Weighted[], m: number, limit: number): Weighted[] {
  const sums = new Map<string, number>();
  for (const [name, weight] of a) sums.set(name, (sums.get(name) ?? 0) + weight * (1 - m));
  for (const [name, weight] of b) sums.set(name, (sums.get(name) ?? 0) + weight * m);
  const all = [...sums].map(([name, weight]) => [name, clamp(round(weight))] as const);
  const heaviest = [...all].sort((x, y) => Math.abs(y[1]) - Math.abs(x[1])).slice(0, limit);
  return all.filter((entry) => entry[1] !== 0 && heaviest.includes(entry));
}

const round = (value: number) => Number(value.toFixed(6)) || 0;
/** Equal texts may add up beyond what a prompt can weigh. */
const clamp = (weight: number) => Math.min(2, Math.max(-2, weight));

/** Where the play button is after so long: there and back, from `from` towards B first. */
export function travel(from: number, elapsed_ms: number): number {
  const legs = (from + elapsed_ms / LEG_MS) % 2;
  return legs <= 1 ? legs : 2 - legs;
}

/** Null for what is not a look: another version may have written it. */
export function parseLook(value: unknown): KeptLook | null {
  if (typeof value !== "string") return null;
  try {
    const look = JSON.parse(value) as Partial<KeptLook> | null;
    if (!Array.isArray(look?.prompts) || !Array.isArray(look.references) || typeof look.seed !== "number")
      return null;
    return {
      prompts: look.prompts,
      references: look.references,
      seed: look.seed,
      tweaks: look.tweaks ?? {},
      thumbnail: look.thumbnail ?? "",
    };
  } catch {
    return null;
  }
}
