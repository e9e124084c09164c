import { describe, expect, test } from "vitest";
import { ROUND } from "../doc/brush";
import { frameOf } from "../doc/frame";
import type { Mark } from "../doc/marks";
import { unpackLeaning, unpackPoints } from "../doc/points";
import type { Desk, Tool } from "../ui/desk";
import { fitImage } from "./bring";
import type { LiveMask } from "./mask-layer";
import type { LiveMark } from "./sketch";
import { BARE_HAND, beginGesture, type Hand, MAX_STROKE_POINTS } from "./tools";

const desk = {
  color: "#123456",
  otherColor: "#abcdef",
  size: 20,
  opacity: 0.8,
  shapeStyle: "filled",
  polygonSides: 5,
  maskErases: false,
} as Desk;
const at = (x: number, y: number, pressure = 0.5) => ({ x, y, pressure });

interface Begun {
  readonly shift?: boolean;
  readonly picture?: boolean;
  readonly hand?: Hand;
  readonly style?: Desk["shapeStyle"];
}

function begin(
  tool: Tool,
  { shift = false, picture = true, hand = BARE_HAND, style = "filled" }: Begun = {},
) {
  const masks: (LiveMask | null)[] = [];
  const marks: Mark[] = [];
  const previews: (LiveMark | null)[] = [];
  const picked: string[] = [];
  const world = {
    preview: (live: LiveMark | null) => previews.push(live),
    beginMask: () => picture,
    previewMask: (live: LiveMask | null) => masks.push(live),
    commit: (mark: Mark) => marks.push(mark),
    contains: () => true,
    colorAt: () => "#00ff00",
    pick: (color: string) => picked.push(color),
  };
  const gesture = beginGesture(tool, { ...desk, shapeStyle: style }, at(10, 10), world, shift, hand);
  return { gesture, marks, previews, picked, masks };
}

describe("a hand that was set", () => {
  const mark = (marks: readonly Mark[]) => {
    const [first] = marks;
    if (first?.type !== "stroke") throw new Error("no stroke");
    return first;
  };
  const pencil = { ...ROUND, tiltSize: 0.5 };
  const symmetry = { mirror: "vertical", x: 512, y: 512, folds: 6 } as const;

  test("a stroke carries its brush, its seed, its mirror and how the pen leant", () => {
    const { gesture, marks } = begin("brush", { hand: { brush: pencil, seed: 9, symmetry, lag: 0 } });
    gesture?.move([{ ...at(40, 10), tiltX: 30.4, tiltY: 0 }], [], false);
    gesture?.end();
    expect(mark(marks)).toMatchObject({ brush: pencil, seed: 9, symmetry });
    expect(unpackLeaning(mark(marks).points, mark(marks).tilts)[1]).toMatchObject({ x: 40, tiltX: 30 });
  });

  test("what is shown of it is what is kept, to the last digit", () => {
    const { gesture, marks, previews } = begin("brush", {
      hand: { brush: ROUND, seed: 9, symmetry: null, lag: 0 },
    });
    gesture?.move([at(40.123456, 10.98765, 0.333333)], [], false);
    const shown = previews.at(-1)?.points;
    gesture?.end();
    expect(unpackPoints(mark(marks).points)).toEqual(shown);
    expect(mark(marks)).not.toHaveProperty("tilts");
  });

  test("the eraser erases with what it is given, mirrored too; an area is an area whatever is in hand", () => {
    const hand = { brush: pencil, seed: 9, symmetry, lag: 0 };
    const { gesture, marks } = begin("eraser", { hand });
    gesture?.end();
    expect(mark(marks)).toMatchObject({ tool: "eraser", brush: pencil, seed: 9, symmetry });
    const area = begin("area", { hand });
    area.gesture?.move([at(40, 10), at(40, 40)], [], false);
    area.gesture?.end();
    expect(mark(area.marks)).toMatchObject({ symmetry });
    expect(mark(area.marks)).not.toHaveProperty("brush");
  });

  test("a steady stroke lags behind, and ends where the pen was lifted", () => {
    const { gesture, marks, previews } = begin("brush", { hand: { ...BARE_HAND, lag: 50 } });
    gesture?.move([at(60, 10), at(110, 10)], [at(150, 10)], false);
    expect(previews.at(-1)?.points?.at(-1)?.x).toBeLessThan(100);
    gesture?.end();
    expect(unpackPoints(mark(marks).points).at(-1)?.x).toBe(110);
  });

  test("without one a stroke is what it always was", () => {
    const { gesture, marks } = begin("brush");
    gesture?.end();
    expect(Object.keys(mark(marks)).sort()).toEqual(["color", "opacity", "points", "size", "tool", "type"]);
  });
});

