/** Setting what the timeline can drive, in the document, as a hand on a slider does. */

import type { LightDocument } from "../doc/document";
import { weightOf } from "../doc/prompts";
import type { Layering } from "../layering";
import type { Looks } from "../looks";
import { parseTarget } from "../timeline/targets";
import { isPair, type Value } from "../timeline/timeline";

export interface HandWorld {
  readonly doc: LightDocument;
  readonly layering: Pick<Layering, "change" | "all">;
  readonly looks: Pick<Looks, "morphTo">;
}

/** gesture: one name for all moves of one turn. */
export function putValue(
  { doc, layering, looks }: HandWorld,
  target: string,
  value: Value,
  gesture: string,
): void {
  const parsed = parseTarget(target);
  switch (parsed?.kind) {
    case "prompt":
      doc.setPrompts((all) => weighed(all, parsed.id, value), gesture);
      break;
    case "picture":
      doc.setReferences((all) => weighed(all, parsed.id, value), gesture);
      break;
    case "param":
      if (!isPair(value)) doc.setParams({ [parsed.name]: value }, gesture);
      break;
    case "seed":
      if (doc.param("seedLocked") !== true) doc.setParams({ seed: Number(value) }, gesture);
      break;
    case "morph":
      looks.morphTo(Number(value), gesture);
      break;
    case "layer": {
      const layer = layering.all.find(({ id }) => id === parsed.id);
      if (layer === undefined || (layer.locked && parsed.field !== "visible")) break;
      if (isPair(value))
        layering.change(
          parsed.id,
          parsed.field === "scale" ? { scaleX: value[0], scaleY: value[1] } : { x: value[0], y: value[1] },
          gesture,
        );
      else if (parsed.field !== "motion") layering.change(parsed.id, { [parsed.field]: value }, gesture);
    }
  }
}

function weighed<T extends { readonly id: string; readonly weight: number }>(
  all: readonly T[],
  id: string,
  value: Value,
): T[] {
  const weight = weightOf(Number(Number(value).toFixed(2)));
  return all.map((each) => (each.id === id ? { ...each, weight } : each));
}
