/** How much of each pixel a stroke has covered, 0 to 1: dabs are stamped on it in plain numbers, without a canvas. */

import type { Brush } from "../doc/brush";
import type { Box, Matrix } from "../doc/matrix";
import { chance, mix } from "../doc/turn";
import type { Dab } from "./dabs";
import { grainTile, heightAt, TILE } from "./grains";

/** Pixels that one stroke may touch; past this it lays no more paint, on any machine alike. */
const MAX_TOUCHED = 1e9;
const MIN_SPECKS = 16;
const MAX_SPECKS = 96;
/** A dry brush has run out after so many sizes. */
const DRIES_OVER = 120;
const STREAKS = 96;

/** An area of whole units. */
export class Cover {
  /** Pixels so far. */
  touched = 0;
  /** What has changed since it was asked last. */
  private dirty: Edges | null = null;

  /** values: by rows, as many as the box has units, all zero. */
  constructor(
    readonly box: Box,
    readonly values: Float32Array = new Float32Array(box.width * box.height),
  ) {}

  /** Null when nothing has changed. */
  takeDirty(): Box | null {
    const { dirty } = this;
    this.dirty = null;
    return (
      dirty && {
        x: dirty.left,
        y: dirty.top,
        width: dirty.right - dirty.left,
        height: dirty.bottom - dirty.top,
      }
    );
  }

  copyOut({ x, y, width, height }: Box): Float32Array {
    const copy = new Float32Array(width * height);
    for (let row = 0; row < height; row++) {
      const from = this.at(x, y + row);
      copy.set(this.values.subarray(from, from + width), row * width);
    }
    return copy;
  }

  copyIn({ x, y, width, height }: Box, copy: Float32Array): void {
    for (let row = 0; row < height; row++)
      this.values.set(copy.subarray(row * width, (row + 1) * width), this.at(x, y + row));
    this.soil(x, y, x + width, y + height);
  }

  clear({ x, y, width, height }: Box): void {
    for (let row = 0; row < height; row++) {
      const from = this.at(x, y + row);
      this.values.fill(0, from, from + width);
    }
    this.soil(x, y, x + width, y + height);
    this.touched = 0;
  }

  /** The dab, seen through `copy` (IDENTITY: as it is). */
  stamp(dab: Dab, brush: Brush, seed: number, copy: Matrix): void {
    const [a, b, c, d, e, f] = copy;
    const { x, y, cos, sin } = dab;
    const lie: Lie = {
      x: a * x + c * y + e,
      y: b * x + d * y + f,
      cos: a * cos + c * sin,
      sin: b * cos + d * sin,
      flip: a * d - b * c < 0 ? -1 : 1,
    };
    if (brush.tip === "spray") this.spray(dab, lie, brush, seed);
    else this.press(dab, lie, brush, seed);
  }

  private spray(dab: Dab, lie: Lie, brush: Brush, seed: number): void {
    const fine = Math.max(0.6, Math.min(1.6, dab.long / 26));
    const specks = Math.round(Math.max(MIN_SPECKS, Math.min(MAX_SPECKS, dab.long * 1.4)));
    for (let k = 0; k < specks; k++) {
      const from = mix(seed, dab.number, k);
      const [u, v] = [chance(from, 1, 0) * 2 - 1, chance(from, 2, 0) * 2 - 1];
      const far = u * u + v * v;
      // Denser in the middle, by how soft it is.
      if (far > 1 || chance(from, 3, 0) * (1 - brush.hardness) > 1 - far) continue;
      const [along, across] = [u * dab.long, v * dab.short * lie.flip];
      const half = fine * (0.5 + chance(from, 4, 0));
      const speck = { ...dab, long: half, short: half };
      const x = lie.x + along * lie.cos - across * lie.sin;
      const y = lie.y + along * lie.sin + across * lie.cos;
      this.press(speck, { ...lie, x, y }, SPECK, seed, brush);
    }
  }

