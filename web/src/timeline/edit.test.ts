import { describe, expect, test } from "vitest";
import {
  copyKeys,
  type KeyId,
  moveKeys,
  pasteKeys,
  removeKeys,
  setEasing,
  setKey,
  setPace,
  setValue,
} from "./edit";
import { type Changes, readTimeline } from "./stored";
import { EMPTY, findTrack, MAX_KEYS, type Timeline } from "./timeline";

/** A document's map that changes are written to. */
function open() {
  const map = new Map<string, string>();
  const write = (changes: Changes | null) => {
    if (changes === null) throw new Error("there is no room");
    for (const [entry, text] of Object.entries(changes))
      if (text === null) map.delete(entry);
      else map.set(entry, text);
    return readTimeline(map);
  };
  return { map, write };
}

const STRENGTH = "param:strength";
const at = (at_ms: number, target = STRENGTH): KeyId => ({ target, at_ms });
const keysOf = (timeline: Timeline, target = STRENGTH) =>
  (findTrack(timeline, target)?.keys ?? []).map(({ at_ms, value, easing }) => [at_ms, value, easing]);

function three() {
  const { map, write } = open();
  let timeline = write(setKey(EMPTY, at(0), "Strength", 0.1));
  timeline = write(setKey(timeline, at(1000), "Strength", 0.5));
  timeline = write(setKey(timeline, at(2000), "Strength", 0.9));
  return { map, write, timeline };
}

describe("keyframes", () => {
  test("are set, and set again at the same time", () => {
    const { write, timeline } = three();
    expect(keysOf(write(setKey(timeline, at(1000), "Strength", 0.7)))).toEqual([
      [0, 0.1, "linear"],
      [1000, 0.7, "linear"],
      [2000, 0.9, "linear"],
    ]);
  });

  test("go on as the one before them", () => {
    const { write, timeline } = three();
    const held = write(setEasing(timeline, [at(1000)], "hold"));
    expect(keysOf(write(setKey(held, at(1500), "Strength", 0.6)))[2]).toEqual([1500, 0.6, "hold"]);
  });

  test("take no value that their target cannot have", () => {
    const { write, timeline } = three();
    expect(keysOf(write(setValue(timeline, [at(0)], [1, 2])))[0]).toEqual([0, 0.1, "linear"]);
  });

  test("move together, stay inside, and lie on frames", () => {
    const { write, timeline } = three();
    const { changes, moved } = moveKeys(timeline, [at(0), at(1000)], 510);
    expect(moved.map(({ at_ms }) => at_ms)).toEqual([500, 1500]);
    expect(keysOf(write(changes)).map(([time]) => time)).toEqual([500, 1500, 2000]);
    expect(moveKeys(timeline, [at(1000), at(2000)], -5000).moved.map(({ at_ms }) => at_ms)).toEqual([
      0, 1000,
    ]);
    expect(moveKeys(timeline, [at(0), at(2000)], 60_000).moved.map(({ at_ms }) => at_ms)).toEqual([
      6000, 8000,
    ]);
  });

  test("that come to lie on another one take its place", () => {
    const { write, timeline } = three();
    expect(keysOf(write(moveKeys(timeline, [at(0)], 1000).changes))).toEqual([
      [1000, 0.1, "linear"],
      [2000, 0.9, "linear"],
    ]);
  });

  test("are copied with what they are, and pasted where one says", () => {
    const { write, timeline } = three();
    const copied = copyKeys(timeline, [at(1000), at(2000)]);
    const done = pasteKeys(timeline, copied, 4000);
    expect(done?.pasted.map(({ at_ms }) => at_ms)).toEqual([4000, 5000]);
    expect(keysOf(write(done?.changes ?? {})).slice(3)).toEqual([
      [4000, 0.5, "linear"],
      [5000, 0.9, "linear"],
    ]);
  });

  test("beyond the end are not pasted", () => {
    const { timeline } = three();
    expect(pasteKeys(timeline, copyKeys(timeline, [at(0), at(2000)]), 7000)?.pasted).toHaveLength(1);
  });

  test("that are all deleted leave nothing behind", () => {
    const { map, write, timeline } = three();
    write(removeKeys(timeline, [at(0), at(1000), at(2000)]));
    expect([...map]).toEqual([]);
  });

  test("are bounded", () => {
    const keys = Array.from({ length: MAX_KEYS }, (_, i) => ({
      at_ms: i,
      value: 0,
      easing: "linear" as const,
    }));
    const full: Timeline = { ...EMPTY, tracks: [{ target: STRENGTH, name: "", keys, motion: null }] };
    expect(setKey(full, at(MAX_KEYS), "Strength", 1)).toBeNull();
    expect(setKey(full, at(5), "Strength", 1)).not.toBeNull();
    expect(pasteKeys(full, copyKeys(full, [at(5)]), 1000)).toBeNull();
  });
});

