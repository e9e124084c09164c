/** What is selected on this page, and what can be done with it. It is in the document, so each change is a step of undo. */

import { coverOf } from "./canvas/clips";
import { alike, ofColor, parseHex } from "./canvas/fill";
import type { MaskLayer } from "./canvas/mask-layer";
import type { Sketch } from "./canvas/sketch";
import { aim, newSurface, type Surface } from "./canvas/surface";
import type { LightDocument } from "./doc/document";
import { newId } from "./doc/keep";
import type { Point } from "./doc/matrix";
import {
  type Combine,
  combined,
  coverAt,
  inverted,
  outlineOf,
  rectangle,
  type Selection,
  shifted,
  trimmed,
} from "./doc/selection";
import { type Labels, sameThing } from "./labels";
import type { Layering } from "./layering";
import type { Masking } from "./masking";
import type { Sheet } from "./state";
import type { Touches } from "./touches";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";
import type { Problem } from "./wire/shots";

export interface SelectionNow {
  readonly selection: Selection | null;
  /** Around it: an SVG path in document units. */
  readonly outline: string;
  /** Around what is being selected. */
  readonly draft: string;
  /** How far it is being moved. */
  readonly dx: number;
  readonly dy: number;
}

export interface SelectingWorld {
  readonly doc: LightDocument;
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  readonly sketch: Sketch;
  readonly layering: Layering;
  readonly maskLayer: MaskLayer;
  readonly masking: Pick<Masking, "begin" | "stroke">;
  readonly touches: Pick<Touches, "touch">;
  readonly video: Pick<VideoMode, "drawn">;
  /** A copy of the render, of the frame's shape; null while there is none. */
  snapshot(): HTMLCanvasElement | null;
  readonly labels: Pick<Labels, "read">;
  say(problem: Problem): void;
}

/** Which picture the wand looks at. */
export type Side = "sketch" | "render";

/** Pixels that were moved last: moved again right away, they have touched nothing on their way. */
interface Floating {
  readonly step: string;
  readonly layer: string;
  readonly from: string;
  readonly selection: Selection;
  /** What was selected afterwards. */
  readonly now: string | null;
  readonly dx: number;
  readonly dy: number;
}

export class Selecting {
  readonly now = new Store<SelectionNow>({ selection: null, outline: "", draft: "", dx: 0, dy: 0 });
  private shownId: string | null = null;
  private floating: Floating | null = null;

  constructor(private readonly world: SelectingWorld) {
    const { doc } = world;
    this.read();
    doc.observe((parts) => {
      if (parts.has("selection")) this.read();
    });
  }

  private read(): void {
    const { doc } = this.world;
    const id = doc.selected;
    if (id === this.shownId) return;
    this.shownId = id;
    const selection = id === null ? null : doc.selection(id);
    this.now.set({ selection, outline: selection === null ? "" : outlineOf(selection), dx: 0, dy: 0 });
  }

  /** What a mark that is made now is limited to. */
  get clip(): string | undefined {
    return this.now.get().selection === null ? undefined : (this.shownId ?? undefined);
  }

  get some(): boolean {
    return this.clip !== undefined;
  }

  covers({ x, y }: Point): boolean {
    const { selection } = this.now.get();
    return selection !== null && coverAt(selection, x, y) > 0;
  }

  // -- selecting ----------------------------------------------------------------------------------------------------

  /** shift: held at the press; Alt takes away. */
  how(shift: boolean): Combine {
    const { altHeld, combine } = this.world.desk.get();
    return shift ? "add" : altHeld ? "subtract" : combine;
  }

  take(fresh: Selection | null, how: Combine): void {
    const { doc, sketch } = this.world;
    doc.select(combined(this.now.get().selection, fresh, how, sketch.frame));
  }

  all(): void {
    this.world.doc.select(rectangle(this.world.sketch.frame));
  }

  none(): void {
    this.world.doc.select(null);
  }

  invert(): void {
    this.world.doc.select(inverted(this.now.get().selection, this.world.sketch.frame));
  }

  /** Around points; edges are as soft as a filled shape's. */
  lasso(points: readonly Point[], how: Combine): void {
    const { frame } = this.world.sketch;
    const surface = newSurface(frame.width, frame.height, true);
    aim(surface, frame);
    surface.context.beginPath();
    for (const { x, y } of points) surface.context.lineTo(x, y);
    surface.context.fill();
    this.take(trimmed({ box: frame, cover: coverOf(surface) }), how);
  }

  /** What has the colour of that point: in the render, on the layer in hand, or of all that is seen. */
  wand(at: Point, how: Combine, side: Side = "sketch"): void {
    const { sketch, desk, sheet } = this.world;
    const { wandTolerance, wandContiguous, wandThings } = desk.get();
    const { frame } = sketch;
    const { x, y } = at;
    if (wandThings && sheet.get().card?.labels === true) {
      void this.thing(at, how);
      return;
    }
    const cover = alike(this.looked(side), x - frame.x, y - frame.y, wandTolerance, wandContiguous);
    if (cover !== null) this.take(trimmed({ box: frame, cover }), how);
  }

