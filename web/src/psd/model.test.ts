import { readFileSync } from "node:fs";
import { writePsd } from "ag-psd";
import { describe, expect, test } from "vitest";
import { BLENDS } from "../doc/layers";
import { type FlatLayer, LIMITS, type Rgba, readFlat, writeFlat } from "./model";

function square(width: number, height: number, color: readonly [number, number, number, number]): Rgba {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = color[i % 4] ?? 0;
  return { width, height, data };
}

const layer = (fields: Partial<FlatLayer> = {}): FlatLayer => ({
  name: "Layer",
  visible: true,
  locked: false,
  opacity: 1,
  blend: "normal",
  left: 2,
  top: 3,
  pixels: square(4, 5, [10, 20, 30, 200]),
  text: null,
  ...fields,
});
const size = { width: 16, height: 12 };
const written = (...layers: FlatLayer[]) => writeFlat({ ...size, layers }, square(16, 12, [1, 2, 3, 255]));
const codeOf = (act: () => unknown): string => {
  try {
    act();
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const psd = (children: Parameters<typeof writePsd>[0]["children"]) =>
  new Uint8Array(writePsd({ ...size, children: children ?? [] }));

describe("there and back again", () => {
  test("layers keep their order, names, places, pixels, opacity, locks and whether they are seen", () => {
    const layers = [
      layer({ name: "Unten – été 雪", opacity: 128 / 255 }),
      layer({ name: "Top", visible: false, locked: true, left: 7, pixels: square(3, 2, [255, 0, 0, 255]) }),
    ];
    const out = readFlat(written(...layers));
    expect(out).toMatchObject(size);
    expect(out.notes).toEqual([]);
    expect(out.layers.map(({ pixels, opacity, ...rest }) => [rest, pixels?.width, pixels?.height])).toEqual(
      layers.map(({ pixels, opacity, ...rest }) => [rest, pixels?.width, pixels?.height]),
    );
    expect(out.layers[0]?.opacity).toBeCloseTo(128 / 255, 3);
    expect([...(out.layers[0]?.pixels?.data ?? [])]).toEqual([...(layers[0]?.pixels?.data ?? [])]);
  });

  test.each(BLENDS)("blend mode %s", (blend) => {
    expect(readFlat(written(layer({ blend }))).layers[0]?.blend).toBe(blend);
  });

  test("text keeps its words, size, colour and place beside its pixels", () => {
    const text = { text: "Two\nlines", size: 40, color: "#12abef", transform: [0, 1, -1, 0, 9, 4] as const };
    const [out] = readFlat(written(layer({ text }))).layers;
    expect(out?.text?.text).toBe("Two\nlines");
    expect(out?.text?.size).toBeCloseTo(40);
    expect(out?.text?.color).toBe("#12abef");
    expect(out?.text?.transform.map((value) => Math.round(value))).toEqual([0, 1, -1, 0, 9, 4]);
    expect(out?.pixels?.width).toBe(4);
  });

  test("an empty layer is no layer", () => {
    const empty = square(4, 4, [0, 0, 0, 0]);
    expect(readFlat(written(layer({ pixels: empty }), layer())).layers).toHaveLength(1);
  });
});

describe("what somebody else's program wrote", () => {
  const imageData = square(4, 4, [9, 9, 9, 255]) as never;

  test("groups are opened, with their opacity and whether they are seen", () => {
    const out = readFlat(
      psd([
        { name: "under", imageData },
        { name: "group", opacity: 0.5, hidden: true, children: [{ name: "in", opacity: 0.5, imageData }] },
      ]),
    );
    expect(out.layers.map(({ name, visible }) => [name, visible])).toEqual([
      ["under", true],
      ["in", false],
    ]);
    expect(out.layers[1]?.opacity).toBeCloseTo(0.25, 2);
    expect(out.notes).toEqual(["Groups were opened: their layers lie one by one."]);
  });

  test("psd-tools: what it says of layers is what it wrote", () => {
    const bytes = new Uint8Array(readFileSync(new URL("psd-tools.fixture.psd", import.meta.url)));
    const { width, height, layers } = readFlat(bytes);
    expect([width, height]).toEqual([40, 30]);
    expect(layers.map(({ name, left, top, blend, visible }) => [name, left, top, blend, visible])).toEqual([
      ["red", 5, 3, "multiply", true],
      ["hidden", 30, 20, "normal", false],
    ]);
    expect(layers[0]?.opacity).toBeCloseTo(128 / 255, 2);
    expect([...(layers[0]?.pixels?.data.slice(0, 4) ?? [])]).toEqual([200, 40, 30, 255]);
    expect([...(layers[1]?.pixels?.data.slice(0, 4) ?? [])]).toEqual([10, 20, 250, 120]);
  });

  test("a mask is in the pixels", () => {
    const mask = {
      left: 0,
      top: 0,
      right: 2,
      bottom: 4,
      defaultColor: 0,
      imageData: square(2, 4, [255, 255, 255, 255]),
    };
    const [out] = readFlat(psd([{ name: "m", left: 0, top: 0, imageData, mask: mask as never }])).layers;
    const alphas = [0, 1, 2, 3].map((x) => out?.pixels?.data[4 * x + 3]);
    expect(alphas).toEqual([255, 255, 0, 0]);
  });

  test("what cannot be kept is said", () => {
    const out = readFlat(
      psd([
        { name: "a", blendMode: "vivid light", imageData },
        { name: "b", clipping: true, imageData },
        {
          name: "c",
          imageData,
          effects: { dropShadow: [{ enabled: true, size: { value: 3, units: "Pixels" } }] },
        },
        { name: "d", adjustment: { type: "invert" } },
        { name: "e", imageData, text: { text: "Hi", style: { font: { name: "Arial" }, fontSize: 9 } } },
      ]),
    );
    expect(out.layers.map(({ name }) => name)).toEqual(["a", "b", "c", "e"]);
    expect(out.layers[0]?.blend).toBe("normal");
    expect(out.notes).toEqual([
      "Blend mode “vivid light” became normal.",
      "Clipping to the layer below was dropped.",
      "Layer effects (shadows, strokes and the like) were dropped.",
      "Adjustment layers were left out.",
      "Text is a picture now.",
    ]);
  });

  test("a picture without layers is one layer", () => {
    const flat = new Uint8Array(writePsd({ ...size, imageData: square(16, 12, [5, 6, 7, 255]) as never }));
    const out = readFlat(flat);
    expect(out.layers.map(({ name }) => name)).toEqual(["Background"]);
    expect([...(out.layers[0]?.pixels?.data.slice(0, 4) ?? [])]).toEqual([5, 6, 7, 255]);
  });
});

describe("what is refused", () => {
  test("no PSD, half of one, one with a byte wrong: never anything but a problem", () => {
    expect(codeOf(() => readFlat(new TextEncoder().encode("GIF89a")))).toBe("project.psd");
    const whole = written(
      layer(),
      layer({ text: { text: "a", size: 9, color: "#000000", transform: [1, 0, 0, 1, 0, 0] } }),
    );
    for (let length = 0; length < 400; length += 23)
      expect(codeOf(() => readFlat(whole.slice(0, length)))).toBe("project.psd");
    for (let at = 0; at < whole.length; at += 97) {
      const other = whole.slice();
      other[at] = 255 - (other[at] ?? 0);
      expect(["", "project.psd", "project.size"]).toContain(codeOf(() => readFlat(other)));
    }
  });

  test("more pixels or layers than are opened, before any is decoded", () => {
    const whole = written(layer(), layer());
    expect(codeOf(() => readFlat(whole, { ...LIMITS, pixels: 200 }))).toBe("project.size");
    expect(codeOf(() => readFlat(whole, { ...LIMITS, layers: 1 }))).toBe("project.size");
    expect(codeOf(() => readFlat(whole, { ...LIMITS, side_px: 15 }))).toBe("project.size");
    expect(codeOf(() => readFlat(whole, { ...LIMITS, file_bytes: 10 }))).toBe("project.size");
  });
});
