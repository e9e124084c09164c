import { describe, expect, test } from "vitest";
import { AT_REST, type GroupLayer, type Layer, matrixOf, type PaintLayer } from "../doc/layers";
import { type Box, mappedBox } from "../doc/matrix";
import { changedPart, contentKey, groupOf, keyed, keyOf, movedPart, type Stacked, stackOf } from "./stack";

const common = (id: string) => ({
  ...AT_REST,
  ...{ id, name: id, order: id, visible: true, locked: false, opacity: 1, blend: "normal" as const },
});
const paint = (id: string, more: Partial<PaintLayer> = {}): Layer => ({
  ...common(id),
  kind: "paint",
  ...more,
});
const group = (id: string, more: Partial<GroupLayer> = {}): GroupLayer => ({
  ...common(id),
  kind: "group",
  ...more,
});
const camera = (id: string): Layer => ({
  ...common(id),
  ...{ kind: "live", source: "camera", width: 10, height: 10, rate: 5, owner: "", by: "" },
});
const region = (id: string): Layer => ({
  ...common(id),
  ...{ kind: "region", prompts: "", color: "#ff0000", strength: 1, feather: 0 },
});

const BOXES: Readonly<Record<string, Box>> = {
  a: { x: 0, y: 0, width: 10, height: 10 },
  b: { x: 20, y: 0, width: 10, height: 10 },
  c: { x: 40, y: 0, width: 10, height: 10 },
};

/** contents: what is on a layer; "" where nothing is to be seen of it. */
const stacked = (
  layers: readonly Layer[],
  inHand: string | null = null,
  contents: Readonly<Record<string, string>> = {},
): Stacked => ({
  layers,
  inHand,
  width: 512,
  leaf: (layer) => {
    const content = contents[layer.id] ?? "1";
    if (content === "") return null;
    const matrix = matrixOf(layer);
    const box = BOXES[layer.id];
    const look = [layer.id, layer.x, layer.y].join();
    return { layer, matrix, key: keyed(look, content, layer), reach: box ? mappedBox(matrix, box) : null };
  },
});
const stack = (...given: Parameters<typeof stacked>) => stackOf(stacked(...given));
const ids = (part: readonly { layer: Layer }[]) => part.map(({ layer }) => layer.id);
const nowhere = () => null;

describe("a stack", () => {
  const layers = [paint("a"), paint("b"), paint("c")];

  test("is parted by the layer in hand", () => {
    const { below, active, above, all } = stack(layers, "b");
    expect([ids(below), active?.layer.id, ids(above)]).toEqual([["a"], "b", ["c"]]);
    expect(ids(all)).toEqual(["a", "b", "c"]);
    const none = stack(layers);
    expect([ids(none.below), none.active, none.above]).toEqual([["a", "b", "c"], null, []]);
  });

  test("has the same key whichever layer is in hand", () => {
    expect(keyOf(stack(layers, "a").all)).toBe(keyOf(stack(layers, "c").all));
  });

  test("has nothing that is hidden, clear, a region or not there yet, and is parted there all the same", () => {
    const unseen: [Layer, string?][] = [
      [paint("b", { visible: false })],
      [paint("b", { opacity: 0 })],
      [region("b")],
      [paint("b"), ""],
    ];
    for (const [layer, content] of unseen) {
      const given = content === undefined ? {} : { b: content };
      const { below, active, above } = stack([paint("a"), layer, paint("c")], "b", given);
      expect([ids(below), active, ids(above)]).toEqual([["a"], null, ["c"]]);
    }
  });

  test("has the layers of a plain group, and any other group as one", () => {
    const inside = [paint("a"), paint("b", { parent: "g" }), paint("c", { parent: "g" })];
    const plain = stack([...inside, group("g")], "b");
    expect([ids(plain.below), plain.active?.layer.id, ids(plain.above)]).toEqual([["a"], "b", ["c"]]);
    const veiled = stack([...inside, group("g", { opacity: 0.5 })], "b");
    expect([ids(veiled.below), veiled.active?.layer.id, veiled.above]).toEqual([["a"], "g", []]);
    expect(ids(veiled.active?.parts ?? [])).toEqual(["b", "c"]);
    expect(veiled.active?.reach).toEqual({ x: 20, y: 0, width: 30, height: 10 });
    const hidden = stack([...inside, group("g", { visible: false })], "b");
    expect([ids(hidden.all), hidden.active]).toEqual([["a"], null]);
  });

  test("a group alone is composed apart, plain or not, and an empty one reaches nowhere", () => {
    const g = group("g");
    expect(ids(groupOf(stacked([paint("a", { parent: "g" }), g]), g).parts ?? [])).toEqual(["a"]);
    expect(groupOf(stacked([g]), g).reach).toBeNull();
  });
});

