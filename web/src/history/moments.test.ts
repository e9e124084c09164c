import { describe, expect, test } from "vitest";
import { momentOf } from "./moment.fixture";
import {
  branchedFrom,
  MAX_AUTOMATIC,
  nextName,
  slotAt,
  slotWidth,
  timeOf,
  tooMany,
  without,
} from "./moments";

describe("automatic moments", () => {
  test("are all kept while there are few", () => {
    expect(tooMany(Array.from({ length: MAX_AUTOMATIC }, (_, i) => momentOf(`m${i}`)))).toEqual([]);
  });

  test("thin out with age; the first, the newest and those with a name stay", () => {
    let moments = [momentOf("m0", { name: "Snapshot 1" }), momentOf("m1")];
    for (let i = 2; i < 2000; i++) {
      moments = [...moments, momentOf(`m${i}`, { name: i % 100 === 0 ? `Snapshot ${i}` : "" })];
      moments = without(moments, tooMany(moments));
    }
    const named = moments.filter(({ name }) => name !== "");
    const automatic = moments.filter(({ name }) => name === "");
    expect(named).toHaveLength(20);
    expect(automatic).toHaveLength(MAX_AUTOMATIC);
    expect(automatic[0]?.id).toBe("m1");
    expect(automatic.at(-1)?.id).toBe("m1999");
    const since = (i: number) => automatic.filter(({ at_ms }) => at_ms >= momentOf(`m${i}`).at_ms).length;
    const recent = since(1900);
    expect(recent).toBeGreaterThan(40);
    expect(since(1500) - recent).toBeLessThan(recent);
    const holes = automatic.slice(1).map(({ at_ms }, i) => at_ms - (automatic[i]?.at_ms ?? 0));
    expect(Math.max(...holes)).toBeLessThan(500_000);
  });

  test("leave nobody without an origin", () => {
    const moments = [
      momentOf("m1"),
      momentOf("m2", { from: "m1" }),
      momentOf("m3", { from: "m2" }),
      momentOf("m4", { from: "m2" }),
    ];
    const left = without(moments, moments.slice(1, 3));
    expect(left.map(({ id, from }) => [id, from])).toEqual([
      ["m1", null],
      ["m4", "m1"],
    ]);
    expect(without(left, left.slice(0, 1))[0]?.from).toBeNull();
  });
});

test("a branch begins where a moment does not go on from the one before it", () => {
  const moments = [momentOf("m1"), momentOf("m2", { from: "m1" }), momentOf("m3", { from: "m1" })];
  expect(moments.map((_, i) => branchedFrom(moments, i)?.id ?? null)).toEqual([null, null, "m1"]);
  expect(branchedFrom([momentOf("m2", { from: "gone" })], 0)).toBeNull();
});

test("a snapshot gets the next number, whatever others are called", () => {
  expect(nextName([])).toBe("Snapshot 1");
  const moments = ["Snapshot 2", "the good one", "", "Snapshot 9b"].map((name, i) =>
    momentOf(`m${i}`, { name }),
  );
  expect(nextName(moments)).toBe("Snapshot 3");
});

test("today's moments have a time, older ones their day too", () => {
  const now = new Date(2026, 2, 5, 14, 0, 0).getTime();
  expect(timeOf(new Date(2026, 2, 5, 0, 2, 9).getTime(), now)).toMatch(/^00:02:09$/);
  expect(timeOf(new Date(2026, 2, 4, 13, 2, 9).getTime(), now)).toMatch(/4.*, 13:02:09$/);
});

test("all moments fit into the strip, and every one can be pointed at", () => {
  expect(slotWidth(3, 600, 60)).toBe(60);
  expect(slotWidth(150, 600, 60)).toBe(4);
  expect(slotWidth(0, 600, 60)).toBe(60);
  const hit = Array.from({ length: 600 }, (_, x) => slotAt(x, 4, 150));
  expect(new Set(hit).size).toBe(150);
  expect([slotAt(-5, 4, 150), slotAt(9999, 4, 150)]).toEqual([0, 149]);
});
