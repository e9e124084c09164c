import { expect, test } from "vitest";
import type { EngineCard, ParameterValue } from "../wire/shots";
import { still } from "./morph";
import { parameterKey, pickCard, readSettings, sizeLabel, stepsKey, toBlock, toShot } from "./settings";

const tweak = (name: string) => ({
  name,
  label: name,
  default: 0,
  low: -1,
  high: 1,
  choices: [],
  help: "",
});

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
  references: 4,
  masks: true,
  labels: false,
  regions: 0,
  tweaks: [tweak("season"), tweak("mood")],
  example_prompts: [],
  browser: false,
  video_fps: 0,
  video_input: false,
  paints_anew: false,
  sharpens: false,
  lays_out: false,
};
const from = (values: Record<string, ParameterValue>) => (name: string) => values[name];

test("an empty document means the card's defaults", () => {
  expect(readSettings(from({}), card)).toEqual({
    engine: "embedded",
    size: [256, 256],
    seed: 1,
    seedLocked: false,
    steps: 2,
    strength: 0.85,
    transition: 2,
    parameters: { haze: 0.5, mode: "soft", mirror: false },
    tweaks: {},
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
  expect(pickCard(from({ engine: "other" }), [card, other], "embedded", false)?.id).toBe("other");
  expect(pickCard(from({ engine: "gone" }), [card, other], "embedded", false)?.id).toBe("embedded");
  expect(pickCard(from({}), [], "embedded", false)).toBeNull();
});

test("a shot says everything the answer depends on", () => {
  const settings = readSettings(from({ size: "512x320", seed: 9 }), card);
  const look = {
    prompts: [["fog", -0.5] as const],
    references: [{ sha256: "aa", weight: 0.4 }],
    seed: settings.seed,
    tweaks: { season: 0, mood: -0.5, unknown: 1 },
  };
  expect(toShot(settings, card, still(look))).toEqual({
    engine: "embedded",
    width: 512,
    height: 320,
    prompts: [["fog", -0.5]],
    seed: 9,
    steps: 2,
    strength: 0.85,
    parameters: { haze: 0.5, mode: "soft", mirror: false, mood: -0.5 },
    accept: "image/jpeg",
    quality: 90,
    references: [{ sha256: "aa", weight: 0.4 }],
    seedTo: 0,
    seedMix: 0,
    base: "",
    mask: new Uint8Array(0),
    regions: [],
  });
});

test("only tweaks that are moved are said, within their range", () => {
  const settings = readSettings(
    from({
      [parameterKey("embedded", "season")]: 0,
      [parameterKey("embedded", "mood")]: -7,
    }),
    card,
  );
  expect(settings.tweaks).toEqual({ mood: -1 });
  expect(settings.parameters).not.toHaveProperty("season");
});

const film: EngineCard = {
  ...card,
  id: "film",
  sizes: [
    [832, 480],
    [480, 832],
  ],
  default_size: [832, 480],
  video_fps: 16,
  video_input: true,
};

test("pictures and video each have their engine, size and strength, and share the rest", () => {
  const read = from({ engine: "embedded", size: "512x320", strength: 0.2, seed: 9, "video:size": "480x832" });
  expect(pickCard(read, [card, film], "embedded", false)?.id).toBe("embedded");
  expect(pickCard(read, [card, film], "embedded", true)?.id).toBe("film");
  expect(readSettings(read, card)).toMatchObject({ size: [512, 320], strength: 0.2, seed: 9 });
  expect(readSettings(read, film)).toMatchObject({ size: [480, 832], strength: 0.7, seed: 9, transition: 2 });
  const wrong = from({ "video:strength": 0, "video:transition": 4000 });
  expect(readSettings(wrong, film)).toMatchObject({ strength: 0.05, transition: 24 });
});

test("a block says what a video follows, without what a video cannot do less of", () => {
  const look = still({
    prompts: [
      ["a calm sea", 1.5],
      ["fog", -0.5],
    ],
    references: [],
    seed: 3,
    tweaks: {},
  });
  expect(toBlock(readSettings(from({}), film), look)).toEqual({
    engine: "film",
    width: 832,
    height: 480,
    prompts: [["a calm sea", 1.5]],
    transitionBlocks: 2,
    seed: 3,
    steps: 2,
    strength: 0.7,
    parameters: { haze: 0.5, mode: "soft", mirror: false },
    quality: 85,
  });
});

test("sizes say their shape where there is more than one", () => {
  const squares = [
    [256, 256],
    [512, 512],
  ] as const;
  expect(sizeLabel([512, 512], squares)).toBe("512 × 512");
  const all = [...squares, [448, 256], [288, 512]] as const;
  expect(all.map((size) => sizeLabel(size, all))).toEqual([
    "256 × 256 square",
    "512 × 512 square",
    "448 × 256 wide",
    "288 × 512 tall",
  ]);
});
