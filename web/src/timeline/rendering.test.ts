import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { EngineCard, ShotMeta } from "../wire/shots";
import { type FromRender, Rendering, type RenderWorker, type ToRender } from "./rendering";
import { momentAt, type Scene } from "./scene";
import { EMPTY, type Keyframe, type Timeline, type Value } from "./timeline";

const CARD = {
  id: "e",
  name: "E",
  video_fps: 0,
  sizes: [[64, 64]],
  default_size: [64, 64],
  steps: [1, 4],
  default_steps: 2,
  references: 0,
  masks: false,
  tweaks: [{ name: "season", label: "Season", default: 0, low: -1, high: 1, choices: [], help: "" }],
  parameters: [],
} as unknown as EngineCard;

const key = (at_ms: number, value: Value, easing: Keyframe["easing"] = "linear"): Keyframe => ({
  at_ms,
  value,
  easing,
});
const track = (target: string, ...keys: Keyframe[]) => ({ target, name: target, motion: null, keys });
const timeline: Timeline = {
  ...EMPTY,
  duration_ms: 1000,
  range_ms: [0, 1000],
  fps: 5,
  tracks: [
    track("param:strength", key(0, 0), key(1000, 1)),
    track("prompt:p", key(0, 2), key(400, 1, "hold"), key(600, -1)),
    track("seed", key(0, 7), key(1000, 9)),
    track("param:p:e:season", key(0, -1), key(1000, 1)),
    track("layer:base:position", key(0, [0, 0]), key(1000, [100, 0])),
  ],
};
const scene = (patch: Partial<Scene> = {}): Scene => ({
  timeline,
  card: CARD,
  params: new Map(),
  prompts: [{ id: "p", text: "mist", weight: 1, on: true }],
  references: [],
  lookA: null,
  lookB: null,
  layers: [
    {
      id: "base",
      kind: "paint",
      name: "Sketch",
      order: "V",
      visible: true,
      locked: false,
      opacity: 1,
      blend: "normal",
      x: 0,
      y: 0,
      scaleX: 1,
      scaleY: 1,
      rotation: 0,
    },
  ],
  marks: new Map(),
  masked: null,
  usable: () => true,
  ...patch,
});

describe("a moment of the timeline", () => {
  test("is the shot of its time: strength, prompts, seeds, tweaks and layers", () => {
    const { shot, layers } = momentAt(scene(), 500);
    expect(shot).toMatchObject({
      engine: "e",
      width: 64,
      height: 64,
      strength: 0.5,
      prompts: [["mist", 1]],
      seed: 7,
      seedTo: 9,
      seedMix: 0.5,
      accept: "image/png",
    });
    expect(momentAt(scene(), 750).shot.parameters).toEqual({ season: 0.5 });
    expect(layers[0]).toMatchObject({ x: 50, y: 0 });
    expect(momentAt(scene(), 600).shot.prompts).toEqual([["mist", -1]]);
  });

  test("is what the document says where the timeline says nothing", () => {
    const bare = scene({ timeline: EMPTY, params: new Map([["seed", 3]]) });
    expect(momentAt(bare, 500).shot).toMatchObject({
      seed: 3,
      seedTo: 0,
      seedMix: 0,
      prompts: [["mist", 1]],
    });
  });

  test("says of a masked part what that part is to be", () => {
    const { shot } = momentAt(scene({ masked: { base: "b".repeat(64), prompt: "snow" } }), 0);
    expect(shot).toMatchObject({ base: "b".repeat(64), prompts: [["snow", 1]] });
  });

  test("lies on the way between two looks where the morph is driven", () => {
    const look = (text: string, seed: number) => ({
      prompts: [[text, 1]] as const,
      references: [],
      seed,
      tweaks: {},
      thumbnail: "",
    });
    const morphs = scene({
      lookA: look("day", 1),
      lookB: look("night", 2),
      timeline: { ...EMPTY, tracks: [track("morph", key(0, 0), key(1000, 1))] },
    });
    expect(momentAt(morphs, 250).shot).toMatchObject({
      prompts: [
        ["day", 0.75],
        ["night", 0.25],
      ],
      seed: 1,
      seedTo: 2,
      seedMix: 0.25,
    });
  });
});

