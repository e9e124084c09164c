/** What a press with each tool does. A gesture is one press: it shows its live mark at once and commits one mark. */

import type { Brush, Symmetry } from "../doc/brush";
import type { Mark, MaskStrokeMark, ShapeMark, StrokeMark } from "../doc/marks";
import { packPoints, packTilts, type StrokePoint, settledPoint } from "../doc/points";
import { isLine, spanTo } from "../doc/shapes";
import type { Desk, Tool } from "../ui/desk";
import type { LiveMask } from "./mask-layer";
import type { LiveMark } from "./sketch";
import { Stabiliser } from "./stabiliser";

export interface GestureWorld {
  /** Show this mark above the sketch; predicted points are shown and never kept. */
  preview(live: LiveMark | null, predicted: readonly StrokePoint[]): void;
  /** False when there is no picture whose rest a mask could keep. */
  beginMask(): boolean;
  previewMask(live: LiveMask | null): void;
  commit(mark: Mark): void;
  contains(x: number, y: number): boolean;
  colorAt(x: number, y: number): string | null;
  pick(color: string): void;
}

export interface Gesture {
  /** shift, alt: held now. */
  move(
    points: readonly StrokePoint[],
    predicted: readonly StrokePoint[],
    shift: boolean,
    alt?: boolean,
  ): void;
  end(): void;
  cancel(): void;
}

/** A stroke longer than this goes on in a second mark, so that the live outline stays cheap. */
export const MAX_STROKE_POINTS = 3000;
const MIN_DISTANCE = 0.7;
const NO_POINTS = new Uint8Array(0);

/** What strokes are drawn with. */
export interface Hand {
  /** What the tool paints or erases with. Null: a smooth outline. */
  readonly brush: Brush | null;
  readonly seed: number;
  /** Null: no mirror. */
  readonly symmetry: Symmetry | null;
  /** How far the stroke lags behind the pen, document units; 0: not at all. */
  readonly lag: number;
}

export const BARE_HAND: Hand = { brush: null, seed: 0, symmetry: null, lag: 0 };

/** shift: held at the press; it turns the mask brush around. */
export function beginGesture(
  tool: Tool,
  desk: Desk,
  at: StrokePoint,
  world: GestureWorld,
  shift = false,
  hand: Hand = BARE_HAND,
): Gesture | null {
  switch (tool) {
    case "brush":
    case "eraser":
    case "area":
      return stroke(
        {
          type: "stroke",
          tool,
          color: desk.color,
          size: desk.size,
          opacity: desk.opacity,
          points: NO_POINTS,
          ...(tool !== "area" && hand.brush !== null && { brush: hand.brush, seed: hand.seed }),
          ...(hand.symmetry !== null && { symmetry: hand.symmetry }),
        },
        world,
        at,
        tool === "area" ? 0 : hand.lag,
      );
    case "mask":
      return world.beginMask()
        ? maskStroke(
            { type: "mask", erases: desk.maskErases !== shift, size: desk.size, points: NO_POINTS },
            world,
            at,
          )
        : null;
    case "line":
    case "arrow":
    case "rect":
    case "ellipse":
    case "polygon":
      return shape(
        {
          type: "shape",
          shape: tool,
          color: desk.color,
          size: desk.size,
          opacity: desk.opacity,
          filled: desk.shapeStyle !== "outlined",
          ...(desk.shapeStyle === "both" && !isLine(tool) && { outline: desk.otherColor }),
          ...(tool === "polygon" && { sides: desk.polygonSides }),
          x0: at.x,
          y0: at.y,
          x1: at.x,
          y1: at.y,
        },
        world,
      );
    case "fill":
      if (world.contains(at.x, at.y))
        world.commit({
          type: "fill",
          color: desk.color,
          opacity: desk.opacity,
          x: Math.floor(at.x),
          y: Math.floor(at.y),
        });
      return null;
    case "eyedropper":
      return eyedropper(world, at);
    case "hand":
    case "move":
    case "text":
    case "select-rect":
    case "lasso":
    case "wand":
      return null; // not marks: see LiveLayer
  }
}

function maskStroke(mark: MaskStrokeMark, world: GestureWorld, at: StrokePoint): Gesture {
  let points: StrokePoint[] = [at];
  const commit = () => world.commit({ ...mark, points: packPoints(points) });
  world.previewMask({ mark, points });
  return {
    move(more, predicted) {
      for (const point of more) if (isFar(points, point)) points.push(point);
      if (points.length >= MAX_STROKE_POINTS) {
        commit();
        points = points.slice(-1);
      }
      world.previewMask({ mark, points: predicted.length > 0 ? [...points, ...predicted] : points });
    },
    end() {
      world.previewMask(null);
      commit();
    },
    cancel: () => world.previewMask(null),
  };
}

function isFar(points: readonly StrokePoint[], point: StrokePoint): boolean {
  const last = points.at(-1);
  return last === undefined || Math.hypot(point.x - last.x, point.y - last.y) >= MIN_DISTANCE;
}

function stroke(mark: StrokeMark, world: GestureWorld, at: StrokePoint, lag: number): Gesture {
  // What dabs are laid by is what will be in the document, so that nothing jumps when the pen is lifted.
  const settle = mark.brush === undefined ? (point: StrokePoint) => point : settledPoint;
  const steady = new Stabiliser(at, lag);
  let points: StrokePoint[] = [settle(at)];
  world.preview({ mark, points }, []);
  const commit = () => world.commit(packed(mark, points));
  const add = (point: StrokePoint) => {
    if (!isFar(points, point)) return;
    points.push(settle(point));
    if (points.length < MAX_STROKE_POINTS || mark.tool === "area") return;
    commit();
    points = points.slice(-1);
  };
  return {
    move(more, predicted) {
      for (const point of more) add(steady.next(point));
      world.preview({ mark, points }, steady.foresee(predicted));
    },
    end() {
      steady.rest().forEach(add);
      world.preview(null, []);
      if (mark.tool !== "area" || points.length > 2) commit();
    },
    cancel: () => world.preview(null, []),
  };
}

function packed(mark: StrokeMark, points: readonly StrokePoint[]): StrokeMark {
  const { brush } = mark;
  const leans = brush !== undefined && (brush.tiltSize > 0 || brush.follows === "tilt");
  const tilts = leans ? packTilts(points) : null;
  return { ...mark, points: packPoints(points), ...(tilts !== null && { tilts }) };
}

function shape(begun: ShapeMark, world: GestureWorld): Gesture {
  let mark = begun;
  return {
    move(points, _predicted, shift, alt = false) {
      const to = points.at(-1);
      if (to === undefined) return;
      mark = { ...begun, ...spanTo(begun.shape, { x: begun.x0, y: begun.y0 }, to, shift, alt) };
      world.preview({ mark, points: undefined }, []);
    },
    end() {
      world.preview(null, []);
      if (Math.hypot(mark.x1 - mark.x0, mark.y1 - mark.y0) >= 2) world.commit(mark);
    },
    cancel: () => world.preview(null, []),
  };
}

function eyedropper(world: GestureWorld, at: StrokePoint): Gesture {
  const pick = ({ x, y }: StrokePoint) => {
    const color = world.colorAt(x, y);
    if (color !== null) world.pick(color);
  };
  pick(at);
  return {
    move(points) {
      const last = points.at(-1);
      if (last) pick(last);
    },
    end() {},
    cancel() {},
  };
}
