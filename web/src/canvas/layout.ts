/** Where the panes are, for a window: a pure function of its size and the desk. CSS pixels. */

import { type Extent, fitScale, type Insets } from "./view";

export interface Box extends Extent {
  readonly x: number;
  readonly y: number;
}

export interface PaneBox {
  readonly box: Box;
  readonly insets: Insets;
  readonly fit: number;
  /** Shown small in a corner because the other pane has the room. */
  readonly small: boolean;
}

export interface Layout {
  /** A phone's: the controls are a sheet below. */
  readonly stacked: boolean;
  /** The render is above the sketch, not beside it. */
  readonly upright: boolean;
  readonly sketch: PaneBox;
  readonly render: PaneBox;
  /** Where the divider is across the window, or down it where the render is above; null when it is not offered. */
  readonly divider: number | null;
  /** Turn a pointer's place along that way into a divider position. */
  readonly dividerFrom: number;
  readonly dividerSpan: number;
}

export interface LayoutInput {
  readonly window: Extent;
  readonly document: Extent;
  readonly divider: number;
  readonly panelOpen: boolean;
  readonly chromeHidden: boolean;
  /** Of the chips at the bottom; a phone's dock has its own fixed place. */
  readonly dockHeight_px: number;
  /** A phone has a row of controls more while there is a video. */
  readonly filming: boolean;
  readonly historyOpen: boolean;
  /** Of the timeline; 0: it is closed. */
  readonly timeline_px: number;
}

export const BAR_PX = 40;
const BAR_TOUCH_PX = 48;
export const RAIL_PX = 80;
export const PANEL_PX = 288;
const DOCK_MARGIN_PX = 24;
const DOCK_STACKED_PX = 116;
const ROW_STACKED_PX = 56;
/** Of the filmstrip, with its buttons beside it; a phone has them above it. */
export const HISTORY_PX = 84;
export const HISTORY_STACKED_PX = 108;
export const DEFAULT_TIMELINE_PX = 220;
export const MIN_TIMELINE_PX = 132;
/** Of the window's height, at most. */
export const MAX_TIMELINE_PART = 0.6;
const MAX_TIMELINE_STACKED_PART = 0.32;
/** Above the prompts, of the bar of a tool. Beside them there is no room for it on an upright tablet. */
const TOOL_ROW_PX = 56;
const EDGE_PX = 12;
const GAP_PX = 8;
const SNAP = 0.08;
const SMALL_PX = 208;
const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };

export const isStacked = (window: Extent) => window.width < 720 && window.height > window.width;

/** A tablet that is held upright shows a picture larger above another than beside it, unless the picture is upright too. */
const isUpright = (window: Extent, document: Extent) =>
  window.height > window.width * Math.max(1, document.height / document.width);

/** How tall the timeline stands, of the height that it was pulled to. */
export function timelinePx(wanted: number, { height }: Extent, stacked: boolean): number {
  const most = height * (stacked ? MAX_TIMELINE_STACKED_PART : MAX_TIMELINE_PART);
  return Math.round(Math.max(MIN_TIMELINE_PX, Math.min(wanted, most)));
}

/** Near an end the divider goes all the way. */
export const snapDivider = (at: number) => (at < SNAP ? 0 : at > 1 - SNAP ? 1 : at);

export function layout(input: LayoutInput): Layout {
  return isStacked(input.window) ? stacked(input) : roomy(input);
}

/** With the controls around both panes, which are beside or above one another. */
function roomy({
  window,
  document,
  divider,
  panelOpen,
  chromeHidden,
  dockHeight_px,
  historyOpen,
  timeline_px,
}: LayoutInput): Layout {
  const upright = isUpright(window, document);
  const top = chromeHidden ? 0 : BAR_PX + EDGE_PX;
  const dock = dockHeight_px + DOCK_MARGIN_PX + (upright ? TOOL_ROW_PX : 0);
  const bottom = chromeHidden ? 0 : dock + (historyOpen ? HISTORY_PX : 0) + timeline_px;
  const left = chromeHidden ? 0 : RAIL_PX;
  const right = chromeHidden ? 0 : panelOpen ? PANEL_PX : EDGE_PX;
  const gap = chromeHidden ? 0 : GAP_PX;
  const [from, to] = upright ? [window.height - bottom, top] : [left, window.width - right];
  const span = upright ? Math.min(-1, to - from) : Math.max(1, to - from);
  const at = Math.round(from + span * divider);
  const whole: PaneBox = pane(
    { x: 0, y: 0, ...window },
    { top, right: right + gap, bottom, left: left + gap },
    document,
  );
  // Wide or not, the small picture has the same area.
  const smallWidth = Math.round(SMALL_PX * Math.sqrt(document.width / document.height));
  const smallHeight = Math.round((smallWidth * document.height) / document.width);
  const corner = (x: number): PaneBox =>
    pane(
      { x, y: window.height - bottom - smallHeight - EDGE_PX, width: smallWidth, height: smallHeight },
      NO_INSETS,
      document,
      true,
    );
  const base = { stacked: false, upright, divider: at, dividerFrom: from, dividerSpan: span };
  // At an end the divider is in reach: at the window's edge, or beside the controls above and below.
  if (divider <= 0)
    return { ...base, divider: upright ? at : 0, sketch: corner(left + EDGE_PX), render: whole };
  if (divider >= 1)
    return {
      ...base,
      divider: upright ? at : window.width,
      sketch: whole,
      render: corner(window.width - right - smallWidth - EDGE_PX),
    };
  const around = { top, bottom, left, right };
  const [sketch, render] = upright
    ? [
        pane(
          { x: 0, y: at, width: window.width, height: window.height - at },
          { ...around, top: gap },
          document,
        ),
        pane({ x: 0, y: 0, width: window.width, height: at }, { ...around, bottom: gap }, document),
      ]
    : [
        pane({ x: 0, y: 0, width: at, height: window.height }, { ...around, right: gap }, document),
        pane(
          { x: at, y: 0, width: window.width - at, height: window.height },
          { ...around, left: gap },
          document,
        ),
      ];
  const fit = Math.min(sketch.fit, render.fit);
  return { ...base, sketch: { ...sketch, fit }, render: { ...render, fit } };
}

function stacked({ window, document, chromeHidden, filming, historyOpen, timeline_px }: LayoutInput): Layout {
  const top = chromeHidden ? 0 : BAR_TOUCH_PX;
  const rows =
    DOCK_STACKED_PX + (filming ? ROW_STACKED_PX : 0) + (historyOpen ? HISTORY_STACKED_PX : 0) + timeline_px;
  const bottom = chromeHidden ? 0 : rows;
  const middle = Math.round(top + (window.height - top - bottom) / 2);
  const box = (y: number, height: number) => ({ x: 0, y, width: window.width, height });
  const inset = { top: 4, right: 4, bottom: 4, left: 4 };
  return {
    stacked: true,
    upright: true,
    render: pane(box(top, middle - top), inset, document),
    sketch: pane(box(middle, window.height - bottom - middle), inset, document),
    divider: null,
    dividerFrom: 0,
    dividerSpan: 1,
  };
}

function pane(box: Box, insets: Insets, document: Extent, small = false): PaneBox {
  return { box, insets, fit: fitScale(box, insets, document), small };
}
