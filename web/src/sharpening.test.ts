import { expect, test } from "vitest";
import { MOST_MS, REST_MS, Sharpening, TRIES } from "./sharpening";
import type { EngineCard, PictureMeta, ShotMeta, WireSize } from "./wire/shots";

/** A page whose newest shot, number 1, has its picture on the screen after `live`. */
function page({ sharpens = true, side = 256 }: { sharpens?: boolean; side?: number } = {}) {
  const asked: WireSize[] = [];
  const timers: { at_ms: number; act: () => void }[] = [];
  let now = 0;
  let again = 0;
  const state = { drawing: false, current: true };
  const sharpening = new Sharpening({
    shot: () => (state.drawing ? null : ({ width: side, height: side } as ShotMeta)),
    card: () =>
      ({
        sharpens,
        sizes: [
          [256, 256],
          [512, 512],
          [448, 256],
          [384, 384],
        ],
      }) as unknown as EngineCard,
    current: () => state.current,
    ask: (size) => {
      asked.push(size);
      return 1 + asked.length;
    },
    again: () => {
      again += 1;
    },
    now_ms: () => now,
    after: (delay_ms, act) => timers.push({ at_ms: now + delay_ms, act }),
  });
  const pass = (ms: number) => {
    const until = now + ms;
    for (;;) {
      const due = timers.filter(({ at_ms }) => at_ms <= until).sort((a, b) => a.at_ms - b.at_ms)[0];
      if (due === undefined) break;
      timers.splice(timers.indexOf(due), 1);
      now = due.at_ms;
      due.act();
    }
    now = until;
  };
  const picture = (side: number, ms: number) => {
    const times_ms = { queue: 5000, decode: 1, steps: ms - 1, link: 5000 };
    return { engine: "e", worker: "w", width: side, height: side, times_ms } as unknown as PictureMeta;
  };
  const live = (ms = 40) => sharpening.shown(picture(side, ms));
  const come = (seq: number, ms = 100) => sharpening.take(seq, picture(512, ms));
  return { sharpening, asked, state, pass, live, come, timers, again: () => again };
}

test("when the hand rests, the shot is asked for once at the largest size of its shape", () => {
  const { sharpening, asked, pass, live, come } = page();
  sharpening.touched();
  live();
  pass(REST_MS - 1);
  expect(asked).toEqual([]);
  pass(1);
  expect(asked).toEqual([[512, 512]]);
  expect([sharpening.asked(2), come(2), sharpening.size]).toEqual([true, "shown", [512, 512]]);
  pass(60_000);
  sharpening.touched(); // of something that no shot says
  pass(60_000);
  expect(asked).toHaveLength(1);
});

test("a hand that goes on is waited for, with one timer", () => {
  const { sharpening, asked, pass, live, timers } = page();
  live();
  for (let i = 0; i < 100; i++) {
    pass(16);
    sharpening.touched();
  }
  expect([asked.length, timers.length]).toEqual([0, 1]);
  pass(REST_MS);
  expect(asked).toHaveLength(1);
});

test("nothing is asked for before the last shot has its picture, nor under the pen", () => {
  const { asked, state, pass, live } = page();
  live();
  state.current = false;
  pass(10 * REST_MS);
  state.current = true;
  state.drawing = true;
  live();
  pass(10 * REST_MS);
  expect(asked).toEqual([]);
  state.drawing = false;
  live();
  pass(REST_MS);
  expect(asked).toHaveLength(1);
});

test("a picture that was asked for before the hand moved is dropped, whenever it comes", () => {
  const { sharpening, asked, pass, live, come } = page();
  live();
  pass(REST_MS);
  sharpening.touched();
  expect([sharpening.asked(2), come(2), sharpening.size]).toEqual([false, "dropped", null]);
  pass(REST_MS);
  expect(asked).toHaveLength(2);
  expect(come(3)).toBe("shown");
  live();
  expect(sharpening.size).toBeNull();
  pass(REST_MS);
  expect(asked).toHaveLength(3);
});

test("pictures of others are theirs", () => {
  const { sharpening, pass, live, come } = page();
  live();
  pass(REST_MS);
  expect([come(1), sharpening.failed(1)]).toEqual([null, false]);
  expect(come(2)).toBe("shown");
});

test("one that fails is not tried again until there is another live picture", () => {
  const { sharpening, asked, pass, live } = page();
  live();
  pass(REST_MS);
  expect([sharpening.failed(2), sharpening.size]).toEqual([true, null]);
  sharpening.touched();
  pass(10 * REST_MS);
  expect(asked).toHaveLength(1);
  live();
  pass(REST_MS);
  sharpening.touched();
  expect(sharpening.failed(3), "that of one that was dropped is told to nobody either").toBe(true);
});

test.each([
  ["an engine whose larger pictures are others", { sharpens: false }],
  ["the largest size", { side: 512 }],
])("%s is left alone", (_, given) => {
  const { asked, pass, live } = page(given);
  live();
  pass(10 * REST_MS);
  expect(asked).toEqual([]);
});

test("the longer it takes, the longer the hand has rested", () => {
  const { asked, pass, live, come } = page();
  live(200);
  pass(799);
  expect(asked).toEqual([]);
  pass(1);
  expect(asked).toHaveLength(1);
  come(2, 600); // less than live pictures said
  live(200);
  pass(600);
  expect(asked).toHaveLength(2);
});

test("what takes too long is not asked for any more, until something quicker renders", () => {
  const { asked, pass, live, come } = page();
  for (let i = 0; i < TRIES; i++) {
    live(MOST_MS / 2);
    pass(4 * MOST_MS);
    come(2 + i, MOST_MS + 1);
  }
  live(MOST_MS / 2);
  pass(60_000);
  expect(asked).toHaveLength(TRIES);
  live(40);
  pass(REST_MS);
  expect(asked).toHaveLength(TRIES + 1);
});

test("one slow picture of several says nothing", () => {
  const { asked, pass, live, come } = page();
  for (let i = 0; i < 2 * TRIES; i++) {
    live(MOST_MS);
    pass(4 * MOST_MS);
    come(2 + i, i === 1 ? MOST_MS / 2 : 2 * MOST_MS);
  }
  expect(asked).toHaveLength(2 * TRIES);
});

test("turned off, the live picture is shown again and stays; turned on, it sharpens", () => {
  const { sharpening, asked, pass, live, come, again } = page();
  live();
  pass(REST_MS);
  come(2);
  sharpening.turn(false);
  expect(again()).toBe(1);
  live();
  pass(10 * REST_MS);
  expect(asked).toHaveLength(1);
  sharpening.turn(true);
  pass(REST_MS);
  expect(asked).toHaveLength(2);
  expect(again()).toBe(1);
});
