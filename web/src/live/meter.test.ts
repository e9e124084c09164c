import { expect, test } from "vitest";
import { Meter, type Sample, split, sumByGroup } from "./meter";

const sample = (total_ms: number, times_ms: Record<string, number> = {}, video = false): Sample => ({
  total_ms,
  trip: { pack_ms: 4, round_trip_ms: total_ms - 20, unpack_ms: 2 },
  times_ms,
  video,
});

test("before the first picture there is no figure", () => {
  expect(new Meter().read(0)).toEqual({ latency_ms: null, pictures_per_s: 0, stages: [], slowest: null });
});

test("the figure is the median of the last second; pictures are counted over it", () => {
  const meter = new Meter();
  for (const [i, ms] of [900, 80, 90, 100, 85, 95].entries()) meter.add(i * 100, sample(ms));
  expect(meter.read(1050)).toMatchObject({ latency_ms: 90, pictures_per_s: 5 });
});

test("a picture that no input made counts as a picture and has no latency", () => {
  const meter = new Meter();
  meter.add(0, null);
  expect(meter.read(10)).toMatchObject({ latency_ms: null, pictures_per_s: 1 });
});

test("when pictures stop, the last figure stays and the rate falls to zero", () => {
  const meter = new Meter();
  meter.add(0, sample(80));
  meter.add(10, sample(120));
  expect(meter.read(5000)).toMatchObject({ latency_ms: 120, pictures_per_s: 0 });
});

test("stages sum to the total, and unknown stages count as rendering", () => {
  const one = sample(150, { queue: 10, decode: 1, sorcery: 60, encode: 2, gateway: 1 });
  const stages = split(one);
  expect(stages.reduce((sum, s) => sum + s.ms, 0)).toBeCloseTo(150, 6);
  expect(sumByGroup(stages)).toEqual({ queue: 10, render: 63, network: 57, page: 20 });
  expect(stages.map((s) => s.name)).toEqual([
    "pack",
    "queue",
    "decode",
    "sorcery",
    "encode",
    "gateway",
    "network",
    "unpack",
    "paint",
  ]);
});

test("the slowest group is named", () => {
  const meter = new Meter();
  meter.add(0, sample(400, { queue: 300, steps: 50 }));
  expect(meter.read(10).slowest).toBe("queue");
});

test("what another engine took is forgotten", () => {
  const meter = new Meter();
  meter.add(0, sample(80));
  meter.forget();
  expect(meter.read(10)).toEqual({ latency_ms: null, pictures_per_s: 0, stages: [], slowest: null });
});

test("of a video, what nobody accounts for are the blocks that had begun, and the wait for its turn is a queue", () => {
  const times = { queue: 10, block: 300, wait: 500 };
  const sums = sumByGroup(split(sample(1500, times, true)));
  expect(sums.network).toBe(0);
  expect(sums.queue).toBe(1500 - 20 - 300);
  expect(sums.render).toBe(300);
});
