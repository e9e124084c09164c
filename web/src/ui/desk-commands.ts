/** What a key or a button does to the desk or the window, and to nothing else. */

import { isStacked } from "../canvas/layout";
import type { ShapeName } from "../doc/shapes";
import { type Desk, MAX_SIZE, MIN_SIZE, type Panel, type SelectTool } from "./desk";
import type { Store } from "./store";

export const takeSelectTool = (desk: Store<Desk>, selectTool: SelectTool) =>
  desk.set({ tool: selectTool, selectTool });

export const takeShape = (desk: Store<Desk>, shape: ShapeName) => desk.set({ tool: shape, shape });

/** Steps grow with the size, as a hand would turn a dial. */
export function nextSize(size: number, direction: 1 | -1): number {
  const step = size < 10 ? 1 : size < 40 ? 4 : size < 100 ? 10 : 20;
  return Math.min(MAX_SIZE, Math.max(MIN_SIZE, size + direction * step));
}

/** Panels share one place: where one opens, another closes. */
export function togglePanel(desk: Store<Desk>, panel: Panel): void {
  const { panelOpen, panel: shown } = desk.get();
  desk.set({ panel, panelOpen: !(panelOpen && shown === panel) });
}

/** A phone has room for the timeline or the history. */
const onlyOne = () => isStacked({ width: window.innerWidth, height: window.innerHeight });

export function toggleTimeline(desk: Store<Desk>): void {
  const timelineOpen = !desk.get().timelineOpen;
  desk.set({ timelineOpen, ...(timelineOpen && onlyOne() && { historyOpen: false }) });
}

export function toggleHistory(desk: Store<Desk>): void {
  const historyOpen = !desk.get().historyOpen;
  desk.set({ historyOpen, ...(historyOpen && onlyOne() && { timelineOpen: false }) });
}

export function toggleFullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen?.();
}
