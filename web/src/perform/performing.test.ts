import { describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "../doc/document";
import type { Sheet } from "../state";
import type { Offer } from "../timeline/targets";
import type { Value } from "../timeline/timeline";
import { Store } from "../ui/store";
import type { EngineCard } from "../wire/shots";
import type { Listening, Sound } from "./listening";
import { Performing } from "./performing";

const CARD = { id: "e", video_fps: 0, steps: [1, 8], tweaks: [], parameters: [] } as unknown as EngineCard;
const STRENGTH: Offer = {
  target: "param:strength",
  group: "Render",
  name: "Strength",
  kept: "Strength",
  value: 0.5,
  low: 0,
  high: 1,
  choices: [],
  tolerance: 0.01,
};

function open(mayEdit = true) {
  let ids = 0;
  const doc = new LightDocument({ newId: () => `${ids++}`, now_ms: () => 0 } as never, new Y.Doc());
  const frames: ((now_ms: number) => void)[] = [];
  const clock = { ms: 0 };
  const put: [string, Value, string][] = [];
  const said: string[] = [];
  const sound = new Store<{ sound: Sound }>({ sound: { name: "off", problem: null } });
  const performing = new Performing({
    doc,
    sheet: new Store({
      card: CARD,
      prompts: [],
      references: [],
      settings: null,
      morphAt: null,
    } as unknown as Sheet),
    listening: { now: sound, spectrum: () => null } as unknown as Listening,
    mayEdit: () => mayEdit,
    offers: () => [STRENGTH],
    param: (name) => doc.param(name),
    put: (...args) => put.push(args),
    act: (deed) => said.push(deed),
    blacken: (black) => said.push(black ? "black" : "bright"),
    changed: (layers) => said.push(layers ? "layers" : "rest"),
    streams: () => false,
    nextFrame: (act) => frames.push(act),
    now_ms: () => clock.ms,
  });
  doc.observe((parts) => performing.docChanged(parts));
  const frame = () => {
    for (const act of frames.splice(0)) act(clock.ms);
  };
  frame();
  return { doc, performing, put, said, frame, clock, frames };
}

describe("controls", () => {
  test("the first that moves is learned, and from then on turns it", () => {
    const { performing, put, frame } = open();
    performing.learn("param:strength");
    performing.control({ control: "cc:1:74", value: 0.2 });
    expect(performing.now.get().learning).toBeNull();
    expect(performing.now.get().bindings).toMatchObject([
      { knob: "param:strength", control: "cc:1:74", low: 0, high: 1, curve: "linear" },
    ]);
    frame();
    expect(put).toEqual([]);
    performing.control({ control: "cc:1:74", value: 0.25 });
    performing.control({ control: "cc:2:74", value: 1 });
    frame();
    expect(put).toEqual([["param:strength", 0.25, expect.any(String)]]);
  });

  test("of what came since the last frame the newest counts; a rest begins another step of undo", () => {
    const { performing, put, frame, clock } = open();
    performing.learn("param:strength");
    performing.control({ control: "cc:1:1", value: 0 });
    for (const value of [0.1, 0.2, 0.3]) performing.control({ control: "cc:1:1", value });
    frame();
    clock.ms = 100;
    performing.control({ control: "cc:1:1", value: 0.4 });
    frame();
    clock.ms = 5000;
    performing.control({ control: "cc:1:1", value: 0.5 });
    frame();
    expect(put.map(([, value]) => value)).toEqual([0.3, 0.4, 0.5]);
    const [first, second, third] = put.map(([, , gesture]) => gesture);
    expect(first).toBe(second);
    expect(third).not.toBe(second);
  });

  test("its ends can be turned round, and its curve bent", () => {
    const { performing, put, frame } = open();
    performing.learn("param:strength");
    performing.control({ control: "bend:1", value: 0.5 });
    const [binding] = performing.now.get().bindings;
    performing.changeBinding(binding?.id ?? "", { low: 1, high: 0, curve: "soft" });
    performing.control({ control: "bend:1", value: 0.5 });
    frame();
    expect(put[0]?.[1]).toBe(0.75);
  });

  test("a pad does its thing once for each press, and is not learned by being let go", () => {
    const { performing, said } = open();
    performing.learn("do:reroll");
    performing.control({ control: "note:1:36", value: 0 });
    expect(performing.now.get().learning).toBe("do:reroll");
    performing.control({ control: "note:1:36", value: 0.8 });
    for (const value of [0.8, 0.9, 0, 0.7]) performing.control({ control: "note:1:36", value });
    expect(said).toEqual(["reroll", "reroll"]);
  });

  test("a program names what it turns, within its reach; what is not there is nothing", () => {
    const { performing, put, said, frame } = open();
    performing.byName("param:strength", 0.3);
    performing.byName("param:p:gone:x", 0.3);
    performing.byName("nonsense", 1);
    performing.byName("do:blackout", 1);
    frame();
    expect(put).toEqual([["param:strength", 0.3, expect.any(String)]]);
    expect(said).toEqual(["black"]);
    expect(performing.now.get().black).toBe(true);
  });

  test("who may only look turns nothing and learns nothing", () => {
    const { performing, put, frame } = open(false);
    performing.learn("param:strength");
    performing.modulate("param:strength");
    performing.byName("param:strength", 1);
    frame();
    expect(put).toEqual([]);
    expect(performing.now.get()).toMatchObject({ learning: null, modulations: [] });
  });
});

describe("modulation", () => {
  test("is kept in the document, undone like the rest, and follows the beat", () => {
    const { performing, doc, said, frame, clock, frames } = open();
    performing.modulate("param:strength");
    const [made] = performing.now.get().modulations;
    performing.change(made?.id ?? "", { source: "beat", amount: 0.5 });
    expect(performing.now.get().modulations).toMatchObject([{ source: "beat", amount: 0.5 }]);
    performing.setBpm(120);
    frame();
    expect(said).toEqual(["rest"]);
    expect(performing.sources.beat).toBeCloseTo(1);
    clock.ms = 499;
    frame();
    expect(performing.sources.beat).toBeLessThan(0.1);
    performing.setBpm(null);
    frame();
    frame();
    expect(frames).toEqual([]);
    doc.undo();
    doc.undo();
    expect(performing.now.get().modulations).toEqual([]);
  });

  test("what is heard is told to meters until they end", () => {
    const { performing, frame } = open();
    const act = vi.fn();
    const end = performing.watch(act);
    performing.tap();
    frame();
    end();
    performing.tap();
    frame();
    expect(act).toHaveBeenCalledTimes(1);
  });
});
