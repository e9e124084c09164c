import { describe, expect, test } from "vitest";
import type { Offer } from "../timeline/targets";
import type { EngineCard } from "../wire/shots";
import { deedOf, isModulable, knobsOf, parseKnob, reachOf, valueFor } from "./knobs";

const CARD = {
  id: "e",
  video_fps: 0,
  steps: [1, 8],
  default_steps: 2,
  tweaks: [{ name: "light", low: -1, high: 1, default: 0, choices: [] }],
  parameters: [
    { name: "cost", default: 4, low: null, high: null, choices: [] },
    { name: "act", default: "a", low: null, high: null, choices: ["a", "b", "c"] },
    { name: "flag", default: true, low: null, high: null, choices: [] },
    { name: "words", default: "x", low: null, high: null, choices: [] },
  ],
} as unknown as EngineCard;

const offer = (target: string, value: Offer["value"], more: Partial<Offer> = {}): Offer => ({
  target,
  value,
  group: "Render",
  name: target,
  kept: target,
  low: 0,
  high: 1,
  choices: [],
  tolerance: 0.01,
  ...more,
});

const knob = (text: string) => {
  const parsed = parseKnob(text);
  if (parsed === null) throw new Error(`${text} is no knob`);
  return parsed;
};

describe("what can be played", () => {
  test("is what the timeline can drive, a position by its axes", () => {
    expect(parseKnob("param:strength")).toMatchObject({ target: "param:strength", axis: null });
    expect(parseKnob("layer:base:position.y")).toMatchObject({ target: "layer:base:position", axis: 1 });
    expect(
      ["layer:base:position", "layer:base:motion", "layer:base:scale.x", "param:engine", ""].map(parseKnob),
    ).toEqual([null, null, null, null, null]);
    expect([deedOf("do:tap"), deedOf("do:harm")]).toEqual(["tap", null]);
  });

  test("each has the reach of its slider", () => {
    const reach = (text: string) => reachOf(knob(text), CARD);
    expect(reach("param:strength")).toEqual([0, 1]);
    expect(reach("param:steps:e")).toEqual([1, 8]);
    expect(reach("param:p:e:light")).toEqual([-1, 1]);
    expect(reach("param:p:e:cost")).toEqual([0, 8]);
    expect(reach("param:p:e:act")).toEqual([0, 2]);
    expect(reach("param:p:e:words")).toBeNull();
    expect(reach("param:p:other:light")).toBeNull();
    expect(reach("layer:base:rotation")).toEqual([-180, 180]);
    expect(reachOf(knob("param:strength"), null)).toBeNull();
  });

  test("a position is offered as two, text as none", () => {
    expect(knobsOf(offer("layer:a:position", [0, 0])).map((each) => each.knob)).toEqual([
      "layer:a:position.x",
      "layer:a:position.y",
    ]);
    expect(knobsOf(offer("param:p:e:words", "x"))).toEqual([]);
  });

  test("sound moves numbers, and no seed, switch or list", () => {
    expect(isModulable(offer("param:strength", 0.5))).toBe(true);
    expect(isModulable(offer("layer:a:position", [0, 0]))).toBe(true);
    expect(isModulable(offer("seed", 7))).toBe(false);
    expect(isModulable(offer("layer:a:visible", true))).toBe(false);
    expect(isModulable(offer("param:p:e:act", "a", { choices: ["a", "b"] }))).toBe(false);
  });
});

describe("a control's number", () => {
  test("stays within what the target can be", () => {
    expect(valueFor(knob("param:strength"), offer("param:strength", 0), 1.7)).toBe(1);
    expect(valueFor(knob("param:steps:e"), offer("param:steps:e", 2, { low: 1, high: 8 }), 4.6)).toBe(5);
    expect(valueFor(knob("seed"), offer("seed", 7, { high: 2 ** 32 - 1 }), 12.4)).toBe(12);
  });

  test("picks from a list, and switches", () => {
    const list = offer("param:p:e:act", "a", { choices: ["a", "b", "c"] });
    expect([0, 1.4, 9].map((n) => valueFor(knob("param:p:e:act"), list, n))).toEqual(["a", "b", "c"]);
    expect(
      [0.4, 0.5].map((n) => valueFor(knob("layer:a:visible"), offer("layer:a:visible", true), n)),
    ).toEqual([false, true]);
  });

  test("of one axis leaves the other; a scale has both", () => {
    const at = offer("layer:a:position", [3, 4]);
    expect(valueFor(knob("layer:a:position.x"), at, 10)).toEqual([10, 4]);
    expect(valueFor(knob("layer:a:position.y"), at, 10)).toEqual([3, 10]);
    expect(valueFor(knob("layer:a:scale"), offer("layer:a:scale", [1, 1]), 0.5)).toEqual([0.5, 0.5]);
  });
});
