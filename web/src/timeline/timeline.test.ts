import { describe, expect, test } from "vitest";
import {
  DEFAULT_PACE,
  frameAt,
  frameTimes,
  type Keyframe,
  seedAt,
  snapTime,
  timeOfFrame,
  type Value,
  valueAt,
} from "./timeline";

const key = (at_ms: number, value: Value, easing: Keyframe["easing"] = "linear"): Keyframe => ({
  at_ms,
  value,
  easing,
});

describe("a value at a time", () => {
  const keys = [key(1000, 0), key(2000, 1, "hold"), key(3000, 5)];

  test.each([
    [0, 0],
    [1000, 0],
    [1500, 0.5],
    [2000, 1],
    [2999, 1],
    [3000, 5],
    [9000, 5],
  ])("at %d ms is %f", (at_ms, value) => {
    expect(valueAt(keys, at_ms)).toBe(value);
  });

  test("of a pair is each of the two", () => {
    expect(valueAt([key(0, [0, 10]), key(100, [10, 0])], 25)).toEqual([2.5, 7.5]);
  });

  test("of a switch or a word stays until the next keyframe", () => {
    expect(valueAt([key(0, false), key(100, true)], 99)).toBe(false);
    expect(valueAt([key(0, "euler"), key(100, "lcm")], 100)).toBe("lcm");
  });

  test("of nothing is nothing", () => {
    expect(valueAt([], 5)).toBeNull();
  });

  test("is found among ten thousand as among three", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => key(i * 10, i));
    expect(valueAt(many, 55_555)).toBeCloseTo(5555.5, 6);
  });
});

describe("seeds", () => {
  const keys = [key(0, 7), key(1000, 9), key(2000, 9)];

  test("turn into each other by their noise, not by their numbers", () => {
    expect(seedAt(keys, 250)).toEqual({ seed: 7, seedTo: 9, seedMix: 0.25 });
  });

  test("are themselves at their keyframes, and between two equal ones", () => {
    expect(seedAt(keys, 1000)).toEqual({ seed: 9, seedTo: 0, seedMix: 0 });
    expect(seedAt(keys, 1500)).toEqual({ seed: 9, seedTo: 0, seedMix: 0 });
  });
});

describe("frames", () => {
  test.each([1, 12, 23, 24, 25, 30, 60])(
    "a keyframe on a frame of %d a second is in force with that frame",
    (fps) => {
      for (let frame = 0; frame < 500; frame++) {
        const at_ms = timeOfFrame(frame, fps);
        expect(frameAt(at_ms, fps)).toBe(frame);
        expect(snapTime(at_ms, fps)).toBe(at_ms);
        expect(valueAt([key(0, 0, "hold"), key(at_ms, 1)], timeOfFrame(frame, fps))).toBe(1);
      }
    },
  );

  test("of a range are as many as it lasts, none of them twice", () => {
    const times = frameTimes({ ...DEFAULT_PACE, fps: 30, range_ms: [1000, 2000] });
    expect(times).toHaveLength(30);
    expect(times.slice(0, 3)).toEqual([1000, 1033, 1067]);
    expect(new Set(times).size).toBe(30);
  });

  test("at double the speed are half as many", () => {
    expect(frameTimes({ ...DEFAULT_PACE, fps: 10, range_ms: [0, 1000], speed: 2 })).toEqual([
      0, 200, 400, 600, 800,
    ]);
  });
});
