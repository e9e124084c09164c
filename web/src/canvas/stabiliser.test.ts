import { expect, test } from "vitest";
import { Stabiliser } from "./stabiliser";
import { tiltOf } from "./tilt";

const at = (x: number, y: number) => ({ x, y, pressure: 0.5 });

test("without a lag the stroke is where the pen is", () => {
  const steady = new Stabiliser(at(0, 0), 0);
  expect(steady.next(at(10, 3))).toEqual(at(10, 3));
  expect(steady.foresee([at(20, 4)])).toEqual([{ ...at(20, 4), foreseen: true }]);
  expect(steady.rest()).toEqual([]);
});

test("a shaking hand draws a calmer line, which ends where the pen was lifted", () => {
  const steady = new Stabiliser(at(0, 0), 40);
  const line = Array.from({ length: 100 }, (_, i) => steady.next(at((i + 1) * 4, i % 2 === 0 ? 6 : -6)));
  expect(Math.max(...line.slice(10).map(({ y }) => Math.abs(y)))).toBeLessThan(2);
  expect(line.at(-1)?.x).toBeLessThan(400);
  expect(steady.rest().at(-1)).toEqual(at(400, -6));
});

test("how often the pen reports makes no difference", () => {
  const ends = [1, 4].map((step) => {
    const steady = new Stabiliser(at(0, 0), 30);
    let last = at(0, 0);
    for (let x = step; x <= 200; x += step) last = { ...last, ...steady.next(at(x, 0)) };
    return last.x;
  });
  expect(Math.abs((ends[0] ?? 0) - (ends[1] ?? 0))).toBeLessThan(3);
});

test("what is foreseen is not remembered", () => {
  const steady = new Stabiliser(at(0, 0), 20);
  steady.next(at(10, 0));
  const once = steady.foresee([at(30, 0), at(50, 0)]);
  expect(steady.foresee([at(30, 0), at(50, 0)])).toEqual(once);
});

test("a pen's height and direction are tilts too", () => {
  const tilt = tiltOf({ tiltX: 0, tiltY: 0, altitudeAngle: Math.PI / 4, azimuthAngle: Math.PI / 2 });
  expect(tilt.tiltX).toBeCloseTo(0);
  expect(tilt.tiltY).toBeCloseTo(45);
  expect(tiltOf({ tiltX: 12, tiltY: -3, altitudeAngle: 1, azimuthAngle: 1 })).toEqual({
    tiltX: 12,
    tiltY: -3,
  });
  expect(tiltOf({})).toEqual({ tiltX: 0, tiltY: 0 });
  const upright = tiltOf({ altitudeAngle: Math.PI / 2, azimuthAngle: 0 });
  expect(upright.tiltX).toBeCloseTo(0);
});
