import { expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "../doc/document";
import type { Layer, LayerPatch } from "../doc/layers";
import { putValue } from "./hand";

function open() {
  let ids = 0;
  const doc = new LightDocument({ newId: () => `${ids++}`, now_ms: () => 0 } as never, new Y.Doc());
  const said: unknown[] = [];
  const world = {
    doc,
    layering: {
      all: [{ id: "a", locked: false } as Layer, { id: "b", locked: true } as Layer],
      change: (id: string, patch: LayerPatch) => said.push([id, patch]),
    },
    looks: { morphTo: (at: number) => said.push(at) },
  };
  return {
    doc,
    said,
    put: (target: string, value: Parameters<typeof putValue>[2]) => putValue(world, target, value, "g"),
  };
}

test("a weight is set, within its range, of that prompt alone; one turn is one step of undo", () => {
  const { doc, put } = open();
  const prompt = { text: "snow", weight: 1, on: true };
  doc.setPrompts(
    () => [
      { ...prompt, id: "a" },
      { ...prompt, id: "b" },
    ],
    "",
  );
  put("prompt:b", 0.333);
  put("prompt:b", 9);
  expect(doc.promptList().map(({ weight }) => weight)).toEqual([1, 2]);
  doc.undo();
  expect(doc.promptList().map(({ weight }) => weight)).toEqual([1, 1]);
});

test("a parameter is set, and a seed that is locked stays", () => {
  const { doc, put } = open();
  put("param:strength", 0.4);
  put("seed", 3);
  doc.setParams({ seedLocked: true }, "");
  put("seed", 4);
  expect([doc.param("strength"), doc.param("seed")]).toEqual([0.4, 3]);
});

test("layers and the morph go the way of their own tools; what is locked or gone stays", () => {
  const { said, put } = open();
  put("layer:a:position", [3, 4]);
  put("layer:a:scale", [2, 2]);
  put("layer:a:opacity", 0.5);
  put("layer:b:opacity", 0.5);
  put("layer:gone:opacity", 0.5);
  put("morph", 0.25);
  put("nonsense", 1);
  expect(said).toEqual([
    ["a", { x: 3, y: 4 }],
    ["a", { scaleX: 2, scaleY: 2 }],
    ["a", { opacity: 0.5 }],
    0.25,
  ]);
});
