import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Home, type HomeWorld } from "./home";
import type { FromLocal } from "./local/channel";
import type { RenderWorker } from "./local/engine";
import { freshLive, type Live, type Sheet } from "./state";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";
import type { Pixels, ShotJob } from "./wire/channel";

beforeEach(() => {
  for (const name of ["Worker", "OffscreenCanvas"]) vi.stubGlobal(name, class {});
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function start() {
  const said: string[] = [];
  const workers: (RenderWorker & { ended: boolean })[] = [];
  const desk = new Store({ inBrowser: true } as Desk);
  const sheet = new Store({ card: null } as Sheet);
  const live = new Store<Live>(freshLive());
  const sharing = { shared: false, now: new Store({ state: "alone" }) };
  const recordings = { on: false, now: new Store({ state: "idle" }) };
  const video = { on: false };
  const home = new Home({
    desk,
    sheet,
    live,
    sharing,
    recordings,
    video,
    connection: { send: () => said.push("server") },
    readings: { forget: () => said.push("forget") },
    touches: { again: () => said.push("again") },
    assets: { get: async () => null },
    engine: {
      root: "",
      token: "",
      receive: () => {},
      worker: () => {
        const worker = {
          ended: false,
          onmessage: null,
          onerror: null,
          postMessage: ({ type }: { type: string }) => {
            if (type === "render") said.push("browser");
          },
          terminate: () => {
            worker.ended = true;
          },
        };
        workers.push(worker);
        return worker;
      },
    },
  } as unknown as HomeWorld);
  const offer = () => sheet.set({ card: { browser: true } } as Partial<Sheet>);
  const say = (data: FromLocal) => workers.at(-1)?.onmessage?.({ data });
  const ready = () => {
    offer();
    say({ type: "state", state: { name: "ready", device: "wasm", picture_ms: null } });
  };
  const send = async (regions: readonly Pixels[] = []) => {
    const pixels = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
    const shot = { base: "", regions: regions.map(() => ({ strength: 1 })) };
    home.send({ seq: 1, shot, pixels, mask: null, regions } as unknown as ShotJob);
    await Promise.resolve();
    return said.pop();
  };
  return { home, said, workers, desk, live, sharing, recordings, video, offer, say, ready, send };
}

test("an engine is started in this browser when it is wanted and the card has one", () => {
  const { workers, desk, offer } = start();
  expect(workers.length).toBe(0);
  offer();
  expect(workers.length).toBe(1);
  desk.set({ inBrowser: false });
  expect(workers[0]?.ended).toBe(true);
});

test("the server renders until it is ready; then the shot is asked for once more", async () => {
  const { home, said, offer, ready, send } = start();
  offer();
  expect([home.ready, await send()]).toEqual([false, "server"]);
  ready();
  expect(said).toEqual(["forget", "again"]);
  expect([home.ready, await send()]).toEqual([true, "browser"]);
});

test("a shot of regions is the server's, and the next one without is this browser's again", async () => {
  const { ready, send } = start();
  ready();
  const region = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  expect([await send([region]), await send()]).toEqual(["server", "browser"]);
});

test.each(["sharing", "recordings"] as const)(
  "in a room, and while it is recorded, the server renders: %s",
  async (which) => {
    const { sharing, recordings, workers, ready, send } = start();
    ready();
    if (which === "sharing") {
      sharing.shared = true;
      sharing.now.set({ state: "joining" });
    } else {
      recordings.on = true;
      recordings.now.set({ state: "recording" });
    }
    expect(workers[0]?.ended).toBe(true);
    expect(await send()).toBe("server");
  },
);

test("an engine that fails says so, and the server renders", async () => {
  const { said, desk, live, ready, say, send } = start();
  ready();
  const problem = { code: "client.engine", message: "it stopped", value: "", fix: "Try again." };
  say({ type: "state", state: { name: "failed", problem } });
  expect([desk.get().inBrowser, live.get().problem]).toEqual([false, problem]);
  expect(said.slice(2)).toEqual(["forget", "again"]);
  expect(await send()).toBe("server");
});

test("a video leaves the engine of this browser as it is", () => {
  const { video, workers, desk, ready } = start();
  ready();
  video.on = true;
  desk.set({ inBrowser: false });
  expect(workers[0]?.ended).toBe(false);
});
