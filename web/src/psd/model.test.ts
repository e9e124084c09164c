import { readFileSync } from "node:fs";
import { type BlendMode, type Layer as PsdLayer, readPsd, writePsd } from "ag-psd";
import { describe, expect, test } from "vitest";
import { BLENDS } from "../doc/layers";
import {
  LIMITS,
  type PixelGroup,
  type PixelLayer,
  type Rgba,
  readTree,
  type TreeLayer,
  writeTree,
} from "./model";

function square(width: number, height: number, color: readonly [number, number, number, number]): Rgba {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = color[i % 4] ?? 0;
  return { width, height, data };
}

const layer = (fields: Partial<PixelLayer> = {}): PixelLayer => ({
  kind: "pixels",
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
const group = (layers: readonly TreeLayer[], fields: Partial<PixelGroup> = {}): PixelGroup => ({
  kind: "group",
  name: "Group",
  visible: true,
  locked: false,
  opacity: 1,
  blend: "normal",
  layers,
  ...fields,
});
const written = (...layers: TreeLayer[]) => writeTree({ ...size, layers }, square(16, 12, [1, 2, 3, 255]));
/** What lies in no group. */
const pixelsOf = ({ layers }: { readonly layers: readonly TreeLayer[] }): PixelLayer[] =>
  layers.filter((each) => each.kind === "pixels");
/** Names alone, a group as its name and what lies in it. */
type Names = (string | readonly [string, Names])[];
const namesOf = (layers: readonly TreeLayer[]): Names =>
  layers.map((each) => (each.kind === "group" ? [each.name, namesOf(each.layers)] : each.name));
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
    const out = readTree(written(...layers));
    expect(out).toMatchObject(size);
    expect(out.notes).toEqual([]);
    const found = pixelsOf(out);
    expect(found.map(({ pixels, opacity, ...rest }) => [rest, pixels.width, pixels.height])).toEqual(
      layers.map(({ pixels, opacity, ...rest }) => [rest, pixels.width, pixels.height]),
    );
    expect(found[0]?.opacity).toBeCloseTo(128 / 255, 3);
    expect([...(found[0]?.pixels.data ?? [])]).toEqual([...(layers[0]?.pixels.data ?? [])]);
  });

  test.each(BLENDS)("blend mode %s", (blend) => {
    expect(readTree(written(layer({ blend }))).layers[0]?.blend).toBe(blend);
  });

  test("text keeps its words, size, colour and place beside its pixels", () => {
    const text = { text: "Two\nlines", size: 40, color: "#12abef", transform: [0, 1, -1, 0, 9, 4] as const };
    const [out] = pixelsOf(readTree(written(layer({ text }))));
    expect(out?.text?.text).toBe("Two\nlines");
    expect(out?.text?.size).toBeCloseTo(40);
    expect(out?.text?.color).toBe("#12abef");
    expect(out?.text?.transform.map((value) => Math.round(value))).toEqual([0, 1, -1, 0, 9, 4]);
    expect(out?.pixels.width).toBe(4);
  });

  test("groups lie in groups, with what each of them is and what lies in it, from the bottom to the top", () => {
    const inner = group([layer({ name: "c" })], {
      name: "inner",
      opacity: 0.2,
      blend: "screen",
      visible: false,
    });
    const outer = group([layer({ name: "b" }), inner, layer({ name: "d" })], { name: "outer", locked: true });
    const tree = [layer({ name: "a" }), outer, group([], { name: "empty" }), layer({ name: "e" })];
    const out = readTree(written(...tree));
    expect(namesOf(out.layers)).toEqual(["a", ["outer", ["b", ["inner", ["c"]], "d"]], ["empty", []], "e"]);
    expect(out).toEqual({ ...size, layers: tree, notes: [] });
  });

  test("a plain group is one that its layers blend through; another one is composed apart", () => {
    const inside = [layer({ blend: "multiply" })];
    const look = (fields: Partial<PixelGroup>) => {
      const bytes = written(group(inside, fields));
      const { blendMode } = readPsd(bytes, { useImageData: true }).children?.[0] ?? {};
      const { layers, notes } = readTree(bytes);
      return [blendMode, (layers[0] as PixelGroup).blend, notes];
    };
    expect(look({})).toEqual(["pass through", "normal", []]);
    expect(look({ opacity: 0.4 })).toEqual(["normal", "normal", []]);
    expect(look({ blend: "overlay" })).toEqual(["overlay", "overlay", []]);
  });

  test("a group has no pixels of its own: nothing is there twice", () => {
    const [out] = readPsd(written(group([layer()])), { useImageData: true }).children ?? [];
    expect(out?.imageData).toBeUndefined();
    expect(out?.children?.map(({ imageData }) => imageData?.width)).toEqual([4]);
  });

  test("an empty layer is no layer", () => {
    const empty = square(4, 4, [0, 0, 0, 0]);
    expect(readTree(written(layer({ pixels: empty }), layer())).layers).toHaveLength(1);
  });
});

