import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { denoise, ropeTable, schedule, scheduleFrom, slerp } from "./flow";
import { enlarged, noisy, toned } from "./larger";
import { noise } from "./noise";
import { beneath, drawnOf, laidOutOf, nightOf, reduced, toHints, toPixels } from "./pixels";
import { Download, shapeOf } from "./weights";

/** What the server's arithmetic gives: written by tests/golden/write.py. */
const path = fileURLToPath(new URL("../../../tests/golden/render.json", import.meta.url));
const { every, ...arrays } = JSON.parse(readFileSync(path, "utf8")) as { every: number };
const golden = (name: string): number[] => {
  const values = (arrays as Record<string, number[] | undefined>)[name];
  if (values === undefined) throw new Error(`render.json has no ${name}`);
  return values;
};

const sampled = (values: Float32Array, every: number) => values.filter((_, i) => i % every === 0);

function expectClose(seen: Float32Array, wanted: readonly number[]): void {
  expect(seen.length).toBe(wanted.length);
  expect(Math.max(...wanted.map((value, i) => Math.abs(value - (seen[i] ?? Number.NaN))))).toBeLessThan(1e-5);
}

const rgbaOf = (rgb: readonly number[], alpha: (i: number) => number) =>
  Uint8ClampedArray.from({ length: (rgb.length / 3) * 4 }, (_, i) =>
    i % 4 === 3 ? alpha((i - 3) / 4) : (rgb[Math.floor(i / 4) * 3 + (i % 4)] ?? 0),
  );

describe("the same arithmetic as the server's", () => {
  const start = noise(4_294_967_295, 64, 96);

  test("noise", () => expectClose(sampled(start, every), golden("noise")));

  test("noise between two seeds", () => {
    expectClose(sampled(slerp(start, noise(12, 64, 96), 0.3), every), golden("mixed"));
    expect(slerp(start, noise(12, 64, 96), 0)).toBe(start);
  });

  test("positions", () => expectClose(sampled(ropeTable(3, 5, 64), 37), golden("rope")));

  test("steps", async () => {
    const half = async (x: Float32Array, t: number) => x.map((value) => value * Math.fround(0.5 + t));
    expectClose(sampled(await denoise(half, start, schedule(3)), every), golden("denoised"));
  });

  test("steps from a time on", () => {
    expectClose(Float32Array.from(scheduleFrom(5, 0.4)), golden("times from"));
  });

  test("a picture painted larger", () => {
    const shown = enlarged({ width: 96, height: 64, data: start }, 144, 96);
    expectClose(sampled(shown.data, every), golden("enlarged"));
    const noise12 = noise(12, 96, 144);
    expectClose(sampled(noisy(shown, noise12), every), golden("noisy"));
    expectClose(sampled(toned(noise12, shown), every), golden("toned"));
  });

  const kept = rgbaOf(golden("base"), (i) => 255 - (golden("mask")[i] ?? 0));

  test("hints of a sketch and of what is kept", () => {
    const sketch = Uint8ClampedArray.from(golden("sketch"));
    expectClose(toHints(sketch, kept), golden("hints"));
    expect(toHints(sketch, null).subarray(16).some(Boolean)).toBe(false);
  });

  test("a sketch over what is laid out", () => {
    const sketch = Uint8ClampedArray.from(golden("sketch"));
    const laidOut = rgbaOf(golden("base"), () => 255);
    const made = beneath(sketch, laidOut, laidOutOf(0.26));
    const apart = golden("beneath").map((value, i) => Math.abs(value - (made[i] ?? Number.NaN)));
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
    expect(laidOutOf(0)).toBe(1);
    expect(laidOutOf(1)).toBe(0);
  });

  test("pixels, and what is kept around them", () => {
    const clean = Float32Array.from(golden("clean"));
    expect([...toPixels(clean, null)]).toEqual([...rgbaOf(golden("made"), () => 255)]);
    expect([...toPixels(clean, kept)]).toEqual([...rgbaOf(golden("around"), () => 255)]);
  });
});

test("so much of the moon's own colour is so much of a night", () => {
  const sketch = Uint8ClampedArray.from(golden("moonlit"));
  expect(nightOf(sketch)).toBeCloseTo(golden("night")[0] ?? Number.NaN, 6);
  expect(nightOf(sketch.map((value, i) => (i % 4 === 2 ? value - 1 : value)))).toBe(0);
});

test("a sketch with one faint pixel is drawn, one without is not, and a full one is wholly", () => {
  expect(drawnOf(new Uint8ClampedArray(64))).toBe(0);
  expect(drawnOf(Uint8ClampedArray.from([0, 0, 0, 0, 9, 9, 9, 1]))).toBeGreaterThan(0);
  expect(drawnOf(new Uint8ClampedArray(64).fill(255))).toBe(1);
});

test("as much of a sketch is drawn as the server says", () => {
  for (const name of ["sketch", "moonlit"])
    expect(drawnOf(Uint8ClampedArray.from(golden(name)))).toBe(golden(`${name}.drawn`)[0]);
});

test("fewer pixels are the means of what they cover, weighed by how much is drawn there", () => {
  const rows = [
    [10, 20, 30, 255, 30, 40, 50, 255, 9, 9, 9, 0],
    [10, 20, 30, 255, 30, 40, 50, 255, 90, 60, 30, 200],
  ];
  const pixels = { width: 3, height: 2, data: Uint8ClampedArray.from(rows.flat()) };
  expect([...reduced(pixels, 3, 1).data]).toEqual([10, 20, 30, 255, 30, 40, 50, 255, 90, 60, 30, 100]);
  const halves = reduced({ width: 3, height: 1, data: pixels.data.slice(0, 12) }, 2, 1).data;
  expect([...halves]).toEqual([17, 27, 37, 255, 30, 40, 50, 85]);
});

test("the weights say the network's shape, and a file that does not is refused", () => {
  const config = { hints: 8, condition: 513, width: 384, heads: 6, cell: 4, cells_per_patch: 4, depth: 12 };
  const file = (metadata: object) => {
    const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata }));
    const bytes = new Uint8Array(8 + header.length + 4);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    return bytes;
  };
  const shape = { hints: 8, condition: 513, headWidth: 64, patch_px: 16 };
  expect(shapeOf(file({ config: JSON.stringify(config) }))).toEqual(shape);
  expect(() => shapeOf(file({ config: JSON.stringify({ ...config, hints: undefined }) }))).toThrow(/hints/);
});

describe("a download", () => {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {
    "/ten": new Uint8Array(10),
    "/packed.gz": Uint8Array.from(gzipSync("twenty bytes or more")),
  };
  beforeEach(() => {
    vi.stubGlobal("fetch", async (url: string) => {
      const file = files[url];
      return file === undefined
        ? new Response("", { status: 404 })
        : new Response(file, { headers: { "content-length": String(file.length) } });
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  test("tells its progress over all files, and unpacks what is packed", async () => {
    const told: number[][] = [];
    const download = new Download((...numbers) => told.push(numbers));
    const [ten, packed] = await Promise.all([download.fetch("/ten"), download.fetch("/packed.gz")]);
    expect([ten.length, new TextDecoder().decode(packed)]).toEqual([10, "twenty bytes or more"]);
    const all = 10 + (files["/packed.gz"]?.length ?? 0);
    expect(told.at(-1)).toEqual([all, all]);
  });

  test("fails when a file does not come", async () => {
    await expect(new Download(() => {}).fetch("/gone")).rejects.toThrow(/\/gone: 404/);
  });
});
