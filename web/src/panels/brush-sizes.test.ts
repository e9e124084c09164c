import { expect, test } from "vitest";
import { DEFAULT_SIZE, MAX_SIZE, MIN_SIZE } from "../ui/desk";
import { nextSize } from "../ui/desk-commands";
import { SIZES, sliderOf } from "./brush-sizes";

test("each step of the slider is another size, from the smallest to the largest", () => {
  expect(SIZES[0]).toBe(MIN_SIZE);
  expect(SIZES.at(-1)).toBe(MAX_SIZE);
  SIZES.forEach((size, i) => {
    expect(size).toBeGreaterThan(SIZES[i - 1] ?? 0);
    expect(sliderOf(size)).toBe(i);
  });
});

test("the default is met exactly", () => {
  expect(SIZES[sliderOf(DEFAULT_SIZE)]).toBe(DEFAULT_SIZE);
});

test("a size that the keys gave stands at the nearest step", () => {
  for (let size = MIN_SIZE; size < MAX_SIZE; size = nextSize(size, 1))
    expect(Math.abs((SIZES[sliderOf(size)] ?? 0) - size)).toBeLessThanOrEqual(1 + size * 0.025);
});
