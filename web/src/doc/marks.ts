/** A mark: one thing that was put on the sketch. Marks never change; they are only hidden (undo) and shown (redo). */

import * as Y from "yjs";

/** What shows where nothing is drawn. It is not sent: undrawn pixels are transparent, and the engine is free there. */
export const PAPER = "#dadada";

export type StrokeTool = "brush" | "eraser" | "area";
export type ShapeName = "line" | "rect" | "ellipse";

/** points: see points.ts. "area" fills the outline that the points walk. size: units; opacity: 0 to 1. */
export interface StrokeMark {
  readonly type: "stroke";
  readonly tool: StrokeTool;
  readonly color: string;
  readonly size: number;
  readonly opacity: number;
  readonly points: Uint8Array;
}

export interface FillMark {
  readonly type: "fill";
  readonly color: string;
  readonly opacity: number;
  readonly x: number;
  readonly y: number;
}

/** filled: rect and ellipse only; otherwise an outline of `size`. */
export interface ShapeMark {
  readonly type: "shape";
  readonly shape: ShapeName;
  readonly color: string;
  readonly size: number;
  readonly opacity: number;
  readonly filled: boolean;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** data: an encoded image file of type `mime`. */
export interface ImageMark {
  readonly type: "image";
  readonly mime: string;
  readonly data: Uint8Array;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface ClearMark {
  readonly type: "clear";
}

/** A stroke of the mask brush: more of the picture is rendered anew, or less of it. What mask marks do: mask.ts. */
export interface MaskStrokeMark {
  readonly type: "mask";
  readonly erases: boolean;
  readonly size: number;
  readonly points: Uint8Array;
}

export interface MaskInvertMark {
  readonly type: "mask-invert";
}

/** The mask ends, and a picture that was kept is let go. */
export interface MaskClearMark {
  readonly type: "mask-clear";
}

/** The mask ends, and what is shown stays while `shot` is the key of what would be rendered (mask.ts). */
export interface MaskKeepMark {
  readonly type: "mask-keep";
  readonly shot: string;
}

export type MaskMark = MaskStrokeMark | MaskInvertMark | MaskClearMark | MaskKeepMark;
export type SketchMark = StrokeMark | FillMark | ShapeMark | ImageMark | ClearMark;
export type Mark = SketchMark | MaskMark;

export interface PlacedMark<M extends Mark = Mark> {
  readonly id: string;
  readonly mark: M;
}

const isMask = (placed: PlacedMark): placed is PlacedMark<MaskMark> => placed.mark.type.startsWith("mask");

/** What the sketch shows, and what the mask is made of; each in the order of drawing. */
export function splitMarks(marks: readonly PlacedMark[]): {
  sketch: PlacedMark<SketchMark>[];
  mask: PlacedMark<MaskMark>[];
} {
  const sketch: PlacedMark<SketchMark>[] = [];
  const mask: PlacedMark<MaskMark>[] = [];
  for (const placed of marks)
    if (isMask(placed)) mask.push(placed);
    else sketch.push(placed as PlacedMark<SketchMark>);
  return { sketch, mask };
}

export function toYMap(id: string, by: string, mark: Mark): Y.Map<unknown> {
  return new Y.Map<unknown>([["id", id], ["by", by], ["hidden", false], ...Object.entries(mark)]);
}

/** Null for a mark of a kind this version does not know: it is kept in the document and not drawn. */
export function fromYMap(map: Y.Map<unknown>): Mark | null {
  const value = Object.fromEntries(map.entries());
  switch (value.type) {
    case "stroke":
    case "fill":
    case "shape":
    case "image":
    case "clear":
    case "mask":
    case "mask-invert":
    case "mask-clear":
    case "mask-keep":
      return Object.freeze(value) as unknown as Mark;
    default:
      return null;
  }
}