describe("what somebody else's program wrote", () => {
  const imageData = square(4, 4, [9, 9, 9, 255]) as never;

  test("a group's way to blend that is none here is said where it shows", () => {
    const notesOf = (blendMode: BlendMode, opacity: number, inside: BlendMode) =>
      readTree(psd([{ name: "g", blendMode, opacity, children: [{ blendMode: inside, imageData }] }])).notes;
    const apart = "A group no longer keeps its layers' blending to itself.";
    const through = "A group that is seen through keeps its layers' blending to itself now.";
    expect(notesOf("normal", 1, "normal")).toEqual([]);
    expect(notesOf("normal", 1, "screen")).toEqual([apart]);
    expect(notesOf("normal", 0.5, "screen")).toEqual([]);
    expect(notesOf("pass through", 0.5, "normal")).toEqual([]);
    expect(notesOf("pass through", 0.5, "screen")).toEqual([through]);
    expect(notesOf("vivid light", 1, "normal")).toEqual(["Blend mode “vivid light” became normal."]);
  });

  test("a picture whose groups are empty is below them", () => {
    const whole = square(16, 12, [5, 6, 7, 255]) as never;
    const bytes = new Uint8Array(
      writePsd({ ...size, imageData: whole, children: [{ name: "g", children: [] }] }),
    );
    expect(namesOf(readTree(bytes).layers)).toEqual(["Background", ["g", []]]);
  });

  test("psd-tools: what it says of layers is what it wrote", () => {
    const bytes = new Uint8Array(readFileSync(new URL("psd-tools.fixture.psd", import.meta.url)));
    const out = readTree(bytes);
    expect([out.width, out.height]).toEqual([40, 30]);
    expect(namesOf(out.layers)).toEqual(["red", ["group", ["hidden"]]]);
    expect(out.notes).toEqual([]);
    const layers = out.layers.flatMap((each) => (each.kind === "group" ? pixelsOf(each) : pixelsOf(out)));
    expect(layers.map(({ name, left, top, blend, visible }) => [name, left, top, blend, visible])).toEqual([
      ["red", 5, 3, "multiply", true],
      ["hidden", 30, 20, "normal", false],
    ]);
    expect(layers[0]?.opacity).toBeCloseTo(128 / 255, 2);
    expect([...(layers[0]?.pixels.data.slice(0, 4) ?? [])]).toEqual([200, 40, 30, 255]);
    expect([...(layers[1]?.pixels.data.slice(0, 4) ?? [])]).toEqual([10, 20, 250, 120]);
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
    const [out] = pixelsOf(readTree(psd([{ name: "m", left: 0, top: 0, imageData, mask: mask as never }])));
    const alphas = [0, 1, 2, 3].map((x) => out?.pixels.data[4 * x + 3]);
    expect(alphas).toEqual([255, 255, 0, 0]);
  });

  test("what cannot be kept is said", () => {
    const out = readTree(
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
    const out = readTree(flat);
    expect(out.layers.map(({ name }) => name)).toEqual(["Background"]);
    expect([...(pixelsOf(out)[0]?.pixels.data.slice(0, 4) ?? [])]).toEqual([5, 6, 7, 255]);
  });
});

describe("what is refused", () => {
  test("no PSD, half of one, one with a byte wrong: never anything but a problem", () => {
    expect(codeOf(() => readTree(new TextEncoder().encode("GIF89a")))).toBe("project.psd");
    const whole = written(
      group([layer()], { opacity: 0.5 }),
      layer({ text: { text: "a", size: 9, color: "#000000", transform: [1, 0, 0, 1, 0, 0] } }),
    );
    for (let length = 0; length < 400; length += 23)
      expect(codeOf(() => readTree(whole.slice(0, length)))).toBe("project.psd");
    for (let at = 0; at < whole.length; at += 97) {
      const other = whole.slice();
      other[at] = 255 - (other[at] ?? 0);
      expect(["", "project.psd", "project.size"]).toContain(codeOf(() => readTree(other)));
    }
  });

  test("more pixels or layers than are opened, before any is decoded", () => {
    const whole = written(layer(), group([layer()]));
    expect(codeOf(() => readTree(whole, { ...LIMITS, pixels: 200 }))).toBe("project.size");
    expect(codeOf(() => readTree(whole, { ...LIMITS, layers: 2 }))).toBe("project.size");
    expect(codeOf(() => readTree(whole, { ...LIMITS, side_px: 15 }))).toBe("project.size");
    expect(codeOf(() => readTree(whole, { ...LIMITS, file_bytes: 10 }))).toBe("project.size");
  });

  test("groups so deep that no function could follow them", () => {
    let children: PsdLayer[] = [];
    for (let depth = 0; depth < 3000; depth++) children = [{ name: "g", children }];
    expect(codeOf(() => readTree(psd(children)))).toBe("project.size");
  });
});
