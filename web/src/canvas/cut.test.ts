import { expect, test } from "vitest";
import { cutOf } from "./cut";

const picture = { width: 8, height: 400 };

test("a crop along pixels leaves those pixels, whole", () => {
  expect(cutOf(picture, { x: 0.5, y: 0, width: 0.5, height: 0.25 })).toEqual({
    pixels: { x: 4, y: 0, width: 4, height: 100 },
    partly: false,
  });
  // 400 / 3, as it is written.
  expect(cutOf(picture, { x: 0, y: 0.3325, width: 1, height: 0.66749 }).pixels).toEqual({
    x: 0,
    y: 133,
    width: 8,
    height: 267,
  });
});

test("a crop through pixels leaves all that are seen in part, and nothing beside them", () => {
  expect(cutOf(picture, { x: 0.3, y: 0, width: 0.3, height: 1 })).toEqual({
    pixels: { x: 2, y: 0, width: 3, height: 400 },
    partly: true,
  });
});

test("the smallest crop leaves a pixel, and no crop leaves the picture", () => {
  expect(cutOf(picture, { x: 0.99, y: 0.99, width: 0.01, height: 0.01 }).pixels).toEqual({
    x: 7,
    y: 396,
    width: 1,
    height: 4,
  });
  expect(cutOf(picture, { x: 0, y: 0, width: 1, height: 1 }).pixels).toEqual({
    x: 0,
    y: 0,
    width: 8,
    height: 400,
  });
});
