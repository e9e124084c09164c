/**
 * Grains of paper, made by integers, so that every machine has the same ones. A tile repeats; its heights are 0 (deep) to
 * 1 (high), each height as frequent as any other, so that half of the paint covers half of the paper whatever the grain is.
 */

import type { Grain } from "../doc/brush";
import { chance, mix } from "../doc/turn";

export const TILE = 256;
const MASK = TILE - 1;

const made = new Map<Grain, Float32Array>();

/** TILE x TILE heights by rows; null for "none". */
export function grainTile(grain: Grain): Float32Array | null {
  if (grain === "none") return null;
  let tile = made.get(grain);
  if (tile === undefined) {
    tile = evened(HEIGHTS[grain]);
    made.set(grain, tile);
  }
  return tile;
}

export const heightAt = (tile: Float32Array, x: number, y: number): number =>
  tile[((y & MASK) << 8) | (x & MASK)] ?? 0;

const HEIGHTS: Readonly<Record<Exclude<Grain, "none">, (x: number, y: number) => number>> = {
  paper: (x, y) => noise(x, y, 64, 1) * 0.5 + noise(x, y, 128, 2) * 0.35 + speck(x, y, 3) * 0.25,
  canvas: (x, y) => {
    const [across, down] = [wave(x, 8), wave(y, 8)];
    const over = ((x >> 3) + (y >> 3)) % 2 === 0 ? across : down;
    return over * 0.8 + noise(x, y, 64, 4) * 0.35 + speck(x, y, 5) * 0.15;
  },
  coarse: (x, y) =>
    noise(x, y, 16, 6) * 0.3 + noise(x, y, 32, 7) * 0.35 + noise(x, y, 64, 8) * 0.3 + speck(x, y, 9) * 0.25,
};

/** 0 to 1 and back over a period. */
const wave = (at: number, period: number) => 1 - Math.abs((2 * (at % period)) / period - 1);
const speck = (x: number, y: number, seed: number) => chance(x, y, seed);

/** Value noise with so many cells to a tile. */
function noise(x: number, y: number, cells: number, seed: number): number {
  const size = TILE / cells;
  const [cx, cy] = [Math.floor(x / size), Math.floor(y / size)];
  const [fx, fy] = [eased(x / size - cx), eased(y / size - cy)];
  const at = (dx: number, dy: number) => chance((cx + dx) % cells, (cy + dy) % cells, seed);
  const top = at(0, 0) + (at(1, 0) - at(0, 0)) * fx;
  const bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * fx;
  return top + (bottom - top) * fy;
}

const eased = (t: number) => t * t * (3 - 2 * t);

/** Each height by its rank; equal ones in an order of their own. */
function evened(height: (x: number, y: number) => number): Float32Array {
  const heights = Float64Array.from({ length: TILE * TILE }, (_, i) => height(i & MASK, i >> 8));
  const order = Uint32Array.from(heights, (_, i) => i).sort(
    (a, b) => (heights[a] ?? 0) - (heights[b] ?? 0) || mix(a, 0, 0) - mix(b, 0, 0),
  );
  const tile = new Float32Array(TILE * TILE);
  order.forEach((at, rank) => {
    tile[at] = rank / (TILE * TILE - 1);
  });
  return tile;
}
