import { expect, test } from "vitest";
import { chosenTarget, holds, madeOf, targetLabel, targetSize } from "./sizes";

const WIDE = { width: 512, height: 288 };

test("a name is the longer side, a factor multiplies both", () => {
  expect(targetSize("4k", WIDE)).toEqual({ width: 3840, height: 2160 });
  expect(targetSize("8k", { width: 256, height: 256 })).toEqual({ width: 7680, height: 7680 });
  expect(targetSize("16k", { width: 288, height: 512 })).toEqual({ width: 8640, height: 15360 });
  expect(targetSize("x1.5", WIDE)).toEqual({ width: 768, height: 432 });
});

test("what is unknown, not larger, or beyond the limits cannot be", () => {
  expect(targetSize("5k", WIDE)).toBeNull();
  expect(targetSize("x0.5", WIDE)).toBeNull();
  expect(targetSize("x1", WIDE)).toBeNull();
  expect(targetSize("4k", { width: 3840, height: 3840 })).toBeNull();
  expect(targetSize("x4", { width: 8192, height: 8192 })).toBeNull();
  expect(targetSize("x4", { width: 20_000, height: 10 })).toBeNull();
});

test("sizes are offered from the smallest on, and only those that are larger", () => {
  expect(madeOf(WIDE).map(([to]) => to)).toEqual(["x2", "x4", "4k", "8k", "16k"]);
  expect(madeOf({ width: 4096, height: 4096 }).map(([to]) => to)).toEqual(["8k", "x2", "16k", "x4"]);
});

test("one press makes what was chosen last, where that can be", () => {
  expect(chosenTarget("8k", WIDE)).toBe("8k");
  expect(chosenTarget("a wish", WIDE)).toBe("4k");
  expect(chosenTarget("4k", { width: 4000, height: 4000 })).toBe("8k");
  expect(chosenTarget("4k", { width: 60_000, height: 9000 })).toBeNull();
});

test("a WebP holds 16K and nothing larger", () => {
  expect(holds("webp", { width: 15360, height: 8640 })).toBe(true);
  expect(holds("webp", { width: 16384, height: 10 })).toBe(false);
  expect(holds("png", { width: 65535, height: 10 })).toBe(true);
});

test("labels are what people say", () => {
  expect(["4k", "16k", "x2"].map(targetLabel)).toEqual(["4K", "16K", "2×"]);
});
