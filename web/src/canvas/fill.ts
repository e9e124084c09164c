/** Flood fill on pixels: same pixels in, same pixels out. */

/** RGBA, row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** The largest difference of a channel that still counts as the same colour. */
export const FILL_TOLERANCE = 36;

export function parseHex(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16);
  return { r: (value >> 16) & 255, g: (value >> 8) & 255, b: value & 255 };
}

/**
 * Fill the connected area around (x, y) in place; nothing drawn is a colour of its own. The area is then grown by one
 * pixel, so that the antialiased seam along its edge is covered too. Returns false when there is nothing to do.
 */
export function floodFill(raster: Raster, x: number, y: number, color: Rgb, opacity: number): boolean {
  const { width, height, data } = raster;
  const px = Math.floor(x);
  const py = Math.floor(y);
  if (px < 0 || py < 0 || px >= width || py >= height || opacity <= 0) return false;
  const mask = connected(raster, px, py);
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const i = row * width + col;
      if (mask[i] === 1 || touches(mask, col, row, width, height)) blend(data, i * 4, color, opacity);
    }
  return true;
}

/**
 * A wand's choice: 255 where a pixel differs from the one at (x, y) by no more than `tolerance` in any channel, else 0; null
 * outside. contiguous: only what hangs together with it.
 */
export function alike(
  raster: Raster,
  x: number,
  y: number,
  tolerance: number,
  contiguous: boolean,
): Uint8Array | null {
  const { width, height } = raster;
  const [px, py] = [Math.floor(x), Math.floor(y)];
  if (px < 0 || py < 0 || px >= width || py >= height) return null;
  if (contiguous) return connected(raster, px, py, tolerance).map((inside) => inside * 255);
  const same = likeness(raster, px, py, tolerance);
  return new Uint8Array(width * height).map((_, i) => (same(i) ? 255 : 0));
}

/** Likewise, everywhere: what is drawn and has that colour. */
export function ofColor({ width, height, data }: Raster, { r, g, b }: Rgb, tolerance: number): Uint8Array {
  const same = likenessTo(data, [r, g, b, 255], tolerance);
  return new Uint8Array(width * height).map((_, i) => (same(i) ? 255 : 0));
}

/** Source over destination, with straight (not premultiplied) alpha. */
function blend(data: Uint8ClampedArray, at: number, { r, g, b }: Rgb, opacity: number): void {
  const below = ((data[at + 3] ?? 0) / 255) * (1 - opacity);
  const alpha = opacity + below;
  const mix = (old: number | undefined, fresh: number) =>
    Math.round(((old ?? 0) * below + fresh * opacity) / alpha);
  data[at] = mix(data[at], r);
  data[at + 1] = mix(data[at + 1], g);
  data[at + 2] = mix(data[at + 2], b);
  data[at + 3] = Math.round(alpha * 255);
}

function touches(mask: Uint8Array, col: number, row: number, width: number, height: number): boolean {
  const i = row * width + col;
  return (
    (col > 0 && mask[i - 1] === 1) ||
    (col < width - 1 && mask[i + 1] === 1) ||
    (row > 0 && mask[i - width] === 1) ||
    (row < height - 1 && mask[i + width] === 1)
  );
}

/** Span fill: whole runs of a row at a time; the stack holds one entry for each run. */
function connected(raster: Raster, x: number, y: number, tolerance = FILL_TOLERANCE): Uint8Array {
  const { width, height } = raster;
  const mask = new Uint8Array(width * height);
  const like = likeness(raster, x, y, tolerance);
  const same = (i: number) => mask[i] === 0 && like(i);
  const stack = [y * width + x];
  for (let seed = stack.pop(); seed !== undefined; seed = stack.pop()) {
    if (!same(seed)) continue;
    const row = Math.floor(seed / width);
    const rowStart = row * width;
    let left = seed;
    while (left > rowStart && same(left - 1)) left--;
    let right = seed;
    while (right < rowStart + width - 1 && same(right + 1)) right++;
    mask.fill(1, left, right + 1);
    for (const step of [-width, width]) {
      if (row + Math.sign(step) < 0 || row + Math.sign(step) >= height) continue;
      let inside = false;
      for (let i = left + step; i <= right + step; i++) {
        const now = same(i);
        if (now && !inside) stack.push(i);
        inside = now;
      }
    }
  }
  return mask;
}

/** Whether a pixel has the colour of the one at (x, y). Where nothing is drawn, all is alike. */
function likeness({ width, data }: Raster, x: number, y: number, tolerance: number): (i: number) => boolean {
  const start = (y * width + x) * 4;
  const [r = 0, g = 0, b = 0, a = 0] = data.subarray(start, start + 4);
  return likenessTo(data, [r, g, b, a], tolerance);
}

function likenessTo(
  data: Uint8ClampedArray,
  [r, g, b, a]: readonly [number, number, number, number],
  tolerance: number,
): (i: number) => boolean {
  const clear = a <= tolerance;
  return (i) => {
    const at = i * 4;
    if (Math.abs((data[at + 3] ?? 0) - a) > tolerance) return false;
    if (clear) return true;
    return (
      Math.abs((data[at] ?? 0) - r) <= tolerance &&
      Math.abs((data[at + 1] ?? 0) - g) <= tolerance &&
      Math.abs((data[at + 2] ?? 0) - b) <= tolerance
    );
  };
}
