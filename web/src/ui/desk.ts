/** The desk: what belongs to this person and window and not to the document. Tools are kept between visits. */

import { DEFAULT_TIMELINE_PX } from "../canvas/layout";
import { type Guides, NO_GUIDES } from "../canvas/transform";
import type { View } from "../canvas/view";
import { BASE } from "../doc/layers";
import type { Combine } from "../doc/selection";
import { DEFAULT_SIDES, type ShapeName, type ShapeStyle } from "../doc/shapes";
import { DEFAULT_CLARITY, DEFAULT_CREATIVITY, DEFAULT_RESEMBLANCE } from "../jobs/creative";
import { DEFAULT_FORMAT, DEFAULT_TARGET } from "../jobs/sizes";
import { Store } from "./store";

export type Tool =
  | "brush"
  | "eraser"
  | "area"
  | "fill"
  | ShapeName
  | "eyedropper"
  | "hand"
  | "mask"
  | "move"
  | "text"
  | SelectTool;

export type SelectTool = "select-rect" | "lasso" | "wand";

/** Which of the panels is at the right, when one is open. */
export type Panel = "settings" | "layers" | "perform";

/**
 * Why the last press did nothing: the layer in hand is locked, hidden, has no paint to take away, or nothing to copy; or there is
 * no render to look at.
 */
export interface Note {
  readonly why: "locked" | "hidden" | "paintless" | "nothing" | "unrendered";
  /** The layer or group that it is about. */
  readonly of: string | null;
  /** Another one for each time it is said. */
  readonly id: number;
}

export interface Desk {
  /** ui/theme.ts says which there are. */
  readonly theme: string;
  /** language/language.ts says which there are; "" is the browser's. */
  readonly language: string;
  readonly tool: Tool;
  readonly color: string;
  readonly otherColor: string;
  /** Document units. */
  readonly size: number;
  readonly opacity: number;
  /** What a shape tool draws: the inside, the outline, or both. */
  readonly shapeStyle: ShapeStyle;
  readonly polygonSides: number;
  /** The shape that was in hand last. */
  readonly shape: ShapeName;
  /** A shape is a layer of its own, which stays editable. */
  readonly shapeLayers: boolean;
  /** The mask brush takes away instead of adding. */
  readonly maskErases: boolean;
  /** The selection tool that was in hand last. */
  readonly selectTool: SelectTool;
  /** What another selection does to the one that is there. */
  readonly combine: Combine;
  /** The largest difference of a channel that the wand takes for the same colour. */
  readonly wandTolerance: number;
  readonly wandContiguous: boolean;
  /** The wand looks at all that is seen, not at the layer in hand alone. */
  readonly wandShown: boolean;
  /** The wand takes what is seen in the render, not a colour, where the engine's pictures can be read. */
  readonly wandThings: boolean;
  readonly morphOpen: boolean;
  readonly panelOpen: boolean;
  readonly panel: Panel;
  /** The layer in hand, as it was picked; the document may have lost it (Layering.read). */
  readonly layer: string;
  /** The text layer that is being written, and the gesture that all of its changes belong to. */
  readonly editing: string | null;
  readonly writing: string;
  /** Of the next text, document units. */
  readonly textSize: number;
  readonly note: Note | null;
  /** Layers that are picked besides the one in hand. */
  readonly picked: readonly string[];
  /** The picture that the handles crop. */
  readonly cropping: string | null;
  /** Groups whose layers are not listed. */
  readonly folded: readonly string[];
  /** A moved layer is drawn to the middle and the edges; not while Ctrl is held. */
  readonly snapping: boolean;
  /** The lines that it was drawn to. */
  readonly guides: Guides;
  /** Where the divider is between the panes, 0 to 1; 0 and 1 leave one pane and a picture-in-picture. */
  readonly divider: number;
  readonly crossFade: boolean;
  /** The picture sharpens when the hand rests. */
  readonly sharpens: boolean;
  /** Render in this browser, where the engine and the browser can. */
  readonly inBrowser: boolean;
  /** Null: fitted. */
  readonly view: View | null;
  readonly chromeHidden: boolean;
  /** How tall the chips stand, so that they never cover the pictures. */
  readonly dockHeight_px: number;
  readonly comparing: boolean;
  /** A picture is being dragged over the prompts. */
  readonly dropping: boolean;
  readonly helpOpen: boolean;
  /** Every command by name. */
  readonly paletteOpen: boolean;
  readonly shareOpen: boolean;
  /** The gallery of projects. */
  readonly projectsOpen: boolean;
  /** The versions of the room that this page is in. */
  readonly versionsOpen: boolean;
  readonly jobsOpen: boolean;
  readonly historyOpen: boolean;
  readonly timelineOpen: boolean;
  /** As it was pulled; a small window has less (layout.ts). */
  readonly timelineHeight: number;
  /** What recordings and films show. */
  readonly sides: string;
  /** The job whose result is looked at beside what it was made from. */
  readonly viewing: string | null;
  /** What one press of Enhance makes. */
  readonly enhanceTo: string;
  readonly enhanceFormat: string;
  readonly recordingsOpen: boolean;
  /** What a premiere is made as; its rate "0" for the times at which pictures were seen. */
  readonly premiereTo: string;
  readonly premiereFormat: string;
  readonly premiereRate: string;
  /** An engine paints it anew, as far as these say. */
  readonly enhanceCreative: boolean;
  readonly creativity: number;
  readonly resemblance: number;
  readonly clarity: number;
  /** Null: as the document has them. */
  readonly enhancePrompts: string | null;
  readonly enhanceSeed: number | null;
  readonly spaceHeld: boolean;
  readonly altHeld: boolean;
  /** The line "Draw on the left" is still wanted. */
  readonly inviting: boolean;
}

