/** Where things are while two pictures are compared: pure functions. Pictures in pixels of the result, panes in CSS pixels. */

import { type Extent, fitScale, type Insets, type Placement, place, type View } from "../canvas/view";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The part of the pane where the picture is. */
export interface Span {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Compared {
  readonly pane: Extent;
  readonly picture: Extent;
  /** Device pixels of a CSS pixel. */
  readonly dpr: number;
}

/** No pixel of the result is shown larger than so many of the screen. */
const MOST = 8;
const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };

export const fitOf = ({ pane, picture }: Compared): number => fitScale(pane, NO_INSETS, picture);

export const FITTED = ({ picture }: Compared): View => ({
  zoom: 1,
  cx: picture.width / 2,
  cy: picture.height / 2,
});

/** The zoom at which a pixel of the result is one of the screen. */
export const pixelZoom = (at: Compared): number => 1 / (fitOf(at) * at.dpr);

export const placed = (at: Compared, view: View): Placement => place(view, at.pane, NO_INSETS, fitOf(at));

/** The smallest: fitted, or pixel by pixel where that is smaller still. */
export const leastZoom = (at: Compared): number => Math.min(1, pixelZoom(at));

/** Fitted, which is null for a view. */
export const isFitted = (view: View): boolean => Math.abs(view.zoom - 1) < 0.001;

/** Never too small, never too large, and without room beside the picture that it could fill. */
export function clamped(at: Compared, view: View): View {
  const zoom = Math.min(Math.max(1, MOST * pixelZoom(at)), Math.max(leastZoom(at), view.zoom));
  const scale = fitOf(at) * zoom;
  const along = (centre: number, length: number, pane: number): number => {
    const half = pane / scale / 2;
    return half * 2 >= length ? length / 2 : Math.min(length - half, Math.max(half, centre));
  };
  const { pane, picture } = at;
  return {
    zoom,
    cx: along(view.cx, picture.width, pane.width),
    cy: along(view.cy, picture.height, pane.height),
  };
}

export function spanOf({ scale, dx, dy }: Placement, { pane, picture }: Compared): Span {
  return {
    left: Math.max(0, dx),
    top: Math.max(0, dy),
    right: Math.min(pane.width, dx + picture.width * scale),
    bottom: Math.min(pane.height, dy + picture.height * scale),
  };
}

/** part: 0 to 1 of what is seen of the picture, so that the line is always on it. */
export const lineAt = (part: number, { left, right }: Span): number => left + part * (right - left);
export const partAt = (x: number, { left, right }: Span): number =>
  right <= left ? 0.5 : Math.min(1, Math.max(0, (x - left) / (right - left)));

/** The lens's left upper corner: above the point, below it where there is no room, never outside. */
export function lensAt(point: Point, lens: Extent, pane: Extent, gap: number): Point {
  const within = (at: number, most: number) => Math.min(Math.max(gap, at), Math.max(gap, most - gap));
  const above = point.y - gap - lens.height;
  return {
    x: within(point.x - lens.width / 2, pane.width - lens.width),
    y: above >= gap ? above : within(point.y + gap, pane.height - lens.height),
  };
}

/** Where the whole picture lies in a lens whose middle shows that point of it, pixel by pixel. */
export const inLens = (point: Point, lens: Extent, dpr: number): Point => ({
  x: Math.round((lens.width / 2) * dpr - point.x) / dpr,
  y: Math.round((lens.height / 2) * dpr - point.y) / dpr,
});
