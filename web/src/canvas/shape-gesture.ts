/** Drags that make and change shape layers. Everything of one drag is one step of undo. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { newId } from "../doc/keep";
import { type LayerFields, matrixOf, type ShapeLayer } from "../doc/layers";
import { apply, type Point } from "../doc/matrix";
import { isLine, placeOf, type ShapeName, type Span, spanTo } from "../doc/shapes";
import type { Studio } from "../studio";
import type { Desk } from "../ui/desk";
import { spanOf } from "./shape";
import type { Gesture } from "./tools";

/** Shorter than this is a click. */
const MIN_UNITS = 2;
export const SHAPE_NAMES: Readonly<Record<ShapeName, MessageDescriptor>> = {
  rect: msg`Rectangle`,
  ellipse: msg`Ellipse`,
  polygon: msg`Polygon`,
  line: msg`Line`,
  arrow: msg`Arrow`,
};

const looksOf = (
  shape: ShapeName,
  { color, otherColor, shapeStyle, size, opacity, polygonSides }: Desk,
): Pick<LayerFields, "kind" | "name" | "shape" | "fill" | "stroke" | "line" | "opacity" | "sides"> => {
  const bare = isLine(shape) || shapeStyle === "outlined";
  return {
    kind: "shape",
    name: i18n._(SHAPE_NAMES[shape]),
    shape,
    fill: bare ? "" : color,
    stroke: bare ? color : shapeStyle === "both" ? otherColor : "",
    line: size,
    sides: polygonSides,
    opacity,
  };
};

/** A shape from here to where the drag ends, as a layer above the one in hand. */
export function beginShape(studio: Studio, shape: ShapeName, at: Point): Gesture {
  const { layering, desk, doc, recent } = studio;
  const gesture = newId();
  let id: string | null = null;
  return {
    move(points, _predicted, shift, alt = false) {
      const to = points.at(-1);
      if (to === undefined || (id === null && Math.hypot(to.x - at.x, to.y - at.y) < MIN_UNITS)) return;
      const place = placeOf(shape, spanTo(shape, at, to, shift, alt));
      if (id === null) id = layering.addShape({ ...looksOf(shape, desk.get()), ...place }, gesture);
      else layering.change(id, place, gesture);
    },
    end() {
      if (id !== null) recent.used(desk.get().color);
    },
    cancel() {
      if (id !== null) doc.takeBack({ gesture });
    },
  };
}

/** The ends of a line layer, document units. */
export function endsOf(layer: ShapeLayer): Span {
  const matrix = matrixOf(layer);
  const { x0, y0, x1, y1 } = spanOf(layer);
  const [from, to] = [apply(matrix, { x: x0, y: y0 }), apply(matrix, { x: x1, y: y1 })];
  return { x0: from.x, y0: from.y, x1: to.x, y1: to.y };
}

/** A press on an end of a line layer: the other one stays. */
export function beginEnd(studio: Studio, which: "from" | "to", layer: ShapeLayer): Gesture | null {
  const { layering } = studio;
  if (layering.refuse(layer)) return null;
  const gesture = newId();
  const { x0, y0, x1, y1 } = endsOf(layer);
  const fixed = which === "from" ? { x: x1, y: y1 } : { x: x0, y: y0 };
  const upright = { scaleX: 1, scaleY: 1 };
  return {
    move(points, _predicted, shift) {
      const to = points.at(-1);
      if (to === undefined) return;
      const span = spanTo(layer.shape, fixed, to, shift, false);
      const turned = { x0: span.x1, y0: span.y1, x1: span.x0, y1: span.y0 };
      layering.change(
        layer.id,
        { ...placeOf(layer.shape, which === "from" ? turned : span), ...upright },
        gesture,
      );
    },
    end() {},
    cancel() {
      const { x, y, width, rotation, scaleX, scaleY } = layer;
      layering.change(layer.id, { x, y, width, rotation, scaleX, scaleY }, gesture);
    },
  };
}
