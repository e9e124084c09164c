/** A PSD becomes a document: its groups groups, each of its layers a picture, and text that is ours a text again. */

import { t } from "@lingui/core/macro";
import * as Y from "yjs";
import { sha256 } from "../assets/hash";
import { encode } from "../assets/picture";
import { baselineOf } from "../canvas/text";
import { LightDocument } from "../doc/document";
import { frameOf } from "../doc/frame";
import { newId } from "../doc/keep";
import { BASE, MAX_NAME_CHARS } from "../doc/layers";
import type { Point } from "../doc/matrix";
import type { WireSize } from "../wire/shots";
import { type PixelLayer, type PsdText, readTree, type TreeLayer } from "./model";

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
  const psd = readTree(new Uint8Array(await file.arrayBuffer()));
  const frame = frameOf(size);
  const y = new Y.Doc();
  const doc = new LightDocument({ newId, author: "psd" }, y);
  y.getMap("meta").set("begun", true);
  y.getMap("params").set("size", size.join("x"));
  // Whole, in the middle of what a picture shows.
  const scale = Math.min(frame.width / psd.width, frame.height / psd.height);
  await addLayers({ doc, scale, middle: { x: psd.width / 2, y: psd.height / 2 } }, psd.layers, null);
  // What is drawn next lies on top.
  const top = doc.layerList().findLast(({ id }) => id !== BASE);
  if (top !== undefined) doc.moveLayer(BASE, top.id, null);
  doc.changeLayer(BASE, { name: t`Paint` }, "");
  // What was read is where the project begins: there is nothing to undo.
  y.getArray("edits").delete(0, y.getArray("edits").length);
  const name = file.name.replace(/\.psd$/i, "");
  return { name, document: Y.encodeStateAsUpdate(y).slice(), notes: psd.notes };
}

/** Where pixels of the file lie in the document. */
interface Place {
  readonly doc: LightDocument;
  readonly scale: number;
  readonly middle: Point;
}

/** Into that group; null: into none. */
async function addLayers(place: Place, layers: readonly TreeLayer[], group: string | null): Promise<void> {
  const { doc } = place;
  for (const layer of layers) {
    const { name, visible, locked, opacity, blend } = layer;
    const common = { name: name.slice(0, MAX_NAME_CHARS), visible, locked, opacity, blend };
    if (layer.kind === "group")
      await addLayers(place, layer.layers, doc.addLayer({ ...common, kind: "group" }, group));
    else if (layer.text !== null)
      doc.addLayer({ ...common, kind: "text", ...textFields(place, layer.text) }, group);
    else doc.addLayer({ ...common, kind: "image", ...(await pictureFields(place, layer)) }, group);
  }
}

function textFields({ scale, middle }: Place, { text, size, color, transform }: PsdText) {
  const [xx, xy, yx, yy, tx, ty] = transform;
  // The file says where the baseline begins, the document where the first line does.
  const up = baselineOf({ text, size });
  return {
    text,
    size,
    color,
    scaleX: Math.hypot(xx, xy) * scale,
    scaleY: Math.sign(xx * yy - xy * yx) * Math.hypot(yx, yy) * scale,
    rotation: (Math.atan2(xy, xx) * 180) / Math.PI,
    x: (tx - yx * up - middle.x) * scale,
    y: (ty - yy * up - middle.y) * scale,
  };
}

async function pictureFields({ doc, scale, middle }: Place, { pixels, left, top }: PixelLayer) {
  const { width, height, data } = pixels;
  const bitmap = await createImageBitmap(new ImageData(new Uint8ClampedArray(data), width, height));
  const shown = Math.min(1, scale, MAX_SIDE_PX / Math.max(width, height));
  const blob = await encode(bitmap, {
    width: Math.max(1, Math.round(width * shown)),
    height: Math.max(1, Math.round(height * shown)),
  });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const image = await sha256(bytes);
  doc.putImage(image, { mime: blob.type, bytes });
  return {
    image,
    width: width * scale,
    height: height * scale,
    x: (left + width / 2 - middle.x) * scale,
    y: (top + height / 2 - middle.y) * scale,
  };
}
