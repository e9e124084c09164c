import { expect, test, vi } from "vitest";
import type { LiveLayer } from "../doc/layers";
import type { SourceName } from "../doc/moving";
import type { Problem } from "../wire/shots";
import { Captures } from "./captures";
import { Frames } from "./frames";

class Track {
  stopped = false;
  onended: (() => void) | null = null;
  stop() {
    this.stopped = true;
  }
}

function start(first: LiveLayer | null = { id: "a", kind: "live", source: "camera", rate: 5 } as LiveLayer) {
  let layer = first;
  let seen = true;
  const asked: SourceName[] = [];
  const answers: { resolve(stream: MediaStream): void; reject(error: unknown): void }[] = [];
  const said: (Problem | null)[] = [];
  const waits: { delay_ms: number; act: () => void; cancelled: boolean }[] = [];
  const told = { picture: 0, state: 0 };
  const take = vi.spyOn(Frames.prototype, "take").mockReturnValue(true);
  take.mockClear();
  const captures = new Captures({
    open: (source) => {
      asked.push(source);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
    player: () =>
      ({
        play: async () => {},
        videoWidth: 640,
        videoHeight: 480,
        srcObject: null,
      }) as unknown as HTMLVideoElement,
    layer: () => layer,
    seen: () => seen,
    changed: (what) => {
      told[what] += 1;
    },
    say: (problem) => said.push(problem),
    after: (delay_ms, act) => {
      const wait = { delay_ms, act, cancelled: false };
      waits.push(wait);
      return () => {
        wait.cancelled = true;
      };
    },
  });
  const track = new Track();
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] } as unknown as MediaStream;
  const begin = async () => {
    const starting = captures.start("a");
    answers.at(-1)?.resolve(stream);
    await starting;
  };
  return {
    captures,
    asked,
    answers,
    said,
    waits,
    told,
    take,
    track,
    stream,
    begin,
    set: (next: LiveLayer | null) => {
      layer = next;
    },
    hide: () => {
      seen = false;
    },
  };
}

test("nothing is asked for before a hand does it, and pictures are taken at the chosen rate", async () => {
  const { captures, asked, begin, waits, take, told } = start();
  expect([asked, captures.state("a")]).toEqual([[], null]);
  await begin();
  expect([asked, captures.state("a"), captures.on]).toEqual([["camera"], "on", ["a"]]);
  expect(waits.at(-1)?.delay_ms).toBe(200);
  expect([take.mock.calls.length, told.picture]).toEqual([1, 1]);
  waits.at(-1)?.act();
  expect([take.mock.calls.length, told.picture]).toEqual([2, 2]);
});

test("another rate counts from the next picture", async () => {
  const { begin, waits, set } = start();
  await begin();
  set({ id: "a", kind: "live", source: "camera", rate: 25 } as LiveLayer);
  waits.at(-1)?.act();
  expect(waits.at(-1)?.delay_ms).toBe(40);
});

test("a picture that is still the same is told to nobody, and none is taken for a page that nobody sees", async () => {
  const { begin, waits, take, told, hide } = start();
  await begin();
  take.mockReturnValue(false);
  waits.at(-1)?.act();
  expect(told.picture).toBe(1);
  hide();
  waits.at(-1)?.act();
  expect(take).toHaveBeenCalledTimes(2);
});

test.each([
  ["hidden or deleted", "read"],
  ["stopped", "stop"],
  ["left", "stopAll"],
] as const)("a camera whose layer is %s is let go, and shows its last picture", async (_, how) => {
  const { captures, begin, track, set, waits } = start();
  await begin();
  if (how === "read") set(null);
  if (how === "read") captures.read(new Set(["a"]));
  else captures[how]("a");
  expect([track.stopped, captures.state("a"), captures.on]).toEqual([true, "still", []]);
  expect(waits.at(-1)?.cancelled).toBe(true);
  expect(captures.frames("a")).not.toBeNull();
});

test("of a layer that is gone nothing is left", async () => {
  const { captures, begin, set } = start();
  await begin();
  set(null);
  captures.read(new Set());
  expect([captures.state("a"), captures.frames("a")]).toEqual([null, null]);
});

test("a camera that was refused is said, and all is as it was", async () => {
  const { captures, said, answers, told } = start();
  const starting = captures.start("a");
  expect(captures.state("a")).toBe("asking");
  answers[0]?.reject(new DOMException("", "NotAllowedError"));
  await starting;
  expect(captures.state("a")).toBeNull();
  expect(said.at(-1)).toMatchObject({ code: "client.camera", message: "the camera was refused" });
  expect(told.state).toBe(2);
});

test("a screen says why in its own words", async () => {
  const { captures, said, answers } = start({
    id: "a",
    kind: "live",
    source: "screen",
    rate: 5,
  } as LiveLayer);
  const starting = captures.start("a");
  answers[0]?.reject(new DOMException("", "NotAllowedError"));
  await starting;
  expect(said.at(-1)).toMatchObject({ code: "client.screen", message: "no screen or window was chosen" });
});

test("what is given after its layer went, or after another question, is let go", async () => {
  const { captures, answers, track, stream, set } = start();
  const starting = captures.start("a");
  set(null);
  answers[0]?.resolve(stream);
  await starting;
  expect([track.stopped, captures.on]).toEqual([true, []]);
  const other = start();
  const [first, second] = [other.captures.ask("camera"), other.captures.ask("screen")];
  other.answers[0]?.resolve(other.stream);
  other.answers[1]?.reject(new DOMException("", "NotAllowedError"));
  expect([await first, await second, other.track.stopped]).toEqual([null, null, true]);
  expect(other.said.filter((problem) => problem !== null)).toHaveLength(1);
});

test("a camera that goes away is said; who ends to share a screen in the browser's bar knows", async () => {
  const { captures, begin, track, said } = start();
  await begin();
  track.onended?.();
  expect([captures.state("a"), said.at(-1)?.message]).toEqual(["still", "the camera went away"]);
  const screen = start({ id: "a", kind: "live", source: "screen", rate: 5 } as LiveLayer);
  await screen.begin();
  screen.track.onended?.();
  expect([screen.captures.state("a"), screen.said.at(-1)]).toEqual(["still", null]);
});
