import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { type DocumentPart, LightDocument } from "../doc/document";
import { BASE } from "../doc/layers";
import type { Sheet } from "../state";
import type { Desk } from "../ui/desk";
import { Store } from "../ui/store";
import type { EngineCard } from "../wire/shots";
import { toFile } from "./file";
import type { OverlayPart } from "./overlay";
import { paramTarget, promptTarget } from "./targets";
import { findTrack, valueAt } from "./timeline";
import { idleness, Timing } from "./timing";

const CARD = {
  id: "e",
  video_fps: 0,
  video_input: false,
  sizes: [[256, 256]],
  default_size: [256, 256],
  steps: [1, 4],
  default_steps: 2,
  references: 0,
  tweaks: [],
  parameters: [],
} as unknown as EngineCard;
const STRENGTH = paramTarget("strength");

function open(y = new Y.Doc(), author = "me") {
  let ids = 0;
  const doc = new LightDocument({ author, newId: () => `${author}${++ids}` }, y);
  const desk = new Store({ timelineOpen: true } as Desk);
  const sheet = new Store({
    card: CARD,
    prompts: [],
    references: [],
    settings: null,
    layers: [],
    layer: BASE,
    lookA: null,
    lookB: null,
    morphAt: null,
  } as unknown as Sheet);
  const frames: ((now_ms: number) => void)[] = [];
  let streams = false;
  let shots = 0;
  const seen: ReadonlySet<OverlayPart>[] = [];
  const show = () => {
    sheet.set({
      prompts: timing.prompts(doc.promptList()),
      layers: timing.layers(doc.layerList()),
      settings: {
        ...SETTINGS,
        strength: Number(timing.param("strength") ?? 0.5),
      } as unknown as Sheet["settings"],
    });
  };
  const timing: Timing = new Timing({
    doc,
    desk,
    sheet,
    changed: (parts) => {
      shots += 1;
      seen.push(parts);
      show();
    },
    streams: () => streams,
    middleOf: () => ({ x: 500, y: 500 }),
    save: () => {},
    nextFrame: (act) => frames.push(act),
  });
  doc.observe((parts: ReadonlySet<DocumentPart>) => {
    timing.docChanged(parts);
    show();
  });
  timing.cardCame();
  show();
  let now_ms = 0;
  return {
    doc,
    desk,
    sheet,
    timing,
    seen,
    shots: () => shots,
    stream: () => {
      streams = true;
    },
    /** So many milliseconds pass, in frames of 1/60 s. */
    pass: (ms: number, each: (at_ms: number) => void = () => {}) => {
      for (const end = now_ms + ms; now_ms < end; ) {
        now_ms += 1000 / 60;
        for (const act of frames.splice(0)) act(now_ms);
        each(timing.now.get().at_ms);
      }
    },
    strength: () => timing.param("strength"),
    slide: (value: number, gesture = "g") => doc.setParams({ strength: value }, gesture),
  };
}
const SETTINGS = { engine: "e", size: [256, 256], seed: 7, steps: 2, parameters: {}, tweaks: {} };

/** Strength from 0 at 0 s to 1 at 2 s. */
function ramp() {
  const page = open();
  page.slide(0);
  page.timing.setKey(STRENGTH);
  page.timing.seek(2000);
  page.slide(1);
  page.timing.setKey(STRENGTH);
  page.timing.setPace({ duration_ms: 4000 });
  page.timing.seek(0);
  return page;
}

describe("playing", () => {
  test("lays values over the document and writes nothing into it", () => {
    const page = ramp();
    const before = Y.encodeStateAsUpdate(page.doc.y);
    page.timing.play();
    page.pass(1000);
    expect(page.strength()).toBeCloseTo(0.5, 1);
    expect(page.doc.param("strength")).toBe(1);
    expect(Y.encodeStateAsUpdate(page.doc.y)).toEqual(before);
  });

  test("changes what is shown once a frame of its own, not once a frame of the screen", () => {
    const page = ramp();
    const before = page.shots();
    page.timing.play();
    page.pass(1000);
    expect(page.shots() - before).toBeLessThanOrEqual(25);
    expect(page.shots() - before).toBeGreaterThan(20);
  });

  test("asks a stream for no more than 16 changes a second", () => {
    const page = ramp();
    page.timing.setPace({ fps: 60 });
    page.stream();
    const before = page.shots();
    page.timing.play();
    page.pass(1000);
    expect(page.shots() - before).toBeLessThanOrEqual(17);
  });

  test("changes nothing where nothing moves", () => {
    const page = ramp();
    page.timing.seek(2500);
    const before = page.shots();
    page.timing.play();
    page.pass(1000);
    expect(page.shots()).toBe(before);
  });

  test("comes round, or ends and stands", () => {
    const page = ramp();
    page.timing.play();
    page.pass(4500);
    expect(page.timing.now.get().playing).toBe(true);
    expect(page.timing.now.get().at_ms).toBeLessThan(600);
    page.timing.setPace({ loop: false });
    page.pass(4500);
    expect(page.timing.now.get()).toMatchObject({ playing: false, at_ms: 4000 });
  });

  test("only its range", () => {
    const page = ramp();
    page.timing.setPace({ range_ms: [500, 1000] });
    page.timing.play();
    const times: number[] = [];
    page.pass(2000, (at_ms) => times.push(at_ms));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...times)).toBeLessThanOrEqual(1000);
  });

  test("ends with the panel, and the document is as it was", () => {
    const page = ramp();
    page.timing.play();
    page.pass(1000);
    page.desk.set({ timelineOpen: false });
    expect(page.timing.now.get().playing).toBe(false);
    expect(page.strength()).toBe(1);
  });
});

