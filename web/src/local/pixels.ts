/** From a sketch in bytes to what the network takes, and back to bytes: the twin of `nn/painting.py`. */

import type { Pixels } from "../wire/channel";

/** Red, green, blue, and how much is covered, of [height, width] pixels. */
type Rgba = Uint8ClampedArray<ArrayBuffer>;

const PLANES = 8;

/**
 * [8, height, width], for the sketch and for what is wholly kept: colour in [-1, 1] times coverage, then coverage.
 * kept: a picture and how much of it stays, 255 to come out as it went in; null where nothing does.
 */
export function toHints(sketch: Rgba, kept: Rgba | null): Float32Array {
  const hints = new Float32Array((PLANES * sketch.length) / 4);
  fill(hints, 0, sketch, (coverage) => coverage / 255);
  if (kept !== null) fill(hints, PLANES / 2, kept, (stays) => (stays === 255 ? 1 : 0));
  return hints;
}

function fill(hints: Float32Array, plane: number, rgba: Rgba, coverageOf: (alpha: number) => number): void {
  const size = rgba.length / 4;
  for (let i = 0; i < size; i++) {
    const coverage = coverageOf(rgba[4 * i + 3] ?? 0);
    for (let c = 0; c < 3; c++)
      hints[(plane + c) * size + i] = (((rgba[4 * i + c] ?? 0) / 255) * 2 - 1) * coverage;
    hints[(plane + 3) * size + i] = coverage;
  }
}

/** The same in fewer pixels: each is the mean of what it covers, so that edges do not darken. */
export function reduced({ width, height, data }: Pixels, narrower: number, lower: number): Pixels {
  const across = covers(width, narrower);
  const down = covers(height, lower);
  const out = new Uint8ClampedArray(4 * narrower * lower);
  for (const [y, rows] of down.entries())
    for (const [x, columns] of across.entries()) {
      const sum = [0, 0, 0, 0];
      for (const [row, tall] of rows)
        for (const [column, wide] of columns) {
          const i = 4 * (row * width + column);
          const alpha = (data[i + 3] ?? 0) * tall * wide;
          for (let c = 0; c < 3; c++) sum[c] = (sum[c] ?? 0) + (data[i + c] ?? 0) * alpha;
          sum[3] = (sum[3] ?? 0) + alpha;
        }
      const alpha = sum[3] ?? 0;
      out.set(
        alpha === 0 ? [0, 0, 0, 0] : [...sum.slice(0, 3).map((each) => each / alpha), alpha],
        4 * (y * narrower + x),
      );
    }
  return { width: narrower, height: lower, data: out };
}

/** For each of few pixels along a side, which of many it covers, and what share of it each is. */
function covers(many: number, few: number): [index: number, share: number][][] {
  const scale = many / few;
  return Array.from({ length: few }, (_, i) => {
    const [from, to] = [i * scale, (i + 1) * scale];
    const first = Math.floor(from);
    return Array.from({ length: Math.ceil(to) - first }, (_, k) => {
      const share = (Math.min(to, first + k + 1) - Math.max(from, first + k)) / scale;
      return [first + k, share];
    });
  });
}

/** So many steps has what is drawn, finer where it is little: what a shot says is asked anew at each. */
const DRAWN_STEPS = 64;

/** How much of a sketch is drawn, 0 to 1, which any ink is more than 0 of. */
export function drawnOf(sketch: Rgba): number {
  let ink = 0;
  for (let i = 3; i < sketch.length; i += 4) ink += sketch[i] ?? 0;
  const share = ink / (255 * (sketch.length / 4));
  return (Math.ceil(DRAWN_STEPS * Math.sqrt(share)) / DRAWN_STEPS) ** 2;
}

/** What is drawn, as a share of the page: up to the first all is laid out, from the second on nothing. */
const FADES = [0.1, 0.5] as const;

/** How much is laid out where nothing is drawn, 0 to 1. */
export const laidOutOf = (drawn: number): number =>
  Math.min(1, Math.max(0, (FADES[1] - drawn) / (FADES[1] - FADES[0])));

/** A sketch over what is laid out, of which so much is seen. */
export function beneath(sketch: Rgba, laidOut: Rgba, covers: number): Rgba {
  const made = new Uint8ClampedArray(sketch.length);
  for (let i = 0; i < sketch.length; i += 4) {
    const over = (sketch[i + 3] ?? 0) / 255;
    const under = covers * (1 - over);
    const alpha = over + under;
    for (let c = 0; c < 3; c++)
      made[i + c] = Math.floor(((sketch[i + c] ?? 0) * over + (laidOut[i + c] ?? 0) * under) / alpha + 0.5);
    made[i + 3] = Math.floor(255 * alpha + 0.5);
  }
  return made;
}

/** Of the materials, the moon's, opaque; and how much of a sketch it is when a whole night is drawn. */
const MOON = [250, 246, 206, 255] as const;
const WHOLE_MOON = 0.0015;

/** How much of a night is drawn, 0 to 1: by how much of the sketch has the moon's own colour. */
export function nightOf(sketch: Rgba): number {
  let moon = 0;
  for (let i = 0; i < sketch.length; i += 4) if (MOON.every((value, c) => sketch[i + c] === value)) moon++;
  return Math.min(1, moon / (sketch.length / 4) / WHOLE_MOON);
}

/** The network's picture, [3, height, width] in about [-1, 1] -> opaque RGBA, with what is kept over it. */
export function toPixels(clean: Float32Array, kept: Rgba | null): Rgba {
  const size = clean.length / 3;
  const rgba = new Uint8ClampedArray(4 * size);
  for (let i = 0; i < size; i++) {
    const stays = kept?.[4 * i + 3] ?? 0;
    for (let c = 0; c < 3; c++) {
      const made = Math.floor(Math.min(255, Math.max(0, (clean[c * size + i] ?? 0) * 127.5 + 128)));
      const before = kept?.[4 * i + c] ?? 0;
      rgba[4 * i + c] = Math.floor((before * stays + made * (255 - stays) + 127) / 255);
    }
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}
