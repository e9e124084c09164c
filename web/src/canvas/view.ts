/** The view that both panes share: zoom relative to "fit", and the document point in the middle of a pane. */

import { CENTRE, DOCUMENT_HEIGHT, type Frame } from "../doc/frame";

export interface View {
  readonly zoom: number;
  readonly cx: number;
  readonly cy: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** Space in a pane that controls cover, CSS pixels. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** document units -> pane pixels: x * scale + dx, y * scale + dy. */
export interface Placement {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
}

export const MIN_ZOOM = 0.25;
export const MAX_ZOOM = 24;

export const FIT: View = { zoom: 1, cx: CENTRE, cy: DOCUMENT_HEIGHT / 2 };

export function fitScale(pane: Extent, insets: Insets, document: Extent): number {
  const width = Math.max(40, pane.width - insets.left - insets.right);
  const height = Math.max(40, pane.height - insets.top - insets.bottom);
  return Math.min(width / document.width, height / document.height);
}

export function place(view: View, pane: Extent, insets: Insets, fit: number): Placement {
  const scale = fit * view.zoom;
  const middleX = (insets.left + pane.width - insets.right) / 2;
  const middleY = (insets.top + pane.height - insets.bottom) / 2;
  return { scale, dx: middleX - view.cx * scale, dy: middleY - view.cy * scale };
}

export const toDocument = (p: Placement, x: number, y: number) => ({
  x: (x - p.dx) / p.scale,
  y: (y - p.dy) / p.scale,
});

/** Zoom by a factor while the document point under (x, y) of the pane stays where it is. */
export function zoomAt(view: View, p: Placement, x: number, y: number, factor: number): View {
  const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, view.zoom * factor));
  const ratio = view.zoom / zoom;
  const held = toDocument(p, x, y);
  return { zoom, cx: held.x + (view.cx - held.x) * ratio, cy: held.y + (view.cy - held.y) * ratio };
}

export const panBy = (view: View, p: Placement, dx_px: number, dy_px: number): View => ({
  zoom: view.zoom,
  cx: view.cx - dx_px / p.scale,
  cy: view.cy - dy_px / p.scale,
});

/** CSS that puts an element of the frame's size in units where the frame is in the pane. */
export const frameTransform = (frame: Frame, { scale, dx, dy }: Placement) =>
  `translate(${frame.x * scale + dx}px, ${frame.y * scale + dy}px) scale(${scale})`;
