/**
 * What of the document a picture shows. Every picture is DOCUMENT_HEIGHT units high around one fixed centre; a wider
 * size shows more at the left and the right. So nothing that is drawn moves or changes its size when the size does,
 * a wide picture has empty room beside what was drawn for a square, and going back to the square loses nothing.
 */

import type { WireSize } from "../wire/shots";

export const DOCUMENT_HEIGHT = 1024;
/** The point of the document that every picture has in its middle. */
export const CENTRE = 512;

/** Document units. `x` is below zero for a picture wider than high. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The width is even, so that a raster of one pixel a unit begins on a whole pixel. */
export function frameOf([width, height]: WireSize): Frame {
  const half = Math.round((DOCUMENT_HEIGHT * width) / height / 2);
  return { x: CENTRE - half, y: 0, width: 2 * half, height: DOCUMENT_HEIGHT };
}

export const sameFrame = (a: Frame, b: Frame) => a.x === b.x && a.width === b.width && a.height === b.height;
