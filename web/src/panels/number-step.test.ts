import { expect, test } from "vitest";
import { numberStep } from "./SettingsPanel";

const slider = (low: number, high: number, value: number) =>
  numberStep({ name: "x", label: "X", default: value, low, high, choices: [], help: "" });

test("a slider moves in steps that fit its range, and in whole ones only over a wide one", () => {
  expect(slider(0, 1, 0)).toBe(0.01);
  expect(slider(-2, 2, 0), "a LoRA").toBe(0.01);
  expect(slider(1, 10, 4), "guidance").toBe(0.1);
  expect(slider(0, 10_000, 5), "a cost").toBe(1);
  expect(slider(0, 100, 0.5)).toBe(0.1);
});
