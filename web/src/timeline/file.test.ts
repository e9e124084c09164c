import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { adopted, FileProblem, FORMAT, fromFile, replaced, toFile } from "./file";
import { readTimeline } from "./stored";
import type { Offer } from "./targets";
import { EMPTY, type Timeline } from "./timeline";

const timeline: Timeline = {
  ...EMPTY,
  duration_ms: 4000,
  fps: 30,
  loop: false,
  range_ms: [500, 3500],
  speed: 0.5,
  tracks: [
    {
      target: "prompt:abc",
      name: "mist",
      motion: null,
      keys: [
        { at_ms: 0, value: 0, easing: "ease-in-out" },
        { at_ms: 1033, value: -1.5, easing: [0.1, 0.2, 0.3, 1.4] },
      ],
    },
    {
      target: "layer:base:motion",
      name: "Sketch: path",
      motion: {
        points: [
          { x: 1, y: 2, at: 0 },
          { x: 3.5, y: 4, at: 1 },
        ],
        anchor: [512, 500],
        pace: "even",
        orient: true,
      },
      keys: [{ at_ms: 0, value: 0, easing: "hold" }],
    },
  ],
};

const offer = (target: string, name: string): Offer => ({
  target,
  name,
  kept: name,
  group: "Prompts",
  value: 1,
  low: -2,
  high: 2,
  choices: [],
  tolerance: 0.04,
});

/** The file with one value replaced; path: "tracks.0.keys.0.at_s". */
function spoiled(path: string, value: unknown): string {
  const file = JSON.parse(toFile(timeline));
  const names = path.split(".");
  const last = names.pop() ?? "";
  const at = names.reduce((place, name) => place[name], file);
  at[last] = value;
  return JSON.stringify(file);
}

function problemOf(text: string): FileProblem {
  try {
    fromFile(text);
  } catch (error) {
    if (error instanceof FileProblem) return error;
    throw error;
  }
  throw new Error("it was read");
}

describe("a file", () => {
  test("says all of the timeline", () => {
    expect(fromFile(toFile(timeline))).toEqual(timeline);
  });

  test("may leave out what has a default", () => {
    const short = { format: FORMAT, version: 1, duration_s: 2, fps: 12, tracks: [] };
    expect(fromFile(JSON.stringify(short))).toEqual({
      ...EMPTY,
      duration_ms: 2000,
      range_ms: [0, 2000],
      fps: 12,
    });
  });

  test.each([
    ["{", "not JSON"],
    ["[]", "the file has to be an object"],
    ['{"format":"lightbrush.timeline"}', 'format is "lightbrush.keyframes"'],
  ])("%s is refused", (text, why) => {
    expect(problemOf(text).message).toContain(why);
  });

  test("of another version is refused as such", () => {
    expect(problemOf(spoiled("version", 2))).toMatchObject({ code: "timeline.format", value: "2" });
  });

  test.each([
    ["duration_s", 0, "duration_s"],
    ["duration_s", "8", "duration_s"],
    ["fps", 23.976, "fps"],
    ["speed", 100, "speed"],
    ["loop", 1, "loop"],
    ["range_s", [3, 1], "range_s"],
    ["range_s", [0, 99], "range_s[1]"],
    ["tracks", {}, "tracks"],
    ["tracks.0", null, "tracks[0]"],
    ["tracks.0.target", "prompt", "tracks[0].target"],
    ["tracks.0.target", "param:engine", "tracks[0].target"],
    ["tracks.1.target", "layer:base:opacity", "tracks[1].path"],
    ["tracks.1.path", { points: [] }, "tracks[1].path"],
    [
      "tracks.1.path.points",
      [
        [0, 0, 1],
        [1, 1, 0],
      ],
      "tracks[1].path",
    ],
    ["tracks.0.keys", [], "tracks[0].keys"],
    ["tracks.0.keys.1.at_s", 0, "tracks[0].keys[1].at_s"],
    ["tracks.0.keys.0.at_s", -1, "tracks[0].keys[0].at_s"],
    ["tracks.0.keys.0.value", "much", "tracks[0].keys[0].value"],
    ["tracks.0.keys.0.easing", "bounce", "tracks[0].keys[0].easing"],
  ])("with %s = %j names the place", (path, value, place) => {
    const problem = problemOf(spoiled(path, value));
    expect(problem.code).toBe("timeline.value");
    expect(problem.message).toContain(place);
    expect(problem.problem.fix).not.toBe("");
  });

  test("with one target twice is refused", () => {
    const file = JSON.parse(toFile(timeline));
    file.tracks.push(file.tracks[0]);
    expect(problemOf(JSON.stringify(file)).message).toContain("tracks[2].target");
  });
});

test("the file that docs/timeline.md shows is one", () => {
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(readFileSync("../docs/timeline.md", "utf8")) ?? [];
  expect(fromFile(example).tracks.map(({ target }) => target)).toEqual([
    "param:strength",
    "layer:base:motion",
  ]);
});

describe("a file in another document", () => {
  test("finds prompts and layers by their names", () => {
    const here = [offer("prompt:xyz", "mist"), offer("layer:q:position", "Sketch: position")];
    expect(adopted(timeline, here).tracks.map(({ target }) => target)).toEqual([
      "prompt:xyz",
      "layer:q:motion",
    ]);
  });

  test("leaves what is not here as it is", () => {
    expect(adopted(timeline, [offer("prompt:xyz", "fog")])).toEqual(timeline);
  });

  test("takes the place of the timeline that was there", () => {
    const changes = replaced(
      [
        ["key:9:seed", "[1]"],
        ["pace:fps", "12"],
      ],
      timeline,
    );
    expect(changes["key:9:seed"]).toBeNull();
    const entries = Object.entries(changes).filter(([, text]) => text !== null);
    // The panel lists prompts, the render, layers.
    expect(readTimeline(entries)).toEqual(timeline);
  });
});
