import { expect, test } from "vitest";
import type { Layer } from "../doc/layers";
import { blockOf, landing, rowsOf } from "./layer-drag";

const layer = (id: string, kind: Layer["kind"], parent?: string) =>
  ({ id, kind, ...(parent && { parent }) }) as Layer;
/** From the top: d, G [c, H [b], a], base */
const LAYERS = [
  layer("base", "paint"),
  layer("a", "paint", "G"),
  layer("b", "paint", "H"),
  layer("H", "group", "G"),
  layer("c", "paint", "G"),
  layer("G", "group"),
  layer("d", "paint"),
];
const rows = rowsOf(LAYERS, []);
const at = (id: string) => rows.findIndex((row) => row.layer.id === id);

test("rows are listed from the top, without what is in a folded group", () => {
  expect(rows.map(({ layer: { id }, depth }) => `${id}${depth}`)).toEqual([
    "d0",
    "G0",
    "c1",
    "H1",
    "b2",
    "a1",
    "base0",
  ]);
  expect(rowsOf(LAYERS, ["G"]).map(({ layer: { id } }) => id)).toEqual(["d", "G", "base"]);
  expect(blockOf(rows, at("G"))).toBe(5);
  expect(blockOf(rows, at("d"))).toBe(1);
});

test("between two layers of a group a row goes into it", () => {
  expect(landing(rows, at("d"), 2, 0)).toEqual({ depth: 1, parent: "G", index: 2 });
  expect(landing(rows, at("d"), 1, 0)).toEqual({ depth: 1, parent: "G", index: 3 });
});

test("below a group's last layer the depth decides", () => {
  expect(landing(rows, at("d"), 5, 0)).toEqual({ depth: 0, parent: null, index: 1 });
  expect(landing(rows, at("d"), 5, 1)).toEqual({ depth: 1, parent: "G", index: 0 });
  expect(landing(rows, at("d"), 5, 9)).toEqual({ depth: 1, parent: "G", index: 0 });
  expect(landing(rows, at("d"), 4, 2)).toEqual({ depth: 2, parent: "H", index: 0 });
  expect(landing(rows, at("d"), 4, 0)).toEqual({ depth: 1, parent: "G", index: 1 });
});

test("a group goes as a whole, and never into itself", () => {
  expect(landing(rows, at("G"), 2, 0)).toEqual({ depth: 0, parent: null, index: 0 });
  expect(landing(rows, at("G"), 0, 3)).toEqual({ depth: 0, parent: null, index: 2 });
  expect(landing(rows, at("H"), 0, 0)).toEqual({ depth: 0, parent: null, index: 3 });
});
