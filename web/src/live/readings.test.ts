import { expect, test } from "vitest";
import type { Reading } from "./meter";
import { READING_EVERY_MS, Readings } from "./readings";

const TRIP = { pack_ms: 1, round_trip_ms: 20, unpack_ms: 1 };
const PICTURE = { times_ms: { render: 10 }, frame: null } as never;

function start() {
  const shown: Reading[] = [];
  const waiting: (() => void)[] = [];
  const clock = { now_ms: 0 };
  const readings = new Readings({
    show: (reading) => shown.push(reading),
    now_ms: () => clock.now_ms,
    after: (delay_ms, act) => {
      waiting.push(() => {
        clock.now_ms += delay_ms;
        act();
      });
      return () => {};
    },
  });
  const paint = (at_ms: number) => {
    clock.now_ms = at_ms;
    readings.painted(PICTURE, TRIP, at_ms - 30, at_ms);
  };
  return { readings, shown, waiting, clock, paint };
}

test("many pictures are read once in a while, not each", () => {
  const { shown, waiting, paint } = start();
  for (const at_ms of [100, 110, 120]) paint(at_ms);
  expect(shown.length).toBe(1);
  waiting.shift()?.();
  expect(shown.map(({ pictures_per_s }) => pictures_per_s)).toEqual([1, 3]);
  expect(shown[1]?.latency_ms).toBe(30);
});

test("when pictures stop, the figures are read until they say so, and then rest", () => {
  const { shown, waiting, clock, paint } = start();
  paint(100);
  for (let read = waiting.shift(); read !== undefined; read = waiting.shift()) read();
  expect(shown.at(-1)?.pictures_per_s).toBe(0);
  expect(clock.now_ms).toBeGreaterThan(1000);
  expect(clock.now_ms).toBeLessThanOrEqual(1100 + 2 * READING_EVERY_MS);
  paint(5000);
  expect(shown.at(-1)?.pictures_per_s).toBe(1);
});

test("what is forgotten is not shown again", () => {
  const { readings, shown, waiting, paint } = start();
  paint(100);
  readings.forget();
  const count = shown.length;
  waiting.shift()?.();
  expect(shown.length).toBe(count);
  expect(shown.at(-1)?.latency_ms).toBeNull();
});