describe("a hand", () => {
  test("wins until the loop comes round", () => {
    const page = ramp();
    page.timing.play();
    page.pass(500);
    page.slide(0.77, "other");
    page.pass(1000);
    expect(page.strength()).toBe(0.77);
    page.pass(3000);
    expect(page.timing.now.get().at_ms).toBeLessThan(1000);
    expect(page.strength()).not.toBe(0.77);
  });

  test("wins until the playhead is put elsewhere", () => {
    const page = ramp();
    page.slide(0.77, "other");
    expect(page.strength()).toBe(0.77);
    page.timing.step(1);
    expect(page.strength()).toBeLessThan(0.1);
  });

  test("that sets a keyframe keeps what it did", () => {
    const page = ramp();
    page.slide(0.77, "other");
    page.timing.setKey(STRENGTH);
    page.timing.seek(1000);
    page.timing.seek(0);
    expect(page.strength()).toBe(0.77);
  });

  test("that moves a layer which the timeline turns leaves the turning alone", () => {
    const page = open();
    const { doc, timing, sheet } = page;
    timing.setKey("layer:base:rotation");
    timing.seek(2000);
    doc.changeLayer(BASE, { rotation: 90 }, "");
    timing.setKey("layer:base:rotation");
    timing.seek(1000);
    const [layer] = sheet.get().layers;
    if (layer === undefined) throw new Error("no layer");
    expect(layer.rotation).toBe(45);
    doc.changeLayer(BASE, timing.meant(layer, { x: 5, y: 6, scaleX: 1, scaleY: 1, rotation: 45 }), "");
    expect(doc.layerList()[0]).toMatchObject({ x: 5, y: 6, rotation: 90 });
    expect(sheet.get().layers[0]).toMatchObject({ x: 5, y: 6, rotation: 45 });
  });
});

describe("recording", () => {
  const perform = () => {
    const page = open();
    page.slide(0.2, "before");
    page.timing.setPace({ duration_ms: 2000 });
    page.timing.record();
    page.pass(500);
    page.pass(500, (at_ms) => page.slide(0.2 + (at_ms - 500) / 1000, "pull"));
    return page;
  };

  test("makes keyframes of what hands do, in one pass", () => {
    const page = perform();
    expect(page.timing.now.get().recording).toBe(true);
    page.pass(1100);
    expect(page.timing.now.get()).toMatchObject({ recording: false, playing: true });
    const keys = findTrack(page.timing.timeline, STRENGTH)?.keys ?? [];
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.length).toBeLessThan(8);
    expect(valueAt(keys, 250)).toBeCloseTo(0.2, 2);
    expect(Number(valueAt(keys, 750))).toBeGreaterThan(0.35);
    expect(Number(valueAt(keys, 750))).toBeLessThan(0.55);
  });

  test("is one step of undo, the moves and their keyframes together", () => {
    const page = perform();
    page.timing.record();
    expect(page.timing.now.get()).toMatchObject({ recording: false, playing: false });
    expect(findTrack(page.timing.timeline, STRENGTH)).not.toBeNull();
    page.doc.undo();
    expect(findTrack(page.timing.timeline, STRENGTH)).toBeNull();
    expect(page.doc.param("strength")).toBe(0.2);
    page.doc.redo();
    expect(findTrack(page.timing.timeline, STRENGTH)).not.toBeNull();
  });

  test("of nothing leaves no step", () => {
    const page = open();
    page.slide(0.2);
    page.timing.record();
    page.pass(300);
    page.timing.record();
    page.doc.undo();
    expect(page.doc.param("strength")).toBeUndefined();
  });
});

