import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "../doc/document";
import { cropText } from "../doc/layers";
import { cropped } from "./crop";

const WHOLE = { x: 0, y: 0, width: 1, height: 1 };

describe("cropping", () => {
  test("moves the edges that the handle is on, within the picture", () => {
    expect(cropped(WHOLE, "w", { x: 0.25, y: 9 })).toEqual({ x: 0.25, y: 0, width: 0.75, height: 1 });
    expect(cropped(WHOLE, "se", { x: -0.5, y: -0.25 })).toEqual({ x: 0, y: 0, width: 0.5, height: 0.75 });
    expect(cropped(WHOLE, "nw", { x: -3, y: 3 })).toMatchObject({ x: 0, y: 0.99, width: 1 });
    const part = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
    expect(cropped(part, "e", { x: 0.5, y: 0 })).toEqual({ ...part, width: 0.75 });
    expect(cropped(part, "n", { x: 0, y: -0.5 })).toEqual({ ...part, y: 0, height: 0.75 });
  });

  test("is kept by the layer and its copies, undone, and nothing where it makes no sense", () => {
    let ids = 0;
    const newId = () => {
      ids += 1;
      return `id${ids}`;
    };
    const doc = new LightDocument({ author: "me", newId }, new Y.Doc());
    const id = doc.addLayer({ kind: "image", name: "p", image: "a".repeat(64), width: 9, height: 9 }, null);
    const crop = () => doc.layerList().flatMap((layer) => (layer.kind === "image" ? [layer.crop] : []));
    doc.changeLayer(id, { crop: cropText({ x: 0.25, y: 0, width: 0.5, height: 1 }) }, "");
    doc.duplicateLayer(id, "copy");
    expect(crop()).toEqual([
      { x: 0.25, y: 0, width: 0.5, height: 1 },
      { x: 0.25, y: 0, width: 0.5, height: 1 },
    ]);
    doc.undo();
    for (const bad of [
      "1,2",
      "0,0,2,1",
      "-1,0,1,1",
      "0,0,0.001,1",
      "a,b,c,d",
      "0,0,NaN,1",
      "0,0,1,1,1",
      "0.5,0,1,1",
    ]) {
      doc.changeLayer(id, { crop: bad }, "");
      expect(crop()).toEqual([undefined]);
    }
    expect(cropText(WHOLE)).toBe("");
  });
});
