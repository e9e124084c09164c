import { describe, expect, test } from "vitest";
import { Kind, unpack } from "./bytes";
import { encodeIncoming, encodeShot } from "./codec";
import {
  delayBeforeAttempt,
  Link,
  type LinkState,
  MAX_BUFFERED_BYTES,
  MAX_DELAY_MS,
  type Socket,
} from "./link";
import type { ShotMeta } from "./shots";

class FakeSocket implements Socket {
  binaryType = "blob";
  bufferedAmount = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  closed = false;
  readonly sent: number[] = [];
  send(data: Uint8Array<ArrayBuffer>) {
    this.sent.push(unpack(data.slice().buffer).seq);
  }
  close() {
    this.closed = true;
  }
  say(kind: Kind, seq: number, meta: unknown) {
    this.onmessage?.({ data: encodeIncoming(kind, seq, meta) });
  }
  welcome() {
    this.say(Kind.WELCOME, 0, {
      session: "s",
      server: "test",
      engines: [],
      default_engine: "embedded",
      limits: { message_bytes: 1, sketch_pixels: 1 },
    });
  }
  picture(seq: number) {
    this.say(Kind.PICTURE, seq, {
      encoding: "image/png",
      width: 1,
      height: 1,
      engine: "e",
      worker: "w",
      times_ms: {},
    });
  }
}

const SHOT: ShotMeta = {
  engine: "embedded",
  width: 256,
  height: 256,
  prompts: [],
  seed: 1,
  steps: 2,
  strength: 0.5,
  parameters: {},
  references: [],
  seedTo: 0,
  seedMix: 0,
  base: "",
  mask: new Uint8Array(0),
  regions: [],
  accept: "image/jpeg",
  quality: 90,
};
const encoded = (seq: number) => encodeShot(seq, SHOT, new Uint8Array([1]));

function start() {
  const sockets: FakeSocket[] = [];
  const timers: { delay_ms: number; act: () => void; cancelled: boolean }[] = [];
  const states: LinkState[] = [];
  const problems: string[] = [];
  const prepared: (readonly [number, number])[] = [];
  let writable = 0;
  const link = new Link(
    {
      connect: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
      after: (delay_ms, act) => {
        const timer = { delay_ms, act, cancelled: false };
        timers.push(timer);
        return () => {
          timer.cancelled = true;
        };
      },
      random: () => 0.5,
    },
    {
      state: (state) => states.push(state),
      welcome: () => {},
      status: () => {},
      problem: (_seq, problem) => problems.push(problem.code),
      prepared: (seq, share) => prepared.push([seq, share]),
      picture: () => {},
      writable: () => {
        writable += 1;
      },
    },
  );
  link.open();
  const socket = (i: number): FakeSocket => {
    const found = sockets[i];
    if (found === undefined) throw new Error(`no socket ${i}`);
    return found;
  };
  return {
    link,
    socket,
    timers,
    states,
    problems,
    prepared,
    names: () => states.map((s) => s.name),
    count: () => sockets.length,
    writable: () => writable,
  };
}

