import { describe, expect, test } from "vitest";
import { LightDocument } from "../doc/document";
import { addToPalette, MAX_PALETTE, paletteOf, removeFromPalette } from "../doc/palette";
import { coloursOf } from "./extract";
import { HARMONIES, harmonyOf } from "./harmony";
import { MAX_RECENT, RecentColours } from "./recent";
import { hexOfHsv, hexOfLab, hexOfLch, hsvOf, labOf, lchOf } from "./spaces";

const SOME = ["#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#7b7068", "#123456", "#fedcba"];

test.each(SOME)("%s is the same colour in every space", (hex) => {
  expect(hexOfHsv(hsvOf(hex))).toBe(hex);
  expect(hexOfLab(labOf(hex))).toBe(hex);
  expect(hexOfLch(lchOf(hex))).toBe(hex);
});

test("white is as light as can be, and grey has no colour", () => {
  expect(lchOf("#ffffff").L).toBeCloseTo(1, 4);
  expect(lchOf("#808080").C).toBeLessThan(1e-3);
});

test("what no screen shows is as light and of the same hue, and less colourful", () => {
  const shown = lchOf(hexOfLch({ L: 0.7, C: 0.4, h: 150 }));
  expect(shown.L).toBeCloseTo(0.7, 2);
  expect(Math.abs(shown.h - 150)).toBeLessThan(2);
  expect(shown.C).toBeLessThan(0.4);
});

describe("harmonies", () => {
  test.each(HARMONIES)("%s begins with the colour itself, and all are as light", (harmony) => {
    const row = harmonyOf("#8a6f3c", harmony);
    expect(row[0]).toBe("#8a6f3c");
    expect(new Set(row).size).toBe(row.length);
    for (const hex of row) expect(lchOf(hex).L).toBeCloseTo(lchOf("#8a6f3c").L, 2);
  });

  test("the complement is opposite", () => {
    const [one = "", other = ""] = harmonyOf("#8a6f3c", "complement");
    expect(Math.abs(Math.abs(lchOf(one).h - lchOf(other).h) - 180)).toBeLessThan(3);
  });

  test("a grey goes with greys", () => {
    for (const hex of harmonyOf("#777777", "triad")) expect(lchOf(hex).C).toBeLessThan(0.01);
  });
});

describe("the colours of a picture", () => {
  const pixels = (parts: readonly (readonly [hex: string, count: number])[]) =>
    new Uint8ClampedArray(
      parts.flatMap(([hex, count]) => {
        const value = Number.parseInt(hex.slice(1), 16);
        return Array.from({ length: count }, () => [
          value >> 16,
          (value >> 8) & 255,
          value & 255,
          255,
        ]).flat();
      }),
    );
  const near = (one: string, other: string) =>
    Math.hypot(labOf(one).L - labOf(other).L, labOf(one).a - labOf(other).a, labOf(one).b - labOf(other).b);

  test("are those it is made of, the most frequent first", () => {
    const found = coloursOf(
      pixels([
        ["#204080", 60],
        ["#e0c040", 200],
        ["#a02020", 20],
      ]),
      8,
    );
    expect(found.length).toBe(3);
    ["#e0c040", "#204080", "#a02020"].forEach((hex, i) => {
      expect(near(found[i] ?? "#000000", hex)).toBeLessThan(0.03);
    });
  });

  test("are few however many there are, and the same each time", () => {
    const many = pixels(
      Array.from({ length: 400 }, (_, i) => [
        hexOfHsv({ h: (i * 37) % 360, s: 0.7, v: 0.3 + (i % 7) / 10 }),
        3,
      ]),
    );
    expect(coloursOf(many, 8).length).toBeLessThanOrEqual(8);
    expect(coloursOf(many, 8)).toEqual(coloursOf(many, 8));
  });

  test("of nothing are none", () => {
    expect(coloursOf(new Uint8ClampedArray(16), 8)).toEqual([]);
  });
});

describe("the document's palette", () => {
  const open = () => {
    let ids = 0;
    return new LightDocument({ newId: () => `i${++ids}`, author: "me" });
  };

  test("keeps its colours in the order in which they came, each once; one addition is one step of undo", () => {
    const doc = open();
    expect(addToPalette(doc, ["#ff0000", "#00ff00"])).toBe(2);
    expect(addToPalette(doc, ["#00ff00", "#0000ff"])).toBe(1);
    expect(paletteOf(doc)).toEqual(["#ff0000", "#00ff00", "#0000ff"]);
    removeFromPalette(doc, "#00ff00");
    expect(paletteOf(doc)).toEqual(["#ff0000", "#0000ff"]);
    doc.undo();
    doc.undo();
    expect(paletteOf(doc)).toEqual(["#ff0000", "#00ff00"]);
  });

  test("has a bound, and passes over what is no colour", () => {
    const doc = open();
    addToPalette(
      doc,
      Array.from({ length: MAX_PALETTE + 9 }, (_, i) => `#0000${i.toString(16).padStart(2, "0")}`),
    );
    expect(paletteOf(doc).length).toBe(MAX_PALETTE);
    expect(addToPalette(doc, ["#abcdef"])).toBe(0);
    doc.setParams({ "palette:<b>": 1 }, "");
    expect(paletteOf(doc).length).toBe(MAX_PALETTE);
  });
});

test("recent colours: the newest first, each once, no more than there is room for, and on the next visit too", () => {
  const kept: Record<string, string> = {};
  const storage = {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => Object.assign(kept, { [key]: value }),
  };
  const recent = new RecentColours(storage);
  for (const hex of [...SOME, "#111111", "#222222", "#333333", "#ffffff"]) recent.used(hex);
  const { colours } = new RecentColours(storage).now.get();
  expect(colours.slice(0, 3)).toEqual(["#ffffff", "#333333", "#222222"]);
  expect(colours.length).toBe(MAX_RECENT);
  kept["lightbrush.colours"] = '["#fff", 3, "#ABCDEF"]';
  expect(new RecentColours(storage).now.get().colours).toEqual(["#abcdef"]);
});
