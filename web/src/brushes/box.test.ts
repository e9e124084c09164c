import { expect, test } from "vitest";
import { BrushBox, MAX_OWN, NO_SYMMETRY } from "./box";
import { PRESETS } from "./presets";

function kept(initial?: unknown) {
  let text: string | null = initial === undefined ? null : JSON.stringify(initial);
  const write = (value: string) => {
    text = value;
  };
  const storage = { getItem: () => text, setItem: (_: string, value: string) => write(value) };
  let ids = 0;
  const open = () => new BrushBox(storage, () => `id${++ids}`);
  return { open, write };
}

test("the first visit has the smooth brush in hand, a hand of one's own, and no mirror", () => {
  expect(kept().open().now.get()).toEqual({
    chosen: "plain",
    brush: null,
    eraser: { chosen: "plain", brush: null },
    smoothing: 0,
    symmetry: NO_SYMMETRY,
    own: [],
  });
});

test("what was taken, adjusted and kept is there on the next visit", () => {
  const { open } = kept();
  const box = open();
  box.take("pencil", "brush");
  expect(box.adjusted("brush")).toBe(false);
  box.adjust({ flow: 0.33 }, "brush");
  expect(box.adjusted("brush")).toBe(true);
  box.keep("  My pencil ", "brush");
  box.mirror({ mirror: "radial", folds: 8 });
  const later = open();
  expect(later.now.get()).toMatchObject({
    chosen: "id1",
    brush: { flow: 0.33 },
    symmetry: { mirror: "radial", folds: 8 },
  });
  expect(later.all.at(-1)).toMatchObject({ name: "My pencil", brush: { flow: 0.33 } });
  expect(PRESETS.find(({ id }) => id === "pencil")?.brush?.flow).not.toBe(0.33);
});

test("the eraser has a brush of its own, kept like the other one", () => {
  const { open } = kept();
  const box = open();
  box.take("pencil", "brush");
  box.take("spray", "eraser");
  box.adjust({ flow: 0.33 }, "eraser");
  expect([box.adjusted("brush"), box.adjusted("eraser")]).toEqual([false, true]);
  box.keep("Crumbs", "eraser");
  expect(open().now.get()).toMatchObject({
    chosen: "pencil",
    eraser: { chosen: "id1", brush: { flow: 0.33 } },
    own: [{ name: "Crumbs" }],
  });
  box.remove("id1");
  expect(box.now.get()).toMatchObject({ chosen: "pencil", eraser: { chosen: "plain", brush: null } });
});

test("the smooth brush has nothing to adjust, and taking it puts the others away", () => {
  const box = kept().open();
  box.take("spray", "brush");
  box.take("plain", "brush");
  box.adjust({ flow: 0.1 }, "brush");
  expect(box.now.get().brush).toBeNull();
});

test("a brush of one's own can be removed; the one in hand gives way to the smooth one", () => {
  const box = kept().open();
  box.take("round", "brush");
  box.keep("", "brush");
  expect(box.now.get().own[0]?.name).toBe("My brush");
  box.remove("id1");
  expect(box.now.get()).toMatchObject({ own: [], chosen: "plain", brush: null });
});

test("there is a bound to one's own; the oldest goes", () => {
  const box = kept().open();
  box.take("round", "brush");
  for (let i = 0; i < MAX_OWN + 2; i++) box.keep(`b${i}`, "brush");
  expect(box.now.get().own.length).toBe(MAX_OWN);
  expect(box.now.get().own[0]?.name).toBe("b2");
});

test("what another version or a broken disk left is read as far as it makes sense", () => {
  const { open, write } = kept({
    chosen: 4,
    smoothing: 12,
    symmetry: { mirror: "odd", folds: 3 },
    own: [{ id: "a" }, 7],
  });
  expect(open().now.get()).toMatchObject({
    chosen: "plain",
    smoothing: 1,
    symmetry: { mirror: "off", folds: 3 },
    own: [],
  });
  write("{");
  expect(open().now.get().chosen).toBe("plain");
});
