import { describe, expect, test } from "vitest";
import type { Mark } from "../doc/marks";
import { unpackPoints } from "../doc/points";
import type { Desk, Tool } from "../ui/desk";
import { fitImage } from "./bring";
import type { LiveMark } from "./sketch";
import { beginGesture, constrain, MAX_STROKE_POINTS } from "./tools";

const desk = { color: "#123456", size: 20, opacity: 0.8, filledShapes: true } as Desk;
const at = (x: number, y: number, pressure = 0.5) => ({ x, y, pressure });

function begin(tool: Tool) {
  const marks: Mark[] = [];
  const previews: (LiveMark | null)[] = [];
  const picked: string[] = [];
  const gesture = beginGesture(tool, desk, at(10, 10), {
    preview: (live) => previews.push(live),
    commit: (mark) => marks.push(mark),
    contains: () => true,
    colorAt: () => "#00ff00",
    pick: (color) => picked.push(color),
  });
  return { gesture, marks, previews, picked };
}

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

  test("fill marks where it was pressed; the eyedropper picks", () => {
    expect(begin("fill").marks).toMatchObject([{ type: "fill", x: 10, y: 10 }]);
    expect(begin("eyedropper").picked).toEqual(["#00ff00"]);
  });
});

test("shift makes squares, circles and straight lines", () => {
  expect(constrain({ shape: "rect", x0: 0, y0: 0 }, { x: 50, y: -20 }, true)).toEqual({ x1: 50, y1: -50 });
  const line = constrain({ shape: "line", x0: 0, y0: 0 }, { x: 100, y: 8 }, true);
  expect(line.y1).toBeCloseTo(0, 6);
  expect(constrain({ shape: "line", x0: 0, y0: 0 }, { x: 100, y: 8 }, false)).toEqual({ x1: 100, y1: 8 });
});

test("an image is fitted to the canvas, whole and centred", () => {
  expect(fitImage({ width: 2000, height: 1000 }, 1024)).toEqual({ x: 0, y: 256, w: 1024, h: 512 });
  expect(fitImage({ width: 100, height: 400 }, 512)).toEqual({ x: 448, y: 0, w: 128, h: 512 });
});