  private press(dab: Dab, lie: Lie, brush: Brush, seed: number, laid: Brush = brush): void {
    const { box, values } = this;
    const { long, short, flow } = dab;
    const { cos, sin, flip } = lie;
    const { tip, hardness } = brush;
    const { buildUp, depth } = laid;
    // The upright box around the turned one.
    const reachX = Math.abs(cos) * long + Math.abs(sin) * short + 1;
    const reachY = Math.abs(sin) * long + Math.abs(cos) * short + 1;
    this.touched += 4 * reachX * reachY;
    if (this.touched > MAX_TOUCHED) return;
    const left = Math.max(box.x, Math.floor(lie.x - reachX));
    const right = Math.min(box.x + box.width, Math.ceil(lie.x + reachX) + 1);
    const top = Math.max(box.y, Math.floor(lie.y - reachY));
    const bottom = Math.min(box.y + box.height, Math.ceil(lie.y + reachY) + 1);
    if (left >= right || top >= bottom) return;
    this.soil(left, top, right, bottom);
    const grain = depth > 0 ? grainTile(laid.grain) : null;
    const rough = tip === "rough" ? grainTile("coarse") : null;
    const bristles = tip === "bristle" ? streaks(seed) : null;
    const turn = rough ? mix(seed, dab.number, 7) : 0;
    const dry = bristles
      ? Math.min(0.55, dab.far / (DRIES_OVER * Math.max(1, long))) + (0.5 - dab.pressure) * 0.4
      : 0;
    const tufts = Math.min(STREAKS - 1, long * 1.3);
    const square = tip === "flat" || tip === "bristle";
    // At least a pixel, or the edge is jagged.
    const softLong = Math.max(1 / long, 1 - hardness);
    const softShort = Math.max(1 / short, 1 - hardness);
    for (let py = top; py < bottom; py++) {
      let i = this.at(left, py);
      const dy = py + 0.5 - lie.y;
      for (let px = left; px < right; px++, i++) {
        const dx = px + 0.5 - lie.x;
        const u = (dx * cos + dy * sin) / long;
        const v = ((dy * cos - dx * sin) * flip) / short;
        let cover: number;
        if (square) {
          const inU = (1 + 0.5 / long - Math.abs(u)) / softLong;
          const inV = (1 + 0.5 / short - Math.abs(v)) / softShort;
          if (inU <= 0 || inV <= 0) continue;
          cover = Math.min(1, inU) * Math.min(1, inV);
        } else {
          const inside = (1 + 0.5 / short - Math.sqrt(u * u + v * v)) / softShort;
          if (inside <= 0) continue;
          cover = inside >= 1 ? 1 : inside * inside * (3 - 2 * inside);
        }
        if (rough !== null) {
          const height = heightAt(
            rough,
            (u * long * 1.4 + (turn & 255)) | 0,
            (v * short * 1.4 + ((turn >> 8) & 255)) | 0,
          );
          cover *= Math.min(1, Math.max(0, 1.9 * cover - 1.15 * height + 0.15));
        } else if (bristles !== null) {
          // Bristles lie side by side along the long side; each runs dry in its own time.
          const at = (u + 1) * 0.5 * tufts;
          const k = Math.max(0, Math.min(STREAKS - 2, Math.floor(at)));
          const paint =
            (bristles[k] ?? 0) +
            ((bristles[k + 1] ?? 0) - (bristles[k] ?? 0)) * Math.min(1, Math.max(0, at - k));
          cover *= Math.min(1, Math.max(0, (paint - 0.22 - dry) * 3.2));
        }
        cover *= flow;
        if (grain !== null) {
          const height = grain[((py & (TILE - 1)) << 8) | (px & (TILE - 1))] ?? 0;
          cover = Math.min(flow, Math.max(0, cover * (1 + depth) - depth * 1.15 * height));
        }
        if (cover <= 0) continue;
        const before = values[i] ?? 0;
        values[i] = buildUp ? before + (1 - before) * cover : Math.max(before, cover);
      }
    }
  }

  private at(x: number, y: number): number {
    return (y - this.box.y) * this.box.width + x - this.box.x;
  }

  private soil(left: number, top: number, right: number, bottom: number): void {
    const { dirty } = this;
    this.dirty =
      dirty === null
        ? { left, top, right, bottom }
        : {
            left: Math.min(dirty.left, left),
            top: Math.min(dirty.top, top),
            right: Math.max(dirty.right, right),
            bottom: Math.max(dirty.bottom, bottom),
          };
  }
}

interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where a copy of a dab lies. */
interface Lie {
  readonly x: number;
  readonly y: number;
  readonly cos: number;
  readonly sin: number;
  readonly flip: 1 | -1;
}

const SPECK: Brush = {
  tip: "round",
  grain: "none",
  depth: 0,
  hardness: 0.7,
  flow: 1,
  spacing: 1,
  scatter: 0,
  roundness: 1,
  angle: 0,
  follows: "nothing",
  buildUp: true,
  pressureSize: 0,
  pressureFlow: 0,
  tiltSize: 0,
};

let streaked: { readonly seed: number; readonly paint: Float32Array } | null = null;

/** How much paint each bristle holds, in tufts. */
function streaks(seed: number): Float32Array {
  if (streaked?.seed === seed) return streaked.paint;
  const paint = Float32Array.from(
    { length: STREAKS },
    (_, i) => 0.5 * chance(seed, i, 11) + 0.3 * chance(seed, i >> 1, 12) + 0.35 * chance(seed, i >> 3, 13),
  );
  streaked = { seed, paint };
  return paint;
}