describe("keyframes in the document", () => {
  test("are undone one edit at a time, a drag at once", () => {
    const { timing, doc } = ramp();
    const from = timing.timeline;
    const id = { target: STRENGTH, at_ms: 2000 };
    timing.select([id]);
    for (const by of [100, 300, 500, -2000]) timing.move(from, [id], by, "drag");
    // What the drag went over is there again when it goes on.
    for (const by of [-1000, 1000]) timing.move(from, [id], by, "drag");
    expect(findTrack(timing.timeline, STRENGTH)?.keys.map(({ at_ms }) => at_ms)).toEqual([0, 3000]);
    doc.undo();
    expect(findTrack(timing.timeline, STRENGTH)?.keys).toEqual(findTrack(from, STRENGTH)?.keys);
  });

  test("of two people at the same time are both kept", () => {
    const [a, b] = [open(new Y.Doc(), "a"), open(new Y.Doc(), "b")];
    a.slide(0.1);
    Y.applyUpdate(b.doc.y, Y.encodeStateAsUpdate(a.doc.y));
    a.timing.setKey(STRENGTH);
    b.timing.seek(1000);
    b.timing.setKey(STRENGTH);
    Y.applyUpdate(b.doc.y, Y.encodeStateAsUpdate(a.doc.y));
    Y.applyUpdate(a.doc.y, Y.encodeStateAsUpdate(b.doc.y));
    for (const { timing } of [a, b])
      expect(findTrack(timing.timeline, STRENGTH)?.keys.map(({ at_ms }) => at_ms)).toEqual([0, 1000]);
  });

  test("come back when the document goes back to a moment", () => {
    const { doc, timing } = ramp();
    const then = doc.content();
    timing.removeTrack(STRENGTH);
    doc.restore(then, () => {});
    expect(findTrack(timing.timeline, STRENGTH)?.keys).toHaveLength(2);
  });

  test("of what is gone are left out, and said", () => {
    const { doc, timing } = open();
    doc.setPrompts(() => [{ id: "p", text: "mist", weight: 1, on: true }], "");
    timing.setKey(promptTarget("p"));
    const here = () => new Set(timing.offers().map(({ target }) => target));
    expect(idleness(promptTarget("p"), here())).toBeNull();
    doc.setPrompts(() => [], "");
    expect(idleness(promptTarget("p"), here())).toBe("gone");
    expect(findTrack(timing.timeline, promptTarget("p"))?.name).toBe("mist");
    expect(idleness(paramTarget("p:other:glow"), here())).toBe("unused");
  });
});

describe("a path", () => {
  const drawn = Array.from({ length: 50 }, (_, i) => ({ x: 100 + 10 * i, y: 300, at_ms: 40_000 + 20 * i }));

  test("moves the layer in hand from where the playhead is, as long as it was drawn", () => {
    const { timing, sheet } = open();
    timing.seek(1000);
    timing.beginPath();
    expect(timing.now.get().drawing).toBe(true);
    timing.drawPath(drawn);
    expect(timing.now.get().drawing).toBe(false);
    expect(findTrack(timing.timeline, "layer:base:motion")?.keys.map(({ at_ms }) => at_ms)).toEqual([
      1000, 2000,
    ]);
    expect(sheet.get().layers[0]).toMatchObject({ x: 100 - 500, y: 300 - 500 });
    timing.seek(1500);
    expect(sheet.get().layers[0]?.x).toBeCloseTo(345 - 500, -1);
  });

  test("is one step of undo, and so is each change of it", () => {
    const { timing, doc } = open();
    timing.drawPath(drawn);
    timing.changePath("layer:base:motion", { orient: true });
    doc.undo();
    expect(findTrack(timing.timeline, "layer:base:motion")?.motion?.orient).toBe(false);
    doc.undo();
    expect(timing.timeline.tracks).toEqual([]);
  });

  test("that was only a click is none", () => {
    const { timing, doc } = open();
    timing.drawPath(drawn.slice(0, 1));
    expect(timing.timeline.tracks).toEqual([]);
    expect(doc.canUndo).toBe(false);
  });
});

describe("a file", () => {
  test("takes the timeline's place, in one step of undo", async () => {
    const { timing, doc } = ramp();
    const file = new Blob([toFile({ ...timing.timeline, fps: 12, tracks: [] })]);
    await timing.importFile(file);
    expect(timing.timeline).toMatchObject({ fps: 12, tracks: [] });
    doc.undo();
    expect(timing.timeline.fps).toBe(24);
    expect(timing.timeline.tracks).toHaveLength(1);
  });

  test("that is none changes nothing and says why", async () => {
    const { timing } = ramp();
    await timing.importFile(new Blob(["{}"]));
    expect(timing.now.get().problem?.code).toBe("timeline.format");
    await timing.importFile(new Blob([new Uint8Array(5 * 2 ** 20)]));
    expect(timing.now.get().problem?.message).toContain("larger");
    expect(timing.timeline.tracks).toHaveLength(1);
  });
});
