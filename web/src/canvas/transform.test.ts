import { describe, expect, test } from "vitest";
import { frameOf } from "../doc/frame";
import { AT_REST, MAX_SCALE, MIN_SCALE, matrixOf, type Transform } from "../doc/layers";
import { apply, mappedBox, multiply } from "../doc/matrix";
import {
  type Alignment,
  alignedBy,
  carried,
  flipped,
  type Grip,
  HANDLES,
  handledTogether,
  middleOf,
  rotated,
  scaled,
  scaledBy,
  snapped,
  turnedTo,
} from "./transform";

const box = { x: 412, y: 462, width: 200, height: 100 };
const grip = (transform: Partial<Transform> = {}): Grip => ({ transform: { ...AT_REST, ...transform }, box });
const corner = (transform: Transform, part: { x: number; y: number }) =>
  apply(matrixOf(transform), { x: box.x + part.x * box.width, y: box.y + part.y * box.height });
const handleAt = ({ transform }: Grip, handle: keyof typeof HANDLES) => corner(transform, HANDLES[handle]);
const close = (a: { x: number; y: number }, b: { x: number; y: number }) => {
  expect(a.x).toBeCloseTo(b.x, 6);
  expect(a.y).toBeCloseTo(b.y, 6);
};

describe("scaling by a handle", () => {
  const leanings: readonly Partial<Transform>[] = [
    {},
    { x: 80, y: -40 },
    { rotation: 30 },
    { rotation: -120, scaleX: 2, scaleY: 0.5, x: 10 },
    { scaleX: -1.5, rotation: 15 },
  ];

  test("the opposite corner stays, and a free corner follows the pointer, however the layer lies", () => {
    for (const transform of leanings) {
      const held = grip(transform);
      const from = handleAt(held, "se");
      const to = { x: from.x + 37, y: from.y - 21 };
      const next = scaled(held, "se", from, to, true);
      close(corner(next, HANDLES.nw), handleAt(held, "nw"));
      close(corner(next, HANDLES.se), to);
    }
  });

  test("a corner keeps the aspect", () => {
    for (const transform of leanings) {
      const held = grip(transform);
      const next = scaled(held, "ne", handleAt(held, "ne"), { x: 900, y: 100 }, false);
      expect(next.scaleX / next.scaleY).toBeCloseTo(held.transform.scaleX / held.transform.scaleY, 6);
      close(corner(next, HANDLES.sw), handleAt(held, "sw"));
    }
  });

  test("an edge changes one side only", () => {
    const held = grip({ rotation: 90 });
    const from = handleAt(held, "e");
    const next = scaled(held, "e", from, { x: from.x + 5, y: from.y + 100 }, false);
    expect(next.scaleX).toBeCloseTo(1.5, 6);
    expect(next.scaleY).toBe(1);
    close(corner(next, HANDLES.w), handleAt(held, "w"));
  });

  test("nothing is scaled away", () => {
    const held = grip();
    const next = scaled(held, "se", handleAt(held, "se"), { x: -4000, y: -4000 }, false);
    expect(next.scaleX).toBeCloseTo(MIN_SCALE, 9);
    const flat = scaled(held, "e", handleAt(held, "e"), handleAt(held, "w"), false);
    expect(Math.abs(flat.scaleX)).toBeGreaterThanOrEqual(MIN_SCALE);
  });
});

describe("turning", () => {
  test("follows the pointer around the middle, which stays", () => {
    const held = grip({ x: 100, y: 60 });
    const middle = middleOf(held);
    const next = rotated(
      held,
      { x: middle.x, y: middle.y - 80 },
      { x: middle.x + 60, y: middle.y - 60 },
      false,
    );
    expect(next.rotation).toBeCloseTo(45, 6);
    close(middleOf({ transform: next, box }), middle);
  });

  test("goes in steps where that is asked for, and is upright where it nearly is", () => {
    const held = grip();
    const middle = middleOf(held);
    const to = (degrees: number) => {
      const angle = (degrees * Math.PI) / 180;
      return { x: middle.x + 90 * Math.sin(angle), y: middle.y - 90 * Math.cos(angle) };
    };
    expect(rotated(held, to(0), to(37), true).rotation).toBe(30);
    expect(rotated(held, to(0), to(91.5), false).rotation).toBe(90);
    expect(rotated(held, to(0), to(94), false).rotation).toBeCloseTo(94, 6);
    expect(turnedTo(held, 270).rotation).toBe(-90);
  });
});

test("a flip is a mirror in place: twice is none", () => {
  const held = grip({ x: 30, rotation: 25, scaleX: 1.4 });
  const once = flipped(held, "x");
  close(middleOf({ transform: once, box }), middleOf(held));
  const middle = middleOf(held);
  const before = handleAt(held, "ne");
  close(corner(once, HANDLES.ne), { x: 2 * middle.x - before.x, y: before.y });
  const twice = flipped({ transform: once, box }, "x");
  close(twice, held.transform);
  expect(twice.scaleX).toBeCloseTo(1.4, 9);
  expect(twice.rotation).toBeCloseTo(25, 9);
});

test("a size that is typed is about the middle", () => {
  const held = grip({ x: 44, y: 3, rotation: 70 });
  close(middleOf({ transform: scaledBy(held, 0.3), box }), middleOf(held));
});

