import { expect, test } from "vitest";
import type { EngineCard, ParameterValue } from "../wire/shots";
import { parameterKey, pickCard, readSettings, stepsKey, toShot } from "./settings";

const card: EngineCard = {
  id: "embedded",
  name: "Embedded",
  summary: "",
  licence: "",
  sizes: [
    [256, 256],
    [512, 320],
  ],
  default_size: [256, 256],
  steps: [1, 8],
  default_steps: 2,
  materials: [],
  parameters: [
    { name: "haze", label: "Haze", default: 0.5, low: 0, high: 1, choices: [], help: "" },
    {
      name: "mode",
      label: "Mode",
      default: "soft",
      low: null,
      high: null,
      choices: ["soft", "crisp"],
      help: "",
    },
    { name: "mirror", label: "Mirror", default: false, low: null, high: null, choices: [], help: "" },
  ],
  references: 0,
  masks: false,
  tweaks: [],
  example_prompts: [],
};
const from = (values: Record<string, ParameterValue>) => (name: string) => values[name];

test("an empty document means the card's defaults", () => {
  expect(readSettings(from({}), card)).toEqual({
    engine: "embedded",
    size: [256, 256],
    seed: 7,
    seedLocked: false,
    steps: 2,
    strength: 0.85,
    parameters: { haze: 0.5, mode: "soft", mirror: false },
  });
});

test("values that this engine cannot use become ones it can", () => {
  const settings = readSettings(
    from({
      size: "9000x9000",
      seed: -3,
      strength: Number.NaN,
      [stepsKey("embedded")]: 77,
      [parameterKey("embedded", "haze")]: 12,
      [parameterKey("embedded", "mode")]: "loud",
      [parameterKey("embedded", "mirror")]: "yes",
    }),
    card,
  );
  expect(settings).toMatchObject({ size: [256, 256], seed: 0, strength: 0.85, steps: 8 });
  expect(settings.parameters).toEqual({ haze: 1, mode: "soft", mirror: false });
});

test("the engine asked for is used when it is installed, else the default one", () => {
  const other = { ...card, id: "other" };
  expect(pickCard(from({ engine: "other" }), [card, other], "embedded")?.id).toBe("other");
  expect(pickCard(from({ engine: "gone" }), [card, other], "embedded")?.id).toBe("embedded");
  expect(pickCard(from({}), [], "embedded")).toBeNull();
});

test("a shot says everything the answer depends on", () => {
  const settings = readSettings(from({ size: "512x320", seed: 9 }), card);
  expect(toShot(settings, [{ id: "1", text: "fog", weight: -0.5, on: true }])).toEqual({
    engine: "embedded",
    width: 512,
    height: 320,
    prompts: [["fog", -0.5]],
    seed: 9,
    steps: 2,
    strength: 0.85,
    parameters: { haze: 0.5, mode: "soft", mirror: false },
    accept: "image/jpeg",
    quality: 90,
  });
});
