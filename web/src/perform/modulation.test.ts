import { describe, expect, test } from "vitest";
import type { Layer } from "../doc/layers";
import { readSettings } from "../doc/settings";
import type { Sheet } from "../state";
import type { EngineCard, ParameterValue } from "../wire/shots";
import { shaped } from "./curves";
import {
  changedParts,
  modulatedLayers,
  modulatedSheet,
  NOTHING_HEARD,
  offsetsOf,
  type Sources,
} from "./modulation";
import {
  bindingPatch,
  MAX_MODULATIONS,
  type Modulation,
  modulationPatch,
  readBindings,
  readModulations,
} from "./stored";

const CARD = {
  id: "e",
  video_fps: 0,
  sizes: [[256, 256]],
  default_size: [256, 256],
  steps: [1, 8],
  default_steps: 2,
  parameters: [],
  tweaks: [{ name: "light", low: -1, high: 1, default: 0, choices: [] }],
} as unknown as EngineCard;

const by = (knob: string, amount: number, more: Partial<Modulation> = {}): Modulation => ({
  id: knob,
  knob,
  source: "bass",
  amount,
  curve: "linear",
  ...more,
});
const heard = (patch: Partial<Sources>): Sources => ({ ...NOTHING_HEARD, ...patch });
const offsets = (all: readonly Modulation[], sources: Partial<Sources>) =>
  offsetsOf(all, heard(sources), CARD);

function sheet(
  params: Record<string, ParameterValue> = {},
): [Sheet, (name: string) => ParameterValue | undefined] {
  const param = (name: string) => params[name];
  const value = {
    prompts: [
      { id: "a", text: "snow", weight: 1, on: true },
      { id: "b", text: "fog", weight: -0.5, on: true },
    ],
    references: [{ id: "r", name: "", sha256: "", weight: 1 }],
    settings: readSettings(param, CARD),
    card: CARD,
    morphAt: null,
  } as unknown as Sheet;
  return [value, param];
}

describe("what is added", () => {
  test("is the source by its curve, times the amount of the reach", () => {
    expect([...offsets([by("param:strength", 0.4)], { bass: 0.5 })]).toEqual([["param:strength", 0.2]]);
    expect([...offsets([by("param:strength", -1, { curve: "soft" })], { bass: 0.5 })]).toEqual([
      ["param:strength", -0.25],
    ]);
    expect([...offsets([by("prompt:a", 1, { source: "onset" })], { onset: 1 })]).toEqual([["prompt:a", 2]]);
  });

  test("of several on one knob is their sum; silence adds nothing", () => {
    const both = [by("param:strength", 0.4), by("param:strength", 0.2, { id: "2", source: "beat" })];
    expect(offsets(both, { bass: 1, beat: 1 }).get("param:strength")).toBeCloseTo(0.6);
    expect(offsets(both, {}).size).toBe(0);
  });

  test("a whisper changes no shot", () => {
    expect(offsets([by("param:strength", 0.4)], { bass: 0.004 }).size).toBe(0);
  });

  test("another engine's knob adds nothing here", () => {
    expect(offsets([by("param:p:other:light", 1)], { bass: 1 }).size).toBe(0);
  });
});

