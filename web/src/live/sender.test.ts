import { expect, test } from "vitest";
import type { ShotJob } from "../wire/channel";
import type { ShotMeta } from "../wire/shots";
import { Numbers } from "./numbers";
import { fileName } from "./save";
import { Sender } from "./sender";

function start() {
  const sent: ShotJob[] = [];
  let frame: (() => void) | null = null;
  const world = {
    shade: 0,
    mask: 0,
    regions: [] as number[],
    shot: { width: 2, height: 1, seed: 1 } as ShotMeta | null,
  };
  const numbers = new Numbers();
  const sender = new Sender({
    numbers,
    shot: () => world.shot,
    compose: (width, height) => ({
      width,
      height,
      data: new Uint8ClampedArray(width * height * 4).fill(world.shade),
    }),
    composeMask: (shot) =>
      shot.base ? { width: 2, height: 1, data: new Uint8ClampedArray(8).fill(world.mask) } : null,
    composeRegions: () =>
      world.regions.map((shade) => ({ width: 2, height: 1, data: new Uint8ClampedArray(8).fill(shade) })),
    send: (job) => {
      // As in the browser: what is sent is moved away.
      const data = structuredClone(job.pixels.data, { transfer: [job.pixels.data.buffer] });
      sent.push({ ...job, pixels: { ...job.pixels, data } });
    },
    afterFrame: (act) => {
      if (frame !== null) throw new Error("two frames at once");
      frame = act;
    },
  });
  const paint = () => {
    const act = frame;
    frame = null;
    act?.();
  };
  return { sender, numbers, sent, world, paint };
}

test("many changes in a frame make one shot, timed from the first", () => {
  const { sender, numbers, sent, world, paint } = start();
  for (const ms of [10, 12, 15]) sender.touch(ms);
  world.shade = 9;
  paint();
  expect(sent.map((job) => job.seq)).toEqual([1]);
  expect(numbers.momentOf(1)).toBe(10);
});

test("where a region lies is part of the shot", () => {
  const { sender, sent, world, paint } = start();
  for (const regions of [[], [9], [9], [9, 1], [9, 2]]) {
    world.regions = regions;
    if (world.shot !== null) world.shot = { ...world.shot, seed: regions.length };
    sender.touch(1);
    paint();
  }
  expect(sent.map((job) => job.regions.map(({ data }) => data[0]))).toEqual([[], [9], [9, 1], [9, 2]]);
});

test("an equal shot is not sent; a change of pixels or of words is", () => {
  const { sender, sent, world, paint } = start();
  const change = (act: () => void) => {
    act();
    sender.touch(1);
    paint();
  };
  change(() => {});
  change(() => {});
  expect(sent.length).toBe(1);
  change(() => {
    world.shade = 5;
  });
  change(() => {
    world.shot = { width: 2, height: 1, seed: 2 } as ShotMeta;
  });
  expect(sent.length).toBe(3);
});

test("a change of the mask alone is sent, and an equal shot when its picture is not what is shown", () => {
  const { sender, sent, world, paint } = start();
  const change = (act: () => void) => {
    act();
    sender.touch(1);
    paint();
  };
  change(() => {
    world.shot = { width: 2, height: 1, seed: 1, base: "b" } as ShotMeta;
  });
  change(() => {});
  expect(sent.map(({ mask }) => mask?.data[0])).toEqual([0]);
  change(() => {
    world.mask = 255;
  });
  expect(sent.map(({ mask }) => mask?.data[0])).toEqual([0, 255]);
  change(() => sender.forgetShot());
  expect(sent.length).toBe(3);
});

test("without an engine nothing is sent, and the change is not forgotten", () => {
  const { sender, numbers, sent, world, paint } = start();
  const { shot } = world;
  world.shot = null;
  sender.touch(5);
  paint();
  expect(sent).toEqual([]);
  world.shot = shot;
  sender.touch(50);
  paint();
  expect(numbers.momentOf(1)).toBe(5);
});

test("after a lost connection old moments are forgotten", () => {
  const { sender, numbers, sent, paint } = start();
  sender.touch(5);
  paint();
  sender.forgetMoments();
  expect(sent.length).toBe(1);
  expect(numbers.momentOf(1)).toBeNull();
});

test("what nobody's hand did is sent without a moment", () => {
  const { sender, numbers, sent, paint } = start();
  sender.touch(null);
  paint();
  expect(sent.length).toBe(1);
  expect(numbers.momentOf(1)).toBeNull();
});

test("a moment is told once, and older ones are forgotten", () => {
  const { sender, numbers, world, paint } = start();
  for (const shade of [1, 2, 3]) {
    world.shade = shade;
    sender.touch(shade);
    paint();
  }
  expect(numbers.momentOf(2)).toBe(2);
  expect(numbers.momentOf(1)).toBeNull();
  expect(numbers.momentOf(3)).toBe(3);
});

test("file names say the prompt and the seed", () => {
  expect(fileName({ prompts: [["Snowy peaks, at dusk!", 1]], seed: 7 })).toBe(
    "snowy-peaks-at-dusk-seed-7.png",
  );
  expect(fileName({ prompts: [], seed: 3 })).toBe("lightbrush-seed-3.png");
});
