import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { PRESETS } from "../brushes/presets";
import { type Brush, copiesOf, flips, ROUND, reachOf, readBrush, type Symmetry } from "../doc/brush";
import { fromYMap, type Mark, toYMap } from "../doc/marks";
import { type Box, IDENTITY } from "../doc/matrix";
import { packPoints, packTilts, type StrokePoint, settledPoint, unpackLeaning } from "../doc/points";
import { boundsOf, tailOf } from "./bounds";
import { Cover } from "./cover";
import { type Dab, Walk } from "./dabs";
import { grainTile, TILE } from "./grains";

const BOX: Box = { x: 0, y: 0, width: 300, height: 120 };
const wave = (count = 60): StrokePoint[] =>
  Array.from({ length: count }, (_, i) =>
    settledPoint({
      x: 40 + i * 3.3,
      y: 60 + 25 * Math.sin(i / 7),
      pressure: 0.2 + (i % 20) / 40,
      tiltX: 30,
      tiltY: -10,
    }),
  );

const SEED = 12345;

function walked(
  brush: Brush,
  points: readonly StrokePoint[],
  batches: readonly number[] = [points.length],
): Dab[] {
  const dabs: Dab[] = [];
  const walk = new Walk({ brush, size: 24, seed: SEED }, (dab) => dabs.push(dab));
  for (const settled of batches) {
    walk.settle(points.slice(0, settled), settled);
    // What may still change is looked at again and again, and leaves nothing behind.
    walk.finish([...points.slice(0, settled), { x: 0, y: 0, pressure: 1 }], () => {});
  }
  walk.finish(points, (dab) => dabs.push(dab));
  return dabs;
}

function painted(brush: Brush, points: readonly StrokePoint[], box = BOX, copies = [IDENTITY]): Cover {
  const cover = new Cover(box);
  for (const copy of copies) for (const dab of walked(brush, points)) cover.stamp(dab, brush, SEED, copy);
  return cover;
}

const sum = (values: Float32Array) => values.reduce((all, value) => all + value, 0);
/** Equal on every machine when it is equal to what was written down here. */
function hash(values: Float32Array): number {
  let h = 0;
  for (const value of values) h = (Math.imul(h, 31) + Math.round(value * 255)) | 0;
  return h;
}

const brushes = PRESETS.flatMap(({ id, brush }) => (brush === null ? [] : [[id, brush] as const]));

/** Of the stroke below, by `hash`. Another value: strokes that people have drawn look different. */
const PIXELS: Readonly<Record<string, number>> = {
  round: 1737186942,
  soft: -1313665231,
  flat: -2128851109,
  marker: -1706834330,
  pencil: 568948550,
  charcoal: -791995908,
  dry: -1902023259,
  spray: 2100891565,
};

describe.each(brushes)("%s", (id, brush) => {
  test("the same mark has the same pixels, here and on every other machine", () => {
    expect(hash(painted(brush, wave()).values)).toBe(PIXELS[id]);
  });

  test("a stroke that grew under the pen is the one that is replayed", () => {
    expect(walked(brush, wave(), [1, 2, 3, 9, 10, 31, 60])).toEqual(walked(brush, wave()));
  });

  test("it paints nothing beyond its reach", () => {
    const points = wave();
    const mark = {
      type: "stroke",
      tool: "brush",
      color: "#000000",
      size: 24,
      opacity: 1,
      points: packPoints(points),
      brush,
    } as const;
    const { x, y, width, height } = boundsOf(mark);
    const wide: Box = { x: -300, y: -300, width: 900, height: 720 };
    const cover = painted(brush, points, wide);
    expect(sum(cover.values)).toBeGreaterThan(50);
    cover.values.forEach((value, i) => {
      if (value === 0) return;
      const [px, py] = [wide.x + (i % wide.width), wide.y + Math.floor(i / wide.width)];
      if (px < x || px > x + width || py < y || py > y + height) throw new Error(`paint at ${px}, ${py}`);
    });
  });

  test("what is seen of it does not depend on how much of the picture is", () => {
    const part: Box = { x: 100, y: 30, width: 90, height: 60 };
    expect(painted(brush, wave(), part).values).toEqual(painted(brush, wave()).copyOut(part));
  });
});

test("another seed is another stroke, of the brushes that leave something to chance", () => {
  const spray = PRESETS.find(({ id }) => id === "spray")?.brush ?? ROUND;
  const [one, other] = [1, 2].map((seed) => {
    const cover = new Cover(BOX);
    for (const dab of walked(spray, wave())) cover.stamp(dab, spray, seed, IDENTITY);
    return hash(cover.values);
  });
  expect(one).not.toBe(other);
});

test("without building up, a stroke over itself is no darker; with it, it is", () => {
  const there = wave();
  const back = [...there, ...there.toReversed()];
  const soft = { ...ROUND, flow: 0.3, pressureSize: 0 };
  const once = (brush: Brush) => sum(painted(brush, there).values);
  const twice = (brush: Brush) => sum(painted(brush, back).values);
  expect(twice(soft)).toBeLessThan(once(soft) * 1.05);
  const adds = { ...soft, buildUp: true, spacing: 0.5 };
  expect(twice(adds)).toBeGreaterThan(once(adds) * 1.2);
});