  /** What is seen in the render at that point, wherever that is seen: the water, say. */
  async thing({ x, y }: Point, how: Combine): Promise<void> {
    const { sketch, desk, layering, labels, say } = this.world;
    const { frame } = sketch;
    try {
      const seen = await labels.read();
      if (seen === null) layering.say("unrendered");
      const cover = seen && sameThing(seen, frame, x, y, desk.get().wandContiguous);
      if (cover !== null && frame === sketch.frame) this.take(trimmed({ box: frame, cover }), how);
    } catch (problem) {
      say(problem as Problem);
    }
  }

  /** All that has the colour in hand, wherever it is: a material of the engine, say. */
  byColor(): void {
    const { sketch, desk } = this.world;
    const { color, wandTolerance, combine } = desk.get();
    const cover = ofColor(this.looked("sketch"), parseHex(color), wandTolerance);
    this.take(trimmed({ box: sketch.frame, cover }), combine);
  }

  /** One pixel a document unit. */
  private looked(side: Side): ImageData {
    const { sketch, layering, desk } = this.world;
    const { frame } = sketch;
    const { active } = layering;
    const render = side === "render" ? this.world.snapshot() : null;
    let surface: Surface;
    if (render !== null) {
      surface = newSurface(frame.width, frame.height, true);
      surface.context.drawImage(render, 0, 0, frame.width, frame.height);
    } else surface = desk.get().wandShown || active === null ? sketch.raster : sketch.alone(active);
    return surface.context.getImageData(0, 0, frame.width, frame.height);
  }

  draft(path: string): void {
    this.now.set({ draft: path });
  }

  /** Shown that far from where it is. */
  offset(dx: number, dy: number): void {
    this.now.set({ dx, dy });
  }

  /** The selection alone, not what is under it. */
  shift(dx: number, dy: number): void {
    const { selection } = this.now.get();
    this.offset(0, 0);
    if (selection !== null && (dx !== 0 || dy !== 0)) this.take(shifted(selection, dx, dy), "replace");
  }

  // -- masks --------------------------------------------------------------------------------------------------------

  /** Only what is selected renders anew. The selection ends: it would limit the mask brush. */
  toMask(): void {
    const { doc, desk, masking } = this.world;
    const { clip } = this;
    if (clip === undefined || !masking.begin()) return;
    masking.stroke(null); // there is no stroke under the pen
    const step = newId();
    doc.addMark({ type: "mask-area", clip }, step);
    doc.select(null, step);
    desk.set({ tool: "mask" });
  }

  fromMask(): void {
    const { doc, sketch, maskLayer, desk } = this.world;
    doc.select(trimmed({ box: sketch.frame, cover: coverOf(maskLayer.current) }));
    desk.set({ tool: desk.get().selectTool });
  }

  // -- pixels -------------------------------------------------------------------------------------------------------

  /** What is selected goes from the layer in hand. Returns whether it did. */
  erase(): boolean {
    const { layering } = this.world;
    const { clip } = this;
    if (clip === undefined || !layering.begin(true)) return false;
    layering.commit({ type: "erase", clip });
    layering.finish();
    return true;
  }

  /** Whether a press of the move tool there takes hold of what is selected. */
  holds(at: Point): boolean {
    return this.world.layering.active?.kind === "paint" && this.covers(at);
  }

  /** By so many whole units, as one step. */
  nudge(dx: number, dy: number): void {
    const move = this.beginMove();
    move?.to(dx, dy);
    move?.end();
  }

  /** Take hold of the pixels that are selected; null where they may not be changed, which is said. */
  beginMove(): { to(dx: number, dy: number): void; end(): void; cancel(): void } | null {
    const { doc, layering, sketch } = this.world;
    const { selection } = this.now.get();
    const { active } = layering;
    const { clip } = this;
    if (selection === null || clip === undefined || active === null || !layering.begin(true)) return null;
    const again = this.floating?.layer === active.id && this.floating.now === clip ? this.floating : null;
    let from = { clip, selection, dx: 0, dy: 0 };
    let by: { dx: number; dy: number } | null = null;
    const show = () => {
      const mark = by && ({ type: "shift", clip: from.clip, ...by } as const);
      sketch.setLive(mark && { mark, points: undefined });
      this.offset(by?.dx ?? 0, by?.dy ?? 0);
      this.world.video.drawn();
      this.world.touches.touch();
    };
    const end = (how: "keep" | "cancel") => {
      const { dx, dy } = how === "keep" && by !== null ? by : from;
      const moved = by !== null;
      by = null;
      show();
      if (moved && (dx !== 0 || dy !== 0)) this.move(from, active.id, dx, dy);
      layering.finish();
    };
    return {
      to: (dx, dy) => {
        if (by === null && again !== null && doc.takeBack({ step: again.step }))
          from = { clip: again.from, selection: again.selection, dx: again.dx, dy: again.dy };
        by = { dx: from.dx + Math.round(dx), dy: from.dy + Math.round(dy) };
        show();
      },
      end: () => end("keep"),
      cancel: () => end("cancel"),
    };
  }

  private move(from: { clip: string; selection: Selection }, layer: string, dx: number, dy: number): void {
    const { doc, layering, sketch } = this.world;
    const step = newId();
    doc.together(() => {
      layering.commit({ type: "shift", clip: from.clip, dx, dy }, step);
      doc.select(combined(null, shifted(from.selection, dx, dy), "replace", sketch.frame), step);
    });
    this.floating = { step, layer, from: from.clip, selection: from.selection, now: doc.selected, dx, dy };
  }
}
