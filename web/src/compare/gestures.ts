/** Pointer events on the pictures that are compared -> what they mean. Two fingers pan and zoom. */

import type { Point } from "./split";

export interface CompareWorld {
  /** One pointer is dragged from one point to another. */
  drag(to: Point, by: Point): void;
  /** A pointer is there, pressed or not; null: it left. */
  point(at: Point | null): void;
  /** Fingers or the wheel: closer to or away from a point that moves. */
  zoom(at: Point, factor: number, by: Point): void;
}

const ZOOM_PER_PIXEL = 0.0016;
const PINCH_WHEEL = 6;
/** The line between the pictures has gestures of its own. */
const onLine = ({ target }: Event) => target instanceof Element && target.closest("[role=slider]") !== null;
const STILL: Point = { x: 0, y: 0 };

export function listenToCompare(element: HTMLElement, world: CompareWorld): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const down = new Map<number, Point>();
  const local = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const middle = (): Point => {
    const all = [...down.values()];
    const sum = all.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), STILL);
    return { x: sum.x / all.length, y: sum.y / all.length };
  };
  const spread = (): number => {
    const [a, b] = [...down.values()];
    return a && b ? Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) : 1;
  };
  const up = (event: PointerEvent) => {
    down.delete(event.pointerId);
    if (event.pointerType === "touch") world.point(null);
  };
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.pointerType === "mouse" && event.button !== 0 && event.button !== 1) return;
      if (down.size === 2 || onLine(event)) return;
      element.setPointerCapture(event.pointerId);
      down.set(event.pointerId, local(event));
      world.point(down.size === 1 ? local(event) : null);
    },
    { signal },
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      const now = local(event);
      const before = down.get(event.pointerId);
      if (before === undefined) {
        if (down.size === 0) world.point(now);
        return;
      }
      if (down.size === 1) {
        down.set(event.pointerId, now);
        world.drag(now, { x: now.x - before.x, y: now.y - before.y });
        world.point(now);
        return;
      }
      const [from, span] = [middle(), spread()];
      down.set(event.pointerId, now);
      const to = middle();
      world.zoom(to, spread() / span, { x: to.x - from.x, y: to.y - from.y });
    },
    { signal },
  );
  element.addEventListener("pointerup", up, { signal });
  element.addEventListener("pointercancel", up, { signal });
  element.addEventListener("pointerleave", () => down.size === 0 && world.point(null), { signal });
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const speed = ZOOM_PER_PIXEL * lines * (event.ctrlKey ? PINCH_WHEEL : 1);
      world.zoom(local(event), Math.exp(-event.deltaY * speed), STILL);
    },
    { signal, passive: false },
  );
  return () => stop.abort();
}
