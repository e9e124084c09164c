/** A PSD becomes a document: each of its layers a picture, and text that is ours a text again. */

import * as Y from "yjs";
import { sha256 } from "../assets/hash";
import { encode } from "../assets/picture";
import { baselineOf } from "../canvas/text";
import { LightDocument } from "../doc/document";
import { frameOf } from "../doc/frame";
import { newId } from "../doc/keep";
import { BASE, MAX_NAME_CHARS } from "../doc/layers";
import type { WireSize } from "../wire/shots";
import { type FlatLayer, readFlat } from "./model";

/** A picture has no more pixels than this side: the document shows a thousand or two. */
const MAX_SIDE_PX = 2048;

export interface PsdDocument {
  readonly name: string;
  /** An update of Yjs. */
  readonly document: Uint8Array<ArrayBuffer>;
  readonly notes: readonly string[];
}

/** size: of the pictures that are rendered of it. Rejects with a ProjectError. */
export async function readPsdFile(file: File, size: WireSize): Promise<PsdDocument> {
  const psd = readFlat(new Uint8Array(await file.arrayBuffer()));
  const frame = frameOf(size);
  const y = new Y.Doc();
  const doc = new LightDocument({ newId, author: "psd" }, y);
  y.getMap("meta").set("begun", true);
  y.getMap("params").set("size", size.join("x"));
  // Whole, in the middle of what a picture shows.
  const scale = Math.min(frame.width / psd.width, frame.height / psd.height);
  const toDocument = (px: number, middle: number) => (px - middle) * scale;
  for (const layer of psd.layers) {
    const common = {
      name: layer.name.slice(0, MAX_NAME_CHARS),
      visible: layer.visible,
      locked: layer.locked,
      opacity: layer.opacity,
      blend: layer.blend,
    };
    const { text, pixels } = layer;
    if (text !== null) {
      const [xx, xy, yx, yy, tx, ty] = text.transform;
      const rotation = (Math.atan2(xy, xx) * 180) / Math.PI;
      // The file says where the baseline begins, the document where the first line does.
      const up = baselineOf(text);
      doc.addLayer(
        {
          ...common,
          kind: "text",
          text: text.text,
          size: text.size,
          color: text.color,
          scaleX: Math.hypot(xx, xy) * scale,
          scaleY: Math.sign(xx * yy - xy * yx) * Math.hypot(yx, yy) * scale,
          rotation,
          x: toDocument(tx - yx * up, psd.width / 2),
          y: toDocument(ty - yy * up, psd.height / 2),
        },
        null,
      );
    } else if (pixels !== null)
      await addPicture(doc, { ...layer, ...common }, pixels, scale, toDocument, psd);
  }
  // What is drawn next lies on top.
  const top = doc.layerList().findLast(({ id }) => id !== BASE);
  if (top !== undefined) doc.moveLayer(BASE, top.id, null);
  doc.changeLayer(BASE, { name: "Paint" }, "");
  // What was read is where the project begins: there is nothing to undo.
  y.getArray("edits").delete(0, y.getArray("edits").length);
  const name = file.name.replace(/\.psd$/i, "");
  return { name, document: Y.encodeStateAsUpdate(y).slice(), notes: psd.notes };
}

async function addPicture(
  doc: LightDocument,
  layer: FlatLayer,
  { width, height, data }: NonNullable<FlatLayer["pixels"]>,
  scale: number,
  toDocument: (px: number, middle: number) => number,
  psd: { readonly width: number; readonly height: number },
): Promise<void> {
  const bitmap = await createImageBitmap(new ImageData(new Uint8ClampedArray(data), width, height));
  const shown = Math.min(1, scale, MAX_SIDE_PX / Math.max(width, height));
  const blob = await encode(bitmap, {
    width: Math.max(1, Math.round(width * shown)),
    height: Math.max(1, Math.round(height * shown)),
  });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const image = await sha256(bytes);
  doc.putImage(image, { mime: blob.type, bytes });
  const { name, visible, locked, opacity, blend, left, top } = layer;
  doc.addLayer(
    {
      kind: "image",
      name,
      visible,
      locked,
      opacity,
      blend,
      image,
      width: width * scale,
      height: height * scale,
      x: toDocument(left + width / 2, psd.width / 2),
      y: toDocument(top + height / 2, psd.height / 2),
    },
    null,
  );
}
