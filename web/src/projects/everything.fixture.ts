/** A document with one of each thing that a document can say. */

import { boardKey, boardOf, boardValue } from "../doc/board";
import type { LightDocument } from "../doc/document";
import { cropText } from "../doc/layers";
import { MORPH_A } from "../doc/morph";
import { addToPalette, paletteOf } from "../doc/palette";
import { rectangle } from "../doc/selection";
import { keyEntry, keyText, nameEntry, readTimeline } from "../timeline/stored";
import { layerTarget } from "../timeline/targets";

/** Eight by four pixels: red on the left, blue on the right. */
const RED_BLUE = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAAFElEQVR42mP4z8AAR0jM/wzUkwAAOn4f4diWpaUAAAAASUVORK5CYII=",
  ),
  (c) => c.charCodeAt(0),
);
const LAYER_PICTURE = "1".repeat(64);
const BOARD_PICTURE = "2".repeat(64);
const COMMON = { opacity: 1, color: "#00ff00", size: 8, filled: true } as const;

/**
 * assets: pictures that are kept outside of it, by where they are named; each is named nowhere else. In document units:
 *
 *     112 to 312, 412 to 612   the left half of a picture, cropped to it, red; in a group in a group that multiplies, at half
 *     600 to 700, 100 to 400   a green rectangle up to 900, of which no more was selected
 *     50 to 100, 50 to 100     a blue shape
 *     700 to 900, 700 to 900   a region
 */
export function fill(
  doc: LightDocument,
  assets: Readonly<Record<"reference" | "undone" | "look" | "thumbnail" | "kept", string>>,
): void {
  // Its sketch.
  const outer = doc.addLayer({ kind: "group", name: "Outer", opacity: 0.5, blend: "multiply" }, null);
  const inner = doc.addLayer({ kind: "group", name: "Inner", locked: true }, outer);
  doc.putImage(LAYER_PICTURE, { mime: "image/png", bytes: RED_BLUE });
  const picture = { image: LAYER_PICTURE, width: 400, height: 200, x: -200 };
  const crop = cropText({ x: 0, y: 0, width: 0.5, height: 1 });
  doc.addLayer({ kind: "image", name: "Picture", ...picture, crop }, inner);
  const box = { kind: "shape", shape: "rect", width: 50, height: 50, x: -437, y: -437 } as const;
  doc.addLayer({ ...box, name: "Shape", fill: "#0000ff" }, null);
  const text = { kind: "text", text: "Hi", size: 64, color: "#102030" } as const;
  doc.addLayer({ ...text, name: "Text", visible: false }, null);
  doc.select(rectangle({ x: 600, y: 100, width: 100, height: 300 }));
  const rect = { type: "shape", shape: "rect", ...COMMON } as const;
  doc.addMark({ ...rect, x0: 600, y0: 100, x1: 900, y1: 400, clip: doc.selected ?? "" });
  doc.select(null);
  const prompts = JSON.stringify([{ id: "r1", text: "a lighthouse", weight: 1 }]);
  const region = doc.addLayer({ kind: "region", name: "Region", prompts, color: "#ff5da2" }, null);
  doc.addMark({ ...rect, x0: 700, y0: 700, x1: 900, y1: 900, layer: region });
  // Its words and settings.
  doc.setPrompts(() => [doc.newPrompt("snow")], "");
  doc.setReferences(() => [doc.newReference(assets.reference, "sunset")], "");
  const look = { prompts: [], references: [{ sha256: assets.look, weight: 1 }], seed: 1, tweaks: {} };
  doc.setParams({ [MORPH_A]: JSON.stringify({ ...look, thumbnail: assets.thumbnail }), size: "512x512" }, "");
  doc.keepMask("shot", assets.kept);
  // What lies beside.
  doc.putImage(BOARD_PICTURE, { mime: "image/png", bytes: RED_BLUE });
  const pinned = { image: BOARD_PICTURE, name: "Pier", x: 1, y: 2, width: 200, aspect: 0.5, z: 1 };
  doc.setParams({ [boardKey("b1")]: boardValue({ id: "b1", ...pinned }) }, "");
  addToPalette(doc, ["#aabbcc", "#ddeeff"]);
  const position = layerTarget(outer, "position");
  const key = { [keyEntry(position, 0)]: keyText([0, 0], "linear"), [nameEntry(position)]: "Outer" };
  doc.setTimeline({ "pace:fps": "12", ...key }, "");
  // What redo brings back.
  doc.setReferences((all) => [...all, doc.newReference(assets.undone, "noon")], "");
  doc.undo();
}

/** All that it says, selections of marks and pictures of layers and of the board included. */
export function sayings(doc: LightDocument) {
  const layers = doc.layerList();
  const marks = doc.visibleMarks();
  const pictures = [
    ...layers.flatMap((layer) => (layer.kind === "image" ? layer.image : [])),
    ...boardOf(doc).map(({ image }) => image),
  ];
  return {
    layers,
    marks,
    clips: marks.flatMap(({ mark }) => ("clip" in mark && mark.clip ? doc.selection(mark.clip) : [])),
    bases: marks.map(({ id }) => doc.base(id)),
    pictures: pictures.map((image) => doc.image(image)),
    prompts: doc.promptList(),
    references: doc.referenceList(),
    params: Object.fromEntries(doc.paramNames().map((name) => [name, doc.param(name)])),
    board: boardOf(doc),
    palette: paletteOf(doc),
    timeline: readTimeline(doc.timelineEntries()),
  };
}
