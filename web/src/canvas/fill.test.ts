import { describe, expect, test } from "vitest";
import { floodFill, parseHex, type Raster } from "./fill";

const RED = parseHex("#ff0000");
/** "." nothing drawn, "#" black, "w" white, "g" a grey in between. */
const COLORS: Record<string, readonly number[]> = {
  ".": [0, 0, 0, 0],
  "#": [0, 0, 0, 255],
  w: [255, 255, 255, 255],
  g: [128, 128, 128, 255],
  R: [255, 0, 0, 255],
};
const parse = (rows: readonly string[]): Raster => ({
  width: rows[0]?.length ?? 0,
  height: rows.length,
  data: new Uint8ClampedArray(rows.flatMap((row) => [...row].flatMap((c) => [...(COLORS[c] ?? [])]))),
});
const print = ({ width, height, data }: Raster): string[] =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const at = (y * width + x) * 4;
      const pixel = [...data.slice(at, at + 4)].join();
      return Object.keys(COLORS).find((c) => COLORS[c]?.join() === pixel) ?? "?";
    }).join(""),
  );

describe("flood fill", () => {
  test("stays inside a closed outline and covers one pixel of it", () => {
    const raster = parse([
      "........",
      ".######.",
      ".######.",
      ".##ww##.",
      ".##ww##.",
      ".######.",
      ".######.",
      "........",
    ]);
    expect(floodFill(raster, 3, 3, RED, 1)).toBe(true);
    expect(print(raster)).toEqual([
      "........",
      ".######.",
      ".##RR##.",
      ".#RRRR#.",
      ".#RRRR#.",
      ".##RR##.",
      ".######.",
      "........",
    ]);
  });

  test("covers the antialiased seam", () => {
    const raster = parse(["wwwg####", "wwwg####"]);
    floodFill(raster, 0, 0, RED, 1);
    expect(print(raster)).toEqual(["RRRR####", "RRRR####"]);
  });

  test("goes around corners and does not leak through diagonals", () => {
    const raster = parse(["w#w", "www", "##w"]);
    floodFill(raster, 0, 0, RED, 1);
    expect(raster.data[2 * 4]).toBe(255);
    const diagonal = parse(["w###", "####", "##ww", "##ww"]);
    floodFill(diagonal, 0, 0, RED, 1);
    expect(print(diagonal)[3]).toBe("##ww");
  });

  test("nothing drawn is not black", () => {
    const raster = parse(["...#", "...#"]);
    floodFill(raster, 3, 0, RED, 1);
    expect(print(raster)).toEqual(["..RR", "..RR"]);
  });

  test("half opaque paint mixes, over paint and over nothing", () => {
    const raster = parse(["ww##..", "ww##.."]);
    floodFill(raster, 0, 0, RED, 0.5);
    expect([...raster.data.slice(0, 4)]).toEqual([255, 128, 128, 255]);
    floodFill(raster, 5, 0, RED, 0.5);
    expect([...raster.data.slice(20, 24)]).toEqual([255, 0, 0, 128]);
  });

  test("gives the same pixels for the same pixels", () => {
    const noise = (): Raster => ({
      width: 64,
      height: 64,
      data: new Uint8ClampedArray(64 * 64 * 4).map((_, i) =>
        i % 4 === 3 ? 255 : ((i * 2654435761) >>> 28) * 4,
      ),
    });
    const [a, b] = [noise(), noise()];
    floodFill(a, 30, 30, RED, 0.7);
    floodFill(b, 30, 30, RED, 0.7);
    expect(a.data).toEqual(b.data);
    expect(a.data).not.toEqual(noise().data);
  });

  test("a press outside does nothing", () => {
    const raster = parse(["ww"]);
    expect(floodFill(raster, -1, 0, RED, 1)).toBe(false);
    expect(floodFill(raster, 2, 0, RED, 1)).toBe(false);
    expect(print(raster)).toEqual(["ww"]);
  });
});
