import { describe, expect, test } from "vitest";
import { type Changes, readTimeline } from "./stored";
import { beginTake, keysOfTake, type Take, touched } from "./take";
import { EMPTY, findTrack, type Timeline, type Value, valueAt } from "./timeline";

const TARGET = "param:strength";
const touch = (value: Value, before: Value = 0.5) => ({
  target: TARGET,
  name: "Strength",
  tolerance: 0.01,
  before,
  value,
});
const perform = (from_ms: number, moves: readonly (readonly [number, Value])[], before: Value = 0.5): Take =>
  moves.reduce((take, [at_ms, value]) => touched(take, at_ms, touch(value, before)), beginTake(from_ms));

function played(timeline: Timeline, take: Take, to_ms: number): Timeline {
  const changes = keysOfTake(timeline, take, to_ms);
  if (changes === null) throw new Error("there is no room");
  const map = new Map<string, string>();
  const write = (all: Changes) => {
    for (const [entry, text] of Object.entries(all)) if (text !== null) map.set(entry, text);
  };
  for (const { target, name, keys } of timeline.tracks) {
    map.set(`name:${target}`, JSON.stringify(name));
    for (const { at_ms, value, easing } of keys)
      map.set(`key:${at_ms}:${target}`, JSON.stringify([value, easing]));
  }
  for (const [entry, text] of Object.entries(changes)) if (text === null) map.delete(entry);
  write(changes);
  return readTimeline(map);
}
const keysOf = (timeline: Timeline) => findTrack(timeline, TARGET)?.keys ?? [];

describe("a take", () => {
  test("of an even pull is its ends, and what was before it", () => {
    const moves = Array.from({ length: 61 }, (_, i) => [1000 + i * 16, 0.5 + i / 200] as const);
    const timeline = played(EMPTY, perform(0, moves), 4000);
    const times = keysOf(timeline).map(({ at_ms }) => at_ms);
    expect(times[0]).toBe(0);
    expect(times.length).toBeLessThanOrEqual(5);
    expect(valueAt(keysOf(timeline), 900)).toBeCloseTo(0.5, 1);
    expect(valueAt(keysOf(timeline), 1500)).toBeCloseTo(0.656, 1);
    expect(valueAt(keysOf(timeline), 4000)).toBeCloseTo(0.8, 2);
  });

  test("is nowhere farther from what was done than the tolerance", () => {
    const moves = Array.from(
      { length: 96 },
      (_, i) => [Math.round((i * 1000) / 24), Math.sin(i / 9)] as const,
    );
    const keys = keysOf(played(EMPTY, perform(0, moves, 0), 4000));
    expect(keys.length).toBeLessThan(60);
    for (const [at_ms, value] of moves)
      expect(Math.abs(Number(valueAt(keys, at_ms)) - value)).toBeLessThanOrEqual(0.0101);
  });

  test("holds what was not moved in between", () => {
    const keys = keysOf(
      played(
        EMPTY,
        perform(0, [
          [0, 0.2],
          [2000, 0.9],
        ]),
        4000,
      ),
    );
    expect(valueAt(keys, 1900)).toBe(0.2);
    expect(valueAt(keys, 2000)).toBe(0.9);
  });

  test("takes the place of what was there from the first touch to its end, and leaves the rest", () => {
    const keys = [0, 1000, 2000, 3000, 4000].map((at_ms) => ({
      at_ms,
      value: at_ms / 4000,
      easing: "linear" as const,
    }));
    const before: Timeline = { ...EMPTY, tracks: [{ target: TARGET, name: "Strength", keys, motion: null }] };
    const now = keysOf(
      played(
        before,
        perform(0, [
          [1500, 0.1],
          [2500, 0.1],
        ]),
        3500,
      ),
    );
    expect(valueAt(now, 500)).toBeCloseTo(0.125, 6);
    expect(valueAt(now, 1400)).toBeCloseTo(0.35, 1);
    expect(valueAt(now, 2000)).toBe(0.1);
    expect(now.some(({ at_ms, value }) => at_ms === 4000 && value === 1)).toBe(true);
  });

  test("of a switch is one keyframe for each time it was switched", () => {
    const keys = keysOf(
      played(
        EMPTY,
        perform(
          0,
          [
            [500, true],
            [600, true],
            [1500, false],
          ],
          false,
        ),
        4000,
      ),
    );
    expect(keys.map(({ value, easing }) => [value, easing])).toEqual([
      [false, "hold"],
      [true, "hold"],
      [false, "hold"],
    ]);
    expect(valueAt(keys, 460)).toBe(false);
    expect(valueAt(keys, 500)).toBe(true);
  });

  test("without a touch changes nothing", () => {
    expect(keysOfTake(EMPTY, beginTake(0), 4000)).toEqual({});
  });
});