export const DOCK_ROW_PX = 46;
export const DEFAULT_SIZE = 36;
export const MIN_SIZE = 2;
export const DEFAULT_TOLERANCE = 36;
export const MAX_SIZE = 240;
const KEEP_AFTER_MS = 200;
const KEY = "lightbrush.desk";
const KEPT = [
  "theme",
  "language",
  "tool",
  "color",
  "otherColor",
  "size",
  "opacity",
  "shapeStyle",
  "polygonSides",
  "shapeLayers",
  "wandTolerance",
  "wandContiguous",
  "wandShown",
  "wandThings",
  "morphOpen",
  "panelOpen",
  "panel",
  "layer",
  "textSize",
  "divider",
  "crossFade",
  "sharpens",
  "inBrowser",
  "historyOpen",
  "timelineOpen",
  "timelineHeight",
  "sides",
  "enhanceTo",
  "enhanceFormat",
  "premiereTo",
  "premiereFormat",
  "premiereRate",
  "enhanceCreative",
  "creativity",
  "resemblance",
  "clarity",
] as const satisfies readonly (keyof Desk)[];

const fresh = (wide: boolean): Desk => ({
  theme: "system",
  language: "",
  tool: "brush",
  color: "#7b7068",
  otherColor: "#ffffff",
  size: DEFAULT_SIZE,
  opacity: 1,
  shapeStyle: "filled",
  polygonSides: DEFAULT_SIDES,
  shape: "rect",
  shapeLayers: false,
  maskErases: false,
  selectTool: "select-rect",
  combine: "replace",
  wandTolerance: DEFAULT_TOLERANCE,
  wandContiguous: true,
  wandShown: true,
  wandThings: false,
  morphOpen: false,
  panelOpen: wide,
  panel: "settings",
  layer: BASE,
  editing: null,
  writing: "",
  textSize: 96,
  note: null,
  picked: [],
  cropping: null,
  folded: [],
  snapping: true,
  guides: NO_GUIDES,
  divider: 0.5,
  crossFade: true,
  sharpens: true,
  inBrowser: false,
  view: null,
  chromeHidden: false,
  dockHeight_px: DOCK_ROW_PX,
  comparing: false,
  dropping: false,
  helpOpen: false,
  paletteOpen: false,
  shareOpen: false,
  projectsOpen: false,
  versionsOpen: false,
  jobsOpen: false,
  historyOpen: false,
  timelineOpen: false,
  timelineHeight: DEFAULT_TIMELINE_PX,
  sides: "render",
  viewing: null,
  enhanceTo: DEFAULT_TARGET,
  enhanceFormat: DEFAULT_FORMAT,
  recordingsOpen: false,
  premiereTo: DEFAULT_TARGET,
  premiereFormat: "mp4",
  premiereRate: "0",
  enhanceCreative: false,
  creativity: DEFAULT_CREATIVITY,
  resemblance: DEFAULT_RESEMBLANCE,
  clarity: DEFAULT_CLARITY,
  enhancePrompts: null,
  enhanceSeed: null,
  spaceHeld: false,
  altHeld: false,
  inviting: false,
});

/** page: whose leaving is told. What was changed just before is kept too. */
export function openDesk(
  storage: Storage,
  wide: boolean,
  page: Pick<Window, "addEventListener">,
): Store<Desk> {
  const desk = new Store<Desk>({ ...fresh(wide), ...read(storage) });
  let scheduled: ReturnType<typeof setTimeout> | undefined;
  const keep = () => {
    if (scheduled === undefined) return;
    clearTimeout(scheduled);
    scheduled = undefined;
    const now = desk.get();
    storage.setItem(KEY, JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, now[name]]))));
  };
  desk.subscribe(() => {
    scheduled ??= setTimeout(keep, KEEP_AFTER_MS);
  });
  page.addEventListener("pagehide", keep);
  return desk;
}

/** Only values of the right type are taken: what is stored may come from another version. */
function read(storage: Storage): Partial<Desk> {
  const defaults = fresh(false);
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    const entries = KEPT.map((name) => [name, (stored as Record<string, unknown>)[name]] as const);
    return Object.fromEntries(entries.filter(([name, value]) => typeof value === typeof defaults[name]));
  } catch {
    return {};
  }
}

/** The tool that a press would use now: held keys stand in for a tool. */
export const activeTool = (desk: Desk): Tool =>
  desk.spaceHeld ? "hand" : desk.altHeld && !KEEPS_ALT.has(desk.tool) ? "eyedropper" : desk.tool;

/** Alt has another meaning with them: it takes away from what is selected. */
const KEEPS_ALT: ReadonlySet<Tool> = new Set<Tool>(["hand", "select-rect", "lasso", "wand"]);
export const isSelectTool = (tool: Tool): tool is SelectTool =>
  tool === "select-rect" || tool === "lasso" || tool === "wand";

/** For those who may look on only: what does nothing but change things is put away. */
export function putAwayTools(desk: Store<Desk>): void {
  const { panel, panelOpen } = desk.get();
  desk.set({
    historyOpen: false,
    timelineOpen: false,
    editing: null,
    panelOpen: panelOpen && panel === "settings",
  });
}
