/**
 * What the timeline says at a time, laid over what the document says. The document itself is never written: what plays
 * leaves nothing behind.
 */

import { type Layer, MIN_SCALE } from "../doc/layers";
import type { PromptValue } from "../doc/prompts";
import type { ReferenceValue } from "../doc/references";
import { type ParameterValue, WEIGHT_MAX, WEIGHT_MIN } from "../wire/shots";
import { type Motion, placedOn } from "./motion";
import { type LayerField, parseTarget } from "./targets";
import { isPair, type SeedMix, seedAt, type Timeline, type Value, valueAt } from "./timeline";

interface LayerOverlay {
  readonly fields: Partial<Record<Exclude<LayerField, "motion">, Value>>;
  readonly on: { readonly motion: Motion; readonly progress: number } | null;
}

export interface Overlay {
  readonly prompts: ReadonlyMap<string, number>;
  readonly pictures: ReadonlyMap<string, number>;
  readonly params: ReadonlyMap<string, ParameterValue>;
  readonly seed: SeedMix | null;
  readonly morph: number | null;
  readonly layers: ReadonlyMap<string, LayerOverlay>;
}

export const NOTHING: Overlay = {
  prompts: new Map(),
  pictures: new Map(),
  params: new Map(),
  seed: null,
  morph: null,
  layers: new Map(),
};

/** released: targets that somebody holds; what the document says of them counts. */
export function overlayAt(timeline: Timeline, at_ms: number, released: ReadonlySet<string>): Overlay {
  const prompts = new Map<string, number>();
  const pictures = new Map<string, number>();
  const params = new Map<string, ParameterValue>();
  const layers = new Map<string, LayerOverlay>();
  let seed: SeedMix | null = null;
  let morph: number | null = null;
  for (const { target, keys, motion } of timeline.tracks) {
    const parsed = released.has(target) ? null : parseTarget(target);
    const value = parsed === null ? null : valueAt(keys, at_ms);
    if (parsed === null || value === null) continue;
    switch (parsed.kind) {
      case "prompt":
        prompts.set(parsed.id, weight(value));
        break;
      case "picture":
        pictures.set(parsed.id, weight(value));
        break;
      case "param":
        if (!isPair(value)) params.set(parsed.name, typeof value === "number" ? to(value, 4) : value);
        break;
      case "seed":
        seed = seedAt(keys, at_ms);
        break;
      case "morph":
        morph = clamp(to(Number(value), 4), 0, 1);
        break;
      case "layer": {
        const known = layers.get(parsed.id) ?? { fields: {}, on: null };
        layers.set(
          parsed.id,
          parsed.field === "motion"
            ? { ...known, on: motion === null ? null : { motion, progress: Number(value) } }
            : { ...known, fields: { ...known.fields, [parsed.field]: value } },
        );
      }
    }
  }
  return { prompts, pictures, params, seed, morph, layers };
}

export function layPrompts(prompts: PromptValue[], { prompts: weights }: Overlay): PromptValue[] {
  return weights.size === 0 ? prompts : prompts.map((p) => ({ ...p, weight: weights.get(p.id) ?? p.weight }));
}

export function layPictures(references: ReferenceValue[], { pictures }: Overlay): ReferenceValue[] {
  return pictures.size === 0
    ? references
    : references.map((r) => ({ ...r, weight: pictures.get(r.id) ?? r.weight }));
}

export function layParam(
  name: string,
  value: ParameterValue | undefined,
  { params, seed }: Overlay,
): ParameterValue | undefined {
  return name === "seed" && seed !== null ? seed.seed : (params.get(name) ?? value);
}

export function layLayers(layers: Layer[], overlay: Overlay): Layer[] {
  return overlay.layers.size === 0 ? layers : layers.map((layer) => layLayer(layer, overlay));
}

/** In as many digits as the move tool writes. */
function layLayer(layer: Layer, overlay: Overlay): Layer {
  const over = overlay.layers.get(layer.id);
  if (over === undefined) return layer;
  const { position, scale, rotation, opacity, visible } = over.fields;
  let next: Layer = {
    ...layer,
    ...(isPair(position) && { x: position[0], y: position[1] }),
    ...(isPair(scale) && { scaleX: legal(scale[0]), scaleY: legal(scale[1]) }),
    ...(typeof rotation === "number" && { rotation }),
    ...(typeof opacity === "number" && { opacity: clamp(to(opacity, 4), 0, 1) }),
    ...(typeof visible === "boolean" && { visible }),
  };
  if (over.on !== null) next = { ...next, ...placedOn(next, over.on.motion, over.on.progress) };
  return {
    ...next,
    x: to(next.x, 2),
    y: to(next.y, 2),
    scaleX: to(next.scaleX, 5),
    scaleY: to(next.scaleY, 5),
    rotation: to(next.rotation, 3) % 360,
  };
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const to = (value: number, digits: number) => Number(value.toFixed(digits)) || 0;
const weight = (value: Value) => clamp(to(Number(value), 4), WEIGHT_MIN, WEIGHT_MAX);
/** Nothing is ever as thin as nothing. */
const legal = (scale: number) =>
  Math.abs(scale) < MIN_SCALE ? (scale < 0 ? -MIN_SCALE : MIN_SCALE) : clamp(scale, -100, 100);

export type OverlayPart = "prompts" | "references" | "params" | "layers";

/** What would look different under the other one. */
export function differing(a: Overlay, b: Overlay): Set<OverlayPart> {
  const parts = new Set<OverlayPart>();
  const differs = (x: unknown, y: unknown) => JSON.stringify(x) !== JSON.stringify(y);
  if (differs([...a.prompts], [...b.prompts])) parts.add("prompts");
  if (differs([...a.pictures], [...b.pictures])) parts.add("references");
  if (differs([[...a.params], a.seed, a.morph], [[...b.params], b.seed, b.morph])) parts.add("params");
  if (differs(places(a), places(b))) parts.add("layers");
  return parts;
}

/** A path is the same one as long as nobody edits it. */
const places = ({ layers }: Overlay) => [...layers].map(([id, { fields, on }]) => [id, fields, on]);
