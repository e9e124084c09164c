import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LaidOut } from "./laid-out";
import type { SharingNow } from "./rooms/sharing";
import type { Live, Sheet } from "./state";
import { Touches } from "./touches";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";
import type { Video } from "./video-mode";
import { decodeShot } from "./wire/codec";
import type { Problem, ShotMeta, WirePrompt } from "./wire/shots";

const SIDE = 16;
const SHOT: ShotMeta = {
  engine: "embedded",
  width: SIDE,
  height: SIDE,
  prompts: [
    ["a castle", 1],
    ["fog", -1],
    [" a river ", 0.5],
  ],
  references: [],
  seed: 7,
  seedTo: 0,
  seedMix: 0,
  steps: 2,
  strength: 0.5,
  parameters: { season: 1 },
  accept: "image/jpeg",
  quality: 80,
  base: "",
  mask: new Uint8Array(0),
  regions: [],
};
const PNG = new Blob(["a sketch"], { type: "image/png" });

const MASK = new Uint8Array([1, 2, 3]);

/** A page with a picture of the embedded engine, and nothing drawn. */
function open() {
  const touches = new Touches();
  const asked: { url: string; shot: ShotMeta }[] = [];
  let answer: () => Promise<Response> = async () => new Response(PNG);
  vi.stubGlobal("fetch", async (url: URL, { body }: { body: Uint8Array<ArrayBuffer> }) => {
    asked.push({ url: url.href, shot: decodeShot(body.buffer).shot });
    return answer();
  });
  const state = { shot: SHOT as ShotMeta | null, share: 0, busy: false, canEdit: true, filming: false };
  const sheet = new Store({ card: { lays_out: true } } as Sheet);
  const live = new Store({ hasPicture: true, held: false } as Live);
  const added: { name: string; width: number; height: number; mime: string; bytes: number }[] = [];
  const said: Problem[] = [];
  const laidOut = new LaidOut({
    root: "https://studio.example/",
    token: "",
    room: () => null,
    desk: new Store({ inviting: true } as Desk),
    sheet,
    live,
    sketch: {
      get busy() {
        return state.busy;
      },
      compose: (width, height) => {
        const data = new Uint8ClampedArray(4 * width * height);
        for (let i = 0; i < state.share * width * height; i++) data[4 * i + 3] = 255;
        return { width, height, data };
      },
    },
    layering: {
      addBeneath: (name, { data, ...rest }) => void added.push({ name, bytes: data.length, ...rest }),
    },
    touches,
    asking: {
      shot: () => state.shot,
      withMasks: async (shot) => ({
        ...shot,
        regions: shot.regions.map((region) => ({ ...region, mask: MASK })),
      }),
    },
    video: {
      get on() {
        return state.filming;
      },
      now: new Store({} as Video),
    },
    sharing: {
      get canEdit() {
        return state.canEdit;
      },
      now: new Store({} as SharingNow),
    },
    say: (problem) => void said.push(problem),
    whenIdle: (act) => act(),
  });
  touches.touch(null);
  const seen = () => laidOut.now.get().seen;
  const change = (patch: Partial<typeof state>) => {
    Object.assign(state, patch);
    touches.touch(null);
  };
  const answers = (next: () => Promise<Response>) => {
    answer = next;
  };
  return { laidOut, touches, state, sheet, live, asked, added, said, seen, change, answers };
}

beforeEach(() => {
  vi.stubGlobal("createImageBitmap", async () => ({ width: 1824, height: 1024, close: () => {} }));
});
afterEach(() => vi.unstubAllGlobals());