describe("snapping", () => {
  const frame = frameOf([256, 256]);
  const moved = (x: number, y: number) => snapped(grip(), { ...AT_REST, x, y }, frame, 8);

  test("the middle goes to the middle, and says where", () => {
    expect(moved(5, -7)).toEqual({ transform: { ...AT_REST, x: 0, y: 0 }, guides: { x: 512, y: 512 } });
  });

  test("edges go to the edges, each direction for itself", () => {
    const { transform, guides } = moved(-408, 100);
    expect(mappedBox(matrixOf(transform), box)).toMatchObject({ x: 0, y: 562 });
    expect(guides).toEqual({ x: 0, y: null });
    expect(moved(100, 465).guides).toEqual({ x: null, y: 1024 });
  });

  test("other layers draw it to their edges, on both sides, and to their middles", () => {
    const other = { x: 700, y: 100, width: 60, height: 60 };
    const beside = (x: number, y: number) => snapped(grip(), { ...AT_REST, x, y }, frame, 8, [other]);
    const right = box.x + box.width;
    expect(beside(700 - right + 3, 200).guides).toEqual({ x: 700, y: null });
    expect(beside(760 - box.x - 5, 200).guides).toEqual({ x: 760, y: null });
    expect(beside(730 - 512 + 2, 130 - 512 - 4).guides).toEqual({ x: 730, y: 130 });
  });

  test("far from anything nothing happens", () => {
    expect(moved(50, 50)).toEqual({ transform: { ...AT_REST, x: 50, y: 50 }, guides: { x: null, y: null } });
  });
});

test("a box is aligned within another one", () => {
  const all = { x: 0, y: 0, width: 100, height: 80 };
  const small = { x: 10, y: 20, width: 20, height: 10 };
  const by = (to: Alignment) => Object.values(alignedBy(small, all, to));
  expect(by("left")).toEqual([-10, 0]);
  expect(by("centre")).toEqual([30, 0]);
  expect(by("right")).toEqual([70, 0]);
  expect(by("top")).toEqual([0, -20]);
  expect(by("middle")).toEqual([0, 15]);
  expect(by("bottom")).toEqual([0, 50]);
});

describe("several layers by the handles of the box around them", () => {
  const askew = [
    { ...AT_REST, x: 40, rotation: 30, scaleX: -2 },
    { ...AT_REST, y: -90, rotation: -115, scaleY: 0.5 },
  ];
  const upright = [
    { ...AT_REST, x: 40, rotation: 90, scaleX: -2, scaleY: 0.7 },
    { ...AT_REST, y: -90, rotation: 180, scaleY: 3 },
    { ...AT_REST, x: -5, rotation: -90, scaleX: 2 },
  ];
  /** Each layer's every point goes where the box takes it. */
  const goesAlong = (outer: Transform, layers: readonly Transform[]) => {
    for (const layer of layers) {
      const expected = multiply(matrixOf(outer), matrixOf(layer));
      matrixOf(carried(outer, layer)).forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6);
      });
    }
  };
  const [nw, se] = [
    { x: box.x, y: box.y },
    { x: box.x + box.width, y: box.y + box.height },
  ];

  test("they turn around the middle of the box, however each of them lies", () => {
    const from = { x: 512, y: 400 };
    const outer = handledTogether(box, [...askew, ...upright], "rotate", from, { x: 600, y: 490 }, false);
    expect(outer.rotation).not.toBe(0);
    close(apply(matrixOf(outer), { x: 512, y: 512 }), { x: 512, y: 512 });
    goesAlong(outer, [...askew, ...upright]);
  });

  test("a corner scales both sides alike; with Shift each its own way, unless one of them lies askew", () => {
    const to = { x: se.x + 100, y: se.y + 20 };
    const alike = handledTogether(box, upright, "se", se, to, false);
    expect(alike.scaleX).toBeCloseTo(alike.scaleY, 9);
    close(apply(matrixOf(alike), nw), nw);
    goesAlong(alike, [...askew, ...upright]);
    const free = handledTogether(box, upright, "se", se, to, true);
    close(apply(matrixOf(free), se), to);
    goesAlong(free, upright);
    const held = handledTogether(box, askew, "se", se, to, true);
    expect(held.scaleX).toBeCloseTo(held.scaleY, 9);
  });

  test("dragged over to the other side they are mirrored", () => {
    const outer = handledTogether(box, upright, "e", se, { x: nw.x - 100, y: se.y }, false);
    expect(outer.scaleX).toBeCloseTo(-0.5, 9);
    expect(outer.scaleY).toBe(1);
    goesAlong(outer, upright);
  });

  test("none of them gets a scale that a layer cannot have, and they keep their places to each other", () => {
    const tiny = [...upright, { ...AT_REST, scaleX: MIN_SCALE * 2 }];
    const small = handledTogether(box, tiny, "se", se, nw, false);
    expect(small.scaleX).toBeCloseTo(0.5, 9);
    close(apply(matrixOf(small), nw), nw);
    goesAlong(small, tiny);
    const far = { x: se.x + 1e6, y: se.y + 1e6 };
    expect(handledTogether(box, upright, "se", se, far, false).scaleX).toBeCloseTo(MAX_SCALE / 3, 9);
  });
});
