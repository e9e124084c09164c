import { describe, expect, test } from "vitest";
import { matrixOf } from "../doc/layers";
import { apply } from "../doc/matrix";
import { layer } from "./layer.fixture";
import { type DrawnPoint, MAX_PATH_POINTS, type Motion, onPath, pathLine, pathOf, placedOn } from "./motion";

const straight: Motion = {
  points: [
    { x: 0, y: 100, at: 0 },
    { x: 100, y: 100, at: 0.8 },
    { x: 200, y: 100, at: 1 },
  ],
  anchor: [512, 512],
  pace: "drawn",
  orient: false,
};

describe("a path", () => {
  test("is where it was drawn at the times at which it was drawn", () => {
    for (const { x, y, at } of straight.points) expect(onPath(straight, at)).toMatchObject({ x, y });
  });

  test("as fast as it was drawn is slow where the hand was slow; even is not", () => {
    expect(onPath(straight, 0.4).x).toBeLessThan(60);
    const even = { ...straight, pace: "even" } as const;
    for (const part of [0.1, 0.25, 0.5, 0.75, 0.9]) expect(onPath(even, part).x).toBeCloseTo(200 * part, 0);
  });

  test("goes nowhere beyond its ends", () => {
    expect(onPath(straight, -1)).toMatchObject({ x: 0, y: 100 });
    expect(onPath(straight, 2)).toMatchObject({ x: 200, y: 100 });
  });

  test("leads where it goes, degrees from the right, clockwise", () => {
    expect(onPath(straight, 0.5).angle).toBeCloseTo(0, 6);
    const down: Motion = { ...straight, points: straight.points.map(({ x, y, at }) => ({ x: y, y: x, at })) };
    expect(onPath(down, 0.5).angle).toBeCloseTo(90, 6);
  });

  test("has no jump in place or direction where two stretches meet", () => {
    const bent: Motion = {
      ...straight,
      points: [
        { x: 0, y: 0, at: 0 },
        { x: 100, y: 50, at: 0.3 },
        { x: 120, y: 160, at: 0.7 },
        { x: 20, y: 200, at: 1 },
      ],
    };
    const [before, after] = [onPath(bent, 0.3 - 1e-4), onPath(bent, 0.3 + 1e-4)];
    expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(0.2);
    expect(Math.abs(after.angle - before.angle)).toBeLessThan(0.5);
    expect(pathLine(bent)).toHaveLength(3 * 16 + 1);
  });

  test("carries the layer's anchor, however the layer is scaled and turned", () => {
    const turned = { ...layer, scaleX: 2, scaleY: -0.5, rotation: 30 };
    const motion: Motion = { ...straight, anchor: [300, 650] };
    const placed = placedOn(turned, motion, 0.8);
    const at = apply(matrixOf(placed), { x: 300, y: 650 });
    expect(at.x).toBeCloseTo(100, 6);
    expect(at.y).toBeCloseTo(100, 6);
    expect(placed.rotation).toBe(30);
  });

  test("turns the layer with it where that is asked for", () => {
    const down: Motion = {
      ...straight,
      orient: true,
      points: [
        { x: 5, y: 0, at: 0 },
        { x: 5, y: 90, at: 1 },
      ],
    };
    expect(placedOn({ ...layer, rotation: 10 }, down, 0.5).rotation).toBeCloseTo(100, 6);
  });
});

describe("a drawn path", () => {
  const circle: DrawnPoint[] = Array.from({ length: 240 }, (_, i) => ({
    x: 500 + 200 * Math.cos((i / 239) * 2 * Math.PI),
    y: 500 + 200 * Math.sin((i / 239) * 2 * Math.PI),
    at_ms: i * 8,
  }));

  test("keeps few points, and its way", () => {
    const points = pathOf(circle);
    expect(points?.length).toBeLessThan(40);
    const motion: Motion = { ...straight, points: points ?? [] };
    for (const { x, y } of pathLine(motion))
      expect(Math.abs(Math.hypot(x - 500, y - 500) - 200)).toBeLessThan(5);
  });

  test("never has more points than it may", () => {
    const scribble = Array.from({ length: 5000 }, (_, i) => ({
      x: (i * 7919) % 1000,
      y: (i * 104_729) % 1000,
      at_ms: i * 5,
    }));
    expect(pathOf(scribble)?.length).toBeLessThanOrEqual(MAX_PATH_POINTS);
  });

  test("is none when it was a click", () => {
    expect(pathOf([])).toBeNull();
    expect(pathOf(circle.slice(0, 2).map((point) => ({ ...point, x: 3, y: 3 })))).toBeNull();
  });
});
