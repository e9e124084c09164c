/** What a press with each tool does. A gesture is one press: it shows its live mark at once and commits one mark. */

import type { Mark, MaskStrokeMark, ShapeMark, StrokeMark } from "../doc/marks";
import { packPoints, type StrokePoint } from "../doc/points";
import type { Desk, Tool } from "../ui/desk";
import type { LiveMask } from "./mask-layer";
import type { LiveMark } from "./sketch";

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
  move(points: readonly StrokePoint[], predicted: readonly StrokePoint[], shift: boolean): void;
  end(): void;
  cancel(): void;
}

/** A stroke longer than this goes on in a second mark, so that the live outline stays cheap. */
export const MAX_STROKE_POINTS = 3000;
const MIN_DISTANCE = 0.7;
const NO_POINTS = new Uint8Array(0);

/** shift: held at the press; it turns the mask brush around. */
export function beginGesture(
  tool: Tool,
  desk: Desk,
  at: StrokePoint,
  world: GestureWorld,
  shift = false,
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
        },
        world,
        at,
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
    case "rect":
    case "ellipse":
      return shape(
        {
          type: "shape",
          shape: tool,
          color: desk.color,
          size: desk.size,
          opacity: desk.opacity,
          filled: desk.filledShapes,
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

function stroke(mark: StrokeMark, world: GestureWorld, at: StrokePoint): Gesture {
  let points: StrokePoint[] = [at];
  const commit = () => world.commit({ ...mark, points: packPoints(points) });
  const add = (point: StrokePoint) => {
    if (!isFar(points, point)) return;
    points.push(point);
    if (points.length < MAX_STROKE_POINTS || mark.tool === "area") return;
    commit();
    points = [point];
  };
  world.preview({ mark, points }, []);
  return {
    move(more, predicted) {
      more.forEach(add);
      world.preview({ mark, points }, predicted);
    },
    end() {
      world.preview(null, []);
      if (mark.tool !== "area" || points.length > 2) commit();
    },
    cancel: () => world.preview(null, []),
  };
}

function shape(begun: ShapeMark, world: GestureWorld): Gesture {
  let mark = begun;
  return {
    move(points, _predicted, shift) {
      const to = points.at(-1);
      if (to === undefined) return;
      mark = { ...mark, ...constrain(begun, to, shift) };
      world.preview({ mark, points: undefined }, []);
    },
    end() {
      world.preview(null, []);
      if (Math.hypot(mark.x1 - mark.x0, mark.y1 - mark.y0) >= 2) world.commit(mark);
    },
    cancel: () => world.preview(null, []),
  };
}

/** With shift: lines in steps of 45 degrees, squares, circles. */
export function constrain(
  from: Pick<ShapeMark, "shape" | "x0" | "y0">,
  to: { x: number; y: number },
  shift: boolean,
): { x1: number; y1: number } {
  if (!shift) return { x1: to.x, y1: to.y };
  const dx = to.x - from.x0;
  const dy = to.y - from.y0;
  if (from.shape === "line") {
    const step = Math.PI / 4;
    const angle = Math.round(Math.atan2(dy, dx) / step) * step;
    const length = Math.hypot(dx, dy);
    return { x1: from.x0 + Math.cos(angle) * length, y1: from.y0 + Math.sin(angle) * length };
  }
  const side = Math.max(Math.abs(dx), Math.abs(dy));
  return { x1: from.x0 + Math.sign(dx || 1) * side, y1: from.y0 + Math.sign(dy || 1) * side };
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
