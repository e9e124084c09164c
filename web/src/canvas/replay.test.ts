import { describe, expect, test } from "vitest";
import type { Mark, PlacedMark } from "../doc/marks";
import { CHECKPOINT_EVERY, leastUseful, MAX_CHECKPOINTS, type Painter, Replay } from "./replay";

const fill = (id: number): PlacedMark => ({
  id: `m${id}`,
  mark: { type: "fill", color: "#000000", opacity: 1, x: id, y: 0 },
});
const clear = (id: number): PlacedMark => ({ id: `m${id}`, mark: { type: "clear" } satisfies Mark });
const marks = (count: number) => Array.from({ length: count }, (_, i) => fill(i));

/** A "raster" that is the list of what was painted on it. */
function fake() {
  let shown: string[] = [];
  let painted = 0;
  let saves = 0;
  const painter: Painter<string[]> = {
    blank: () => {
      shown = [];
    },
    paint: ({ id, mark }) => {
      painted += 1;
      shown = mark.type === "clear" ? [] : [...shown, id];
    },
    save: () => {
      saves += 1;
      return [...shown];
    },
    restore: (saved) => {
      shown = [...saved];
    },
  };
  const straight = (list: readonly PlacedMark[]) =>
    list.slice(list.findLastIndex(({ mark }) => mark.type === "clear") + 1).map(({ id }) => id);
  return { painter, shown: () => shown, painted: () => painted, saves: () => saves, straight };
}

describe("replay", () => {
  test("one more mark paints one mark", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    replay.show(marks(500));
    expect(replay.show(marks(501))).toBe(1);
    expect(f.shown()).toEqual(f.straight(marks(501)));
  });

  test("undo over thousands of marks paints fewer than a checkpoint's worth each", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    replay.show(marks(3000));
    for (let count = 2999; count > 2900; count--)
      expect(replay.show(marks(count))).toBeLessThan(CHECKPOINT_EVERY);
    expect(f.shown()).toEqual(f.straight(marks(2901)));
  });

  test("any walk through history ends in what a straight replay gives", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    const all = Array.from({ length: 400 }, (_, i) => (i % 97 === 90 ? clear(i) : fill(i)));
    let state = 12345;
    for (let i = 0; i < 300; i++) {
      state = (state * 1103515245 + 12345) % 2147483648;
      const list = all.slice(0, state % 401).filter((_, at) => i % 3 !== 0 || at % 61 !== state % 61);
      replay.show(list);
      expect(f.shown()).toEqual(f.straight(list));
    }
  });

  test("what lies before a clear is not painted again", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    const list = [...marks(30), clear(30), fill(31), fill(32)];
    replay.show(list);
    expect(replay.show(list.slice(0, -1))).toBe(1);
  });

  test("an invalidated mark and everything after it is painted again", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    replay.show(marks(120));
    replay.invalidate("m110");
    expect(replay.show(marks(120))).toBe(20);
    expect(f.shown()).toEqual(f.straight(marks(120)));
  });

  test("it tells what it shows, and which marks it lacks", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    replay.show(marks(10));
    expect(replay.shows(marks(10))).toBe(true);
    expect(replay.shows(marks(9))).toBe(false);
    expect(replay.lacks(marks(12)).map(({ id }) => id)).toEqual(["m10", "m11"]);
    expect(replay.lacks(marks(9))).toEqual([]);
    expect(replay.lacks([fill(99), ...marks(11)])).toEqual([]);
  });

  test("many layers share the memory: each keeps fewer checkpoints, and the newest", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    replay.show(marks(CHECKPOINT_EVERY * 6));
    replay.keep(1);
    expect(replay.show(marks(CHECKPOINT_EVERY * 6 + 5))).toBe(5);
    expect(replay.show(marks(CHECKPOINT_EVERY * 6 + 2))).toBe(2);
    replay.show(marks(40));
    expect(f.shown()).toEqual(f.straight(marks(40)));
  });

  test("checkpoints are bounded", () => {
    const f = fake();
    const replay = new Replay(f.painter);
    replay.show(marks(CHECKPOINT_EVERY * 200));
    expect(f.saves()).toBe(200);
    expect((replay as unknown as { checkpoints: unknown[] }).checkpoints.length).toBe(MAX_CHECKPOINTS);
  });
});

test("thinning keeps the newest checkpoints and spreads the rest", () => {
  let counts: number[] = [];
  for (let i = 1; i <= 400; i++) {
    counts.push(i * 50);
    if (counts.length > 20) counts = counts.filter((_, at) => at !== leastUseful(counts));
  }
  expect(counts.slice(-3)).toEqual([19_900, 19_950, 20_000]);
  expect(counts[0]).toBeLessThan(10_000);
});
