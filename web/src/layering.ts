/** The layers of this page: which one is in hand, what can be done with it, and what a press on the canvas does to it. */

import { sha256 as hash } from "./assets/hash";
import { encode, MAX_SIDE_PX, type Size } from "./assets/picture";
import { fitImage } from "./canvas/bring";
import type { Sketch } from "./canvas/sketch";
import { LINE_HEIGHT } from "./canvas/text";
import { type Grip, transformOf } from "./canvas/transform";
import type { LightDocument } from "./doc/document";
import { CENTRE } from "./doc/frame";
import { newId } from "./doc/keep";
import {
  BASE,
  type Layer,
  type LayerPatch,
  MAX_NAME_CHARS,
  matrixOf,
  type Transform,
  takesPaint,
} from "./doc/layers";
import type { SketchMark } from "./doc/marks";
import { IDENTITY, inverse } from "./doc/matrix";
import { freshColor, wordsOf } from "./doc/regions";
import type { Live, Sheet } from "./state";
import type { Desk, Note } from "./ui/desk";
import type { Store } from "./ui/store";

export interface LayeringWorld {
  readonly doc: LightDocument;
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly sketch: Sketch;
  /** A copy of the picture that is shown; null when there is none. */
  snapshot(): HTMLCanvasElement | null;
}

/** Where the next mark goes. step: what it is undone together with. */
interface Ground {
  readonly layer: Layer;
  readonly step: string;
}

export class Layering {
  private ground: Ground | null = null;
  private notes = 0;

  constructor(private readonly world: LayeringWorld) {}

  get all(): readonly Layer[] {
    return this.world.sheet.get().layers;
  }

  /** The layer in hand; null when the document has none. */
  get active(): Layer | null {
    const { layers, layer } = this.world.sheet.get();
    return layers.find(({ id }) => id === layer) ?? null;
  }

  /** The document's layers changed, or another one was picked. What was picked may be gone: then the one below it. */
  read(): void {
    const { doc, desk, sheet } = this.world;
    const before = this.all;
    const layers = sameWhereEqual(before, doc.layerList());
    const wanted = desk.get().layer;
    const has = (id: string) => layers.some((layer) => layer.id === id);
    let layer: string | null = has(wanted) ? wanted : null;
    if (layer === null) {
      const at = before.findIndex(({ id }) => id === wanted);
      const under = before.slice(0, Math.max(0, at)).findLast(({ id }) => has(id));
      layer = under?.id ?? (at < 0 ? layers.at(-1)?.id : layers[0]?.id) ?? null;
    }
    sheet.set({ layers, layer });
    if (layer !== null && layer !== wanted) desk.set({ layer });
  }

  select(id: string): void {
    const { desk } = this.world;
    if (desk.get().editing !== id) this.endWriting();
    desk.set({ layer: id, note: null });
  }

  /** The next one above or below. */
  step(by: 1 | -1): void {
    const at = this.all.findIndex(({ id }) => id === this.active?.id);
    const next = this.all[at + by];
    if (next !== undefined) this.select(next.id);
  }

  // -- the list -----------------------------------------------------------------------------------------------------

  addPaint(step = ""): string {
    const { doc } = this.world;
    const id = doc.addLayer({ kind: "paint", name: this.freshName() }, this.active?.id ?? null, "", step);
    this.select(id);
    return id;
  }

  /** A part of the picture with words of its own, above all layers; the brush goes onto it. */
  addRegion(): string {
    const { doc, desk } = this.world;
    const top = this.all.at(-1)?.id ?? null;
    const id = doc.addLayer({ kind: "region", name: "", color: freshColor(this.all) }, top);
    this.select(id);
    desk.set({ tool: "brush" });
    return id;
  }

  /** The region in hand lies everywhere. */
  coverAll(): void {
    const { active, world } = this;
    if (active?.kind !== "region" || this.refuse(active)) return;
    const { x, y, width, height } = world.sketch.frame;
    const box = { x0: x, y0: y, x1: x + width, y1: y + height };
    this.begin(false);
    this.commit({
      type: "shape",
      shape: "rect",
      color: active.color,
      size: 0,
      opacity: 1,
      filled: true,
      ...box,
    });
    this.finish();
  }

  remove(id: string): void {
    if (this.all.length > 1) this.world.doc.changeLayer(id, { gone: true }, "");
  }

