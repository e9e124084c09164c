import { expect, test } from "vitest";
import type { BlockJob, Pixels } from "../wire/channel";
import type { BlockMeta, Problem } from "../wire/shots";
import { type Arrived, INPUT_EVERY_MS, partOfBlock, type Source, STALL_MS, Stream } from "./stream";

type Followed = Omit<BlockMeta, "paused">;

const SEA: Followed = {
  engine: "film",
  width: 2,
  height: 1,
  prompts: [["a calm sea", 1]],
  transitionBlocks: 2,
  seed: 7,
  steps: 4,
  strength: 0.7,
  parameters: {},
  quality: 85,
};

function start() {
  const sent: BlockJob[] = [];
  const shown: number[] = [];
  const closed: number[] = [];
  const states: string[] = [];
  let frames: ((now_ms: number) => void)[] = [];
  let timers: { at_ms: number; act: () => void }[] = [];
  const world = {
    block: SEA as Followed | null,
    source: null as Source | null,
    now_ms: 0,
    working: false,
    last: "",
  };
  let seq = 0;
  const stream = new Stream({
    block: () => world.block,
    source: () => world.source,
    stamp: () => ++seq,
    send: (job) => sent.push(job),
    show: ({ picture }) => shown.push(picture.frame ?? -1),
    changed: (state, working) => {
      if (state.name !== world.last) states.push(state.name);
      world.last = state.name;
      world.working = working;
    },
    nextFrame: (act) => frames.push(act),
    after: (delay_ms, act) => {
      const timer = { at_ms: world.now_ms + delay_ms, act };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    now_ms: () => world.now_ms,
  });
  /** Time passes, on the screen and for timers. */
  const pass = (ms: number) => {
    for (const until = world.now_ms + ms; world.now_ms < until; ) {
      world.now_ms = Math.min(until, world.now_ms + 10);
      const due = frames;
      frames = [];
      for (const act of due) act(world.now_ms);
      for (const timer of timers.filter(({ at_ms }) => at_ms <= world.now_ms)) {
        timers = timers.filter((other) => other !== timer);
        timer.act();
      }
    }
  };
  const frame = (number: number, of = sent.at(-1)?.seq ?? 0) =>
    stream.frame({
      seq: of,
      picture: { frame: number },
      bitmap: { close: () => closed.push(number) },
    } as unknown as Arrived);
  const change = (patch: Partial<Followed>) => {
    world.block = { ...SEA, ...patch };
    stream.touch(world.now_ms);
    pass(10);
  };
  return { stream, world, sent, shown, closed, states, pass, frame, change };
}

const failure = (code: string): Problem => ({ code, message: "", value: "", fix: "" });

/** A picture of one shade a grab. */
const movie = (moving: boolean, shade: { now: number }): Source => ({
  moving,
  grab: (width, height): Pixels => ({
    width,
    height,
    data: new Uint8ClampedArray(width * height * 4).fill(shade.now),
  }),
});

test("a video begins with one block, and another goes out only when something changes", () => {
  const { stream, sent, pass, change, states } = start();
  stream.begin(0);
  pass(200);
  expect(sent.map(({ block }) => block)).toEqual([{ ...SEA, paused: false }]);
  stream.touch(1);
  pass(50);
  expect(sent.length).toBe(1);
  change({ seed: 8 });
  expect(sent.at(-1)).toMatchObject({ take: sent[0]?.take, block: { seed: 8 }, input: null });
  expect(states).toEqual(["waiting"]);
});

test("frames play in order; one of the video before is closed unseen", () => {
  const { stream, world, sent, shown, closed, pass, frame, states } = start();
  stream.begin(0);
  pass(20);
  expect(world.working).toBe(true);
  for (const number of [0, 1, 2]) {
    frame(number);
    pass(60);
  }
  expect([shown, world.working]).toEqual([[0, 1, 2], false]);
  const before = sent.at(-1)?.seq;
  stream.restart(0);
  frame(3, before);
  pass(20);
  expect(sent.at(-1)?.take).toBe((sent[0]?.take ?? 0) + 1);
  frame(4, before);
  frame(0);
  pass(60);
  expect([shown, closed]).toEqual([
    [0, 1, 2, 0],
    [3, 4],
  ]);
  expect(states).toEqual(["waiting", "playing", "waiting", "playing"]);
});

test("it works until what was asked for last is on the screen", () => {
  const { stream, world, sent, pass, frame, change } = start();
  stream.begin(0);
  pass(20);
  frame(0);
  pass(20);
  const sea = sent.at(-1)?.seq;
  change({ prompts: [["a storm", 1]] });
  frame(1, sea);
  pass(100);
  expect(world.working).toBe(true);
  frame(2);
  pass(100);
  expect(world.working).toBe(false);
});

test("pause asks for rest and holds the frames back; play goes on with them", () => {
  const { stream, sent, shown, pass, frame, states } = start();
  stream.begin(0);
  pass(20);
  frame(0);
  pass(60);
  stream.pause();
  pass(20);
  expect(sent.at(-1)?.block.paused).toBe(true);
  frame(1);
  pass(5000);
  expect(shown).toEqual([0]);
  stream.pause();
  pass(20);
  expect(sent.at(-1)?.block.paused).toBe(false);
  expect(shown).toEqual([0, 1]);
  expect(states).toEqual(["waiting", "playing", "paused", "waiting", "playing"]);
});

test("a page that nobody sees asks for rest without waiting for a screen", () => {
  const { stream, sent, pass } = start();
  stream.begin(0);
  pass(20);
  stream.leave(true);
  expect(sent.at(-1)?.block.paused).toBe(true);
  stream.leave(false);
  expect(sent.at(-1)?.block.paused).toBe(false);
});

test("a video whose frames stop says that it waits, and plays on with the next", () => {
  const { stream, pass, frame, states } = start();
  stream.begin(0);
  pass(20);
  frame(0);
  pass(STALL_MS + 100);
  frame(1);
  pass(20);
  expect(states).toEqual(["waiting", "playing", "waiting", "playing"]);
});

test("without words the video ends and says so; the first word begins another", () => {
  const { stream, sent, pass, change, states } = start();
  stream.begin(0);
  pass(20);
  change({ prompts: [] });
  change({ prompts: [], seed: 9 });
  expect(sent.map(({ block }) => block.prompts.length)).toEqual([1, 0]);
  change({});
  expect(sent.at(-1)?.take).toBe((sent[0]?.take ?? 0) + 1);
  expect(states).toEqual(["waiting", "wordless", "waiting"]);
});

test("a refusal lets it go on; what cannot be rendered ends it until a hand changes something", () => {
  const { stream, sent, pass, change, states } = start();
  stream.begin(0);
  pass(20);
  for (const code of ["shot.prompt", "wire.meta", "pixels.format", "fleet.no_worker"])
    stream.failed(sent.at(-1)?.seq ?? 0, failure(code));
  expect(states).toEqual(["waiting"]);
  stream.failed(sent.at(-1)?.seq ?? 0, failure("fleet.memory"));
  pass(100);
  expect([states, sent.length]).toEqual([["waiting", "ended"], 1]);
  change({ steps: 2 });
  expect([states.at(-1), sent.length]).toEqual(["waiting", 2]);
  stream.failed(sent[0]?.seq ?? 0, failure("fleet.worker_lost"));
  expect(states.at(-1)).toBe("waiting");
});

test("a connection that opens is told everything anew", () => {
  const { stream, sent, pass } = start();
  stream.begin(0);
  pass(20);
  stream.lost();
  stream.opened();
  pass(20);
  expect(sent.map(({ take }) => take)).toEqual([1, 2]);
});

test("leaving tells the gateway, closes what waits and answers nothing more", () => {
  const { stream, sent, shown, closed, pass, frame, states } = start();
  stream.begin(0);
  pass(20);
  frame(0);
  stream.end();
  pass(100);
  frame(1);
  expect(sent.at(-1)?.block.prompts).toEqual([]);
  expect([shown, closed]).toEqual([[], [0, 1]]);
  expect(states).toEqual(["waiting", "off"]);
});

test("a canvas goes out when it is drawn on, no faster than frames are made", () => {
  const { stream, world, sent, pass } = start();
  const shade = { now: 1 };
  world.source = movie(false, shade);
  stream.begin(0);
  pass(200);
  expect(sent.map(({ input }) => input?.data[0])).toEqual([1]);
  for (let i = 0; i < 40; i++) {
    shade.now += 1;
    stream.touch(world.now_ms);
    pass(10);
  }
  pass(100);
  expect(sent.at(-1)?.input?.data[0]).toBe(41);
  expect(sent.length).toBeLessThanOrEqual(2 + Math.ceil(500 / INPUT_EVERY_MS));
  const count = sent.length;
  stream.touch(world.now_ms);
  pass(200);
  expect(sent.length).toBe(count);
});

test("a camera goes out by itself, rests with the video, and every block has a picture until it is let go", () => {
  const { stream, world, sent, pass, change } = start();
  const shade = { now: 0 };
  world.source = {
    moving: true,
    grab: (width, height) => movie(true, { now: ++shade.now % 250 }).grab(width, height),
  };
  stream.begin(0);
  pass(1000);
  expect(sent.length).toBeGreaterThan(10);
  expect(sent.length).toBeLessThanOrEqual(18);
  change({ seed: 9 });
  expect(sent.every(({ input }) => input !== null)).toBe(true);
  stream.pause();
  pass(20);
  const count = sent.length;
  pass(500);
  expect(sent.length).toBe(count);
  stream.pause();
  world.source = null;
  stream.touch(null);
  pass(100);
  expect(sent.at(-1)?.input).toBeNull();
});

test("the line fills with the frames of a block: nine, then twelve each", () => {
  expect([0, 8, 9, 20, 21].map(partOfBlock)).toEqual([1 / 9, 1, 1 / 12, 1, 1 / 12]);
});
