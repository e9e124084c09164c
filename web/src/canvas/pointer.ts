/**
 * Pointer events of a pane -> gestures. One finger, pen or button draws; two fingers, the middle button or the hand
 * pan and zoom; a second finger takes back the mark that the first one began.
 */

import type { StrokePoint } from "../doc/points";
import type { Tool } from "../ui/desk";
import { tiltOf } from "./tilt";
import type { Gesture } from "./tools";
import { type Placement, panBy, toDocument, type View, zoomAt } from "./view";

export interface PaneWorld {
  placement(): Placement;
  view(): View;
  setView(view: View): void;
  tool(): Tool;
  begin(at: StrokePoint, shift: boolean): Gesture | null;
  /** Where the brush is, in document units; null when it left. */
  hover(at: { x: number; y: number } | null): void;
}

type Mode =
  | { readonly name: "idle" }
  | { readonly name: "drawing"; readonly pointer: number; readonly gesture: Gesture }
  | { readonly name: "panning"; readonly pointer: number }
  | { readonly name: "pinching" };

const ZOOM_PER_PIXEL = 0.0016;
const PINCH_WHEEL = 6;

/** What is pressed on a button or a field over the pane is theirs. */
const onControl = ({ target }: Event) =>
  target instanceof Element && target.closest("button, textarea") !== null;

export function listen(element: HTMLElement, world: PaneWorld): () => void {
  const stop = new AbortController();
  const touches = new Map<number, { x: number; y: number }>();
  let mode: Mode = { name: "idle" };

  const local = (event: { clientX: number; clientY: number }, box = element.getBoundingClientRect()) => ({
    x: event.clientX - box.left,
    y: event.clientY - box.top,
  });
  const point = (event: PointerEvent, box?: DOMRect): StrokePoint => {
    const { x, y } = local(event, box);
    const at = toDocument(world.placement(), x, y);
    return event.pointerType === "pen"
      ? { ...at, pressure: event.pressure, ...tiltOf(event) }
      : { ...at, pressure: 0.5 };
  };
  const finish = (how: "end" | "cancel") => {
    const { name } = mode;
    const gesture = mode.name === "drawing" ? mode.gesture : null;
    mode = { name: "idle" };
    if (name === "drawing") gesture?.[how]();
  };

  const down = (event: PointerEvent) => {
    if (event.pointerType === "touch" && !onControl(event)) {
      touches.set(event.pointerId, local(event));
      if (touches.size === 2) {
        finish("cancel");
        mode = { name: "pinching" };
        return;
      }
      if (touches.size > 2) return;
    }
    if (mode.name !== "idle" || onControl(event)) return;
    const pans = event.button === 1 || (event.button === 0 && world.tool() === "hand");
    if (!pans && event.button !== 0) return;
    event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    element.setPointerCapture(event.pointerId);
    if (pans) {
      mode = { name: "panning", pointer: event.pointerId };
      return;
    }
    const gesture = world.begin(point(event), event.shiftKey);
    if (gesture !== null) mode = { name: "drawing", pointer: event.pointerId, gesture };
  };

  const move = (event: PointerEvent) => {
    const box = element.getBoundingClientRect();
    if (touches.has(event.pointerId)) {
      const before = [...touches.values()];
      touches.set(event.pointerId, local(event, box));
      if (mode.name === "pinching" && touches.size >= 2) pinch(before, [...touches.values()]);
    }
    if (mode.name === "panning" && mode.pointer === event.pointerId)
      world.setView(panBy(world.view(), world.placement(), event.movementX, event.movementY));
    if (mode.name === "drawing" && mode.pointer === event.pointerId) {
      const coalesced = event.getCoalescedEvents?.() ?? [];
      const predicted = event.getPredictedEvents?.() ?? [];
      mode.gesture.move(
        (coalesced.length > 0 ? coalesced : [event]).map((each) => point(each, box)),
        predicted.map((each) => point(each, box)),
        event.shiftKey,
        event.altKey,
      );
    }
    // Last: to ask where things are after the cursor was moved would lay the page out once more.
    if (event.pointerType !== "touch" || mode.name === "drawing") world.hover(point(event, box));
  };

  const pinch = (before: { x: number; y: number }[], after: { x: number; y: number }[]) => {
    const [a0, b0] = before;
    const [a1, b1] = after;
    if (!a0 || !b0 || !a1 || !b1) return;
    const middle0 = { x: (a0.x + b0.x) / 2, y: (a0.y + b0.y) / 2 };
    const middle1 = { x: (a1.x + b1.x) / 2, y: (a1.y + b1.y) / 2 };
    const factor = Math.hypot(a1.x - b1.x, a1.y - b1.y) / Math.max(1, Math.hypot(a0.x - b0.x, a0.y - b0.y));
    world.setView(zoomAt(world.view(), world.placement(), middle0.x, middle0.y, factor));
    world.setView(panBy(world.view(), world.placement(), middle1.x - middle0.x, middle1.y - middle0.y));
  };

  const up = (event: PointerEvent) => {
    touches.delete(event.pointerId);
    if (mode.name === "pinching" && touches.size === 0) mode = { name: "idle" };
    if (mode.name === "panning" && mode.pointer === event.pointerId) mode = { name: "idle" };
    if (mode.name === "drawing" && mode.pointer === event.pointerId) {
      if (event.type !== "pointercancel") mode.gesture.move([point(event)], [], event.shiftKey, event.altKey);
      finish("end");
    }
    if (event.pointerType === "touch") world.hover(null);
  };

  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x, y } = local(event);
    const pixels = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    const factor = Math.exp(-pixels * ZOOM_PER_PIXEL * (event.ctrlKey ? PINCH_WHEEL : 1));
    world.setView(zoomAt(world.view(), world.placement(), x, y, factor));
  };

  const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void) =>
    element.addEventListener(type, act, { signal: stop.signal, passive: false });
  on("pointerdown", down);
  on("pointermove", move);
  on("pointerup", up);
  on("pointercancel", up);
  on("pointerleave", () => {
    if (mode.name !== "drawing") world.hover(null);
  });
  on("wheel", wheel);
  on("contextmenu", (event) => event.preventDefault());
  // A page that is about to go away keeps the stroke under the pen.
  const keep = () => finish("end");
  window.addEventListener("pagehide", keep, { signal: stop.signal });
  window.addEventListener("blur", () => mode.name === "panning" && finish("end"), { signal: stop.signal });
  return () => {
    finish("end");
    stop.abort();
  };
}
