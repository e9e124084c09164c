import { expect, test } from "vitest";
import type { Source } from "../live/stream";
import type { Problem } from "../wire/shots";
import { type InputState, Inputs } from "./inputs";
import { cut } from "./moving";

const CANVAS: Source = { moving: false, grab: () => null };

class Track {
  stopped = false;
  onended: (() => void) | null = null;
  stop() {
    this.stopped = true;
  }
}

function start() {
  const states: InputState[] = [];
  const said: (Problem | null)[] = [];
  const players: HTMLVideoElement[] = [];
  const asked: { resolve(stream: MediaStream): void; reject(error: unknown): void }[] = [];
  const inputs = new Inputs({
    canvas: CANVAS,
    camera: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
    player: () => {
      const player = { play: async () => {}, load: () => {}, removeAttribute: () => {} };
      players.push(player as unknown as HTMLVideoElement);
      return player as unknown as HTMLVideoElement;
    },
    changed: (state) => states.push(state),
    say: (problem) => said.push(problem),
  });
  const track = new Track();
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] } as unknown as MediaStream;
  return { inputs, states, said, players, asked, track, stream };
}

test("the camera is asked for when it is chosen, shown when it comes, and let go with the next choice", async () => {
  const { inputs, states, asked, track, stream, players } = start();
  expect(asked.length).toBe(0);
  const chosen = inputs.chooseCamera();
  expect(states.at(-1)).toMatchObject({ name: "none", asking: true });
  asked[0]?.resolve(stream);
  await chosen;
  expect(states.at(-1)).toEqual({ name: "camera", element: players[0], asking: false });
  expect(inputs.source?.moving).toBe(true);
  inputs.choose("canvas");
  expect([track.stopped, inputs.source]).toEqual([true, CANVAS]);
});

test.each([
  ["NotAllowedError", /refused/, /Allow it/],
  ["NotFoundError", /no camera/, /Connect one/],
  ["NotReadableError", /in use/, /Close/],
  ["SecurityError", /secure pages/, /https/],
  ["AbortError", /no picture/, /again/],
])("%s is said with what to do, and the input stays as it was", async (name, message, fix) => {
  const { inputs, said, asked } = start();
  inputs.choose("canvas");
  const chosen = inputs.chooseCamera();
  asked[0]?.reject(new DOMException("", name));
  await chosen;
  expect(inputs.name).toBe("canvas");
  expect(said.at(-1)?.code).toBe("client.camera");
  expect(said.at(-1)?.message).toMatch(message);
  expect(said.at(-1)?.fix).toMatch(fix);
});

test("a camera that comes after another choice is let go, and says nothing", async () => {
  const { inputs, said, asked, track, stream } = start();
  const chosen = inputs.chooseCamera();
  inputs.choose("canvas");
  asked[0]?.resolve(stream);
  await chosen;
  expect([track.stopped, inputs.name, said.at(-1)]).toEqual([true, "canvas", null]);
});

test("a camera that goes away, or a file that does not play, says so and leaves the words", async () => {
  const { inputs, said, asked, track, stream, players } = start();
  const chosen = inputs.chooseCamera();
  asked[0]?.resolve(stream);
  await chosen;
  track.onended?.();
  expect([inputs.name, said.at(-1)?.code]).toEqual(["none", "client.camera"]);
  inputs.chooseClip(new File(["?"], "notes.txt"));
  expect(inputs.name).toBe("clip");
  players[1]?.onerror?.("error");
  expect([inputs.name, said.at(-1)?.code, said.at(-1)?.value]).toEqual(["none", "media.format", "notes.txt"]);
});

test("a picture of another shape is cut evenly", () => {
  expect(cut({ width: 1280, height: 720 }, { width: 480, height: 480 })).toEqual({
    x: 280,
    y: 0,
    width: 720,
    height: 720,
  });
  expect(cut({ width: 100, height: 200 }, { width: 20, height: 10 })).toEqual({
    x: 0,
    y: 75,
    width: 100,
    height: 50,
  });
});
