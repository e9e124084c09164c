/** Every shortcut, once: the handler of keys, the tooltips, the sheet and the palette read this table. */

import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { isFramed } from "./doc/layers";
import { SHAPES, type ShapeName } from "./doc/shapes";
import type { Studio } from "./studio";
import type { Tool } from "./ui/desk";
import {
  nextSize,
  takeSelectTool,
  takeShape,
  toggleFullScreen,
  toggleHistory,
  togglePanel,
  toggleTimeline,
} from "./ui/desk-commands";
import { nothingFocused } from "./ui/focus";

/** In the order of the sheet. */
export const GROUPS = [
  "tools",
  "selection",
  "layers",
  "colour",
  "history",
  "render",
  "video",
  "view",
] as const;
export type Group = (typeof GROUPS)[number];

export const GROUP_NAMES: Readonly<Record<Group, MessageDescriptor>> = {
  tools: msg`Tools`,
  selection: msg`Selection`,
  layers: msg`Layers`,
  colour: msg`Colour and size`,
  history: msg`History`,
  render: msg`Render`,
  video: msg`Video`,
  view: msg`View`,
};

export interface Shortcut {
  readonly id: string;
  /** As shown to people; alternatives are apart. */
  readonly keys: readonly string[];
  readonly label: MessageDescriptor;
  readonly group: Group;
  readonly match: (event: KeyboardEvent) => boolean;
  readonly run: (studio: Studio, event: KeyboardEvent) => void;
  /** It means nothing without its key: the palette leaves it out. */
  readonly byHand?: true;
  /** Whether there is such a thing here; the sheet lists it then. Absent: always. */
  readonly available?: (studio: Studio) => boolean;
  /** Whether it can be done at this moment. Absent: always. */
  readonly now?: (studio: Studio) => boolean;
  /** Whether it would do anything; its key is taken all the same. Absent: always. */
  readonly would?: (studio: Studio) => boolean;
}

const held = (event: KeyboardEvent) => event.ctrlKey || event.metaKey;
const plain = (key: string) => (event: KeyboardEvent) =>
  !held(event) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === key;
const shifted = (key: string) => (event: KeyboardEvent) =>
  !held(event) && !event.altKey && event.shiftKey && event.key.toLowerCase() === key;
const command = (key: string, shift: boolean) => (event: KeyboardEvent) =>
  held(event) && event.shiftKey === shift && event.key.toLowerCase() === key;

/** Where text of the page is marked, the browser copies that. */
const noText = () => window.getSelection()?.isCollapsed !== false;

const tool =
  (name: Tool) =>
  ({ desk }: Studio) =>
    desk.set({ tool: name });

const resize =
  (direction: 1 | -1) =>
  ({ desk }: Studio) =>
    desk.set({ size: nextSize(desk.get().size, direction) });

/** By document units: one, or ten with Shift. */
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const NUDGE_FAR = 10;
const moving = ({ desk }: Studio) => desk.get().tool === "move";
const hasPicture = ({ live }: Studio) => live.get().hasPicture;
const activeId = ({ layering }: Studio) => layering.active?.id ?? "";

/** Also while one types: it is how one gets away from there. */
export const PALETTE: Shortcut = {
  id: "palette",
  keys: ["Ctrl K"],
  label: msg`Every command by name`,
  group: "view",
  byHand: true,
  match: command("k", false),
  run: ({ desk }) => desk.set({ paletteOpen: !desk.get().paletteOpen }),
};