/** A film of what it was told, which answers when it likes. */
class FakeWorker implements RenderWorker {
  onmessage: ((event: MessageEvent<FromRender>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  readonly told: ToRender[] = [];
  terminated = false;

  postMessage(message: ToRender): void {
    this.told.push(message);
    queueMicrotask(() => {
      const data: FromRender =
        message.type === "end"
          ? { type: "done", file: new Blob(["film"]), extension: "mp4" }
          : { type: "taken" };
      if (!this.terminated) this.onmessage?.({ data } as MessageEvent<FromRender>);
    });
  }
  terminate(): void {
    this.terminated = true;
  }
}

interface Picture {
  readonly strength: number;
  close(): void;
}

function open(ask: (shot: ShotMeta, call: number) => Promise<void> = async () => {}) {
  const asked: ShotMeta[] = [];
  const saved: string[] = [];
  const composed: number[] = [];
  const worker = new FakeWorker();
  let now: Scene | null = scene();
  const rendering = new Rendering({
    scene: () => now,
    stage: () => ({
      ready: async () => {},
      turn: async () => {},
      compose: ({ layers, shot: { width, height } }) => {
        composed.push(layers[0]?.x ?? -1);
        const data = new Uint8ClampedArray(width * height * 4);
        data[0] = Math.round(layers[0]?.x ?? 0);
        return { pixels: { width, height, data }, regions: [], said: [] };
      },
      close: () => {},
    }),
    worker: () => worker,
    ask: async (shot) => {
      asked.push(shot);
      await ask(shot, asked.length);
      return { strength: shot.strength, close: () => {} } as unknown as ImageBitmap;
    },
    save: (_file, extension) => saved.push(extension),
    after: (_delay_ms, act) => {
      queueMicrotask(act);
      return () => {};
    },
  });
  return {
    rendering,
    worker,
    asked,
    saved,
    composed,
    without: () => {
      now = null;
    },
    replace: (next: Scene) => {
      now = next;
    },
    frames: () =>
      worker.told.flatMap((message) =>
        message.type === "frame" ? [(message.picture as unknown as Picture).strength] : [],
      ),
  };
}

describe("rendering the timeline", () => {
  beforeEach(() => {
    vi.stubGlobal("createImageBitmap", async (picture: unknown) => picture);
  });
  afterEach(() => vi.unstubAllGlobals());

  test("asks for every frame in turn and films each at its place", async () => {
    const page = open();
    await page.rendering.make(false, "video");
    expect(page.asked.map(({ strength }) => strength)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    expect(page.frames()).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    expect(page.composed).toEqual([0, 20, 40, 60, 80]);
    expect(page.saved).toEqual(["mp4"]);
    expect(page.rendering.now.get()).toEqual({ frames: null, problem: null });
  });

  test("waits for a slow engine: no frame is asked for before the one before it is there", async () => {
    let under = 0;
    let most = 0;
    const page = open(async () => {
      under += 1;
      most = Math.max(most, under);
      for (let i = 0; i < 50; i++) await Promise.resolve();
      under -= 1;
    });
    await page.rendering.make(false, "video");
    expect(most).toBe(1);
    expect(page.frames()).toHaveLength(5);
  });

  test("asks once for frames that are equal", async () => {
    const page = open();
    page.replace(
      scene({
        timeline: {
          ...timeline,
          tracks: [track("param:strength", key(0, 0.5), key(600, 0.5, "hold"), key(800, 1))],
        },
      }),
    );
    await page.rendering.make(false, "gif");
    expect(page.asked).toHaveLength(2);
    expect(page.frames()).toEqual([0.5, 0.5, 0.5, 0.5, 1]);
  });

  test("asks again while the server is away, and gives up on what does not mend itself", async () => {
    const away = open(async (_shot, call) => {
      if (call === 2 || call === 3) throw { code: "fleet.no_worker", message: "", value: "", fix: "" };
    });
    await away.rendering.make(false, "video");
    expect(away.frames()).toEqual([0, 0.2, 0.4, 0.6, 0.8]);

    const wrong = open(async () => {
      throw { code: "shot.prompt", message: "no", value: "", fix: "" };
    });
    await wrong.rendering.make(false, "video");
    expect(wrong.rendering.now.get()).toMatchObject({ frames: null, problem: { code: "shot.prompt" } });
    expect(wrong.worker.terminated).toBe(true);
    expect(wrong.saved).toEqual([]);
  });

  test("can be called off", async () => {
    const page = open(async (_shot, call) => {
      if (call === 3) page.rendering.stop();
    });
    await page.rendering.make(false, "video");
    expect(page.asked).toHaveLength(3);
    expect(page.saved).toEqual([]);
    expect(page.rendering.on).toBe(false);
    expect(page.worker.terminated).toBe(true);
  });

  test("says when there is nothing to render", async () => {
    const page = open();
    page.without();
    await page.rendering.make(false, "video");
    expect(page.rendering.now.get().problem?.code).toBe("client.recording");
  });

  test("puts the sketch beside the render where that is asked for", async () => {
    const page = open();
    await page.rendering.make(true, "video");
    const begin = page.worker.told[0];
    expect(begin).toMatchObject({ type: "begin", film: { both: true, width: 64, height: 64, fps: 5 } });
    const sketches = page.worker.told.flatMap((m) => (m.type === "frame" ? [m.sketch?.data[0]] : []));
    expect(sketches).toEqual([0, 20, 40, 60, 80]);
  });
});
