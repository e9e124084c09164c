import { beforeEach, expect, test, vi } from "vitest";
import type { VideoLayer } from "../doc/layers";
import { Frames } from "./frames";
import { Players } from "./players";

/** Goes where it is told as soon as `arrive` is called. */
class Element {
  readonly HAVE_CURRENT_DATA = 2;
  paused = true;
  seeking = false;
  duration = 4;
  playbackRate = 1;
  loop = false;
  preload = "";
  src = "";
  readonly sought: number[] = [];
  onseeked: (() => void) | null = null;
  onloadeddata: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onended: (() => void) | null = null;
  private at_s = 0;
  get currentTime(): number {
    return this.at_s;
  }
  set currentTime(to_s: number) {
    this.at_s = to_s;
    this.seeking = true;
    this.sought.push(to_s);
  }
  arrive() {
    this.seeking = false;
    this.onseeked?.();
  }
  runTo(at_s: number) {
    this.at_s = at_s;
  }
  async play() {
    this.paused = false;
  }
  pause() {
    this.paused = true;
  }
  load() {}
  removeAttribute() {
    this.src = "";
  }
}

beforeEach(() => {
  vi.spyOn(Frames.prototype, "take").mockReturnValue(true);
  vi.stubGlobal("URL", { createObjectURL: () => "blob:1", revokeObjectURL: () => {} });
});

const VIDEO = {
  id: "v",
  kind: "video",
  clip: "c",
  seconds: 4,
  at_s: 1,
  loop: true,
  speed: 1,
  rate: 10,
} as VideoLayer;

async function start(first: Partial<VideoLayer> = {}, file: Blob | null = new Blob(["v"])) {
  let layer: VideoLayer | null = { ...VIDEO, ...first };
  const elements: Element[] = [];
  const stood: [string, number][] = [];
  const waits: (() => void)[] = [];
  const players = new Players({
    file: async () => file,
    player: () => {
      const element = new Element();
      elements.push(element);
      return element as unknown as HTMLVideoElement;
    },
    layer: () => layer,
    seen: () => true,
    changed: () => {},
    stood: (id, at_s) => stood.push([id, at_s]),
    after: (_, act) => {
      waits.push(act);
      return () => {};
    },
  });
  const read = (patch: Partial<VideoLayer> | null) => {
    layer = patch === null ? null : { ...VIDEO, ...first, ...patch };
    players.read(layer === null ? [] : [layer]);
  };
  read({});
  await new Promise((resolve) => setTimeout(resolve));
  const [element] = elements;
  element?.onloadeddata?.();
  const hide = () => {
    layer = null;
    players.read([{ ...VIDEO, ...first }]);
  };
  return { players, element, elements, stood, read, hide };
}

test("it stands where the document says, and goes where that says next", async () => {
  const { players, element, read } = await start();
  expect([players.state("v"), element?.sought]).toEqual(["paused", [1.001]]);
  element?.arrive();
  read({ at_s: 2 });
  expect(element?.sought).toEqual([1.001, 2.001]);
  element?.arrive();
  read({ at_s: 2, x: 5 });
  expect(element?.sought).toHaveLength(2);
});

test("of a recording that does not say how long it is, the end is looked for first", async () => {
  const { players, element, read } = await start();
  element?.arrive();
  if (element === undefined) throw new Error("no player");
  element.duration = Number.POSITIVE_INFINITY;
  element.onloadeddata?.();
  expect(element.sought.at(-1)).toBe(Number.MAX_SAFE_INTEGER);
  element.arrive();
  read({ at_s: 2 });
  element.arrive();
  expect([players.state("v"), element.sought.at(-1)]).toEqual(["paused", 2.001]);
});

test("while it searches, only the newest wish is remembered", async () => {
  const { element, read } = await start();
  for (const at_s of [1.5, 2, 2.5, 3]) read({ at_s });
  expect(element?.sought).toEqual([1.001]);
  element?.arrive();
  expect(element?.sought).toEqual([1.001, 3.001]);
});

test("it plays at its speed, and where it is paused is said to the document", async () => {
  const { players, element, stood } = await start({ speed: 2 });
  element?.arrive();
  players.play("v");
  expect([players.state("v"), element?.paused, element?.playbackRate, element?.loop]).toEqual([
    "playing",
    false,
    2,
    true,
  ]);
  element?.runTo(3.25);
  players.pause("v");
  expect([element?.paused, stood]).toEqual([true, [["v", 3.25]]]);
});

test("at its end it begins anew when it is played", async () => {
  const { players, element } = await start({ loop: false, at_s: 4 });
  element?.arrive();
  players.play("v");
  expect(element?.sought.at(-1)).toBe(0);
});

test("what is hidden does not go on", async () => {
  const { players, element, hide } = await start();
  players.play("v");
  hide();
  expect([players.state("v"), element?.paused]).toEqual(["paused", true]);
});

test("a timeline that stands puts it to the very time; one that plays lets it run, and corrects it when it is off", async () => {
  const { players, element } = await start();
  element?.arrive();
  players.follow({ at_ms: 500, playing: false, speed: 1 });
  expect([players.state("v"), element?.sought.at(-1)]).toEqual(["led", 1.501]);
  element?.arrive();
  players.follow({ at_ms: 520, playing: true, speed: 0.5 });
  expect([element?.paused, element?.playbackRate, element?.sought.at(-1)]).toEqual([false, 0.5, 1.501]);
  element?.runTo(1.9);
  players.follow({ at_ms: 600, playing: true, speed: 0.5 });
  expect(element?.sought.at(-1)).toBeCloseTo(1.601);
  element?.arrive();
  players.follow(null);
  expect([players.state("v"), element?.paused, element?.sought.at(-1)]).toEqual(["paused", true, 1.001]);
});

test("one that has come to its end does not begin anew while the timeline plays on", async () => {
  const { players, element } = await start({ loop: false });
  players.follow({ at_ms: 60_000, playing: true, speed: 1 });
  expect(element?.paused).toBe(true);
});

test("a file that is elsewhere, and one that cannot be played, are told from each other", async () => {
  const { players } = await start({}, null);
  expect(players.state("v")).toBe("away");
  const broken = await start();
  broken.element?.onerror?.();
  expect(broken.players.state("v")).toBe("broken");
});

test("a layer that is gone lets its file go", async () => {
  const { players, element, read } = await start();
  read(null);
  expect([players.state("v"), element?.src]).toEqual([null, ""]);
});
