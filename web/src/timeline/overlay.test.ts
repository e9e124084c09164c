import { describe, expect, test } from "vitest";
import { layer } from "./layer.fixture";
import { differing, layLayers, layParam, layPictures, layPrompts, overlayAt } from "./overlay";
import { EMPTY, type Timeline, type Track, type Value } from "./timeline";

const track = (target: string, from: Value, to: Value, motion: Track["motion"] = null): Track => ({
  target,
  name: target,
  motion,
  keys: [
    { at_ms: 0, value: from, easing: "linear" },
    { at_ms: 1000, value: to, easing: "linear" },
  ],
});
const timeline = (...tracks: Track[]): Timeline => ({ ...EMPTY, tracks });
const NOBODY: ReadonlySet<string> = new Set();

const prompt = { id: "p", text: "mist", weight: 1, on: true };

describe("the overlay", () => {
  test("gives prompts and pictures their weights, inside of what a weight can be", () => {
    const over = overlayAt(timeline(track("prompt:p", 0, 4), track("picture:r", 0, 1)), 750, NOBODY);
    expect(layPrompts([prompt], over)).toEqual([{ ...prompt, weight: 2 }]);
    const reference = { id: "r", sha256: "", name: "", weight: 1 };
    expect(layPictures([reference], over)[0]?.weight).toBe(0.75);
  });

  test("gives parameters their values, and a seed the one that it comes from", () => {
    const over = overlayAt(timeline(track("param:strength", 0, 1), track("seed", 7, 9)), 250, NOBODY);
    expect(layParam("strength", 0.9, over)).toBe(0.25);
    expect(layParam("steps:x", 4, over)).toBe(4);
    expect(layParam("seed", 1, over)).toBe(7);
    expect(over.seed).toEqual({ seed: 7, seedTo: 9, seedMix: 0.25 });
  });

  test("moves, scales, turns, fades and hides layers", () => {
    const over = overlayAt(
      timeline(
        track("layer:a:position", [0, 0], [100, -50]),
        track("layer:a:scale", [1, 1], [3, 0]),
        track("layer:a:rotation", 0, 720),
        track("layer:a:opacity", 1, 0),
        track("layer:a:visible", true, false),
      ),
      500,
      NOBODY,
    );
    expect(layLayers([layer], over)[0]).toMatchObject({ x: 50, y: -25, scaleX: 2, scaleY: 0.5, rotation: 0 });
    expect(layLayers([layer], over)[0]).toMatchObject({ opacity: 0.5, visible: true });
  });

  test("lays a layer on its path", () => {
    const motion = {
      points: [
        { x: 100, y: 200, at: 0 },
        { x: 300, y: 200, at: 1 },
      ],
      anchor: [512, 512],
      pace: "even",
      orient: false,
    } as const;
    const over = overlayAt(timeline(track("layer:a:motion", 0, 1, motion)), 500, NOBODY);
    expect(layLayers([layer], over)[0]).toMatchObject({ x: 200 - 512, y: 200 - 512 });
  });

  test("leaves alone what somebody holds, and what it says nothing of", () => {
    const over = overlayAt(timeline(track("prompt:p", 0, 1)), 500, new Set(["prompt:p"]));
    const [prompts, layers] = [[prompt], [layer]];
    expect(layPrompts(prompts, over)).toBe(prompts);
    expect(layLayers(layers, over)).toBe(layers);
  });

  test("ignores what is gone", () => {
    const over = overlayAt(
      timeline(track("prompt:gone", 0, 1), track("layer:gone:opacity", 0, 1)),
      500,
      NOBODY,
    );
    expect(layPrompts([prompt], over)).toEqual([prompt]);
    expect(layLayers([layer], over)).toEqual([layer]);
  });

  test("tells what would look different", () => {
    const tracks = timeline(track("prompt:p", 0, 1), track("layer:a:visible", true, false));
    const at = (at_ms: number) => overlayAt(tracks, at_ms, NOBODY);
    expect([...differing(at(100), at(100))]).toEqual([]);
    expect([...differing(at(100), at(200))]).toEqual(["prompts"]);
    expect([...differing(at(999), at(1000))]).toEqual(["prompts", "layers"]);
  });
});
