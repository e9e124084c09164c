import { expect, test } from "vitest";
import { CENTRE, frameOf } from "./frame";

test("a square shows 1024 by 1024 units from the corner", () => {
  expect(frameOf([256, 256])).toEqual({ x: 0, y: 0, width: 1024, height: 1024 });
  expect(frameOf([512, 512])).toEqual(frameOf([256, 256]));
});

test.each([
  [448, 256],
  [512, 288],
  [256, 448],
  [333, 1000],
])("a picture of %i by %i has the same height and the same middle as any other", (width, height) => {
  const frame = frameOf([width, height]);
  expect(frame.height).toBe(1024);
  expect(frame.x + frame.width / 2).toBe(CENTRE);
  expect(frame.x).toBe(Math.trunc(frame.x));
  expect(frame.width / frame.height).toBeCloseTo(width / height, 2);
});
