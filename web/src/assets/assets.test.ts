import { createHash, webcrypto } from "node:crypto";
import { IDBFactory } from "fake-indexeddb";
import { describe, expect, test } from "vitest";
import type { Problem } from "../wire/shots";
import { Assets, MAX_TIMES_AGAIN } from "./assets";
import { sha256 } from "./hash";
import { MAX_SIDE_PX, sizeToEncode } from "./picture";
import { type AssetFile, AssetStore } from "./store";

const file = (text: string): AssetFile => ({ mime: "image/png", bytes: new TextEncoder().encode(text) });
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

test("the hash is the one that everybody computes, with and without the browser's own", async () => {
  const { bytes } = file("x".repeat(1000));
  expect(await sha256(bytes, webcrypto.subtle as SubtleCrypto)).toBe(hashOf("x".repeat(1000)));
  expect(await sha256(bytes, undefined)).toBe(hashOf("x".repeat(1000)));
});

describe("the store", () => {
  test("keeps files across openings, and forgets what is not wanted", async () => {
    const factory = new IDBFactory();
    const store = await AssetStore.open(factory);
    await store.put("a", file("one"));
    await store.put("b", file("two"));
    const again = await AssetStore.open(factory);
    expect(await again.get("a")).toEqual(file("one"));
    await again.keepOnly(new Set(["b"]));
    expect(await again.get("a")).toBeNull();
    expect(await again.get("b")).toEqual(file("two"));
  });

  test("without a database it keeps them for as long as the page is open", async () => {
    const store = await AssetStore.open(undefined);
    await store.put("a", file("one"));
    expect(await store.get("a")).toEqual(file("one"));
    expect(await store.get("b")).toBeNull();
  });
});

/** Assets over a server that answers when it is told to. */
function start() {
  const files = new Map<string, AssetFile>();
  const waiting: { sha256: string; answer(problem: Problem | null): void; lose(): void }[] = [];
  const failed: [string, string][] = [];
  const changes: boolean[] = [];
  const assets = new Assets({
    store: {
      get: async (sha) => files.get(sha) ?? null,
      put: async (sha, f) => {
        files.set(sha, f);
      },
    },
    upload: (sha) =>
      new Promise((resolve, reject) => {
        waiting.push({ sha256: sha, answer: resolve, lose: () => reject(new Error("offline")) });
      }),
    changed: (again) => changes.push(again),
    failed: (sha, problem) => failed.push([sha, problem.code]),
  });
  const next = async () => {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    const upload = waiting.shift();
    if (upload === undefined) throw new Error("nothing is sent");
    return upload;
  };
  return { assets, files, waiting, failed, changes, next };
}
const REFUSAL: Problem = { code: "pixels.format", message: "no", value: "", fix: "" };

describe("assets", () => {
  test("a new picture is sent once and can be named when the server has it", async () => {
    const { assets, waiting, changes, next } = start();
    const sha = await assets.keep(file("one"), true);
    expect(sha).toBe(hashOf("one"));
    expect(assets.usable(sha)).toBe(false);
    (await next()).answer(null);
    await expect.poll(() => assets.usable(sha)).toBe(true);
    expect(changes).toEqual([false]);
    await assets.keep(file("one"), true);
    expect(waiting).toEqual([]);
  });

  test("what the server lost is sent again, and the shot with it", async () => {
    const { assets, changes, next } = start();
    const sha = await assets.keep(file("one"), false);
    void assets.missing(sha);
    void assets.missing(sha);
    expect(assets.usable(sha)).toBe(true);
    (await next()).answer(null);
    await expect.poll(() => changes).toEqual([true]);
    expect(assets.state(sha)).toBe("there");
  });

  test("a server that keeps nothing is not asked for ever", async () => {
    const { assets, failed, next } = start();
    const sha = await assets.keep(file("one"), false);
    for (let i = 0; i < MAX_TIMES_AGAIN; i++) {
      void assets.missing(sha);
      (await next()).answer(null);
      await expect.poll(() => assets.state(sha)).toBe("there");
    }
    await assets.missing(sha);
    expect(assets.state(sha)).toBe("refused");
    expect(failed).toEqual([[sha, "asset.missing"]]);
  });

  test("what the server refuses is not named, and said", async () => {
    const { assets, failed, next } = start();
    const sha = await assets.keep(file("one"), true);
    (await next()).answer(REFUSAL);
    await expect.poll(() => assets.state(sha)).toBe("refused");
    expect(failed).toEqual([[sha, "pixels.format"]]);
  });

  test("without a connection it is sent when that is back", async () => {
    const { assets, next, waiting } = start();
    const sha = await assets.keep(file("one"), true);
    (await next()).lose();
    await expect
      .poll(() => {
        assets.retry();
        return waiting.length;
      })
      .toBe(1);
    (await next()).answer(null);
    await expect.poll(() => assets.usable(sha)).toBe(true);
  });

  test("a picture whose bytes are nowhere is lost, and said", async () => {
    const { assets, failed } = start();
    await assets.missing("f".repeat(64));
    expect(assets.state("f".repeat(64))).toBe("lost");
    expect(failed).toEqual([["f".repeat(64), "asset.missing"]]);
  });
});

describe("what a picture travels as", () => {
  test("small files of a known kind keep their bytes", () => {
    expect(sizeToEncode({ width: 1024, height: 10 }, "image/jpeg", 1000)).toBeNull();
    expect(sizeToEncode({ width: 1, height: 1 }, "image/webp", 60)).toBeNull();
  });

  test("large ones are scaled to fit, in their own aspect and never to nothing", () => {
    expect(sizeToEncode({ width: 4000, height: 3000 }, "image/jpeg", 1000)).toEqual({
      width: MAX_SIDE_PX,
      height: 768,
    });
    expect(sizeToEncode({ width: 20_000, height: 2 }, "image/png", 1000)).toEqual({ width: 1024, height: 1 });
  });

  test("other kinds and heavy files are encoded anew at their size", () => {
    expect(sizeToEncode({ width: 300, height: 200 }, "image/avif", 1000)).toEqual({
      width: 300,
      height: 200,
    });
    expect(sizeToEncode({ width: 300, height: 200 }, "image/png", 9_000_000)).toEqual({
      width: 300,
      height: 200,
    });
  });
});
