import { expect, test } from "vitest";
import { frameOf } from "../doc/frame";
import { AT_REST, matrixOf } from "../doc/layers";
import type { PlacedMark, ShapeMark, SketchMark } from "../doc/marks";
import { apply, inverse } from "../doc/matrix";
import { packPoints } from "../doc/points";
import { boundsOf } from "./bounds";
import { regionFor, seenIn } from "./paint-raster";
import { grows, tailBox } from "./part";

const frame = frameOf([256, 256]);
const rect: ShapeMark = {
  type: "shape",
  shape: "rect",
  color: "#112233",
  size: 8,
  opacity: 1,
  filled: true,
  x0: 100,
  y0: 300,
  x1: 40,
  y1: 80,
};
const placed = (mark: SketchMark): PlacedMark<SketchMark> => ({ id: "m", mark });

test("a layer that was never drawn on while it was moved takes just the frame", () => {
  expect(regionFor(frame, [placed(rect), placed({ type: "clear" })])).toBe(frame);
});

test("a layer takes all that was in the frame when it was drawn on", () => {
  const matrix = matrixOf({ ...AT_REST, x: 300, scaleX: 0.5, scaleY: 0.5, rotation: 20 });
  const region = regionFor(frame, [placed(rect), placed({ ...rect, from: inverse(matrix) })]);
  for (const corner of [
    { x: 0, y: 0 },
    { x: 1024, y: 1024 },
    { x: 0, y: 1024 },
    { x: 1024, y: 0 },
  ]) {
    const own = apply(inverse(matrix), corner);
    expect(own.x).toBeGreaterThanOrEqual(region.x);
    expect(own.x).toBeLessThanOrEqual(region.x + region.width);
    expect(own.y).toBeGreaterThanOrEqual(region.y);
    expect(own.y).toBeLessThanOrEqual(region.y + region.height);
  }
  expect([region.x, region.y, region.width, region.height].every(Number.isInteger)).toBe(true);
});

test("however small a layer was, its raster is bounded", () => {
  const matrix = matrixOf({ ...AT_REST, scaleX: 0.01, scaleY: 0.01 });
  const region = regionFor(frame, [placed({ ...rect, from: inverse(matrix) })]);
  expect(Math.max(region.width, region.height)).toBeLessThanOrEqual(12_288);
});

test("a mark paints nothing outside of its bounds", () => {
  expect(boundsOf(rect)).toEqual({ x: 30, y: 70, width: 80, height: 240 });
  const points = packPoints([
    { x: 10, y: 20, pressure: 0.5 },
    { x: 50, y: 5, pressure: 1 },
  ]);
  const stroke = { type: "stroke", tool: "brush", color: "#112233", size: 20, opacity: 1, points } as const;
  expect(boundsOf(stroke)).toEqual({ x: -12, y: -17, width: 84, height: 59 });
});

test("the box around what is seen is as small as can be, and nothing has none", () => {
  const width = 9;
  const data = new Uint8ClampedArray(width * 7 * 4);
  expect(seenIn(data, width, 7)).toBeNull();
  for (const [x, y] of [
    [2, 3],
    [6, 5],
    [4, 4],
  ] as const)
    data[(y * width + x) * 4 + 3] = 255;
  data[3] = 4; // hardly there
  expect(seenIn(data, width, 7)).toEqual({ x: 2, y: 3, width: 5, height: 3 });
});

test("a stroke that grows is painted anew at its end only", () => {
  const points = Array.from({ length: 400 }, (_, i) => ({ x: i * 2, y: 100, pressure: 0.5 }));
  const tail = tailBox(points, 10, 395);
  expect(tail.x).toBeGreaterThan(600);
  expect(tail.x + tail.width).toBeGreaterThanOrEqual(798 + 10);
  expect(tailBox(points, 10, 0).x).toBeLessThanOrEqual(-10);
  expect(grows(100, 120)).toBe(true);
  expect(grows(100, 3)).toBe(false);
});
