import { expect, test } from "vitest";
import type { AssetFile } from "./assets/store";
import type { MaskLayer } from "./canvas/mask-layer";
import type { MaskMark, MaskStrokeMark, PlacedMark } from "./doc/marks";
import { Masking } from "./masking";

const STROKE: MaskStrokeMark = { type: "mask", erases: false, size: 20, points: new Uint8Array(6) };
const stroke = (id: string): PlacedMark<MaskMark> => ({ id, mark: STROKE });
const keep = (id: string, shot: string): PlacedMark<MaskMark> => ({ id, mark: { type: "mask-keep", shot } });

/** A page whose pictures are numbered and whose files have the picture's number for a hash. */
function start() {
  const world = { shown: 1 as number | null, usable: true, changes: 0 };
  const bases = new Map<string, string>();
  const files = new Map<string, AssetFile>();
  const masking = new Masking({
    layer: {
      show: () => {},
      setLive: () => {},
      current: { canvas: {} },
    } as unknown as MaskLayer,
    snapshot: () => (world.shown === null ? null : ({ number: world.shown } as unknown as HTMLCanvasElement)),
    encode: async (canvas) => ({
      mime: "image/png",
      bytes: new Uint8Array([(canvas as unknown as { number: number }).number]),
    }),
    keep: async (file) => {
      const sha256 = `hash${file.bytes[0]}`;
      files.set(sha256, file);
      return sha256;
    },
    load: async (sha256) => files.get(sha256) ?? null,
    usable: () => world.usable,
    base: (mark) => bases.get(mark) ?? null,
    setBase: (mark, sha256) => bases.set(mark, sha256),
    alone: () => true,
    changed: () => {
      world.changes += 1;
    },
  });
  const numberOf = (picture: unknown) => (picture as { number: number } | null)?.number;
  return { masking, world, bases, files, numberOf };
}

test("the base is what was shown when the first stroke began, whatever is shown later", async () => {
  const { masking, world, bases, numberOf } = start();
  expect(masking.begin()).toBe(true);
  masking.stroke({ mark: STROKE, points: [] });
  world.shown = 2;
  expect(masking.base()).toBeNull();
  await expect.poll(() => masking.base()).toBe("hash1");
  masking.stroke(null);
  masking.show([stroke("m1")]);
  expect(bases.get("m1")).toBe("hash1");
  expect(masking.begin()).toBe(true);
  masking.stroke(null);
  masking.show([stroke("m1"), stroke("m2")]);
  expect(masking.base()).toBe("hash1");
  expect(numberOf(masking.cover("hash1")?.base)).toBe(1);
});

test("a stroke that ends before its base has a hash gets it when it has", async () => {
  const { masking, bases, world } = start();
  masking.begin();
  masking.stroke(null);
  masking.show([stroke("m1")]);
  expect(masking.base()).toBeNull();
  await expect.poll(() => bases.get("m1")).toBe("hash1");
  expect(masking.base()).toBe("hash1");
  expect(world.changes).toBeGreaterThan(0);
});

test("until the server has the base, shots do not name it; without a picture there is no mask", async () => {
  const { masking, world, bases } = start();
  world.usable = false;
  masking.begin();
  masking.show([stroke("m1")]);
  await expect.poll(() => bases.get("m1")).toBe("hash1");
  expect(masking.base()).toBeNull();
  world.usable = true;
  expect(masking.base()).toBe("hash1");
  world.shown = null;
  masking.show([]);
  expect(masking.begin()).toBe(false);
});

test("a kept picture is said to be when its file is here to stay, and held while its key is the same", async () => {
  const { masking, world, bases, files, numberOf } = start();
  masking.begin();
  masking.stroke(null);
  masking.show([stroke("m1")]);
  await expect.poll(() => bases.get("m1")).toBe("hash1");
  world.shown = 5;
  const sha256 = masking.keep();
  expect(masking.state.name).toBe("masking");
  expect(await sha256).toBe("hash5");
  expect(files.has("hash5")).toBe(true);
  bases.set("k", "hash5");
  masking.show([stroke("m1"), keep("k", "same")]);
  expect(numberOf(masking.held(() => "same"))).toBe(5);
  expect(masking.held(() => "other")).toBeNull();
  expect(masking.base()).toBeNull();
  masking.begin();
  masking.stroke({ mark: STROKE, points: [] });
  expect(masking.held(() => "same")).toBeNull();
});

test("nothing is kept of a mask that became another while its picture was written, or without a picture", async () => {
  const { masking, world } = start();
  masking.show([stroke("m1")]);
  const drawnOn = masking.keep();
  masking.begin();
  expect(await drawnOn).toBeNull();
  masking.stroke(null);
  const cleared = masking.keep();
  masking.show([]);
  expect(await cleared).toBeNull();
  masking.show([stroke("m2")]);
  world.shown = null;
  expect(await masking.keep()).toBeNull();
});

test("a mask whose base was never said takes what is shown when there is a picture again", async () => {
  const { masking, world, bases } = start();
  world.shown = null;
  masking.show([stroke("m1")]);
  expect(masking.base()).toBeNull();
  world.shown = 3;
  masking.settle();
  await expect.poll(() => bases.get("m1")).toBe("hash3");
});

test("a kept picture whose bytes are gone is not waited for", async () => {
  const { masking, bases } = start();
  bases.set("k", "gone");
  masking.show([keep("k", "same")]);
  expect(masking.held(() => "same")).toBe("loading");
  await expect.poll(() => masking.held(() => "same")).toBeNull();
});
