import { describe, expect, test } from "vitest";
import { eased, NAMED_EASINGS, readEasing } from "./easing";

describe("easing", () => {
  test.each(NAMED_EASINGS)("%s begins at 0 and ends at 1", (name) => {
    expect(eased(name, 0)).toBe(0);
    expect(eased(name, 1)).toBe(1);
  });

  /** Computed with WebKit's UnitBezier, which CSS engines share. */
  test.each([
    ["ease", 0.25, 0.4085],
    ["ease", 0.5, 0.8024],
    ["ease-in", 0.5, 0.3154],
    ["ease-out", 0.5, 0.6846],
    ["ease-in-out", 0.25, 0.1292],
    ["ease-in-out", 0.5, 0.5],
  ] as const)("%s at %f is %f", (name, part, value) => {
    expect(eased(name, part)).toBeCloseTo(value, 3);
  });

  test("hold waits for the end", () => {
    expect(eased("hold", 0.999)).toBe(0);
    expect(eased("hold", 1)).toBe(1);
  });

  test("a curve may swing beyond its ends", () => {
    expect(eased([0.3, 1.8, 0.6, 1.4], 0.5)).toBeGreaterThan(1);
  });

  test("a curve with its handles on the diagonal is linear", () => {
    for (const part of [0.1, 0.37, 0.9]) expect(eased([0.3, 0.3, 0.7, 0.7], part)).toBeCloseTo(part, 5);
  });

  test.each([
    ["bounce"],
    [null],
    [[0, 0, 1]],
    [[-0.1, 0, 1, 1]],
    [[0, 3, 1, 1]],
    [[0, Number.NaN, 1, 1]],
    ["toString"],
  ])("%j is no easing", (value) => {
    expect(readEasing(value)).toBeNull();
  });
});
