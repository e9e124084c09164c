/** A mark: one thing that was put on the sketch. Marks never change; they are only hidden (undo) and shown (redo). */

import * as Y from "yjs";
import { type Brush, MAX_INK_SIZE, MIN_INK_SIZE, readBrush, readSymmetry, type Symmetry } from "./brush";
import { CENTRE } from "./frame";
import { BASE } from "./layers";
import type { Matrix } from "./matrix";
import { number } from "./read";
import { DEFAULT_SIDES, MAX_SIDES, MIN_SIDES, type ShapeName } from "./shapes";

export type StrokeTool = "brush" | "eraser" | "area";

/**
 * layer: the paint layer that it lies on; absent: BASE (layers.ts). from: the way from where it was drawn to the layer's own
 * units, when the layer had been moved or turned; absent: there is none to go.
 * clip: the selection (selection.ts) that it was made under, where it was drawn; absent: there was none.
 */
interface OnLayer {
  readonly layer?: string;
  readonly from?: Matrix;
  readonly clip?: string;
}

/** points: see points.ts. "area" fills the outline that the points walk. size: units; opacity: 0 to 1. */
export interface StrokeMark extends OnLayer {
  readonly type: "stroke";
  readonly tool: StrokeTool;
  readonly color: string;
  readonly size: number;
  readonly opacity: number;
  readonly points: Uint8Array;
  /** What it is painted with, dab by dab; absent: one smooth outline. */
  readonly brush?: Brush;
  /** All that is left to chance in it comes from here; with a brush. */
  readonly seed?: number;
  /** How the pen leant (points.ts); with a brush. */
  readonly tilts?: Uint8Array;
  /** Its copies are painted with it. */
  readonly symmetry?: Symmetry;
}

export interface FillMark extends OnLayer {
  readonly type: "fill";
  readonly color: string;
  readonly opacity: number;
  readonly x: number;
  readonly y: number;
}

/** filled: not of lines; otherwise an outline of `size`. */
export interface ShapeMark extends OnLayer {
  readonly type: "shape";
  readonly shape: ShapeName;
  readonly color: string;
  readonly size: number;
  readonly opacity: number;
  readonly filled: boolean;
  /** What is filled has an outline in this colour too. */
  readonly outline?: string;
  /** Of a polygon. */
  readonly sides?: number;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** data: an encoded image file of type `mime`. */
export interface ImageMark extends OnLayer {
  readonly type: "image";
  readonly mime: string;
  readonly data: Uint8Array;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface ClearMark extends OnLayer {
  readonly type: "clear";
}

/** What is selected is taken off the layer. */
export interface EraseMark extends OnLayer {
  readonly type: "erase";
  readonly clip: string;
}

/** What is selected moves, by whole units of the document. */
export interface ShiftMark extends OnLayer {
  readonly type: "shift";
  readonly clip: string;
  readonly dx: number;
  readonly dy: number;
}

/** A stroke of the mask brush: more of the picture is rendered anew, or less of it. What mask marks do: mask.ts. */
export interface MaskStrokeMark {
  readonly type: "mask";
  readonly erases: boolean;
  readonly size: number;
  readonly points: Uint8Array;
  /** The selection that it was made under. */
  readonly clip?: string;
}

/** What is selected is added to the mask. */
export interface MaskAreaMark {
  readonly type: "mask-area";
  readonly clip: string;
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

export type MaskMark = MaskStrokeMark | MaskAreaMark | MaskInvertMark | MaskClearMark | MaskKeepMark;
export type SketchMark = StrokeMark | FillMark | ShapeMark | ImageMark | ClearMark | EraseMark | ShiftMark;
export type Mark = SketchMark | MaskMark;

export interface PlacedMark<M extends Mark = Mark> {
  readonly id: string;
  readonly mark: M;
}

export const isMaskMark = (mark: Mark): mark is MaskMark => mark.type.startsWith("mask");

export type SketchMarks = readonly PlacedMark<SketchMark>[];

/** What each layer shows, and what the mask is made of; each in the order of drawing. */
export function splitMarks(marks: readonly PlacedMark[]): {
  layers: ReadonlyMap<string, SketchMarks>;
  mask: PlacedMark<MaskMark>[];
} {
  const layers = new Map<string, PlacedMark<SketchMark>[]>();
  const mask: PlacedMark<MaskMark>[] = [];
  for (const { id, mark: drawn } of marks) {
    if (isMaskMark(drawn)) {
      mask.push({ id, mark: drawn });
      continue;
    }
    const layer = drawn.layer ?? BASE;
    const on = layers.get(layer);
    if (on === undefined) layers.set(layer, [{ id, mark: drawn }]);
    else on.push({ id, mark: drawn });
  }
  return { layers, mask };
}

/** A mark that was read has an id and a writer of its own, which are not copied. */
export function toYMap(id: string, by: string, mark: Mark): Y.Map<unknown> {
  return new Y.Map<unknown>(Object.entries({ ...mark, id, by, hidden: false }));
}

/** Null for a mark of a kind this version does not know: it is kept in the document and not drawn. */
export function fromYMap(map: Y.Map<unknown>): Mark | null {
  const value = Object.fromEntries(map.entries());
  switch (value.type) {
    case "stroke":
      return Object.freeze(legalStroke(value)) as unknown as Mark;
    case "shape":
      return Object.freeze(legalShape(value)) as unknown as Mark;
    case "fill":
    case "image":
    case "clear":
    case "erase":
    case "shift":
    case "mask":
    case "mask-area":
    case "mask-invert":
    case "mask-clear":
    case "mask-keep":
      return Object.freeze(value) as unknown as Mark;
    default:
      return null;
  }
}

/** Another program may have written it. */
function legalStroke({
  brush,
  symmetry,
  tilts,
  ...stroke
}: Record<string, unknown>): Record<string, unknown> {
  const known = readBrush(brush);
  return {
    ...stroke,
    ...(known !== null && {
      brush: known,
      size: number(stroke.size, 1, MIN_INK_SIZE, MAX_INK_SIZE),
      seed: number(stroke.seed, 0, 0, 2 ** 32),
    }),
    ...(tilts instanceof Uint8Array && { tilts }),
    ...(symmetry !== undefined && {
      symmetry: readSymmetry(symmetry, { mirror: "off", x: CENTRE, y: CENTRE, folds: 6 }),
    }),
  };
}

function legalShape({ sides, ...shape }: Record<string, unknown>): Record<string, unknown> {
  if (shape.shape !== "polygon") return shape;
  return { ...shape, sides: Math.round(number(sides, DEFAULT_SIDES, MIN_SIDES, MAX_SIDES)) };
}