  duplicate(id: string): void {
    const layer = this.find(id);
    const name = layer && `${titleOf(layer)} copy`.slice(0, MAX_NAME_CHARS);
    const copy = name === undefined ? null : this.world.doc.duplicateLayer(id, name);
    if (copy !== null) this.select(copy);
  }

  change(id: string, patch: LayerPatch, gesture = ""): void {
    this.world.doc.changeLayer(id, patch, gesture);
  }

  /** Of the layer in hand. */
  toggle(what: "visible" | "locked"): void {
    const { active } = this;
    if (active !== null) this.change(active.id, { [what]: !active[what] });
  }

  /** One place up (1) or down (-1). Returns its new place from the top, counted from 1; null when it is at the end. */
  shift(id: string, by: 1 | -1): number | null {
    const at = this.all.findIndex((layer) => layer.id === id);
    if (at < 0 || this.all[at + by] === undefined) return null;
    this.place(id, at + by);
    return this.all.length - at - by;
  }

  /** At this place from the bottom, counted without itself. */
  place(id: string, index: number): void {
    const others = this.all.filter((layer) => layer.id !== id);
    if (this.all.findIndex((layer) => layer.id === id) === index) return;
    this.world.doc.moveLayer(id, others[index - 1]?.id ?? null, others[index]?.id ?? null);
  }

  // -- drawing ------------------------------------------------------------------------------------------------------

  /**
   * A mark is going to be drawn. False where it cannot be, which is said. A picture or a text takes no paint: it gets a
   * paint layer above it, which the mark is undone together with.
   */
  begin(erases: boolean): boolean {
    const { active } = this;
    if (active !== null && this.refuse(active)) return false;
    if (active !== null && takesPaint(active)) {
      this.ground = { layer: active, step: "" };
      return true;
    }
    if (active !== null && erases) {
      this.say("paintless");
      return false;
    }
    const step = newId();
    const id = this.addPaint(step);
    const layer = this.find(id);
    if (layer === undefined) return false;
    this.ground = { layer, step };
    return true;
  }

  commit(mark: SketchMark): void {
    const { doc } = this.world;
    if (this.ground === null) return;
    const { layer, step } = this.ground;
    const matrix = matrixOf(layer);
    doc.addMark(
      {
        ...mark,
        ...(layer.id !== BASE && { layer: layer.id }),
        ...(matrix !== IDENTITY && { from: inverse(matrix) }),
      },
      step,
    );
  }

  /** The press is over. A layer that was made for a mark that never came goes again. */
  finish(): void {
    const { ground, world } = this;
    this.ground = null;
    if (ground !== null && ground.step !== "" && world.sketch.isEmpty(ground.layer.id))
      world.doc.takeBack({ step: ground.step });
  }

  /** Says so, and answers true, where a layer may not be changed by hand. */
  refuse(layer: Layer): boolean {
    const why = layer.locked ? "locked" : layer.visible ? null : "hidden";
    if (why !== null) this.say(why);
    return why !== null;
  }

  private say(why: Note["why"]): void {
    this.notes += 1;
    this.world.desk.set({ note: { why, id: this.notes } });
  }

  clear(): void {
    const { active } = this;
    if (!takesPaint(active) || this.world.sketch.isEmpty(active.id) || this.refuse(active)) return;
    this.world.doc.addMark({ type: "clear", ...(active.id !== BASE && { layer: active.id }) });
  }

  // -- pictures and text --------------------------------------------------------------------------------------------

  /** Above the layer in hand, as large as fits. Rejects for what the browser cannot show as a picture. */
  async addImage(source: ImageBitmapSource, name: string): Promise<void> {
    const { doc, sketch } = this.world;
    const bitmap = await createImageBitmap(source, { imageOrientation: "from-image" });
    const size = sizeOf(bitmap);
    const blob = await encode(bitmap, size);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const image = await hash(bytes);
    const { w, h } = fitImage(size, sketch.frame);
    doc.putImage(image, { mime: blob.type, bytes });
    const layer = { kind: "image", name: name.slice(0, MAX_NAME_CHARS), image, width: w, height: h } as const;
    this.select(doc.addLayer(layer, this.active?.id ?? null));
  }

  /** What is shown at the right becomes a layer on the left, over all others. */
  async addRender(): Promise<boolean> {
    const canvas = this.world.snapshot();
    if (canvas === null) return false;
    const top = this.all.at(-1);
    if (top !== undefined) this.select(top.id);
    await this.addImage(canvas, "Render");
    return true;
  }

