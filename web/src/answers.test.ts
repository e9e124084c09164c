import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Answers, type AnswersWorld } from "./answers";
import { type Fade, SHARPEN_FADE } from "./canvas/render";
import type { FromLink } from "./live/connection";
import { freshLive, type Live, type Sheet } from "./state";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";
import type { Problem, Status } from "./wire/shots";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** What was asked for at rest, and what was, but a hand came. */
const [SHARP, LATE] = [8, 9];

/** newest: the number of the last shot that was sent. */
function start(newest = 3) {
  const said: string[] = [];
  const live = new Store<Live>(freshLive());
  const video = { on: false, failed: () => {}, lost: () => said.push("video lost"), toggle: () => {} };
  const answers = new Answers({
    desk: new Store({ crossFade: true } as Desk),
    sheet: new Store({ card: null } as Sheet),
    live,
    video,
    render: {
      canvas: { dataset: {}, width: 256 },
      show: (_bitmap: unknown, _cover: unknown, fade: Fade | null, painted: (at_ms: number) => void) => {
        said.push(fade === SHARPEN_FADE ? "sharpened" : fade ? "faded in" : "shown");
        painted(100);
      },
    },
    asking: { coverOf: () => null, lost: () => said.push("moments lost") },
    preparing: {
      told: (seq: number, share: number) => said.push(`prepared ${seq} ${share}`),
      failed: (seq: number) => seq === 2 ** 31,
      lost: () => said.push("sizes lost"),
    },
    sharpening: {
      asked: (seq: number) => seq === SHARP,
      take: (seq: number) => (seq === SHARP ? "shown" : seq === LATE ? "dropped" : null),
      failed: (seq: number) => seq === SHARP,
      shown: () => {},
      lost: () => {},
    },
    assets: { proven: () => {}, missing: (sha256: string) => said.push(`sent again ${sha256}`) },
    masking: { settle: () => {} },
    numbers: { newest, momentOf: () => 70 },
    readings: {
      painted: (_picture: unknown, _trip: unknown, moment_ms: number, at_ms: number) =>
        said.push(`took ${at_ms - moment_ms}`),
      forget: () => said.push("forget"),
    },
    touches: { again: () => said.push("again") },
    recordings: { lost: () => {}, ended: ({ code }: Problem) => said.push(code) },
  } as unknown as AnswersWorld);
  const picture = (seq: number, frame: number | null = null, width = 256) => {
    const bitmap = { width, close: () => said.push("dropped") };
    answers.receive({
      type: "picture",
      seq,
      picture: { frame, times_ms: {} },
      bitmap,
    } as unknown as FromLink);
  };
  const fail = (seq: number, code: string, value = "") =>
    answers.receive({ type: "problem", seq, problem: { code, message: "", value, fix: "" } });
  const status = (follows: boolean) =>
    answers.receive({ type: "status", status: { follows } as unknown as Status });
  const problem = () => live.get().problem?.code ?? null;
  return { answers, said, live, video, picture, fail, status, problem };
}

test("a picture is shown and measured, and work goes on while a newer one is asked for", () => {
  const { said, live, picture } = start(2);
  picture(1);
  expect(said).toEqual(["faded in", "took 30"]);
  expect([live.get().hasPicture, live.get().working]).toEqual([true, true]);
  picture(2);
  expect(live.get().working).toBe(false);
});

test("whoever hears that a picture is here finds it there", () => {
  const { said, live, picture, status } = start();
  const heard: string[][] = [];
  live.subscribe(() => {
    if (live.get().hasPicture) heard.push(said.filter((what) => /shown|faded/.test(what)));
  });
  picture(3);
  status(true);
  live.set({ hasPicture: false });
  said.length = 0;
  picture(0);
  expect([heard[0], heard.at(-1)]).toEqual([["faded in"], ["shown"]]);
});

test("an answer that is older than what is shown is dropped, and so is a picture in a video and a frame outside of one", () => {
  const { said, video, picture } = start();
  picture(2);
  said.length = 0;
  picture(1);
  picture(3, 7);
  video.on = true;
  picture(4);
  expect(said).toEqual(["dropped", "dropped", "dropped"]);
});

test("a kept picture stays, whatever comes", () => {
  const { said, live, picture } = start();
  live.set({ held: true, working: true });
  picture(1);
  expect([said, live.get().working]).toEqual([["dropped"], false]);
});

test("what went wrong with a shot is over when a picture comes; what went wrong elsewhere stays", () => {
  const { live, picture, fail, problem } = start();
  fail(3, "shot.size");
  expect(problem()).toBe("shot.size");
  picture(4);
  expect(problem()).toBeNull();
  live.set({ problem: { code: "client.history", message: "", value: "", fix: "" } });
  picture(5);
  expect(problem()).toBe("client.history");
});

test("the failure of a shot that a newer one replaced is nobody's, and what mends itself is not said", () => {
  const { live, fail, problem } = start(3);
  live.set({ working: true });
  fail(2, "shot.size");
  expect([problem(), live.get().working]).toEqual([null, true]);
  fail(3, "fleet.no_worker");
  expect([problem(), live.get().working]).toEqual([null, false]);
});

test("how far a size is prepared for is told, and a refused one is nobody's problem", () => {
  const { answers, said, fail, problem } = start();
  answers.receive({ type: "prepared", seq: 2 ** 31, share: 0.5 });
  fail(2 ** 31, "shot.size");
  expect(said).toEqual([`prepared ${2 ** 31} 0.5`]);
  expect(problem()).toBeNull();
});

test("a picture that the server lost is sent again; the end of a recording is the recordings' own", () => {
  const { said, fail, problem } = start();
  fail(3, "asset.missing", "abc");
  fail(0, "recording.full");
  expect(said).toEqual(["sent again abc", "recording.full"]);
  expect(problem()).toBeNull();
});

test("another member's picture is shown while that one renders for the room, and then no longer", () => {
  const { said, picture, status } = start();
  picture(0);
  status(true);
  picture(0);
  status(false);
  picture(0);
  expect(said).toEqual(["dropped", "forget", "again", "shown", "forget", "again", "dropped"]);
});

test("without a connection nothing is under way, and what was sent is not timed", () => {
  const { answers, said, live } = start();
  live.set({ working: true });
  answers.receive({ type: "state", state: { name: "connecting" } } as FromLink);
  expect([live.get().working, live.get().link.name]).toEqual([false, "connecting"]);
  expect(said).toEqual(["moments lost", "sizes lost", "video lost"]);
});

test("a sharpened picture fades in and is not measured, one that a hand was quicker than is dropped", () => {
  const { answers, said, live, picture, fail, problem } = start(SHARP);
  answers.receive({ type: "sent", seq: SHARP });
  expect(live.get().working, "nobody waits for it").toBe(false);
  picture(SHARP);
  picture(LATE);
  expect(said).toEqual(["sharpened", "dropped"]);
  fail(SHARP, "fleet.engine_failed");
  expect(problem()).toBeNull();
});

test("in a room, what another member's page sharpened fades in here too", () => {
  const { said, picture, status } = start();
  status(true);
  said.length = 0;
  picture(0);
  picture(0, null, 512);
  expect(said).toEqual(["shown", "sharpened"]);
});

test("what is shown is of now when the last shot's picture is", () => {
  const { answers, picture } = start(3);
  expect(answers.current).toBe(false);
  picture(2);
  expect(answers.current).toBe(false);
  picture(3);
  expect(answers.current).toBe(true);
});
