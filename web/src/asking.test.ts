import { expect, test } from "vitest";
import { Asking, type AskingWorld } from "./asking";
import type { Cover } from "./canvas/render";
import { still } from "./doc/morph";
import { Numbers } from "./live/numbers";
import { freshLive, type Live, type Sheet } from "./state";
import { Touches } from "./touches";
import { Store } from "./ui/store";
import type { ShotJob } from "./wire/channel";
import type { ShotMeta, Status } from "./wire/shots";

const KEPT = { name: "kept" };
const COVER = {} as Cover;

/** held: what the mask holds while the key is that of the look at the beginning. */
function start() {
  const frames: (() => void)[] = [];
  const sent: ShotJob[] = [];
  const said: string[] = [];
  const touches = new Touches();
  const sheet = new Store({
    settings: { engine: "e", size: [2, 1], steps: 1, strength: 1, parameters: {} },
    card: { tweaks: [], masks: true, regions: 0 },
    layers: [],
    look: "first",
    maskPrompt: "",
  } as unknown as Sheet);
  const live = new Store<Live>(freshLive());
  const video = { on: false, touch: (at_ms: number | null) => said.push(`video ${at_ms}`) };
  const world = {
    base: null as string | null,
    keptFor: null as string | null,
    decoded: true,
    ready: null as { width: number; height: number } | null,
  };
  const masking = {
    base: () => world.base,
    cover: (base: string) => (base === "lost" ? null : COVER),
    held: (key: () => string) => (world.keptFor !== key() ? null : world.decoded ? KEPT : "loading"),
  };
  const asking = new Asking({
    sheet,
    performing: { sheet: () => sheet.get() },
    live,
    video,
    masking,
    touches,
    render: { hold: ({ name }: typeof KEPT) => said.push(`held ${name}`) },
    sketch: {
      busy: false,
      compose: (width: number, height: number) => ({ width, height, data: new Uint8ClampedArray(8) }),
    },
    maskLayer: { compose: () => ({ width: 2, height: 1, data: new Uint8ClampedArray(8) }) },
    looks: { now: () => still({ prompts: [["a hill", 1]], references: [], seed: 1, tweaks: {} }) },
    assets: { usable: () => true },
    home: {
      send: (job: ShotJob) => sent.push(job),
      export: async (job: ShotJob) => sent.push(job),
    },
    numbers: new Numbers(),
    preparing: { sizeFor: ({ width, height }: ShotMeta) => world.ready ?? { width, height } },
    afterFrame: (act: () => void) => frames.push(act),
  } as unknown as AskingWorld);
  const touch = () => {
    touches.touch(5);
    paint();
  };
  const again = () => {
    touches.again();
    paint();
  };
  const paint = () => {
    for (const act of frames.splice(0)) act();
  };
  return { asking, sent, said, sheet, live, video, world, touch, again };
}

test("what changed nothing is not asked for twice, unless its picture is not what is shown", () => {
  const { sent, touch, again } = start();
  touch();
  touch();
  expect(sent.length).toBe(1);
  again();
  expect(sent.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("while a picture is kept it is shown and nothing is asked for; after that the same shot is", () => {
  const { asking, sent, said, sheet, live, world, touch } = start();
  touch();
  world.keptFor = asking.key();
  touch();
  expect([said, live.get().held, sent.length]).toEqual([["held kept"], true, 1]);
  sheet.set({ look: "other" });
  touch();
  expect([live.get().held, sent.length]).toEqual([false, 2]);
  sheet.set({ look: "first" });
  touch();
  expect([said.length, live.get().held, sent.length]).toEqual([2, true, 2]);
});

test("a kept picture that is not decoded yet is waited for", () => {
  const { asking, sent, said, live, world, touch } = start();
  world.keptFor = asking.key();
  world.decoded = false;
  touch();
  expect([sent, said, live.get().held]).toEqual([[], [], false]);
});

test("a video follows instead, and for a room another member asks", () => {
  const { sent, said, live, video, touch } = start();
  video.on = true;
  touch();
  expect([said, sent]).toEqual([["video 5"], []]);
  video.on = false;
  live.set({ status: { follows: true } as unknown as Status });
  touch();
  expect(sent).toEqual([]);
});

test("a mask has its base, its pixels and its own words; its cover is told once", () => {
  const { asking, sent, sheet, world, touch } = start();
  world.base = "b";
  touch();
  sheet.set({ maskPrompt: " a boat " });
  touch();
  expect(sent.map(({ shot }) => [shot.base, shot.prompts])).toEqual([
    ["b", [["a hill", 1]]],
    ["b", [["a boat", 1]]],
  ]);
  expect(sent[0]?.mask).not.toBeNull();
  expect([asking.coverOf(2), asking.coverOf(1), asking.coverOf(2)]).toEqual([COVER, null, null]);
});

test("a file of the shot has a number of its own", async () => {
  const { asking, sent, touch } = start();
  touch();
  const shot = asking.shot();
  if (shot === null) throw new Error("no shot");
  await asking.export(shot);
  expect(sent.map(({ seq, mask }) => [seq, mask])).toEqual([
    [1, null],
    [2, null],
  ]);
});

test("while another size is prepared for, shots go on in the one before", () => {
  const { asking, sent, world, touch, again } = start();
  world.ready = { width: 4, height: 4 };
  touch();
  world.ready = null;
  again();
  expect(sent.map(({ shot, pixels }) => [shot.width, shot.height, pixels.width])).toEqual([
    [4, 4, 4],
    [2, 1, 2],
  ]);
  expect(asking.shot()).toMatchObject({ width: 2, height: 1 });
});

test("at rest a larger size is asked for in two steps at least, and the shot stays what it was", () => {
  const { asking, sent, touch } = start();
  touch();
  expect(asking.askAt([4, 2])).toBe(2);
  expect(sent.map(({ shot }) => [shot.width, shot.height, shot.steps])).toEqual([
    [2, 1, 1],
    [4, 2, 2],
  ]);
  touch();
  expect(sent).toHaveLength(2);
});
