import { expect, test } from "vitest";
import {
  describeWeight,
  formatWeight,
  type PromptValue,
  snapWeight,
  toWire,
  weightAfterDrag,
  weightAfterKey,
} from "./prompts";

test("a drag changes the weight in steps, within bounds, finer with shift", () => {
  expect(weightAfterDrag(1, 90, false)).toBe(2);
  expect(weightAfterDrag(1, -9, false)).toBe(0.9);
  expect(weightAfterDrag(1, 9000, false)).toBe(2);
  expect(weightAfterDrag(0, -9000, false)).toBe(-2);
  expect(weightAfterDrag(1, -45, true)).toBe(0.9);
});

test("zero is zero and never minus zero", () => {
  expect(Object.is(snapWeight(-0.01), 0)).toBe(true);
});

test("keys move the weight as a slider's do; others do nothing", () => {
  expect(weightAfterKey(1, "ArrowLeft", false)).toBe(0.95);
  expect(weightAfterKey(1, "ArrowUp", true)).toBe(1.01);
  expect(weightAfterKey(2, "ArrowUp", false)).toBe(2);
  expect(weightAfterKey(1, "Home", false)).toBe(-2);
  expect(weightAfterKey(1, "a", false)).toBeNull();
});

test("weights read well", () => {
  expect([1, 0.4, -0.55, 1.25].map(formatWeight)).toEqual(["1", "0.4", "−0.55", "1.25"]);
  expect(describeWeight(-0.5)).toBe("less of, 0.5");
  expect(describeWeight(0)).toBe("no effect");
});

test("the wire carries what is on, has words and weighs something", () => {
  const prompt = (text: string, weight = 1, on = true): PromptValue => ({ id: text, text, weight, on });
  expect(
    toWire([
      prompt(" fog ", 0.5),
      prompt("  "),
      prompt("sun", 0),
      prompt("rain", 1, false),
      prompt("x".repeat(900)),
    ]),
  ).toEqual([
    ["fog", 0.5],
    ["x".repeat(500), 1],
  ]);
  expect(toWire(Array.from({ length: 40 }, (_, i) => prompt(`p${i}`))).length).toBe(16);
});
