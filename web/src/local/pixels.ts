/** Pixels to what the network takes, and back: the twin of `read_sketch`, `read_kept` and `Kept` in engines/embedded.py. */

type Rgba = Uint8ClampedArray<ArrayBuffer>;

/** What stays of a picture: opaque RGBA of the shot's size, and the mask whose alpha says where it does not. */
export interface Kept {
  readonly base: Rgba;
  readonly mask: Rgba;
}

/** A sketch -> red, green, blue in [-1, 1] times coverage, then coverage: four planes of `into`, from its beginning. */
export function sketchHints(sketch: Rgba, into: Float32Array): void {
  const size = sketch.length / 4;
  for (let i = 0; i < size; i++) {
    const coverage = (sketch[4 * i + 3] ?? 0) / 255;
    put(into, 0, size, i, sketch, coverage);
  }
}

/** What is kept, the same way, into the four planes after the sketch's: all of it or nothing at each pixel. */
export function keptHints({ base, mask }: Kept, into: Float32Array): void {
  const size = base.length / 4;
  for (let i = 0; i < size; i++) put(into, 4, size, i, base, mask[4 * i + 3] === 0 ? 1 : 0);
}

function put(into: Float32Array, plane: number, size: number, i: number, rgba: Rgba, coverage: number): void {
  for (let c = 0; c < 3; c++)
    into[(plane + c) * size + i] = (((rgba[4 * i + c] ?? 0) / 255) * 2 - 1) * coverage;
  into[(plane + 3) * size + i] = coverage;
}

export function isDrawn(sketch: Rgba): boolean {
  for (let i = 3; i < sketch.length; i += 4) if (sketch[i] !== 0) return true;
  return false;
}

/** The network's picture, [3, height, width] in [-1, 1] -> opaque RGBA, with what is kept around it. */
export function toRgba(clean: Float32Array, kept: Kept | null): Rgba {
  const size = clean.length / 3;
  const rgba = new Uint8ClampedArray(4 * size);
  for (let i = 0; i < size; i++) {
    const anew = kept === null ? 255 : (kept.mask[4 * i + 3] ?? 0);
    for (let c = 0; c < 3; c++) {
      const value = ((clean[c * size + i] ?? 0) + 1) * 127.5 + 0.5;
      const made = Math.floor(Math.min(255, Math.max(0, value)));
      const stays = kept?.base[4 * i + c] ?? 0;
      rgba[4 * i + c] = Math.floor((stays * (255 - anew) + made * anew + 127) / 255);
    }
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}
