/** The move tool: a press takes hold of a layer, a drag moves it, and it is drawn to the middle and the edges. */

import { hiddenBy } from "../doc/groups";
import { newId } from "../doc/keep";
import { AT_REST, type Layer, matrixOf, type Transform } from "../doc/layers";
import { apply, type Box, intersection, inverse, type Point } from "../doc/matrix";
import type { Studio } from "../studio";
import type { Gesture } from "./tools";
import {
  carried,
  type Grip,
  type Handle,
  handledTogether,
  NO_GUIDES,
  rotated,
  scaled,
  snapped,
  transformOf,
} from "./transform";

const SNAP_PX = 7;
/** Less than this is a click. */
const DRAG_PX = 3;

/**
 * Inside the box of what is in hand it is that; elsewhere the topmost layer that is seen there. A click always picks the
 * latter. shift: held at the press; a click then picks one more, or one less.
 */
export function beginMove(studio: Studio, at: Point, scale: number, shift: boolean): Gesture | null {
  const { layering, sketch, desk, doc } = studio;
  const there = sketch.layerAt(at.x, at.y);
  const inside = layering.many ? layering.held() : layering.grip();
  const holds = inside !== null && ("leaves" in inside ? within(inside.box, at) : contains(inside, at));
  if (!holds && !shift && there !== null) layering.select(there.id);
  if (!holds && there === null) return null;
  const held = layering.held();
  if (held === null) return null;
  const { leaves, box } = held;
  const grip = { transform: AT_REST, box };
  const gesture = newId();
  const put = (dx: number, dy: number) =>
    doc.changeLayers(
      leaves.map((leaf) => {
        const { x, y } = rounded({ ...transformOf(leaf), x: leaf.x + dx, y: leaf.y + dy });
        return [leaf.id, { x, y }] as const;
      }),
      gesture,
    );
  let others: Box[] | null = null;
  let dragging = false;
  return {
    move(points, _predicted, straight) {
      const to = points.at(-1);
      if (to === undefined) return;
      if (!dragging && Math.hypot(to.x - at.x, to.y - at.y) * scale < DRAG_PX) return;
      if (!dragging && leaves.some((leaf) => layering.refuse(leaf))) return;
      dragging = true;
      let [dx, dy] = [to.x - at.x, to.y - at.y];
      if (straight && Math.abs(dx) > Math.abs(dy)) dy = 0;
      else if (straight) dx = 0;
      const moved = { ...AT_REST, x: dx, y: dy };
      others ??= linesOf(studio, leaves);
      const free = { transform: moved, guides: NO_GUIDES };
      const next = desk.get().snapping ? snapped(grip, moved, sketch.frame, SNAP_PX / scale, others) : free;
      desk.set({ guides: next.guides });
      put(next.transform.x, next.transform.y);
    },
    end() {
      desk.set({ guides: NO_GUIDES });
      if (dragging || there === null) return;
      if (shift) layering.pick(there.id);
      else layering.select(there.id);
    },
    cancel() {
      desk.set({ guides: NO_GUIDES });
      if (dragging) put(0, 0);
    },
  };
}

/** What other layers there are to be drawn to. */
function linesOf({ layering }: Studio, moved: readonly Layer[]): Box[] {
  return layering.all.flatMap((layer) => {
    const counts = layer.kind !== "group" && !moved.includes(layer) && hiddenBy(layering.all, layer) === null;
    const box = counts ? layering.boxIn(layer) : null;
    return box === null ? [] : [box];
  });
}

/** A press on a handle of the layer in hand, or of the box around several. */
export function beginHandle(
  studio: Studio,
  handle: Handle,
  from: Point,
  show: (grip: Grip | null) => void,
): Gesture | null {
  const { layering } = studio;
  if (layering.many) return beginHandles(studio, handle, from, show);
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

/** show: how the box lies that is around them; it turns with them until they are let go. */
function beginHandles(
  { layering, doc }: Studio,
  handle: Handle,
  from: Point,
  show: (grip: Grip | null) => void,
): Gesture | null {
  const held = layering.held();
  if (held === null || held.leaves.some((leaf) => layering.refuse(leaf))) return null;
  const { leaves, box } = held;
  const gesture = newId();
  const put = (change: (leaf: Layer) => Transform) =>
    doc.changeLayers(
      leaves.map((leaf) => [leaf.id, rounded(change(leaf))] as const),
      gesture,
    );
  return {
    move(points, _predicted, shift) {
      const to = points.at(-1);
      if (to === undefined) return;
      const outer = handledTogether(box, leaves, handle, from, to, shift);
      show({ transform: outer, box });
      put((leaf) => carried(outer, leaf));
    },
    end: () => show(null),
    cancel() {
      show(null);
      put(transformOf);
    },
  };
}

const within = (box: Box, { x, y }: Point) => intersection(box, { x, y, width: 1e-6, height: 1e-6 }) !== null;

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