describe("link", () => {
  test("is open only after the welcome", () => {
    const t = start();
    expect(t.link.state.name).toBe("connecting");
    expect(t.link.writable).toBe(false);
    t.socket(0).welcome();
    expect(t.link.state.name).toBe("open");
    expect(t.link.writable).toBe(true);
    expect(t.writable()).toBe(1);
  });

  test("a closed socket is opened again after a growing delay", () => {
    const t = start();
    t.socket(0).onclose?.({ code: 1006 });
    expect(t.link.state).toMatchObject({ name: "waiting", attempt: 1 });
    t.timers[0]?.act();
    t.socket(1).onclose?.({ code: 1006 });
    t.timers[1]?.act();
    expect(t.count()).toBe(3);
    expect(t.timers[1]?.delay_ms).toBeGreaterThan(t.timers[0]?.delay_ms ?? Number.NaN);
    t.socket(2).welcome();
    expect(t.names()).toEqual(["connecting", "waiting", "connecting", "waiting", "connecting", "open"]);
  });

  test("after a reconnect the newest shot without an answer is sent again", () => {
    const t = start();
    t.socket(0).welcome();
    t.link.send(1, encoded(1));
    t.link.send(2, encoded(2));
    t.socket(0).picture(1);
    t.socket(0).onclose?.({ code: 1006 });
    t.timers[0]?.act();
    t.socket(1).welcome();
    expect(t.socket(1).sent).toEqual([2]);
  });

  test("an answered shot is not sent again", () => {
    const t = start();
    t.socket(0).welcome();
    t.link.send(1, encoded(1));
    t.socket(0).picture(1);
    t.socket(0).onclose?.({ code: 1006 });
    t.timers[0]?.act();
    t.socket(1).welcome();
    expect(t.socket(1).sent).toEqual([]);
  });

  test("a shot that failed for want of a worker is sent again when the fleet is ready, once", () => {
    const t = start();
    t.socket(0).welcome();
    t.link.send(5, encoded(5));
    t.socket(0).say(Kind.PROBLEM, 5, { code: "fleet.no_worker", message: "m" });
    t.socket(0).say(Kind.STATUS, 0, { state: "starting", workers: 0 });
    expect(t.socket(0).sent).toEqual([5]);
    t.socket(0).say(Kind.STATUS, 0, { state: "ready", workers: 1 });
    t.socket(0).say(Kind.STATUS, 0, { state: "ready", workers: 1 });
    expect(t.socket(0).sent).toEqual([5, 5]);
  });

  test("a shot that was wrong is not sent again", () => {
    const t = start();
    t.socket(0).welcome();
    t.link.send(5, encoded(5));
    t.socket(0).say(Kind.PROBLEM, 5, { code: "shot.steps", message: "m" });
    t.socket(0).say(Kind.STATUS, 0, { state: "ready", workers: 1 });
    t.socket(0).onclose?.({ code: 1006 });
    t.timers[0]?.act();
    t.socket(1).welcome();
    expect([...t.socket(0).sent, ...t.socket(1).sent]).toEqual([5]);
  });

  test("a size is prepared for now or never, beside the newest shot", () => {
    const { link, socket, prepared } = start();
    link.prepare(8, { engine: "e", width: 64, height: 64 });
    socket(0).welcome();
    link.send(1, encoded(1));
    link.prepare(9, { engine: "e", width: 64, height: 64 });
    socket(0).say(Kind.PREPARED, 9, { share: 0.5 });
    expect(socket(0).sent).toEqual([1, 9]);
    expect(prepared).toEqual([[9, 0.5]]);
  });

  test("what the page says again by itself is sent now or never, and takes the newest shot's place", () => {
    const { link, socket, timers } = start();
    socket(0).welcome();
    link.send(1, encoded(1));
    link.tell(encoded(2));
    expect(socket(0).sent).toEqual([1, 2]);
    socket(0).onclose?.({ code: 1006 });
    link.tell(encoded(3));
    timers.at(-1)?.act();
    socket(1).welcome();
    expect(socket(1).sent).toEqual([]);
  });

  test("a refused token stops the retries until a person asks again", () => {
    const t = start();
    t.socket(0).say(Kind.PROBLEM, 0, { code: "access.token", message: "m", fix: "f" });
    expect(t.link.state).toMatchObject({ name: "refused", problem: { code: "access.token", fix: "f" } });
    t.socket(0).onclose?.({ code: 1008 });
    expect(t.timers).toEqual([]);
    t.link.wake();
    expect(t.count()).toBe(2);
  });

  test("coming online cuts the wait short, and its timer does nothing more", () => {
    const t = start();
    t.socket(0).onclose?.({ code: 1006 });
    t.link.wake();
    expect(t.count()).toBe(2);
    expect(t.timers[0]?.cancelled).toBe(true);
  });

  test("a full socket takes no shots and tells when it has drained", () => {
    const t = start();
    t.socket(0).welcome();
    t.socket(0).bufferedAmount = MAX_BUFFERED_BYTES + 1;
    expect(t.link.writable).toBe(false);
    expect(t.link.writable).toBe(false);
    expect(t.timers.length).toBe(1);
    t.socket(0).bufferedAmount = 0;
    t.timers[0]?.act();
    expect(t.writable()).toBe(2);
  });

  test("what cannot be read is a problem, and the connection lives on", () => {
    const t = start();
    t.socket(0).welcome();
    t.socket(0).onmessage?.({ data: new ArrayBuffer(3) });
    t.socket(0).onmessage?.({ data: "text" });
    expect(t.problems).toEqual(["wire.truncated", "wire.text"]);
    expect(t.link.state.name).toBe("open");
  });

  test("an old socket's last words are not heard", () => {
    const t = start();
    const old = t.socket(0);
    old.onclose?.({ code: 1006 });
    t.timers[0]?.act();
    old.welcome();
    expect(t.link.state.name).toBe("connecting");
  });
});

test("delays double from the first to the largest", () => {
  const delays = Array.from({ length: 9 }, (_, attempt) => delayBeforeAttempt(attempt, 0.999999));
  expect(delays.slice(0, 3)).toEqual([250, 500, 1000]);
  expect(Math.max(...delays)).toBe(MAX_DELAY_MS);
  expect(delayBeforeAttempt(3, 0)).toBe(1000);
});
