import { describe, expect, test } from "vitest";
import { isControl, readMidi, sayControl } from "./midi";

const read = (...bytes: number[]) => readMidi(Uint8Array.from(bytes));

describe("messages", () => {
  test.each([
    [[0xb0, 74, 127], { control: "cc:1:74", value: 1 }],
    [[0xbf, 1, 0], { control: "cc:16:1", value: 0 }],
    [[0x99, 36, 127], { control: "note:10:36", value: 1 }],
    [[0x90, 60, 0], { control: "note:1:60", value: 0 }],
    [[0x80, 60, 90], { control: "note:1:60", value: 0 }],
    [[0xe1, 0x7f, 0x7f], { control: "bend:2", value: 1 }],
    [[0xe0, 0, 0], { control: "bend:1", value: 0 }],
  ])("%j", (bytes, moved) => {
    expect(read(...bytes)).toEqual(moved);
  });

  test("a fader's middle is its middle", () => {
    expect(read(0xb0, 7, 64)?.value).toBeCloseTo(0.5, 2);
    expect(read(0xe0, 0, 64)?.value).toBeCloseTo(0.5, 3);
  });

  test.each([
    [[]],
    [[0xb0]],
    [[0xb0, 74]],
    [[0xf8]],
    [[0xc0, 5]],
    [[0xf0, 1, 2, 0xf7]],
    [[0xb0, 123, 0]],
    [[0x90, 200, 1]],
  ])("%j is nothing to bind", (bytes) => {
    expect(read(...bytes)).toBeNull();
  });
});

test("controls are said as instruments name them", () => {
  expect(["cc:1:74", "note:1:60", "note:10:37", "bend:1", "osc:/fader/1"].map(sayControl)).toEqual([
    "CC 74",
    "C4",
    "C♯2 · ch 10",
    "Pitch bend",
    "/fader/1",
  ]);
});

test("what is stored is a control or is not", () => {
  expect(["cc:1:74", "bend:3", "osc:/a/b"].every(isControl)).toBe(true);
  expect(["cc:1", "osc:a", "osc:/a b", "x", "", null, 7].some(isControl)).toBe(false);
});
