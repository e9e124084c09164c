/** The document's layers as pixels, for a PSD: one pixel a document unit, as the sketch has them. */

import { aim, newSurface, type Surface } from "../canvas/surface";
import { baselineOf } from "../canvas/text";
import { CENTRE, type Frame } from "../doc/frame";
import { type ImageLayer, matrixOf, type TextLayer } from "../doc/layers";
import { apply } from "../doc/matrix";
import { titleOf } from "../layering";
import type { Studio } from "../studio";
import { type FlatLayer, type FlatText, writeFlat } from "./model";

export async function writeDocument({ doc, sketch, layering }: Studio): Promise<Uint8Array<ArrayBuffer>> {
  layering.endWriting();
  const { frame } = sketch;
  const surface = newSurface(frame.width, frame.height, true);
  const layers: FlatLayer[] = [];
  for (const layer of doc.layerList()) {
    if (layer.kind === "image") await paintImage(surface, frame, layer, doc.image(layer.image));
    else sketch.paintThumbnail({ ...layer, visible: true, opacity: 1, blend: "normal" }, surface);
    const { data } = surface.context.getImageData(0, 0, frame.width, frame.height);
    layers.push({
      name: titleOf(layer),
      visible: layer.visible,
      locked: layer.locked,
      opacity: layer.opacity,
      blend: layer.blend,
      left: 0,
      top: 0,
      pixels: { width: frame.width, height: frame.height, data },
      text: layer.kind === "text" ? textOf(layer, frame) : null,
    });
    await new Promise((resolve) => setTimeout(resolve)); // a stroke comes first
  }
  const merged = sketch.raster.context.getImageData(0, 0, frame.width, frame.height);
  return writeFlat({ width: frame.width, height: frame.height, layers }, merged);
}

async function paintImage(
  surface: Surface,
  frame: Frame,
  layer: ImageLayer,
  file: ReturnType<Studio["doc"]["image"]>,
): Promise<void> {
  const { canvas, context } = surface;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (file === null) return;
  const bitmap = await createImageBitmap(new Blob([file.bytes.slice()], { type: file.mime })).catch(
    () => null,
  );
  if (bitmap === null) return;
  aim(surface, frame);
  context.transform(...matrixOf(layer));
  const { width, height } = layer;
  context.drawImage(bitmap, CENTRE - width / 2, CENTRE - height / 2, width, height);
  bitmap.close();
}

/** Its baseline begins there, in pixels of the file. */
function textOf(layer: TextLayer, frame: Frame): FlatText {
  const [a, b, c, d] = matrixOf(layer);
  const at = apply(matrixOf(layer), { x: CENTRE, y: CENTRE + baselineOf(layer) });
  return {
    text: layer.text,
    size: layer.size,
    color: layer.color,
    transform: [a, b, c, d, at.x - frame.x, at.y - frame.y],
  };
}
