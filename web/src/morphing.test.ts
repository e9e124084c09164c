import { expect, test } from "vitest";
import { LEG_MS } from "./doc/morph";
import { Morphing } from "./morphing";

function start() {
  const frames: ((now_ms: number) => void)[] = [];
  const shown: (number | null)[] = [];
  const stopped: number[] = [];
  const world = { inForce: true };
  const morphing = new Morphing({
    nextFrame: (act) => frames.push(act),
    inForce: () => world.inForce,
    at: (m) => shown.push(m),
    stopped: (m) => stopped.push(m),
  });
  const frame = (now_ms: number) => {
    for (const act of frames.splice(0)) act(now_ms);
  };
  return { morphing, frame, shown, stopped, world, frames };
}

test("it sets out from where the slider is and turns at the end", () => {
  const { morphing, frame, shown } = start();
  morphing.play(0.5);
  for (const ms of [1000, 1000 + LEG_MS / 4, 1000 + LEG_MS / 2, 1000 + LEG_MS]) frame(ms);
  expect(shown).toEqual([0.5, 0.75, 1, 0.5]);
});

test("stopped, it says where", () => {
  const { morphing, frame, shown, stopped, frames } = start();
  morphing.play(0);
  frame(0);
  frame(LEG_MS / 4);
  morphing.stop();
  frame(LEG_MS);
  expect(stopped).toEqual([0.25]);
  expect(shown.at(-1)).toBeNull();
  expect(frames).toEqual([]);
});

test("a hand that takes over ends it without a word", () => {
  const { morphing, frame, stopped, shown, world } = start();
  morphing.play(0);
  frame(0);
  world.inForce = false;
  frame(10);
  expect(stopped).toEqual([]);
  expect(shown.at(-1)).toBeNull();
  expect(morphing.at).toBeNull();
});
