import { describe, expect, test } from "vitest";
import { beatAt, MAX_BPM, NO_TEMPO, type Tempo, tapped, withBpm } from "./tempo";

const taps = (...times: number[]): Tempo => times.reduce(tapped, NO_TEMPO);
const every = (gap_ms: number, count: number, from_ms = 0) =>
  Array.from({ length: count }, (_, i) => from_ms + i * gap_ms);

describe("tapping", () => {
  test("one tap is no tempo, two are", () => {
    expect(taps(1000).bpm).toBeNull();
    expect(taps(1000, 1500).bpm).toBe(120);
  });

  test("an unsteady hand is averaged", () => {
    expect(taps(0, 480, 1010, 1490, 2000, 2520, 3000, 3500).bpm).toBe(120);
  });

  test("the last eight count, so it follows a tempo that drifts", () => {
    expect(taps(...every(500, 4), ...every(480, 12, 2000)).bpm).toBe(125);
  });

  test("after a pause it begins anew, and keeps the tempo until the second tap", () => {
    const paused = tapped(taps(0, 500, 1000), 60_000);
    expect(paused.bpm).toBe(120);
    expect(tapped(paused, 61_000).bpm).toBe(60);
  });

  test("another tempo is taken at once", () => {
    expect(taps(0, 500, 1000, 1500, 2500).bpm).toBe(60);
  });

  test("two touches of one tap are one", () => {
    expect(taps(0, 500, 520, 1000).bpm).toBe(120);
    expect(withBpm(NO_TEMPO, 1e9).bpm).toBe(MAX_BPM);
  });
});

describe("the beat", () => {
  test("is full on each tap, and falls until the next", () => {
    const tempo = taps(1000, 1500, 2000);
    for (const at_ms of [2000, 2500, 10_000]) expect(beatAt(tempo, at_ms).beat).toBeCloseTo(1);
    expect(beatAt(tempo, 2125).beat).toBeLessThan(0.4);
    expect(beatAt(tempo, 2499).beat).toBeLessThan(0.05);
  });

  test("a bar has four of them and begins with the first tap", () => {
    const tempo = taps(1000, 1500, 2000);
    expect(beatAt(tempo, 1000).bar).toBeCloseTo(0);
    expect(beatAt(tempo, 2000).bar).toBeCloseTo(0.5);
    expect(beatAt(tempo, 3000).bar).toBeCloseTo(0);
  });

  test("there is none without a tempo", () => {
    expect(beatAt(NO_TEMPO, 5)).toEqual({ beat: 0, bar: 0 });
  });
});
