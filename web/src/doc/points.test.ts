import { expect, test } from "vitest";
import { packPoints, unpackPoints } from "./points";

test("points survive packing to a sixteenth of a unit", () => {
  const points = [
    { x: 0, y: 1024, pressure: 0 },
    { x: 511.53, y: -20.26, pressure: 0.5 },
    { x: 1023.9375, y: 3.03, pressure: 1 },
  ];
  const packed = packPoints(points);
  expect(packed.length).toBe(18);
  unpackPoints(packed).forEach((point, i) => {
    expect(Math.abs(point.x - (points[i]?.x ?? Number.NaN))).toBeLessThanOrEqual(1 / 32);
    expect(Math.abs(point.y - (points[i]?.y ?? Number.NaN))).toBeLessThanOrEqual(1 / 32);
    expect(point.pressure).toBeCloseTo(points[i]?.pressure ?? Number.NaN, 4);
  });
});

test("packing what was unpacked changes nothing, wherever the bytes lie in their buffer", () => {
  const packed = packPoints([{ x: 12.34, y: 56.78, pressure: 0.321 }]);
  const inside = new Uint8Array(20);
  inside.set(packed, 7);
  expect(packPoints(unpackPoints(inside.subarray(7, 13)))).toEqual(packed);
});

test("points far outside are held at the edge of what can be said", () => {
  expect(unpackPoints(packPoints([{ x: 1e9, y: -1e9, pressure: 7 }]))).toEqual([
    { x: 32767 / 16, y: -2048, pressure: 1 },
  ]);
});
