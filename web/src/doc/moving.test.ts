import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "./document";
import { type LiveLayer, lookOfLayers, type VideoLayer } from "./layers";
import { clipTime, MAX_RATE } from "./moving";

const CLIP = "c".repeat(64);

function open(): LightDocument {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id${ids}`;
  };
  return new LightDocument({ author: "ada", newId }, new Y.Doc());
}

const FRAME = { width: 400, height: 200 };

describe("in the document", () => {
  test("a camera is what it is, whose, and how fast: nothing of what it sees", () => {
    const doc = open();
    const id = doc.addLayer(
      { kind: "live", name: "Camera", source: "camera", owner: "ada", by: "Ada", rate: 24, ...FRAME },
      null,
    );
    expect(doc.layerList().at(-1)).toMatchObject({
      id,
      kind: "live",
      source: "camera",
      by: "Ada",
      rate: 24,
      ...FRAME,
    });
    const said = [...doc.y.getMap("layers").entries()].filter(([key]) => key.startsWith(`${id}.`));
    expect(said.map(([key]) => key.split(".")[1]).sort()).toEqual(
      ["by", "height", "kind", "name", "order", "owner", "rate", "source", "width"].sort(),
    );
    expect(doc.y.getMap("images").size).toBe(0);
  });

  test("values that make no sense are replaced", () => {
    const doc = open();
    const layers = doc.y.getMap("layers");
    for (const [field, value] of Object.entries({ kind: "live", source: "ceiling", rate: 1e9, by: 7 }))
      layers.set(`x.${field}`, value);
    for (const [field, value] of Object.entries({
      kind: "video",
      speed: 0,
      at_s: -1,
      seconds: Number.NaN,
      clip: 1,
    }))
      layers.set(`y.${field}`, value);
    const [x, y] = ["x", "y"].map((id) => doc.layerList().find((layer) => layer.id === id));
    expect(x).toMatchObject({ source: "camera", rate: MAX_RATE, by: "" });
    expect(y).toMatchObject({ speed: 0.25, at_s: 0, seconds: 0, clip: "", loop: true });
  });

  test("it is cropped, copied and deleted like a picture, and undone", () => {
    const doc = open();
    const id = doc.addLayer({ kind: "video", name: "v", clip: CLIP, seconds: 4, ...FRAME }, null);
    doc.changeLayer(id, { crop: "0,0,0.5,1" }, "");
    const copy = doc.duplicateLayer(id, "v copy");
    expect(doc.layerList().find((layer) => layer.id === copy)).toMatchObject({
      clip: CLIP,
      crop: { width: 0.5 },
    });
    doc.changeLayer(id, { gone: true }, "");
    expect(doc.layerList().some((layer) => layer.id === id)).toBe(false);
    doc.undo();
    expect(doc.layerList().some((layer) => layer.id === id)).toBe(true);
  });

  test("a video's file is named, also while its layer is deleted, and is no asset that a room would want", () => {
    const doc = open();
    const id = doc.addLayer({ kind: "video", name: "v", clip: CLIP, seconds: 4, ...FRAME }, null);
    doc.changeLayer(id, { gone: true }, "");
    expect([...doc.clips()]).toEqual([CLIP]);
    expect([...doc.assets()]).toEqual([]);
  });

  test("the look tells another rate of a camera from another picture of the document", () => {
    const doc = open();
    const id = doc.addLayer({ kind: "live", name: "c", source: "camera", ...FRAME }, null);
    const look = () => lookOfLayers(doc.layerList(), () => []);
    const before = look();
    doc.changeLayer(id, { name: "d" }, "");
    expect(look()).toBe(before);
    doc.changeLayer(id, { x: 5 }, "");
    expect(look()).not.toBe(before);
    expect((doc.layerList().at(-1) as LiveLayer).x).toBe(5);
  });
});

describe("where a video is", () => {
  const video = { at_s: 1, seconds: 4, loop: true, speed: 1 } as VideoLayer;

  test.each([
    ["where it stands", {}, 0, 1.001],
    ["two seconds later", {}, 2000, 3.001],
    ["round and round", {}, 4500, 1.501],
    ["at twice the speed", { speed: 2 }, 1000, 3.001],
    ["to its end and no further", { loop: false }, 60_000, 3.95],
    ["at its end, where it was put there", { at_s: 4 }, 0, 3.95],
    ["nowhere, where nothing is", { seconds: 0, at_s: 0 }, 500, 0],
  ])("%s", (_, patch, elapsed_ms, expected) => {
    expect(clipTime({ ...video, ...patch }, elapsed_ms)).toBeCloseTo(expected, 6);
  });

  test("a frame's rounded time is inside of that frame", () => {
    // The second frame at 24 a second begins, in a WebM, at 42 ms.
    expect(clipTime({ ...video, at_s: 0 }, 1000 / 24)).toBeGreaterThan(0.042);
  });
});