export const SHORTCUTS: readonly Shortcut[] = [
  { id: "brush", keys: ["B"], label: msg`Brush`, group: "tools", match: plain("b"), run: tool("brush") },
  { id: "eraser", keys: ["E"], label: msg`Eraser`, group: "tools", match: plain("e"), run: tool("eraser") },
  {
    id: "area",
    keys: ["A"],
    label: msg`Area: fill what you outline`,
    group: "tools",
    match: plain("a"),
    run: tool("area"),
  },
  { id: "fill", keys: ["G"], label: msg`Fill`, group: "tools", match: plain("g"), run: tool("fill") },
  {
    id: "shapes",
    keys: ["U"],
    label: msg`Rectangle, ellipse, polygon, line, arrow in turn`,
    group: "tools",
    match: plain("u"),
    run: ({ desk }) => {
      const at = SHAPES.indexOf(desk.get().tool as ShapeName);
      takeShape(desk, SHAPES[(at + 1) % SHAPES.length] ?? "rect");
    },
  },
  {
    id: "eyedropper",
    keys: ["I", "Alt"],
    label: msg`Eyedropper`,
    group: "tools",
    match: plain("i"),
    run: tool("eyedropper"),
  },
  {
    id: "mask",
    keys: ["M"],
    label: msg`Mask: render only here`,
    group: "tools",
    match: plain("m"),
    run: tool("mask"),
    available: (studio) => studio.sheet.get().card?.masks === true,
  },
  {
    id: "hand",
    keys: ["H", "Space"],
    label: msg`Move the view`,
    group: "tools",
    match: plain("h"),
    run: tool("hand"),
  },
  { id: "text", keys: ["T"], label: msg`Text`, group: "tools", match: plain("t"), run: tool("text") },
  {
    id: "select",
    keys: ["Q"],
    label: msg`Select: rectangle, lasso in turn`,
    group: "selection",
    match: plain("q"),
    run: ({ desk }) => takeSelectTool(desk, desk.get().tool === "select-rect" ? "lasso" : "select-rect"),
  },
  {
    id: "wand",
    keys: ["W"],
    label: msg`Magic wand: select by colour`,
    group: "selection",
    match: plain("w"),
    run: ({ desk }) => takeSelectTool(desk, "wand"),
  },
  {
    id: "select-all",
    keys: ["Ctrl A"],
    label: msg`Select all`,
    group: "selection",
    match: command("a", false),
    run: ({ selecting }) => selecting.all(),
  },
  {
    id: "select-none",
    keys: ["Ctrl D"],
    label: msg`Select nothing`,
    group: "selection",
    match: command("d", false),
    run: ({ selecting }) => selecting.none(),
    would: ({ selecting }) => selecting.some,
  },
  {
    id: "select-inverse",
    keys: ["Ctrl I"],
    label: msg`Select the rest instead`,
    group: "selection",
    match: command("i", false),
    run: ({ selecting }) => selecting.invert(),
  },
  {
    id: "delete-selected",
    keys: ["Backspace"],
    label: msg`Delete what is selected`,
    group: "selection",
    match: (event) => plain("delete")(event) || plain("backspace")(event),
    run: ({ selecting }) => void selecting.erase(),
    now: ({ selecting }) => selecting.some,
  },
  {
    id: "copy",
    keys: ["Ctrl C"],
    label: msg`Copy what is selected`,
    group: "selection",
    match: command("c", false),
    run: ({ clipboard }) => void clipboard.copy(false),
    now: noText,
  },
  {
    id: "copy-shown",
    keys: ["Ctrl Shift C"],
    label: msg`Copy it of all layers`,
    group: "selection",
    match: command("c", true),
    run: ({ clipboard }) => void clipboard.copy(true),
  },
  {
    id: "cut",
    keys: ["Ctrl X"],
    label: msg`Cut what is selected`,
    group: "selection",
    match: command("x", false),
    run: ({ clipboard }) => void clipboard.cut(),
    now: noText,
  },
  {
    id: "paste",
    keys: ["Ctrl V"],
    label: msg`Paste as a layer`,
    group: "selection",
    match: () => false, // the browser says what is pasted: see App
    byHand: true,
    run: () => {},
  },
  {
    id: "select-to-mask",
    keys: ["Shift M"],
    label: msg`Render only what is selected`,
    group: "selection",
    match: shifted("m"),
    run: ({ selecting }) => selecting.toMask(),
    available: ({ sheet }) => sheet.get().card?.masks === true,
    now: ({ selecting }) => selecting.some,
  },
  {
    id: "move",
    keys: ["V"],
    label: msg`Move, scale and turn the layer`,
    group: "layers",
    match: plain("v"),
    run: tool("move"),
  },
  {
    id: "nudge",
    keys: ["Arrows"],
    label: msg`Nudge it; Shift for ten`,
    group: "layers",
    byHand: true,
    match: (event) => event.key in ARROWS && !held(event) && !event.altKey,
    run: ({ layering, selecting }, event) => {
      const [dx = 0, dy = 0] = ARROWS[event.key] ?? [];
      const by = event.shiftKey ? NUDGE_FAR : 1;
      if (selecting.some && layering.active?.kind === "paint") selecting.nudge(dx * by, dy * by);
      else layering.nudge(dx * by, dy * by);
    },
    now: moving,
  },
  {
    id: "new-layer",
    keys: ["N"],
    label: msg`New paint layer`,
    group: "layers",
    match: plain("n"),
    run: ({ layering }) => layering.addPaint(),
  },
  {
    id: "duplicate-layer",
    keys: ["Ctrl J"],
    label: msg`Duplicate the layer`,
    group: "layers",
    match: command("j", false),
    run: (studio) => studio.layering.duplicate(activeId(studio)),
  },
  {
    id: "crop",
    keys: ["Shift C"],
    label: msg`Crop the picture, or scale it again`,
    group: "layers",
    match: shifted("c"),
    run: ({ layering }) => layering.crop(),
    now: ({ layering }) => isFramed(layering.active),
  },
  {
    id: "group-layers",
    keys: ["Ctrl G"],
    label: msg`Group the layers that are picked`,
    group: "layers",
    match: command("g", false),
    run: ({ layering }) => layering.group(),
  },
  {
    id: "ungroup-layers",
    keys: ["Ctrl Shift G"],
    label: msg`Ungroup`,
    group: "layers",
    match: command("g", true),
    run: ({ layering }) => layering.ungroup(),
  },
  {
    id: "delete-layer",
    keys: ["Delete"],
    label: msg`Delete the layer that is moved`,
    group: "layers",
    match: (event) => plain("delete")(event) || plain("backspace")(event),
    run: ({ layering }) => layering.removeAll(layering.picked),
    now: moving,
  },
  {
    id: "layer-up",
    keys: ["Ctrl ]"],
    label: msg`Layer up`,
    group: "layers",
    match: command("]", false),
    run: (studio) => void studio.layering.shift(activeId(studio), 1),
  },
  {
    id: "layer-down",
    keys: ["Ctrl ["],
    label: msg`Layer down`,
    group: "layers",
    match: command("[", false),
    run: (studio) => void studio.layering.shift(activeId(studio), -1),
  },
  {
    id: "layer-above",
    keys: ["Alt ]"],
    label: msg`The layer above`,
    group: "layers",
    match: (event) => event.altKey && !held(event) && event.code === "BracketRight",
    run: ({ layering }) => layering.step(1),
  },
  {
    id: "layer-below",
    keys: ["Alt ["],
    label: msg`The layer below`,
    group: "layers",
    match: (event) => event.altKey && !held(event) && event.code === "BracketLeft",
    run: ({ layering }) => layering.step(-1),
  },
  {
    id: "lock-layer",
    keys: ["/"],
    label: msg`Lock or unlock the layer`,
    group: "layers",
    match: plain("/"),
    run: ({ layering }) => layering.toggle("locked"),
  },
  {
    id: "hide-layer",
    keys: ["Ctrl ,"],
    label: msg`Hide or show the layer`,
    group: "layers",
    match: command(",", false),
    run: ({ layering }) => layering.toggle("visible"),
  },
  {
    id: "render-layer",
    keys: ["Shift A"],
    label: msg`The render as a layer`,
    group: "layers",
    match: shifted("a"),
    run: ({ layering }) => void layering.addRender(),
    would: hasPicture,
  },
  {
    id: "sketch-place",
    keys: ["Shift D"],
    label: msg`Sketch it for me: the rendered place, as a layer`,
    group: "layers",
    match: shifted("d"),
    run: ({ laidOut }) => void laidOut.sketch(),
    available: ({ sheet }) => sheet.get().card?.lays_out === true,
    would: ({ laidOut }) => laidOut.now.get().seen !== "nowhere",
  },
  {
    id: "smaller",
    keys: ["["],
    label: msg`Smaller brush`,
    group: "colour",
    match: plain("["),
    run: resize(-1),
  },
  {
    id: "larger",
    keys: ["]"],
    label: msg`Larger brush`,
    group: "colour",
    match: plain("]"),
    run: resize(1),
  },
  {
    id: "opacity",
    keys: ["1 – 9"],
    label: msg`Opacity (9 is full)`,
    group: "colour",
    byHand: true,
    match: (event) => !held(event) && !event.altKey && /^[1-9]$/.test(event.key),
    run: ({ desk }, event) => desk.set({ opacity: Math.round((Number(event.key) / 9) * 100) / 100 }),
  },
  {
    id: "swap",
    keys: ["X"],
    label: msg`Swap the two colours`,
    group: "colour",
    match: plain("x"),
    run: ({ desk }) => desk.set({ color: desk.get().otherColor, otherColor: desk.get().color }),
  },
  {
    id: "undo",
    keys: ["Z"],
    label: msg`Undo`,
    group: "history",
    match: (event) => plain("z")(event) || command("z", false)(event),
    run: ({ doc }) => doc.undo(),
    would: ({ sheet }) => sheet.get().canUndo,
  },
  {
    id: "redo",
    keys: ["Shift Z"],
    label: msg`Redo`,
    group: "history",
    match: (event) => shifted("z")(event) || command("z", true)(event) || command("y", false)(event),
    run: ({ doc }) => doc.redo(),
    would: ({ sheet }) => sheet.get().canRedo,
  },
  {
    id: "snapshot",
    keys: ["S"],
    label: msg`Keep a snapshot`,
    group: "history",
    match: plain("s"),
    run: ({ history }) => history.snapshot(),
  },
  {
    id: "history",
    keys: ["Shift H"],
    label: msg`The filmstrip: go back to any moment`,
    group: "history",
    match: shifted("h"),
    run: ({ desk }) => toggleHistory(desk),
  },
  {
    id: "clear",
    keys: ["Shift Delete"],
    label: msg`Clear the layer`,
    group: "history",
    match: (event) => shifted("delete")(event) || shifted("backspace")(event),
    run: (studio) => studio.clear(),
    would: ({ sheet }) => !sheet.get().empty,
  },
  {
    id: "reroll",
    keys: ["R"],
    label: msg`New seed`,
    group: "render",
    match: plain("r"),
    run: (studio) => studio.reroll(),
  },
  {
    id: "lock",
    keys: ["L"],
    label: msg`Lock the seed`,
    group: "render",
    match: plain("l"),
    run: (studio) => studio.toggleLock(),
  },
  {
    id: "compare",
    keys: ["C"],
    label: msg`Hold: the sketch over the render`,
    group: "render",
    byHand: true,
    match: plain("c"),
    run: ({ desk }) => desk.set({ comparing: true }),
  },
  {
    id: "download",
    keys: ["Ctrl S"],
    label: msg`Download the render`,
    group: "render",
    match: command("s", false),
    run: (studio) => void studio.shown.save(),
    would: hasPicture,
  },
  {
    id: "enhance",
    keys: ["Shift E"],
    label: msg`Enhance the render`,
    group: "render",
    match: shifted("e"),
    run: (studio) => void studio.enhancing.start(),
    available: ({ jobs }) => jobs.now.get().offered,
    would: hasPicture,
  },
  {
    id: "record-session",
    keys: ["Shift O"],
    label: msg`Record the session, or stop`,
    group: "render",
    match: shifted("o"),
    run: ({ recordings }) => recordings.toggle(),
    available: ({ recordings }) => recordings.now.get().offered,
  },
  {
    id: "video",
    keys: ["Shift V"],
    label: msg`Video, or pictures again`,
    group: "video",
    match: shifted("v"),
    run: ({ video }, event) => video.toggle(event.timeStamp),
    available: ({ video }) => video.offered,
  },
  {
    id: "play",
    keys: ["K"],
    label: msg`Play or pause`,
    group: "video",
    match: plain("k"),
    run: ({ video }) => video.playPause(),
    available: ({ video }) => video.offered,
    now: ({ video }) => video.on,
  },
  {
    id: "restart",
    keys: ["Shift R"],
    label: msg`Start the video over`,
    group: "video",
    match: shifted("r"),
    run: ({ video }) => video.restart(),
    available: ({ video }) => video.offered,
    now: ({ video }) => video.on,
  },
  {
    id: "record",
    keys: ["O"],
    label: msg`Record video, or stop and save it`,
    group: "render",
    match: plain("o"),
    run: ({ recording }) => recording.toggle(),
    now: ({ live }) => live.get().hasPicture,
  },
  {
    id: "timeline",
    keys: ["Shift T"],
    label: msg`The timeline: keyframes of anything`,
    group: "history",
    match: shifted("t"),
    run: ({ desk }) => toggleTimeline(desk),
  },
  {
    id: "timeline-play",
    keys: ["Shift Space"],
    label: msg`Play or pause the timeline`,
    group: "history",
    match: shifted(" "),
    run: ({ timing }) => timing.toggle(),
    now: ({ desk }) => desk.get().timelineOpen,
  },
  {
    id: "fit",
    keys: ["0"],
    label: msg`Fit to the window`,
    group: "view",
    match: plain("0"),
    run: ({ desk }) => desk.set({ view: null }),
  },
  {
    id: "projects",
    keys: ["Ctrl O"],
    label: msg`Projects`,
    group: "view",
    match: command("o", false),
    run: ({ desk }) => desk.set({ projectsOpen: true }),
  },
  {
    id: "panel",
    keys: ["P"],
    label: msg`Settings`,
    group: "view",
    match: plain("p"),
    run: ({ desk }) => togglePanel(desk, "settings"),
  },
  {
    id: "layers",
    keys: ["Shift L"],
    label: msg`Layers`,
    group: "view",
    match: shifted("l"),
    run: ({ desk }) => togglePanel(desk, "layers"),
  },
  {
    id: "board",
    keys: ["Shift B"],
    label: msg`Reference board`,
    group: "view",
    match: shifted("b"),
    run: ({ board }) => board.toggle(),
  },
  {
    id: "jobs",
    keys: ["J"],
    label: msg`Jobs`,
    group: "view",
    match: plain("j"),
    run: ({ desk }) => desk.set({ jobsOpen: !desk.get().jobsOpen }),
    available: ({ jobs }) => jobs.now.get().offered,
  },
  {
    id: "hide",
    keys: ["Tab"],
    label: msg`Hide or show all controls`,
    group: "view",
    // Inside the controls Tab moves the focus, as everywhere; Shift Tab enters them.
    match: (event) => event.key === "Tab" && !event.shiftKey && !held(event) && nothingFocused(),
    run: ({ desk }) => desk.set({ chromeHidden: !desk.get().chromeHidden }),
  },
  {
    id: "perform",
    keys: ["Shift P"],
    label: msg`Perform: sound, controls, output`,
    group: "view",
    match: shifted("p"),
    run: ({ desk }) => togglePanel(desk, "perform"),
  },
  {
    id: "output",
    keys: ["Shift F"],
    label: msg`The render in a second window`,
    group: "view",
    match: shifted("f"),
    run: ({ openOutput }, event) => event.repeat || openOutput(),
  },
  {
    id: "blackout",
    keys: ["."],
    label: msg`Blackout: outputs show black`,
    group: "view",
    match: plain("."),
    run: ({ performing }, event) => event.repeat || performing.blackout(),
  },
  {
    id: "tap",
    keys: ["Y"],
    label: msg`Tap the beat`,
    group: "view",
    match: plain("y"),
    run: ({ performing }, event) => event.repeat || performing.tap(),
  },
  {
    id: "full",
    keys: ["F"],
    label: msg`Full screen`,
    group: "view",
    match: plain("f"),
    run: toggleFullScreen,
  },
  PALETTE,
  {
    id: "help",
    keys: ["?"],
    label: msg`Shortcuts: this sheet`,
    group: "view",
    match: (event) => event.key === "?" && !held(event),
    run: ({ desk }) => desk.set({ helpOpen: !desk.get().helpOpen }),
  },
];

const EDITING_GROUPS = new Set<Group>(["tools", "selection", "layers", "colour", "history", "video"]);

/** It changes the document, which a viewer of a room cannot. */
export const edits = ({ id, group }: Shortcut) =>
  EDITING_GROUPS.has(group) || id === "reroll" || id === "lock";

/** Whether it can be done at this moment, by this person. */
export const canRun = (shortcut: Shortcut, studio: Studio): boolean =>
  shortcut.available?.(studio) !== false &&
  shortcut.now?.(studio) !== false &&
  shortcut.would?.(studio) !== false &&
  (studio.canEdit || !edits(shortcut));

export const keysOf = (id: string): string | undefined => SHORTCUTS.find((s) => s.id === id)?.keys[0];
