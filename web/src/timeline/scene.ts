/** The document as it is now, and what a shot of it says at any time of its timeline: a pure function. */

import type { Layer } from "../doc/layers";
import type { SketchMarks } from "../doc/marks";
import { type KeptLook, lookOf, morphOf } from "../doc/morph";
import { type PromptValue, toWire } from "../doc/prompts";
import { type ReferenceValue, referencesToWire } from "../doc/references";
import { readSettings, toShot } from "../doc/settings";
import type { EngineCard, ParameterValue, ShotMeta } from "../wire/shots";
import { layLayers, layParam, layPictures, layPrompts, overlayAt } from "./overlay";
import type { Timeline } from "./timeline";

export interface Scene {
  readonly timeline: Timeline;
  readonly card: EngineCard;
  readonly params: ReadonlyMap<string, ParameterValue>;
  readonly prompts: readonly PromptValue[];
  readonly references: readonly ReferenceValue[];
  readonly lookA: KeptLook | null;
  readonly lookB: KeptLook | null;
  readonly layers: readonly Layer[];
  readonly marks: ReadonlyMap<string, SketchMarks>;
  /** Null: the whole picture is rendered. prompt: what the masked part is to be; "": what all of it is. */
  readonly masked: { readonly base: string; readonly prompt: string } | null;
  usable(sha256: string): boolean;
}

const NOBODY: ReadonlySet<string> = new Set();
const QUALITY = 90;

export interface Moment {
  /** To be answered as PNG. */
  readonly shot: ShotMeta;
  readonly layers: readonly Layer[];
}

export function momentAt(scene: Scene, at_ms: number): Moment {
  const { card, params, lookA, lookB, usable, masked } = scene;
  const overlay = overlayAt(scene.timeline, at_ms, NOBODY);
  const settings = readSettings((name) => layParam(name, params.get(name), overlay), card);
  const own = {
    prompts: toWire(layPrompts([...scene.prompts], overlay)),
    references: referencesToWire(layPictures([...scene.references], overlay), card.references, usable),
    seed: settings.seed,
    tweaks: settings.tweaks,
  };
  const every = { ...own, references: referencesToWire(scene.references, card.references) };
  const at = overlay.morph ?? morphOf((name) => params.get(name), every);
  const look = lookOf({ own, a: lookA, b: lookB, at, seed: overlay.seed }, card.references, usable);
  const shot = { ...toShot(settings, card, look), accept: "image/png", quality: QUALITY } as const;
  return {
    shot:
      masked === null
        ? shot
        : {
            ...shot,
            base: masked.base,
            prompts: masked.prompt === "" ? shot.prompts : [[masked.prompt, 1]],
          },
    layers: layLayers([...scene.layers], overlay),
  };
}
