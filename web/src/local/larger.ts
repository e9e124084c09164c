/** A picture painted larger than it was: the twin of `paint_larger` and what it uses in `nn/painting.py`. */

/** What it is given; of noise, the rest is the picture. */
export const LARGER_NOISE = 0.2;
export const PATCH_PX = 16;

/** Three planes, [3, height, width]. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Opaque RGBA -> planes in [-1, 1]. */
export function toPlanes({ width, height, data }: ImageData): Planes {
  const size = width * height;
  const at = (plane: number, i: number) => (data[4 * i + plane] ?? 0) / 127.5 - 1;
  return {
    width,
    height,
    data: Float32Array.from({ length: 3 * size }, (_, i) => at(Math.floor(i / size), i % size)),
  };
}

/** On straight lines between the middles of pixels. */
export function enlarged({ width, height, data }: Planes, wider: number, higher: number): Planes {
  const across = between(width, wider);
  const down = between(height, higher);
  const out = new Float32Array(3 * wider * higher);
  let i = 0;
  for (let plane = 0; plane < 3; plane++)
    for (const [row, lower] of down) {
      const start = (plane * height + row) * width;
      for (const [column, further] of across) {
        const at = (k: number) => data[start + column + k] ?? 0;
        const left = at(0) + lower * (at(width) - at(0));
        const right = at(1) + lower * (at(width + 1) - at(1));
        out[i++] = left + further * (right - left);
      }
    }
  return { width: wider, height: higher, data: out };
}

/** For each of many pixels along a side, the one of few that it lies behind, and how far toward the next. */
function between(few: number, many: number): [first: number, share: number][] {
  return Array.from({ length: many }, (_, i) => {
    const at = Math.min(few - 1, Math.max(0, ((i + 0.5) * few) / many - 0.5));
    const first = Math.min(Math.floor(at), few - 2);
    return [first, at - first];
  });
}

/** A picture and its share of noise. */
export const noisy = (shown: Planes, noise: Float32Array): Float32Array =>
  shown.data.map((value, i) => value + LARGER_NOISE * ((noise[i] ?? 0) - value));

/** What was made of a picture, in its tones: each patch has the mean that it had. */
export function toned(made: Float32Array, shown: Planes): Float32Array {
  const { width, height } = shown;
  const [columns, rows] = [width / PATCH_PX, height / PATCH_PX];
  const means = new Float32Array(3 * rows * columns);
  for (let i = 0; i < made.length; i++) {
    const [plane, y, x] = [Math.floor(i / (width * height)), Math.floor(i / width) % height, i % width];
    const patch = (plane * rows + Math.floor(y / PATCH_PX)) * columns + Math.floor(x / PATCH_PX);
    means[patch] = (means[patch] ?? 0) + ((shown.data[i] ?? 0) - (made[i] ?? 0)) / PATCH_PX ** 2;
  }
  const added = enlarged({ width: columns, height: rows, data: means }, width, height).data;
  return made.map((value, i) => value + (added[i] ?? 0));
}
