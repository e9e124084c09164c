/** Cropping a picture by its handles. What is cut away is hidden, not gone. */

import { CENTRE } from "../doc/frame";
import { newId } from "../doc/keep";
import { cropOf, cropText, type FramedLayer, isFramed, MIN_CROP, matrixOf } from "../doc/layers";
import { apply, type Box, inverse, type Point } from "../doc/matrix";
import type { Studio } from "../studio";
import type { Gesture } from "./tools";
import { HANDLES, type Handle } from "./transform";

/** All of the picture, in the layer's units. */
export const wholeBox = ({ width, height }: FramedLayer): Box => ({
  x: CENTRE - width / 2,
  y: CENTRE - height / 2,
  width,
  height,
});

/** by: how far the pointer went, in fractions of the whole picture. */
export function cropped(crop: Box, handle: Exclude<Handle, "rotate">, by: Point): Box {
  const part = HANDLES[handle];
  const [x, width] = side(crop.x, crop.width, part.x, by.x);
  const [y, height] = side(crop.y, crop.height, part.y, by.y);
  return { x, y, width, height };
}

function side(from: number, span: number, part: number, by: number): [from: number, span: number] {
  const to = from + span;
  if (part === 0) {
    const moved = Math.min(to - MIN_CROP, Math.max(0, from + by));
    return [moved, to - moved];
  }
  if (part === 1) return [from, Math.min(1, Math.max(from + MIN_CROP, to + by)) - from];
  return [from, span];
}

export function beginCrop(studio: Studio, handle: Exclude<Handle, "rotate">, at: Point): Gesture | null {
  const { layering } = studio;
  const { active } = layering;
  if (!isFramed(active) || layering.refuse(active)) return null;
  const back = inverse(matrixOf(active));
  const whole = wholeBox(active);
  const start = apply(back, at);
  const before = cropOf(active);
  const gesture = newId();
  const put = (crop: Box) => layering.change(active.id, { crop: cropText(crop) }, gesture);
  return {
    move(points) {
      const to = points.at(-1);
      if (to === undefined) return;
      const { x, y } = apply(back, to);
      put(cropped(before, handle, { x: (x - start.x) / whole.width, y: (y - start.y) / whole.height }));
    },
    end() {},
    cancel: () => put(before),
  };
}
