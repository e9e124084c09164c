import { describe, expect, test } from "vitest";
import { type Sample, simplify } from "./simplify";

const line = (values: readonly number[], every_ms = 10): Sample[] =>
  values.map((value, i) => ({ at_ms: i * every_ms, values: [value] }));

describe("simplifying", () => {
  test("a straight move keeps its ends", () => {
    expect(simplify(line([0, 1, 2, 3, 4, 5]), [0.01])).toEqual([0, 5]);
  });

  test("a corner stays", () => {
    expect(simplify(line([0, 1, 2, 1, 0]), [0.01])).toEqual([0, 2, 4]);
  });

  test("what is left is nowhere farther from what was than the tolerance", () => {
    const wave = line(Array.from({ length: 600 }, (_, i) => Math.sin(i / 40) + 0.3 * Math.sin(i / 7)));
    const kept = simplify(wave, [0.02]);
    expect(kept.length).toBeLessThan(150);
    let worst = 0;
    kept.slice(1).forEach((to, k) => {
      const from = kept[k] ?? 0;
      for (let i = from; i <= to; i++) {
        const value = (at: number) => wave[at]?.values[0] ?? 0;
        const straight = value(from) + ((value(to) - value(from)) * (i - from)) / (to - from);
        worst = Math.max(worst, Math.abs(value(i) - straight));
      }
    });
    expect(worst).toBeLessThanOrEqual(0.02);
  });

  test("each axis has its own tolerance", () => {
    const samples = [
      { at_ms: 0, values: [0, 0] },
      { at_ms: 10, values: [0, 1] },
      { at_ms: 20, values: [0, 0] },
    ];
    expect(simplify(samples, [0.1, 2])).toEqual([0, 2]);
    expect(simplify(samples, [2, 0.1])).toEqual([0, 1, 2]);
  });

  test("no more than two stay as they are", () => {
    expect(simplify([], [1])).toEqual([]);
    expect(simplify(line([3, 9]), [1])).toEqual([0, 1]);
  });
});
