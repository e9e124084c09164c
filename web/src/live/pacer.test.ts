import { expect, test } from "vitest";
import { MOST, Pacer } from "./pacer";

const GAP_MS = 60;
const SCREEN_MS = 1000 / 60;

/** Frames arrive at these times; -> [which, when] as a screen shows them. */
function play(arrivals_ms: readonly number[], until_ms: number) {
  const dropped: number[] = [];
  const pacer = new Pacer<number>((frame) => dropped.push(frame));
  const shown: [frame: number, at_ms: number][] = [];
  let next = 0;
  for (let now_ms = 0; now_ms <= until_ms; now_ms += SCREEN_MS) {
    for (; (arrivals_ms[next] ?? Number.POSITIVE_INFINITY) <= now_ms; next++)
      pacer.put(next, arrivals_ms[next] ?? 0);
    const frame = pacer.due(now_ms);
    if (frame !== null) shown.push([frame, now_ms]);
  }
  return { shown, dropped };
}

const even = (count: number) => Array.from({ length: count }, (_, i) => i * GAP_MS);

test("frames that come evenly are shown evenly, every one", () => {
  const { shown, dropped } = play(even(100), 100 * GAP_MS);
  expect(dropped).toEqual([]);
  expect(shown.map(([frame]) => frame)).toEqual(even(100).map((_, i) => i));
  const gaps = shown.slice(1).map(([, at], i) => at - (shown[i]?.[1] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(GAP_MS + SCREEN_MS);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(GAP_MS - SCREEN_MS);
});

test("two that come together are shown one after the other", () => {
  const bunched = even(60).map((at, i) => (i > 20 && i % 2 === 0 ? at + GAP_MS : at));
  const { shown, dropped } = play(
    bunched.sort((a, b) => a - b),
    60 * GAP_MS,
  );
  expect(dropped).toEqual([]);
  const gaps = shown.slice(30).map(([, at], i) => at - (shown[i + 29]?.[1] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(GAP_MS / 2);
});

test("after a stall the newest win, and no more wait than may", () => {
  const held = [...even(30), ...Array.from({ length: 20 }, () => 40 * GAP_MS)];
  const { shown, dropped } = play(held, 50 * GAP_MS);
  expect(dropped.length).toBe(20 - MOST);
  expect(shown.at(-1)?.[0]).toBe(held.length - 1);
});

test("what is cleared is dropped, and the next frame is shown at once", () => {
  const dropped: string[] = [];
  const pacer = new Pacer<string>((frame) => dropped.push(frame));
  pacer.put("a", 0);
  pacer.put("b", 500);
  expect(pacer.due(500)).toBe("a");
  pacer.clear();
  expect(dropped).toEqual(["b"]);
  pacer.put("c", 510);
  expect(pacer.due(510)).toBe("c");
  expect(pacer.empty).toBe(true);
});