describe("the pace", () => {
  test("of a shorter timeline has a shorter range; of a longer one the whole of it", () => {
    const { write, timeline } = three();
    expect(write(setPace(timeline, { duration_ms: 3000 }))).toMatchObject({
      duration_ms: 3000,
      range_ms: [0, 3000],
    });
    expect(write(setPace(timeline, { duration_ms: 9000 }))).toMatchObject({ range_ms: [0, 9000] });
    expect(write(setPace({ ...timeline, range_ms: [1000, 2000] }, { duration_ms: 9000 })).range_ms).toEqual([
      1000, 2000,
    ]);
  });
});

test("tracks stay in their order, whatever is done to them", () => {
  const { write } = open();
  let timeline: Timeline = EMPTY;
  const targets = ["layer:b:motion", "layer:b:opacity", "layer:b:position", "seed", STRENGTH, "prompt:x"];
  for (const target of targets.slice(1))
    timeline = write(setKey(timeline, at(500, target), target, target.endsWith("position") ? [0, 0] : 0));
  const order = () => timeline.tracks.map(({ target }) => target);
  expect(order()).toEqual(["prompt:x", STRENGTH, "seed", "layer:b:position", "layer:b:opacity"]);
  timeline = write(moveKeys(timeline, [at(500, "prompt:x")], 1000).changes);
  timeline = write(setKey(timeline, at(0, "seed"), "seed", 1));
  expect(order()).toEqual(["prompt:x", STRENGTH, "seed", "layer:b:position", "layer:b:opacity"]);
});

describe("what the document keeps", () => {
  test("and cannot be read is left out", () => {
    const entries: [string, unknown][] = [
      ["key:0:param:strength", '[0.5,"linear"]'],
      ["key:-5:param:strength", '[0.5,"linear"]'],
      ["key:1.5:param:strength", '[0.5,"linear"]'],
      ["key:10:param:strength", "{"],
      ["key:20:param:strength", '["x:y",'],
      ["key:30:layer:a:visible", '[1,"linear"]'],
      ["key:30:layer:a:motion", '[1,"linear"]'],
      ["key:30:param:size", '["64x64","hold"]'],
      ["key:40:what", '[1,"linear"]'],
      ["key:50:param:strength", '[0.7,"wobble"]'],
      ["pace:fps", "1e9"],
      ["pace:duration_ms", '"long"'],
      ["pace:range_ms", "[5,1]"],
      ["path:layer:a:motion", '{"points":[[0,0,0]]}'],
      ["other", 7],
    ];
    const timeline = readTimeline(entries);
    expect(timeline).toMatchObject({ fps: 60, duration_ms: 8000, range_ms: [0, 8000] });
    expect(timeline.tracks.map(({ target }) => target)).toEqual([STRENGTH]);
    expect(keysOf(timeline)).toEqual([
      [0, 0.5, "linear"],
      [50, 0.7, "linear"],
    ]);
  });
});
