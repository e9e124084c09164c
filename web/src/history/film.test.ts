import { describe, expect, test } from "vitest";
import { type FilmRequest, type FromFilm, filmSeconds, filmSize, fitted, LAST_S } from "./film";
import { type FilmWorker, Lab } from "./lab";
import { momentOf } from "./moment.fixture";
import type { MomentPictures } from "./store";

test("a film has the size of its last picture: even, and no larger than its kind takes", () => {
  expect(filmSize({ width: 257, height: 255 }, "video")).toEqual({ width: 258, height: 256 });
  expect(filmSize({ width: 2048, height: 1024 }, "video")).toEqual({ width: 1024, height: 512 });
  expect(filmSize({ width: 512, height: 512 }, "gif")).toEqual({ width: 384, height: 384 });
});

test("a picture of another shape lies whole in the middle", () => {
  expect(fitted({ width: 448, height: 256 }, { width: 256, height: 256 })).toEqual({
    width: 256,
    height: 146,
    x: 0,
    y: 55,
  });
  expect(fitted({ width: 128, height: 128 }, { width: 256, height: 256 })).toMatchObject({
    width: 256,
    x: 0,
    y: 0,
  });
});

test("every moment has its time, the last one more", () => {
  expect(filmSeconds(0, 6)).toBe(0);
  expect(filmSeconds(1, 6)).toBe(LAST_S);
  expect(filmSeconds(61, 6)).toBeCloseTo(10 + LAST_S);
});

describe("the lab", () => {
  function lab() {
    const workers: (FilmWorker & { asked: FilmRequest[]; ended: boolean })[] = [];
    const saved: string[] = [];
    const pictures = new Map<string, MomentPictures>();
    const made = new Lab({
      store: { pictures: async (key) => pictures.get(key) ?? null },
      worker: () => {
        const worker = {
          onmessage: null,
          onerror: null,
          asked: [] as FilmRequest[],
          ended: false,
          postMessage: (request: FilmRequest) => worker.asked.push(request),
          terminate: () => {
            worker.ended = true;
          },
        };
        workers.push(worker);
        return worker;
      },
      save: (_file, extension) => saved.push(extension),
    });
    const keep = (...ids: string[]) => {
      for (const id of ids)
        pictures.set(id, { render: null, sketch: { mime: "image/jpeg", bytes: new Uint8Array([1]) } });
      return ids.map((id) => momentOf(id));
    };
    const answer = (message: FromFilm) =>
      workers.at(-1)?.onmessage?.({ data: message } as MessageEvent<FromFilm>);
    return { made, workers, saved, keep, answer };
  }

  test("tells how far it is, saves the file and ends its worker", async () => {
    const { made, workers, saved, keep, answer } = lab();
    await made.make(keep("m1", "m2"), "both", "gif", 4);
    expect(workers[0]?.asked[0]).toMatchObject({ sides: "both", format: "gif", pace: 4 });
    answer({ type: "progress", frames: 1 });
    expect(made.now.get().part).toBe(0.5);
    answer({ type: "done", file: new Blob(), extension: "gif" });
    expect(saved).toEqual(["gif"]);
    expect(made.now.get()).toEqual({ part: null, problem: null });
    expect(workers[0]?.ended).toBe(true);
  });

  test("leaves out moments whose pictures are not kept, and says when there is none", async () => {
    const { made, workers, keep } = lab();
    await made.make([...keep("m1"), momentOf("m2")], "render", "video", 6);
    expect(workers[0]?.asked[0]?.frames).toHaveLength(1);
    await made.make([momentOf("m3")], "render", "video", 6);
    expect(workers).toHaveLength(1);
    expect(made.now.get().problem?.code).toBe("client.recording");
  });

  test("says why there is no file, and can be called off", async () => {
    const { made, workers, saved, keep, answer } = lab();
    await made.make(keep("m1"), "render", "video", 6);
    answer({ type: "failed", why: { id: "no encoder" }, fix: { id: "Make a GIF." } });
    expect(made.now.get().problem).toMatchObject({ message: "no encoder", fix: "Make a GIF." });
    await made.make(keep("m1"), "render", "video", 6);
    made.stop();
    expect(workers[1]?.ended).toBe(true);
    expect(made.now.get()).toEqual({ part: null, problem: null });
    expect(saved).toEqual([]);
  });
});