describe("where a place is laid out", () => {
  test("is bare paper, or beside what is drawn until that is half of the page", () => {
    const { seen, change } = open();
    expect(seen()).toBe("bare");
    change({ share: 0.01 });
    expect(seen()).toBe("beside");
    change({ share: 0.4 });
    expect(seen()).toBe("beside");
    change({ share: 0.6 });
    expect(seen()).toBe("nowhere");
    change({ share: 0 });
    expect(seen()).toBe("bare");
  });

  test("paper is not bare from the press on, and what is drawn counts when the hand rests", () => {
    const { seen, change } = open();
    change({ share: 0.6, busy: true });
    expect(seen()).toBe("beside");
    change({ busy: false });
    expect(seen()).toBe("nowhere");
  });

  test.each([
    ["a picture is kept outside of a mask", (page: Page) => page.change({ shot: { ...SHOT, base: "ab" } })],
    ["no engine is known", (page: Page) => page.change({ shot: null })],
    ["one looks on", (page: Page) => page.change({ canEdit: false })],
    ["a video plays", (page: Page) => page.change({ filming: true })],
    ["there is no render yet", (page: Page) => page.live.set({ hasPicture: false })],
    ["a kept picture is shown", (page: Page) => page.live.set({ held: true })],
    [
      "the engine lays nothing out",
      (page: Page) => {
        page.sheet.set({ card: { lays_out: false } as Sheet["card"] });
        page.touches.touch(null);
      },
    ],
  ])("is nowhere while %s", async (_, happens) => {
    const page = open();
    happens(page);
    expect(page.seen()).toBe("nowhere");
    await page.laidOut.sketch();
    expect(page.asked).toEqual([]);
  });
});

describe("its sketch", () => {
  test("is asked for by words and seed, and comes beneath what is drawn, named after the prompts", async () => {
    const { laidOut, asked, added, said } = open();
    const coming = laidOut.sketch();
    expect(laidOut.now.get().coming).toBe(true);
    await laidOut.sketch(); // a second press asks for nothing
    await coming;
    expect(asked).toMatchObject([
      { url: "https://studio.example/composition?sketch=1", shot: { seed: 7, parameters: {} } },
    ]);
    const picture = { mime: "image/png", bytes: PNG.size, width: 1824, height: 1024 };
    expect(added).toEqual([{ name: "a castle, a river", ...picture }]);
    expect([laidOut.now.get().coming, said]).toEqual([false, []]);
  });

  test("has what is said of regions, where they lie", async () => {
    const { laidOut, asked, change } = open();
    const castle = { references: [], strength: 1, feather: 0.1, mask: new Uint8Array(0) };
    change({ shot: { ...SHOT, regions: [{ ...castle, prompts: [["a castle", 1]] }] } });
    await laidOut.sketch();
    expect(asked.map(({ shot }) => shot.regions)).toEqual([
      [{ ...castle, prompts: [["a castle", 1]], mask: MASK }],
    ]);
  });

  test.each([[[]], [[["  ", 1]]], [[["fog", -1]]]] as [WirePrompt[]][])(
    "has a name of its own where %j asks for nothing",
    async (prompts) => {
      const { laidOut, added, change } = open();
      change({ shot: { ...SHOT, prompts } });
      await laidOut.sketch();
      expect(added.map(({ name }) => name)).toEqual(["Sketched place"]);
    },
  );

  test("is not put where one may not edit any longer", async () => {
    const { laidOut, added, state } = open();
    const coming = laidOut.sketch();
    state.canEdit = false;
    await coming;
    expect(added).toEqual([]);
  });

  test.each([
    ["the server is away", () => Promise.reject(new Error("network")), "the server did not sketch the place"],
    [
      "it refuses",
      async () => Response.json({ code: "asset.missing", message: "gone" }, { status: 400 }),
      "gone",
    ],
  ])("does not come where %s, which is said; then it can be asked for again", async (_, fails, message) => {
    const { laidOut, added, said, answers } = open();
    answers(fails);
    await laidOut.sketch();
    expect(said).toMatchObject([{ message }]);
    expect([added, laidOut.now.get().coming]).toEqual([[], false]);
    answers(async () => new Response(PNG));
    await laidOut.sketch();
    expect(added).toHaveLength(1);
  });

  test("does not come from an answer that is no picture", async () => {
    const { laidOut, added, said, answers } = open();
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("no picture")));
    answers(async () => new Response("<html>", { headers: { "content-type": "text/html" } }));
    await laidOut.sketch();
    expect(said).toMatchObject([{ code: "client.connection", value: "text/html" }]);
    expect(added).toEqual([]);
  });
});

type Page = ReturnType<typeof open>;