  /**
   * A press of the text tool: into the text that is there, or a new one whose first line begins there. wrote: it ended the
   * writing of another text, which is enough for one press.
   */
  writeAt(x: number, y: number, wrote: boolean): void {
    const { desk, doc, sketch } = this.world;
    const there = sketch.layerAt(x, y);
    if (there?.kind === "text") {
      this.edit(there.id);
      return;
    }
    if (wrote) return;
    const { textSize: size, color } = desk.get();
    const gesture = newId();
    const id = doc.addLayer(
      {
        kind: "text",
        name: "",
        text: "",
        size,
        color,
        x: Math.round(x - CENTRE),
        y: Math.round(y - CENTRE - (size * LINE_HEIGHT) / 2),
      },
      this.active?.id ?? null,
      gesture,
    );
    this.select(id);
    desk.set({ editing: id, writing: gesture });
  }

  edit(id: string): void {
    const layer = this.find(id);
    if (layer?.kind !== "text" || this.refuse(layer)) return;
    this.select(id);
    this.world.desk.set({
      editing: id,
      writing: newId(),
      tool: "text",
      color: layer.color,
      textSize: layer.size,
    });
  }

  /** All that is typed, and the size and colour that are picked meanwhile, are one step of undo. */
  write(patch: LayerPatch): void {
    const { editing, writing } = this.world.desk.get();
    if (editing !== null) this.change(editing, patch, writing);
  }

  /** The desk changed: another tool ends the writing, another colour is the text's. */
  follow(): void {
    const { tool, color, editing } = this.world.desk.get();
    if (editing === null) return;
    if (tool !== "text") this.endWriting();
    else if (this.find(editing)?.kind === "text") this.write({ color });
  }

  /** A text without a word is no layer. */
  endWriting(): void {
    const { desk, doc } = this.world;
    const { editing, writing } = desk.get();
    if (editing === null) return;
    desk.set({ editing: null });
    const layer = this.find(editing);
    if (layer?.kind !== "text" || layer.text.trim() !== "") return;
    if (!doc.takeBack({ gesture: writing }) || this.find(editing) !== undefined) this.remove(editing);
  }

  // -- moving -------------------------------------------------------------------------------------------------------

  /** What the handles hold; null when there is nothing to hold. */
  grip(layer: Layer | null = this.active): Grip | null {
    const box = layer?.visible ? this.world.sketch.boxOf(layer) : null;
    return layer !== null && box !== null ? { transform: transformOf(layer), box } : null;
  }

  transform(change: (grip: Grip) => Transform, gesture = ""): void {
    const { active } = this;
    const grip = this.grip();
    if (active !== null && grip !== null && !this.refuse(active))
      this.change(active.id, change(grip), gesture);
  }

  /** All nudges of one layer in a row are one step of undo. */
  nudge(dx: number, dy: number): void {
    const { active } = this;
    if (active === null || this.refuse(active)) return;
    this.change(active.id, { x: active.x + dx, y: active.y + dy }, `nudge:${active.id}`);
  }

  private find(id: string): Layer | undefined {
    return this.all.find((layer) => layer.id === id);
  }

  private freshName(): string {
    const taken = new Set(this.all.map(({ name }) => name));
    for (let n = this.all.length + 1; ; n++) if (!taken.has(`Layer ${n}`)) return `Layer ${n}`;
  }
}

/** A text or a region without a name of its own is called by its words. */
export const titleOf = (layer: Layer): string =>
  layer.name ||
  (layer.kind === "text" && layer.text.trim().split("\n")[0]?.slice(0, 40)) ||
  (layer.kind === "region" && (wordsOf(layer).slice(0, 40) || "Region")) ||
  "Layer";

/** What did not change is the same value as before, so that nobody who shows it has anything to do. */
export function sameWhereEqual(before: readonly Layer[], now: readonly Layer[]): readonly Layer[] {
  const known = new Map(before.map((layer) => [layer.id, layer]));
  const shared = now.map((layer) => {
    const old = known.get(layer.id);
    return old !== undefined && JSON.stringify(old) === JSON.stringify(layer) ? old : layer;
  });
  const all = shared.length === before.length && shared.every((layer, i) => layer === before[i]);
  return all ? before : shared;
}

function sizeOf({ width, height }: ImageBitmap): Size {
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