describe("where two stacks differ", () => {
  const layers = [paint("a"), paint("b"), paint("c")];
  const before = stack(layers).all;

  test("nowhere, if they are the same", () => {
    expect(changedPart(before, stack(layers, "b").all, nowhere)).toBeNull();
  });

  test("is where layers came, went, moved, or changed places", () => {
    expect(changedPart(before, stack(layers.slice(0, 2)).all, nowhere)).toEqual(BOXES.c);
    expect(changedPart(stack(layers.slice(1)).all, before, nowhere)).toEqual(BOXES.a);
    const moved = stack([paint("a"), paint("b", { y: 5 }), paint("c")]).all;
    expect(changedPart(before, moved, nowhere)).toEqual({ x: 20, y: 0, width: 10, height: 15 });
    const turned = stack([paint("a"), paint("c"), paint("b")]).all;
    expect(changedPart(before, turned, nowhere)).toEqual({ x: 20, y: 0, width: 30, height: 10 });
  });

  test("of a layer that was drawn on is what was drawn, as it lies, in whichever group", () => {
    const drawn = () => ({ x: 21, y: 1, width: 2, height: 2 });
    const there = { x: 21, y: 31, width: 2, height: 2 };
    const lies = [paint("a"), paint("b", { y: 30 })];
    const inside = [paint("a"), paint("b", { y: 30, parent: "g" }), group("g", { opacity: 0.5 })];
    for (const list of [lies, inside]) {
      const [old, now] = [stack(list).all, stack(list, null, { b: "2;2" }).all];
      expect(changedPart(old, now, drawn)).toEqual(there);
      expect(changedPart(old, now, nowhere)).toEqual({ x: 20, y: 30, width: 10, height: 10 });
    }
  });

  test("of a layer that lies otherwise too is all of it, whatever was drawn", () => {
    const drawn = () => ({ x: 21, y: 1, width: 2, height: 2 });
    for (const more of [{ opacity: 0.5 }, { blend: "multiply" as const }]) {
      const now = stack([paint("a"), paint("b", more), paint("c")], null, { b: "2" }).all;
      expect(changedPart(before, now, drawn)).toEqual(BOXES.b);
    }
  });
});

describe("what moves by itself", () => {
  const layers = [camera("a"), paint("b"), camera("c")];
  const before = stack(layers).all;

  test("is where its pictures are others", () => {
    expect(movedPart(before, stack(layers, null, { c: "2" }).all)).toEqual(BOXES.c);
    expect(movedPart(before, stack(layers, null, { a: "2", c: "2" }).all)).toEqual({
      x: 0,
      y: 0,
      width: 50,
      height: 10,
    });
  });

  test("is not told where anything else is another, or nothing is", () => {
    expect(movedPart(before, before)).toBeNull();
    expect(movedPart(before, stack(layers, null, { a: "2", b: "2" }).all)).toBeNull();
    expect(movedPart(before, stack([...layers, paint("d")]).all)).toBeNull();
    expect(movedPart(before, stack([{ ...camera("a"), x: 1 }, ...layers.slice(1)]).all)).toBeNull();
  });
});

test("what is on a layer has the same key however it is laid on what is beneath", () => {
  const keys = [paint("a"), paint("a", { opacity: 0.5 }), paint("a", { blend: "multiply" })].map((layer) => {
    const [shown] = stack([layer], null, { a: '["a;b"]' }).all;
    return shown && contentKey(shown);
  });
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toContain('["a;b"]');
});