test("a pen that leans paints broader, along the way it leans", () => {
  const brush = { ...ROUND, tiltSize: 1 };
  const [upright] = walked(brush, [{ x: 50, y: 50, pressure: 0.5 }]);
  const [leaning] = walked(brush, [{ x: 50, y: 50, pressure: 0.5, tiltX: 0, tiltY: 60 }]);
  expect(leaning?.long).toBeCloseTo(4 * (upright?.long ?? 0));
  expect(leaning?.short).toBe(upright?.short);
  expect([leaning?.cos, leaning?.sin]).toEqual([0, 1]);
  expect(leaning?.long).toBeLessThanOrEqual(reachOf(brush, 24));
});

test("pressing harder paints broader or stronger, as the brush says; 0.5 is as it is set", () => {
  const at = (pressure: number, brush: Brush) => walked(brush, [{ x: 9, y: 9, pressure }])[0];
  const sized = { ...ROUND, pressureSize: 1 };
  expect(at(0.5, sized)?.long).toBe(12);
  expect(at(1, sized)?.long).toBe(18);
  expect(at(0.1, sized)?.long).toBeCloseTo(2.4);
  const inked = { ...ROUND, flow: 0.5, pressureSize: 0, pressureFlow: 1 };
  expect(at(0.25, inked)).toMatchObject({ long: 12, flow: 0.25 });
});

test("a grain has each height equally often, and repeats without a seam of its own", () => {
  const tile = grainTile("paper") ?? new Float32Array();
  expect(tile.length).toBe(TILE * TILE);
  expect(tile.filter((height) => height < 0.25).length).toBe(TILE * TILE * 0.25);
  expect(grainTile("none")).toBeNull();
});

describe("mirrors", () => {
  const symmetry: Symmetry = { mirror: "vertical", x: 150, y: 60, folds: 6 };
  test("a mirrored stroke is the same on both sides, to the pixel", () => {
    for (const [, brush] of brushes) {
      // The grain belongs to the paper, which is not mirrored.
      const bare = { ...brush, grain: "none", depth: 0 } as const;
      const points = wave(25);
      const { values } = painted(bare, points, BOX, [...copiesOf(symmetry)]);
      for (let y = 0; y < BOX.height; y += 7)
        for (let x = 0; x < 150; x++)
          expect(values[y * 300 + 299 - x]).toBeCloseTo(values[y * 300 + x] ?? -1, 3);
    }
  });

  test("there are as many copies as folds; the stroke itself is the first", () => {
    const copies = copiesOf({ ...symmetry, mirror: "radial" });
    expect(copies.length).toBe(6);
    expect(copies[0]).toBe(IDENTITY);
    expect(copies.some(flips)).toBe(false);
    expect(copiesOf({ ...symmetry, mirror: "both" }).filter(flips).length).toBe(2);
    expect(copiesOf(undefined)).toEqual([IDENTITY]);
  });

  test("the bounds of a stroke and of its new end hold the copies too", () => {
    const points = wave(5);
    const mark = {
      type: "stroke",
      tool: "brush",
      color: "#000000",
      size: 10,
      opacity: 1,
      points: packPoints(points),
      symmetry,
    } as const;
    const box = boundsOf(mark);
    expect(box.x + box.width / 2).toBeCloseTo(150);
    const tail = tailOf(mark, points, 4);
    expect(tail.x + tail.width).toBeGreaterThan(260);
  });
});

test("tilts survive packing; an upright pen needs none", () => {
  const points = [
    { x: 1, y: 2, pressure: 0.5, tiltX: -61.6, tiltY: 12 },
    { x: 2, y: 2, pressure: 0.5, tiltX: 90, tiltY: -90 },
  ];
  const tilts = packTilts(points);
  expect(unpackLeaning(packPoints(points), tilts ?? undefined)).toMatchObject([
    { tiltX: -62, tiltY: 12 },
    { tiltX: 90, tiltY: -90 },
  ]);
  expect(packTilts([{ x: 1, y: 1, pressure: 1 }])).toBeNull();
});

describe("strokes that another program wrote", () => {
  const read = (fields: object) => {
    const y = new Y.Doc();
    const stroke = {
      type: "stroke",
      tool: "brush",
      color: "#123456",
      size: 20,
      opacity: 1,
      points: packPoints(wave(3)),
    };
    const map = toYMap("m", "me", { ...stroke, ...fields } as Mark);
    y.getArray("marks").push([map]);
    return fromYMap(map);
  };

  test("a brush without sense is held in its limits", () => {
    const mark = read({
      size: 1e9,
      seed: "x",
      tilts: 7,
      brush: { spacing: -3, flow: Number.NaN, tip: "brick", angle: 1e6 },
    });
    expect(mark).toMatchObject({ size: 1024, seed: 0, brush: { ...ROUND, spacing: 0.02, angle: 180 } });
    expect(readBrush("brick")).toBeNull();
  });

  test("a stroke without a brush is as it was", () => {
    const mark = read({});
    expect(mark).not.toHaveProperty("brush");
    expect(mark).not.toHaveProperty("symmetry");
  });

  test("a mirror without sense has its limits too", () => {
    expect(read({ symmetry: { mirror: "radial", folds: 1e9, x: 5, y: "?" } })).toMatchObject({
      symmetry: { mirror: "radial", folds: 16, x: 5, y: 512 },
    });
  });
});
