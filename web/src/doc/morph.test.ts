import { expect, test } from "vitest";
import { MAX_PROMPTS, MAX_REFERENCES } from "../wire/shots";
import { LEG_MS, type Look, lookKey, mix, parseLook, travel } from "./morph";

const A: Look = {
  prompts: [
    ["golden light", 1],
    ["fog", 0.5],
    ["people", -1],
  ],
  references: [{ sha256: "aa", weight: 0.8 }],
  seed: 7,
  tweaks: { season: 0.5, mood: -1 },
};
const B: Look = {
  prompts: [
    ["night", 1.5],
    ["fog", 1],
  ],
  references: [
    { sha256: "aa", weight: -0.2 },
    { sha256: "bb", weight: 1 },
  ],
  seed: 99,
  tweaks: { season: -0.5, weather: 1 },
};
const at = (m: number, a = A, b = B) => mix(a, b, m, MAX_REFERENCES);
const sorted = (look: Look) => ({
  prompts: [...look.prompts].sort(),
  references: [...look.references].sort((x, y) => x.sha256.localeCompare(y.sha256)),
  tweaks: look.tweaks,
});
const total = (look: Look) =>
  look.prompts.reduce((sum, [, weight]) => sum + Math.abs(weight), 0) +
  look.references.reduce((sum, { weight }) => sum + Math.abs(weight), 0);

test("the ends are exactly the two looks", () => {
  expect(sorted(at(0))).toEqual(sorted(A));
  expect(sorted(at(1))).toEqual(sorted(B));
  expect(at(0)).toMatchObject({ seed: 7, seedTo: 99, seedMix: 0 });
  expect(at(1)).toMatchObject({ seed: 7, seedTo: 99, seedMix: 1 });
});

test("between them weights are linear, and what both have adds up", () => {
  expect(sorted(at(0.25))).toEqual({
    prompts: [
      ["fog", 0.625],
      ["golden light", 0.75],
      ["night", 0.375],
      ["people", -0.75],
    ],
    references: [
      { sha256: "aa", weight: 0.55 },
      { sha256: "bb", weight: 0.25 },
    ],
    tweaks: { season: 0.25, mood: -0.75, weather: 0.25 },
  });
});

test("the total weight never jumps, also where more is said than a shot holds", () => {
  const many = (prefix: string, count: number): Look => ({
    ...A,
    prompts: Array.from({ length: count }, (_, i) => [`${prefix}${i}`, (i % 5) * 0.3 + 0.1] as const),
    references: Array.from({ length: 6 }, (_, i) => ({ sha256: `${prefix}${i}`, weight: i % 2 ? 1 : 0.3 })),
  });
  for (const [a, b] of [
    [A, B],
    [many("a", 16), many("b", 14)],
  ] as const) {
    let last = total(at(0, a, b));
    for (let m = 0.001; m <= 1; m += 0.001) {
      const mixed = at(m, a, b);
      expect(mixed.prompts.length).toBeLessThanOrEqual(MAX_PROMPTS);
      expect(mixed.references.length).toBeLessThanOrEqual(MAX_REFERENCES);
      expect(Math.abs(total(mixed) - last)).toBeLessThan(0.05);
      last = total(mixed);
    }
  }
});

test("equal seeds are not mixed, and no text weighs more than a prompt may", () => {
  expect(at(0.5, A, { ...B, seed: 7 })).toMatchObject({ seed: 7, seedTo: 0, seedMix: 0 });
  const twice: Look = {
    ...A,
    prompts: [
      ["sun", 2],
      ["sun", 2],
    ],
  };
  expect(at(0.5, twice, twice).prompts).toEqual([["sun", 2]]);
});

test("play goes there and back, without a jump", () => {
  expect(travel(0, 0)).toBe(0);
  expect(travel(0, LEG_MS / 2)).toBeCloseTo(0.5);
  expect(travel(0, LEG_MS)).toBeCloseTo(1);
  expect(travel(0, LEG_MS * 1.5)).toBeCloseTo(0.5);
  expect(travel(0, LEG_MS * 2)).toBeCloseTo(0);
  expect(travel(0.4, 0)).toBeCloseTo(0.4);
});

test("a look's key changes with whatever the look is made of", () => {
  const keys = [
    A,
    { ...A, seed: 8 },
    { ...A, prompts: A.prompts.slice(1) },
    { ...A, references: [] },
    { ...A, tweaks: { ...A.tweaks, mood: 1 } },
  ].map(lookKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(lookKey({ ...A, tweaks: { mood: -1, season: 0.5 } })).toBe(lookKey(A));
});

test("a kept look is read back; anything else is none", () => {
  const kept = { ...A, thumbnail: "f".repeat(64) };
  expect(parseLook(JSON.stringify(kept))).toEqual(kept);
  for (const bad of [undefined, 7, "", "{", "null", "{}", '{"prompts":1}']) expect(parseLook(bad)).toBeNull();
});