describe("what a shot says then", () => {
  test("a slider, set or not, swings around where it is, within its range; the sheet stays", () => {
    const at = (params: Record<string, ParameterValue>, amount: number) => {
      const [own, param] = sheet(params);
      const all = offsets([by("param:strength", amount), by("param:steps:e", amount)], { bass: 1 });
      const { settings } = modulatedSheet(own, all, param);
      expect(own.settings).toEqual(readSettings(param, CARD));
      return [settings?.strength, settings?.steps];
    };
    expect(at({ strength: 0.5 }, 0.2)).toEqual([0.7, 3]);
    expect(at({ strength: 0.5 }, -1)).toEqual([0, 1]);
    expect(at({}, 1)).toEqual([1, 8]);
  });

  test("tweaks, weights and the morph likewise", () => {
    const [own, param] = sheet();
    const all = offsets(
      [by("param:p:e:light", 0.25), by("prompt:b", -1), by("picture:r", 1), by("morph", 0.5)],
      {
        bass: 1,
      },
    );
    const { settings, prompts, references, morphAt } = modulatedSheet(own, all, param);
    expect(settings?.tweaks).toEqual({ light: 0.5 });
    expect(prompts.map(({ weight }) => weight)).toEqual([1, -2]);
    expect(references.map(({ weight }) => weight)).toEqual([2]);
    expect(morphAt).toBeNull();
    expect(modulatedSheet({ ...own, morphAt: 0.75 }, all, param).morphAt).toBe(1);
  });

  test("a layer moves, turns and grows, and nothing else does", () => {
    const layer = { id: "a", x: 10, y: 0, scaleX: -1, scaleY: 1, rotation: 0, opacity: 1 } as Layer;
    const other = { ...layer, id: "b" };
    const knobs = ["position.x", "scale", "rotation", "opacity"].map((field) => by(`layer:a:${field}`, 0.5));
    const [moved, still] = modulatedLayers([layer, other], offsets(knobs, { bass: 1 }));
    expect(moved).toMatchObject({ x: 522, y: 0, rotation: 180, opacity: 1 });
    expect(moved?.scaleX).toBeCloseTo(-1.95);
    expect(moved?.scaleY).toBeCloseTo(1.95);
    expect(still).toBe(other);
  });

  test("without anything heard it is the very same", () => {
    const [own, param] = sheet();
    expect(modulatedSheet(own, new Map(), param)).toBe(own);
    expect(changedParts(new Map(), new Map([["layer:a:opacity", 1]]))).toEqual({ layers: true, rest: false });
    expect(changedParts(new Map([["morph", 1]]), new Map())).toEqual({ layers: false, rest: true });
  });
});

test("curves go from 0 to 1", () => {
  for (const curve of ["linear", "soft", "sharp", "switch"] as const)
    expect([shaped(curve, -1), shaped(curve, 0), shaped(curve, 1), shaped(curve, 9)]).toEqual([0, 0, 1, 1]);
  expect([shaped("soft", 0.5), shaped("sharp", 0.25), shaped("switch", 0.49)]).toEqual([0.25, 0.5, 0]);
});

describe("what the document keeps", () => {
  const kept = (patch: Record<string, ParameterValue | undefined>) =>
    [Object.keys(patch), (name: string) => patch[name]] as const;

  test("is read as it was written", () => {
    const { id, ...entry } = by("layer:a:position.x", -0.25, { source: "bar", curve: "sharp" });
    expect(readModulations(...kept(modulationPatch(id, entry)))).toEqual([{ id, ...entry }]);
    const binding = { knob: "do:blackout", control: "note:10:36", low: 0, high: 1, curve: "linear" } as const;
    expect(readBindings(...kept(bindingPatch("x", binding)))).toEqual([{ id: "x", ...binding }]);
  });

  test("what another version or a stranger wrote is left out, and there are so many at most", () => {
    const odd = ["", "null", "7", "{", "{}", JSON.stringify({ ...by("param:engine", 1) }), true];
    const patch = Object.fromEntries(odd.map((value, i) => [`perform:m:${i}`, value]));
    expect(readModulations(...kept(patch))).toEqual([]);
    expect(
      readBindings(...kept(Object.fromEntries(odd.map((value, i) => [`perform:b:${i}`, value])))),
    ).toEqual([]);
    const many = Object.assign(
      {},
      ...Array.from({ length: 99 }, (_, i) => modulationPatch(String(i), by("morph", 1))),
    );
    expect(readModulations(...kept(many))).toHaveLength(MAX_MODULATIONS);
    expect(readModulations(...kept(modulationPatch("a", { ...by("morph", 1), amount: 9 })))[0]?.amount).toBe(
      1,
    );
  });
});
