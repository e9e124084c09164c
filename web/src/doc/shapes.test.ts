import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { CENTRE } from "./frame";
import { fieldKey, matrixOf, readLayers, type ShapeLayer } from "./layers";
import { apply } from "./matrix";
import { arrowOf, placeOf, polygonIn, spanTo } from "./shapes";

const from = { x: 100, y: 100 };

describe("a drag", () => {
  test("shift makes squares, circles and straight lines", () => {
    expect(spanTo("rect", from, { x: 150, y: 80 }, true, false)).toEqual({
      x0: 100,
      y0: 100,
      x1: 150,
      y1: 50,
    });
    const line = spanTo("line", from, { x: 200, y: 108 }, true, false);
    expect(line.y1).toBeCloseTo(100, 6);
    expect(spanTo("arrow", from, { x: 200, y: 108 }, false, false)).toEqual({
      x0: 100,
      y0: 100,
      x1: 200,
      y1: 108,
    });
  });

  test("alt makes the beginning the middle; with shift too", () => {
    expect(spanTo("ellipse", from, { x: 130, y: 110 }, false, true)).toEqual({
      x0: 70,
      y0: 90,
      x1: 130,
      y1: 110,
    });
    expect(spanTo("rect", from, { x: 130, y: 110 }, true, true)).toEqual({
      x0: 70,
      y0: 70,
      x1: 130,
      y1: 130,
    });
  });
});

test("a polygon fills its box to all four sides, and its first corner is at the top", () => {
  const corners = polygonIn({ x0: 10, y0: 60, x1: 50, y1: 20 }, 5);
  expect(corners.length).toBe(5);
  expect(Math.min(...corners.map(({ x }) => x))).toBeCloseTo(10);
  expect(Math.max(...corners.map(({ x }) => x))).toBeCloseTo(50);
  expect(Math.max(...corners.map(({ y }) => y))).toBeCloseTo(60);
  expect(corners[0]?.y).toBeCloseTo(20);
});

test("an arrow's tip is where the drag ended, and a short one is all head", () => {
  const { head, shaft } = arrowOf({ x0: 0, y0: 0, x1: 100, y1: 0 }, 10);
  expect(head[0]).toEqual({ x: 100, y: 0 });
  expect(head[1]?.x).toBeCloseTo(68);
  expect(shaft.x).toBeLessThan(100);
  expect(arrowOf({ x0: 0, y0: 0, x1: 4, y1: 0 }, 10).head[1]?.x).toBeCloseTo(0);
});

function read(fields: Record<string, unknown>): ShapeLayer {
  const y = new Y.Doc();
  const map = y.getMap("layers");
  for (const [name, value] of Object.entries({ kind: "shape", name: "", ...fields }))
    map.set(fieldKey("s", name), value);
  const layer = readLayers(map).find(({ id }) => id === "s");
  if (layer?.kind !== "shape") throw new Error("no shape");
  return layer;
}

describe("a shape layer", () => {
  test("lies where it was drawn", () => {
    const span = { x0: 100, y0: 300, x1: 40, y1: 80 };
    const box = read({ shape: "rect", ...placeOf("rect", span) });
    expect(apply(matrixOf(box), { x: CENTRE - box.width / 2, y: CENTRE - box.height / 2 })).toEqual({
      x: 40,
      y: 80,
    });
    const line = read({ shape: "line", ...placeOf("line", span) });
    const ends = [-1, 1].map((way) =>
      apply(matrixOf(line), { x: CENTRE + (way * line.width) / 2, y: CENTRE }),
    );
    expect(ends[0]?.x).toBeCloseTo(100, 0);
    expect(ends[0]?.y).toBeCloseTo(300, 0);
    expect(ends[1]?.x).toBeCloseTo(40, 0);
    expect(ends[1]?.y).toBeCloseTo(80, 0);
  });

  test("is read as far as it makes sense", () => {
    expect(read({ shape: "blob", width: -4, fill: "red", line: 1e9, sides: 2 })).toMatchObject({
      shape: "rect",
      width: 0,
      fill: "",
      stroke: "",
      line: 240,
      sides: 3,
    });
    expect(read({ shape: "arrow", height: 40, stroke: "#ABCDEF" })).toMatchObject({
      height: 0,
      stroke: "#abcdef",
    });
  });
});
