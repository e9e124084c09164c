/** The document's layers as pixels, for a PSD: one pixel a document unit, as the sketch has them. */

import { t } from "@lingui/core/macro";
import { Still } from "../canvas/still";
import { newSurface } from "../canvas/surface";
import { baselineOf } from "../canvas/text";
import type { LightDocument } from "../doc/document";
import { CENTRE, type Frame } from "../doc/frame";
import { siblings } from "../doc/groups";
import { matrixOf, type TextLayer } from "../doc/layers";
import { splitMarks } from "../doc/marks";
import { apply } from "../doc/matrix";
import { titleOf } from "../layering";
import { type PsdText, type TreeLayer, writeTree } from "./model";

export interface WrittenPsd {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What is not in it, in sentences. */
  readonly notes: readonly string[];
}

export async function writeDocument(doc: LightDocument, frame: Frame): Promise<WrittenPsd> {
  const { width, height } = frame;
  const layers = doc.layerList();
  const still = new Still(frame, doc);
  try {
    await still.show(layers, splitMarks(doc.visibleMarks()).layers);
    const { sketch } = still;
    const surface = newSurface(width, height, true);
    const tree = async (group: string | undefined): Promise<TreeLayer[]> => {
      const found: TreeLayer[] = [];
      for (const layer of siblings(layers, group)) {
        if (layer.kind === "region") continue;
        const { visible, locked, opacity, blend } = layer;
        const common = { name: titleOf(layer), visible, locked, opacity, blend };
        if (layer.kind === "group") {
          found.push({ kind: "group", ...common, layers: await tree(layer.id) });
          continue;
        }
        sketch.paintThumbnail({ ...layer, visible: true, opacity: 1, blend: "normal" }, surface);
        const { data } = surface.context.getImageData(0, 0, width, height);
        const text = layer.kind === "text" ? textOf(layer, frame) : null;
        found.push({ kind: "pixels", ...common, left: 0, top: 0, pixels: { width, height, data }, text });
        await new Promise((resolve) => setTimeout(resolve)); // a stroke comes first
      }
      return found;
    };
    const written = await tree(undefined);
    const merged = sketch.raster.context.getImageData(0, 0, width, height);
    const regions = layers.filter(({ kind }) => kind === "region").length;
    return {
      bytes: writeTree({ width, height, layers: written }, merged),
      notes: regions === 0 ? [] : [t`Regions are not in the file: they are no part of the sketch.`],
    };
  } finally {
    still.close();
  }
}

/** Its baseline begins there, in pixels of the file. */
function textOf(layer: TextLayer, frame: Frame): PsdText {
  const [a, b, c, d] = matrixOf(layer);
  const at = apply(matrixOf(layer), { x: CENTRE, y: CENTRE + baselineOf(layer) });
  return {
    text: layer.text,
    size: layer.size,
    color: layer.color,
    transform: [a, b, c, d, at.x - frame.x, at.y - frame.y],
  };
}
