/** A film of moments: what is asked of film.worker.ts, and its rules. */

import type { MessageDescriptor } from "@lingui/core";
import type { MomentPictures } from "./store";

export type Sides = "render" | "both";
export type FilmFormat = "video" | "gif";

export interface FilmRequest {
  readonly frames: readonly MomentPictures[];
  readonly sides: Sides;
  readonly format: FilmFormat;
  /** Moments a second. */
  readonly pace: number;
}

export type FromFilm =
  | { readonly type: "progress"; readonly frames: number }
  | { readonly type: "done"; readonly file: Blob; readonly extension: string }
  | { readonly type: "failed"; readonly why: MessageDescriptor; readonly fix: MessageDescriptor };

export const MIN_PACE = 1;
export const MAX_PACE = 24;
export const DEFAULT_PACE = 6;
/** The last moment is what one wants to look at. */
export const LAST_S = 1.5;
/** The longest side of one picture: a GIF's file grows fast. */
export const MAX_FILM_PX: Readonly<Record<FilmFormat, number>> = { video: 1024, gif: 384 };

/** How long it plays. */
export const filmSeconds = (frames: number, pace: number): number =>
  frames === 0 ? 0 : (frames - 1) / pace + LAST_S;

export interface FilmSize {
  /** Of one picture; even, as encoders want it. */
  readonly width: number;
  readonly height: number;
}

/** Of the pictures in a film whose last one has this size. */
export function filmSize(last: FilmSize, format: FilmFormat): FilmSize {
  const scale = Math.min(1, MAX_FILM_PX[format] / Math.max(last.width, last.height));
  const even = (px: number) => Math.max(2, 2 * Math.round((px * scale) / 2));
  return { width: even(last.width), height: even(last.height) };
}

/** Where a picture lies in a place of another shape: whole, in the middle. */
export function fitted(
  picture: FilmSize,
  place: FilmSize,
): FilmSize & { readonly x: number; readonly y: number } {
  const scale = Math.min(place.width / picture.width, place.height / picture.height);
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  return {
    width,
    height,
    x: Math.round((place.width - width) / 2),
    y: Math.round((place.height - height) / 2),
  };
}
