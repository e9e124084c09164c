/** What sizes a picture can be enlarged to, and what becomes of it: the twin of `enhance/target.py`. */

import type { FilmFormat, Format } from "./job";

export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** The longer side of each. */
const NAMED_PX: Readonly<Record<string, number>> = { "4k": 3840, "8k": 7680, "16k": 15360 };
const MAX_PIXELS = 2 ** 29;
const MAX_SIDE_PX = 65535;
/** No file of the format has a longer side. */
const FORMAT_SIDE_PX: Readonly<Record<Format, number>> = { png: MAX_SIDE_PX, jpeg: 65500, webp: 16383 };
/** Bytes a pixel of enlarged renders, measured; a guess for any one picture. */
const BYTES_PER_PIXEL: Readonly<Record<Format, number>> = { png: 1.05, jpeg: 0.07, webp: 0.012 };

export const TARGETS = ["4k", "8k", "16k", "x2", "x4"] as const;
export const DEFAULT_TARGET = "4k";
export const DEFAULT_FORMAT: Format = "png";
export const MODEL = "light";

/** "4K", "2×" */
export const targetLabel = (to: string): string =>
  to.startsWith("x") ? `${to.slice(1)}×` : to.toUpperCase();

/** Null where it cannot be: unknown, no larger than the source, or beyond the limits. */
export function targetSize(to: string, source: PixelSize): PixelSize | null {
  const side_px = NAMED_PX[to];
  const factor =
    side_px === undefined
      ? Number(/^x(\d+(?:\.\d+)?)$/.exec(to)?.[1])
      : side_px / Math.max(source.width, source.height);
  const width = Math.max(1, Math.round(source.width * factor));
  const height = Math.max(1, Math.round(source.height * factor));
  const fits = Math.max(width, height) <= MAX_SIDE_PX && width * height <= MAX_PIXELS;
  return fits && width > source.width && height > source.height ? { width, height } : null;
}

/** What can be made of the source, the smallest first. */
export const madeOf = (source: PixelSize): readonly (readonly [to: string, size: PixelSize])[] =>
  TARGETS.flatMap((to) => {
    const size = targetSize(to, source);
    return size === null ? [] : [[to, size] as const];
  }).sort(([, a], [, b]) => a.width - b.width);

export const holds = (format: Format, { width, height }: PixelSize): boolean =>
  Math.max(width, height) <= FORMAT_SIDE_PX[format];

/** No film has a longer side. */
const FILM_SIDE_PX = 16384;

/** The same of a recording. */
export const filmsOf = (source: PixelSize, format: FilmFormat): ReturnType<typeof madeOf> =>
  madeOf(source).filter(([, size]) => format === "png" || Math.max(size.width, size.height) <= FILM_SIDE_PX);

/** What one press makes: what was chosen last, else the first that can be. */
export function chosenTarget(kept: string, source: PixelSize): string | null {
  return [kept, ...TARGETS].find((to) => targetSize(to, source) !== null) ?? null;
}

export const guessBytes = (format: Format, { width, height }: PixelSize): number =>
  width * height * BYTES_PER_PIXEL[format];
