import { describe, expect, test } from "vitest";
import type { FromLink } from "../live/connection";
import type { ShotJob } from "../wire/channel";
import type { ShotMeta } from "../wire/shots";
import type { FromLocal, LocalState, ToLocal } from "./channel";
import { LocalEngine, type RenderWorker } from "./engine";

class StandIn implements RenderWorker {
  onmessage: RenderWorker["onmessage"] = null;
  onerror: RenderWorker["onerror"] = null;
  readonly heard: ToLocal[] = [];
  ended = false;

  postMessage(message: ToLocal): void {
    this.heard.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
  say(data: FromLocal): void {
    this.onmessage?.({ data });
  }
  get rendering(): number[] {
    return this.heard.flatMap((m) => (m.type === "render" ? [m.job.seq] : []));
  }
}

const shot = (base = "") => ({ base, engine: "embedded" }) as ShotMeta;
const job = (seq: number, base = ""): ShotJob => ({
  seq,
  shot: shot(base),
  pixels: { width: 1, height: 1, data: new Uint8ClampedArray(4) },
  mask: null,
  regions: [],
});
const picture = (seq: number): FromLocal => ({
  type: "picture",
  seq,
  bitmap: {} as ImageBitmap,
  picture: {
    encoding: "image/png",
    width: 1,
    height: 1,
    engine: "embedded",
    worker: "browser",
    times_ms: {},
    frame: null,
  },
});
const settle = () => new Promise((resolve) => setTimeout(resolve));

function opened() {
  const workers: StandIn[] = [];
  const states: LocalState[] = [];
  const received: FromLink[] = [];
  const engine = new LocalEngine({
    root: "http://here/",
    token: "",
    worker: () => {
      workers.push(new StandIn());
      return workers.at(-1) as StandIn;
    },
    asset: async () => ({ mime: "image/png", bytes: new Uint8Array(3) }),
    sizes: () => [],
    receive: (message) => received.push(message),
    state: (state) => states.push(state),
  });
  engine.open();
  const worker = workers[0] as StandIn;
  worker.say({ type: "state", state: { name: "ready", device: "WASM", picture_ms: null } });
  return { engine, worker, workers, states, received };
}

const seqs = (received: readonly FromLink[], type: string) =>
  received.flatMap((m) => (m.type === type && "seq" in m ? [m.seq] : []));

describe("the engine of this browser", () => {
  test("keeps nothing but the newest shot while one renders", async () => {
    const { engine, worker, received } = opened();
    for (const seq of [1, 2, 3, 4]) engine.send(job(seq));
    await settle();
    expect(worker.rendering).toEqual([1]);
    worker.say(picture(1));
    await settle();
    expect(worker.rendering).toEqual([1, 4]);
    worker.say(picture(4));
    await settle();
    expect(seqs(received, "picture")).toEqual([1, 4]);
    const last = received.at(-1);
    expect(last?.type === "picture" && Object.keys(last.picture.times_ms)).toEqual(["queue"]);
  });

  test("sends the base along, which only the page has", async () => {
    const { engine, worker } = opened();
    engine.send(job(1, "ab"));
    await settle();
    expect(worker.heard.at(-1)).toMatchObject({ type: "render", job: { base: { mime: "image/png" } } });
  });

  test("a shot that fails is told, and the next one renders", async () => {
    const { engine, worker, received } = opened();
    const problem = { code: "asset.missing", message: "", value: "ab", fix: "" };
    engine.send(job(1));
    await settle();
    worker.say({ type: "problem", seq: 1, problem });
    await settle();
    expect(received.at(-1)).toEqual({ type: "problem", seq: 1, problem });
    engine.send(job(2));
    await settle();
    expect(worker.rendering).toEqual([1, 2]);
  });

  test("an engine that stops is ended, answers what waits, and can be opened again", async () => {
    const { engine, worker, workers, states } = opened();
    const saving = engine.export(job(1));
    await settle();
    worker.onerror?.({ message: "out of memory" });
    await expect(saving).rejects.toMatchObject({ code: "client.engine", value: "out of memory" });
    expect([worker.ended, states.at(-1)?.name, engine.ready]).toEqual([true, "failed", false]);
    engine.open();
    worker.say(picture(1)); // from the grave: not heard
    expect([workers.length, states.at(-1)?.name]).toEqual([2, "loading"]);
  });

  test("closed is off", () => {
    const { engine, worker, states } = opened();
    engine.close();
    expect([worker.ended, states.at(-1)]).toEqual([true, { name: "off" }]);
  });
});
