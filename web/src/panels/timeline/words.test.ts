import { expect, test } from "vitest";
import { apart, sayTick, sayTime, tickStep, timeAt, xOf } from "./words";

test.each([
  [0, "0.00 s"],
  [1250, "1.25 s"],
  [59_990, "59.99 s"],
  [62_250, "1:02.25"],
])("%d ms is %s", (ms, said) => {
  expect(sayTime(ms)).toBe(said);
});

test.each([
  [500, "0.5 s"],
  [2000, "2 s"],
  [90_000, "1:30"],
])("a tick at %d ms is %s", (ms, said) => {
  expect(sayTick(ms)).toBe(said);
});

test.each([0.0001, 0.001, 0.01, 0.05, 0.2, 1, 5])(
  "ticks do not touch at %f pixels a millisecond",
  (scale) => {
    expect(tickStep(scale) * scale).toBeGreaterThanOrEqual(scale < 0.00025 ? 0 : 72);
  },
);

test("a place is a time, and back", () => {
  expect(timeAt(xOf(1234, 0.3), 0.3)).toBeCloseTo(1234, 6);
});

test("keyframes that hide each other are drawn once, those that are picked always", () => {
  const x = (each: number) => each;
  expect(apart([0, 1, 2, 10, 11], x, 3, () => false)).toEqual([0, 10]);
  expect(apart([0, 1, 2, 10, 11], x, 3, (each) => each === 2)).toEqual([0, 2, 10]);
});
