/** The move tool: a press takes hold of a layer, a drag moves it, and it is drawn to the middle and the edges. */

import { newId } from "../doc/keep";
import { matrixOf, type Transform } from "../doc/layers";
import { apply, intersection, inverse, type Point } from "../doc/matrix";
import type { Studio } from "../studio";
import type { Gesture } from "./tools";
import { type Grip, type Handle, NO_GUIDES, rotated, scaled, snapped } from "./transform";

const SNAP_PX = 7;
/** Less than this is a click. */
const DRAG_PX = 3;

/** Inside the box of the layer in hand it is that one; elsewhere the topmost that is seen there. A click always picks the latter. */
export function beginMove(studio: Studio, at: Point, scale: number): Gesture | null {
  const { layering, sketch, desk } = studio;
  const there = sketch.layerAt(at.x, at.y);
  const held = layering.grip();
  const inside = held !== null && contains(held, at);
  if (!inside && there !== null) layering.select(there.id);
  if (!inside && there === null) return null;
  const { active } = layering;
  const grip = layering.grip();
  if (active === null || grip === null) return null;
  const gesture = newId();
  let dragging = false;
  return {
    move(points, _predicted, shift) {
      const to = points.at(-1);
      if (to === undefined) return;
      if (!dragging && Math.hypot(to.x - at.x, to.y - at.y) * scale < DRAG_PX) return;
      if (!dragging && layering.refuse(active)) return;
      dragging = true;
      let [dx, dy] = [to.x - at.x, to.y - at.y];
      if (shift && Math.abs(dx) > Math.abs(dy)) dy = 0;
      else if (shift) dx = 0;
      const moved = { ...grip.transform, x: grip.transform.x + dx, y: grip.transform.y + dy };
      const free = { transform: moved, guides: NO_GUIDES };
      const next = desk.get().snapping ? snapped(grip, moved, sketch.frame, SNAP_PX / scale) : free;
      desk.set({ guides: next.guides });
      layering.change(active.id, rounded(next.transform), gesture);
    },
    end() {
      desk.set({ guides: NO_GUIDES });
      if (!dragging && there !== null) layering.select(there.id);
    },
    cancel() {
      desk.set({ guides: NO_GUIDES });
      if (dragging) layering.change(active.id, grip.transform, gesture);
    },
  };
}

/** A press on a handle of the layer in hand. */
export function beginHandle(studio: Studio, handle: Handle, from: Point): Gesture | null {
  const { layering } = studio;
  const { active } = layering;
  const grip = layering.grip();
  if (active === null || grip === null || layering.refuse(active)) return null;
  const gesture = newId();
  return {
    move(points, _predicted, shift) {
      const to = points.at(-1);
      if (to === undefined) return;
      const next =
        handle === "rotate" ? rotated(grip, from, to, shift) : scaled(grip, handle, from, to, shift);
      layering.change(active.id, rounded(next), gesture);
    },
    end() {},
    cancel: () => layering.change(active.id, grip.transform, gesture),
  };
}

function contains({ transform, box }: Grip, at: Point): boolean {
  const own = apply(inverse(matrixOf(transform)), at);
  return intersection(box, { ...own, width: 1e-6, height: 1e-6 }) !== null;
}

/** What is written into the document needs no more digits than can be seen. */
function rounded({ x, y, scaleX, scaleY, rotation }: Transform): Transform {
  const to = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    x: to(x, 2),
    y: to(y, 2),
    scaleX: to(scaleX, 5),
    scaleY: to(scaleY, 5),
    rotation: to(rotation, 3),
  };
}
