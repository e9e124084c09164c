import { expect, test } from "vitest";
import {
  Feed,
  type FeedState,
  POLL_BUSY_MS,
  POLL_IDLE_MS,
  RETRY_MS,
  SILENCE_MS,
  STREAM_WITHIN_MS,
} from "./feed";
import type { Job } from "./job";
import { JOB } from "./job.fixture";

const LOST = { code: "client.connection", message: "gone", value: "", fix: "" };

/** A stream whose end, like fetch's, follows its signal. */
class Line {
  private controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  readonly body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => {
      this.controller = controller;
    },
  });

  constructor(readonly signal: AbortSignal) {
    signal.addEventListener("abort", () => this.controller?.error(new DOMException("", "AbortError")));
  }

  say = (name: string, data: unknown) =>
    this.controller?.enqueue(new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  end = () => this.controller?.close();
}

function start() {
  const world = {
    list: async (): Promise<readonly Job[] | null> => [],
    events: async (line: Line): Promise<Line | null> => line,
    busy: false,
  };
  const told: string[] = [];
  const states: FeedState[] = [];
  const lines: Line[] = [];
  const timers = new Set<{ readonly delay_ms: number; act(): void }>();
  const feed = new Feed({
    list: () => world.list(),
    events: async (signal) => {
      const line = new Line(signal);
      lines.push(line);
      return (await world.events(line))?.body ?? null;
    },
    busy: () => world.busy,
    all: (jobs) => told.push(`all ${jobs.map(({ id }) => id).join()}`),
    changed: ({ id, units_done }) => told.push(`${id} ${units_done}`),
    gone: (id) => told.push(`${id} gone`),
    state: (state) => states.push(state),
    after: (delay_ms, act) => {
      const timer = { delay_ms, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  /** Until nothing but time can move it. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next));
  };
  const pass = async (delay_ms: number) => {
    const due = [...timers].filter((timer) => timer.delay_ms === delay_ms);
    expect(due, `timers of ${delay_ms} ms among ${[...timers].map((t) => t.delay_ms)}`).toHaveLength(1);
    for (const timer of due) {
      timers.delete(timer);
      timer.act();
    }
    await settle();
  };
  return { feed, world, told, states, lines, timers, settle, pass };
}

test("the list is told, then what changes; what is no job of ours is not", async () => {
  const { feed, world, told, states, lines, settle } = start();
  world.list = async () => [JOB];
  feed.open();
  await settle();
  lines[0]?.say("job", { ...JOB, units_done: 10 });
  lines[0]?.say("job", { id: "broken" });
  lines[0]?.say("weather", { id: JOB.id });
  lines[0]?.say("gone", { id: JOB.id });
  await settle();
  expect(told).toEqual([`all ${JOB.id}`, `${JOB.id} 10`, `${JOB.id} gone`]);
  expect(states).toEqual(["connecting", "open"]);
});

test("what changes while the list is on its way is told after it", async () => {
  const { feed, world, told, lines, settle } = start();
  let answer = (_: readonly Job[]) => {};
  world.list = () => new Promise((resolve) => (answer = resolve));
  feed.open();
  await settle();
  lines[0]?.say("job", { ...JOB, units_done: 11 });
  await settle();
  expect(told).toEqual([]);
  answer([JOB]);
  await settle();
  expect(told).toEqual([`all ${JOB.id}`, `${JOB.id} 11`]);
});

test("after a break the list is whole again", async () => {
  const { feed, told, states, lines, settle, pass } = start();
  feed.open();
  await settle();
  lines[0]?.end();
  await settle();
  await pass(RETRY_MS[0]);
  expect(told).toEqual(["all ", "all "]);
  expect(states).toEqual(["connecting", "open", "connecting", "open"]);
});

test("without a stream the list is read again, often while a job is under way", async () => {
  const { feed, world, told, states, settle, pass } = start();
  world.events = async () => null;
  world.busy = true;
  feed.open();
  await settle();
  world.busy = false;
  await pass(POLL_BUSY_MS);
  await pass(POLL_IDLE_MS);
  expect(told).toHaveLength(3);
  expect(states).toEqual(["connecting", "polled"]);
});

test("a stream that is held up on the way is given up for the list", async () => {
  const { feed, world, states, lines, settle, pass } = start();
  world.events = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  feed.open();
  await settle();
  expect(states).toEqual(["connecting"]);
  await pass(STREAM_WITHIN_MS);
  expect(states).toEqual(["connecting", "polled"]);
  expect(lines[0]?.signal.aborted).toBe(true);
});

test("a stream that is silent is broken while a job is under way, and else not", async () => {
  const { feed, world, lines, settle, pass } = start();
  feed.open();
  await settle();
  await pass(SILENCE_MS);
  expect(lines[0]?.signal.aborted).toBe(false);
  world.busy = true;
  await pass(SILENCE_MS);
  expect(lines[0]?.signal.aborted).toBe(true);
  await pass(RETRY_MS[0]);
  expect(lines).toHaveLength(2);
});

test("offline is tried again, each time later, and at once when somebody says so", async () => {
  const { feed, world, states, settle, pass } = start();
  world.list = async () => Promise.reject(LOST);
  feed.open();
  await settle();
  await pass(RETRY_MS[0]);
  await pass(RETRY_MS[1]);
  expect(states).toEqual(["connecting", "offline"]);
  world.list = async () => [];
  feed.wake();
  await settle();
  expect(states).toEqual(["connecting", "offline", "open"]);
});

test("a server without jobs is left alone until it is another one", async () => {
  const { feed, world, states, timers, settle } = start();
  world.list = async () => null;
  feed.open();
  await settle();
  expect(states).toEqual(["connecting", "absent"]);
  expect(timers.size).toBe(0);
  world.list = async () => [];
  feed.wake();
  await settle();
  expect(states.at(-1)).toBe("open");
});

test("a refusal is said, and not tried over and over", async () => {
  const { feed, world, states, timers, settle } = start();
  world.list = async () => Promise.reject({ ...LOST, code: "access.token" });
  feed.open();
  await settle();
  expect(states).toEqual(["connecting", "refused"]);
  expect(timers.size).toBe(0);
});

test("closed, it holds no connection and no timer", async () => {
  const { feed, states, lines, timers, settle } = start();
  feed.open();
  await settle();
  feed.close();
  await settle();
  expect(lines[0]?.signal.aborted).toBe(true);
  expect(timers.size).toBe(0);
  expect(states.at(-1)).toBe("closed");
  feed.open();
  await settle();
  expect(states.at(-1)).toBe("open");
});