test("shapes: alt from the middle, both colours, corners", () => {
  const { gesture, marks } = begin("polygon", { style: "both" });
  gesture?.move([at(30, 20)], [], false, true);
  gesture?.end();
  expect(marks).toMatchObject([
    { shape: "polygon", sides: 5, filled: true, outline: "#abcdef", x0: -10, y0: 0, x1: 30, y1: 20 },
  ]);
});

describe("gestures", () => {
  test("a stroke is shown at once and kept at its end; predicted points are not kept", () => {
    const { gesture, marks, previews } = begin("brush");
    expect(previews.length).toBe(1);
    gesture?.move([at(20, 10), at(30, 10)], [at(99, 99)], false);
    gesture?.end();
    expect(previews.at(-1)).toBeNull();
    expect(marks).toMatchObject([
      { type: "stroke", tool: "brush", color: "#123456", size: 20, opacity: 0.8 },
    ]);
    const [mark] = marks;
    expect(mark?.type === "stroke" ? unpackPoints(mark.points).map((p) => p.x) : []).toEqual([10, 20, 30]);
  });

  test("a press without a move is a dot", () => {
    const { gesture, marks } = begin("brush");
    gesture?.end();
    expect(marks.length).toBe(1);
  });

  test("a cancelled stroke leaves nothing", () => {
    const { gesture, marks, previews } = begin("brush");
    gesture?.move([at(20, 10)], [], false);
    gesture?.cancel();
    expect(marks).toEqual([]);
    expect(previews.at(-1)).toBeNull();
  });

  test("an endless stroke goes on in a second mark, where the first ended", () => {
    const { gesture, marks } = begin("brush");
    for (let i = 0; i < MAX_STROKE_POINTS + 10; i++) gesture?.move([at(i * 2, (i % 2) * 5)], [], false);
    gesture?.end();
    expect(marks.length).toBe(2);
    const [first, second] = marks.map((m) => (m.type === "stroke" ? unpackPoints(m.points) : []));
    expect(second?.[0]).toEqual(first?.at(-1));
  });

  test("a shape too small to see is not kept", () => {
    const { gesture, marks } = begin("rect");
    gesture?.move([at(11, 10)], [], false);
    gesture?.end();
    expect(marks).toEqual([]);
  });

  test("the mask brush shows and keeps strokes of its own; shift takes away; without a picture it does nothing", () => {
    const { gesture, marks, masks, previews } = begin("mask");
    gesture?.move([at(20, 10), at(20.1, 10)], [at(40, 10)], false);
    expect(masks.at(-1)?.points.length).toBe(3);
    gesture?.end();
    expect(masks.at(-1)).toBeNull();
    expect(previews).toEqual([]);
    expect(marks).toMatchObject([{ type: "mask", erases: false, size: 20 }]);
    const [mark] = marks;
    expect(mark?.type === "mask" ? unpackPoints(mark.points).map((p) => p.x) : []).toEqual([10, 20]);
    begin("mask", { shift: true }).gesture?.end();
    expect(begin("mask", { shift: true }).masks).toMatchObject([{ mark: { erases: true } }]);
    expect(begin("mask", { picture: false }).gesture).toBeNull();
  });

  test("fill marks where it was pressed; the eyedropper picks", () => {
    expect(begin("fill").marks).toMatchObject([{ type: "fill", x: 10, y: 10 }]);
    expect(begin("eyedropper").picked).toEqual(["#00ff00"]);
  });
});

test("an image is fitted to the canvas, whole and centred", () => {
  const square = frameOf([256, 256]);
  expect(fitImage({ width: 2000, height: 1000 }, square)).toEqual({ x: 0, y: 256, w: 1024, h: 512 });
  const wide = frameOf([512, 256]);
  expect(fitImage({ width: 2000, height: 1000 }, wide)).toEqual({ x: -512, y: 0, w: 2048, h: 1024 });
  expect(fitImage({ width: 100, height: 400 }, wide)).toEqual({ x: 384, y: 0, w: 256, h: 1024 });
});
