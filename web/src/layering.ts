/** The layers of this page: which one is in hand, what can be done with it, and what a press on the canvas does to it. */

import { t } from "@lingui/core/macro";
import { sha256 as hash } from "./assets/hash";
import { encode, MAX_SIDE_PX, type Size } from "./assets/picture";
import { fitImage } from "./canvas/bring";
import type { Sketch } from "./canvas/sketch";
import { LINE_HEIGHT } from "./canvas/text";
import { type Alignment, alignedBy, flipped, type Grip, middleOf, transformOf } from "./canvas/transform";
import type { LightDocument } from "./doc/document";
import { CENTRE } from "./doc/frame";
import { hiddenBy, leavesOf, lockedBy, outermost, siblings, withInside } from "./doc/groups";
import { newId } from "./doc/keep";
import {
  AT_REST,
  BASE,
  BASE_NAME,
  isFramed,
  type Layer,
  type LayerPatch,
  MAX_NAME_CHARS,
  matrixOf,
  type NewLayer,
  type Transform,
  takesPaint,
} from "./doc/layers";
import type { ImageMark, SketchMark } from "./doc/marks";
import { type Box, IDENTITY, inverse, mappedBox, union } from "./doc/matrix";
import { freshColor, wordsOf } from "./doc/regions";
import type { Live, Sheet } from "./state";
import type { Timing } from "./timeline/timing";
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
  /** Absent: no timeline plays. */
  readonly timing?: Pick<Timing, "layers" | "meant">;
}

/** A copy of pixels that is larger is encoded anew. */
const MAX_EXACT_BYTES = 2 * 1024 * 1024;

/** Where the next mark goes. step: what it is undone together with. */
interface Ground {
  readonly layer: Layer;
  readonly step: string;
}

const NONE: readonly string[] = [];

/** Layers that move together, none of them a group. */
export interface Held {
  readonly leaves: readonly Layer[];
  /** Around them, in the picture. */
  readonly box: Box;
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
    const { doc, desk, sheet, timing } = this.world;
    const before = this.all;
    const said = doc.layerList();
    const layers = sameWhereEqual(before, timing?.layers(said) ?? said);
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
    desk.set({ layer: id, picked: NONE, note: null });
  }

  /** The layer in hand and those that are picked besides. */
  get picked(): ReadonlySet<string> {
    const { layer, picked } = this.world.desk.get();
    return new Set(this.all.map(({ id }) => id).filter((id) => id === layer || picked.includes(id)));
  }

  /** One more of them, or one less; the last one stays. */
  pick(id: string): void {
    const { desk } = this.world;
    const others = [...this.picked].filter((each) => each !== id);
    const last = others.at(-1);
    if (!this.picked.has(id)) desk.set({ layer: id, picked: others, note: null });
    else if (last !== undefined) desk.set({ layer: last, picked: others.slice(0, -1), note: null });
  }

  /** All that are listed from the layer in hand to that one. */
  pickTo(id: string, listed: readonly string[]): void {
    const [from, to] = [listed.indexOf(this.active?.id ?? ""), listed.indexOf(id)];
    if (from < 0 || to < 0) return;
    const between = listed.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.world.desk.set({ layer: id, picked: between.filter((each) => each !== id), note: null });
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

  /** A picture as paint, beneath all that is drawn, one pixel a unit; the brush goes onto it. */
  addBeneath(name: string, { width: w, height: h, ...file }: Size & Pick<ImageMark, "mime" | "data">): void {
    const { doc } = this.world;
    const layer = { kind: "paint", name: name.slice(0, MAX_NAME_CHARS) } as const;
    this.select(
      doc.addBeneath(layer, { type: "image", ...file, x: CENTRE - w / 2, y: CENTRE - h / 2, w, h }),
    );
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
    this.removeAll(new Set([id]));
  }

  /** Groups go with all that lies in them. One layer stays. */
  removeAll(ids: ReadonlySet<string>): void {
    const gone = new Set([...ids].flatMap((id) => withInside(this.all, id).map((layer) => layer.id)));
    if (gone.size === 0 || this.all.every(({ id, kind }) => gone.has(id) || kind === "group")) return;
    this.world.doc.changeLayers(
      [...gone].map((id) => [id, { gone: true }] as const),
      "",
    );
  }

  duplicate(id: string): void {
    const layer = this.find(id);
    if (layer === undefined) return;
    const copy = this.world.doc.duplicateLayer(id, copyName(titleOf(layer), this.all.map(titleOf)));
    if (copy !== null) this.select(copy);
  }

  /** What is picked becomes a group. */
  group(): void {
    const { picked } = this;
    if (outermost(this.all, picked).some((layer) => this.refuse(layer))) return;
    const group = this.world.doc.groupLayers(picked, this.freshName("group"));
    if (group !== null) this.select(group);
  }

  /** What lies in the groups that are picked lies where they were. */
  ungroup(): void {
    const groups = outermost(this.all, this.picked).filter(({ kind }) => kind === "group");
    if (groups.some((layer) => this.refuse(layer))) return;
    const freed = groups.flatMap(({ id }) => siblings(this.all, id).map((layer) => layer.id));
    const step = newId();
    for (const { id } of groups) this.world.doc.ungroupLayer(id, step);
    const [first, ...picked] = freed.toReversed();
    if (first !== undefined) this.world.desk.set({ layer: first, picked });
  }

  fold(id: string): void {
    const { desk } = this.world;
    const { folded } = desk.get();
    desk.set({ folded: folded.includes(id) ? folded.filter((each) => each !== id) : [...folded, id] });
  }

  change(id: string, patch: LayerPatch, gesture = ""): void {
    const layer = this.find(id);
    const meant = layer === undefined ? patch : (this.world.timing?.meant(layer, patch) ?? patch);
    this.world.doc.changeLayer(id, meant, gesture);
  }

  /** Of what is picked, to what the layer in hand is not. */
  toggle(what: "visible" | "locked"): void {
    const { active } = this;
    if (active === null) return;
    const patches = [...this.picked].map((id) => [id, { [what]: !active[what] }] as const);
    this.world.doc.changeLayers(patches, "");
  }

  /**
   * One place up (1) or down (-1): into a group that is there, and out of its own at the end of that. Returns its new place
   * from the top, counted from 1; null when it is at the end.
   */
  shift(id: string, by: 1 | -1): number | null {
    const layer = this.find(id);
    if (layer === undefined) return null;
    const beside = siblings(this.all, layer.parent);
    const at = beside.indexOf(layer);
    const next = beside[at + by];
    const own = layer.parent === undefined ? undefined : this.find(layer.parent);
    if (next?.kind === "group" && !this.world.desk.get().folded.includes(next.id))
      this.put(id, next.id, by === 1 ? 0 : siblings(this.all, next.id).length);
    else if (next !== undefined) this.put(id, layer.parent ?? null, at + by);
    else if (own !== undefined) {
      const outer = siblings(this.all, own.parent).indexOf(own);
      this.put(id, own.parent ?? null, by === 1 ? outer + 1 : outer);
    } else return null;
    return this.all.length - this.all.findIndex((each) => each.id === id);
  }

  /** Into that group (null: none), at this place there from the bottom, counted without itself. */
  put(id: string, parent: string | null, index: number): void {
    const layer = this.find(id);
    if (layer === undefined || withInside(this.all, id).some((inside) => inside.id === parent)) return;
    const there = siblings(this.all, parent ?? undefined);
    if (there.indexOf(layer) === index) return;
    const others = there.filter((each) => each.id !== id);
    this.world.doc.moveLayer(id, others[index - 1]?.id ?? null, others[index]?.id ?? null, parent);
  }

  /** At this place from the bottom among those beside it, counted without itself. */
  place(id: string, index: number): void {
    this.put(id, this.find(id)?.parent ?? null, index);
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

  /** step: what it is undone together with. */
  commit(mark: SketchMark, step = ""): void {
    const { doc } = this.world;
    if (this.ground === null) return;
    const { layer } = this.ground;
    const matrix = matrixOf(layer);
    doc.addMark(
      {
        ...mark,
        ...(layer.id !== BASE && { layer: layer.id }),
        ...(matrix !== IDENTITY && { from: inverse(matrix) }),
      },
      this.ground.step || step,
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
    const [locked, hidden] = [lockedBy(this.all, layer), hiddenBy(this.all, layer)];
    if (locked !== null) this.say("locked", locked.id);
    else if (hidden !== null) this.say("hidden", hidden.id);
    return locked !== null || hidden !== null;
  }

  say(why: Note["why"], of: string | null = null): void {
    this.notes += 1;
    this.world.desk.set({ note: { why, of, id: this.notes } });
  }

  clear(): void {
    const { active } = this;
    if (!takesPaint(active) || this.world.sketch.isEmpty(active.id) || this.refuse(active)) return;
    this.world.doc.addMark({ type: "clear", ...(active.id !== BASE && { layer: active.id }) });
  }

  // -- pictures and text --------------------------------------------------------------------------------------------

  /**
   * Above the layer in hand: as large as fits, or just in `box` of the document. Rejects for what the browser cannot show as a
   * picture.
   */
  async addImage(
    source: ImageBitmapSource,
    name: string,
    { box, step = "" }: { readonly box?: Box; readonly step?: string } = {},
  ): Promise<void> {
    const { doc, sketch } = this.world;
    const bitmap = await createImageBitmap(source, { imageOrientation: "from-image" });
    const size = sizeOf(bitmap);
    // What was copied here comes back with the very pixels.
    const exact = box !== undefined && source instanceof Blob && source.size <= MAX_EXACT_BYTES;
    const blob = exact ? source : await encode(bitmap, size);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const image = await hash(bytes);
    const { w, h } = box === undefined ? fitImage(size, sketch.frame) : { w: box.width, h: box.height };
    doc.putImage(image, { mime: blob.type, bytes });
    const layer = {
      kind: "image",
      name: name.slice(0, MAX_NAME_CHARS),
      image,
      width: w,
      height: h,
      ...(box !== undefined && { x: box.x + w / 2 - CENTRE, y: box.y + h / 2 - CENTRE }),
    } as const;
    this.select(doc.addLayer(layer, this.active?.id ?? null, "", step));
  }

  /** Above the layer in hand, as large as fits. size: of what it shows. Returns its id. */
  addMoving(layer: NewLayer, size: Size): string {
    const { w: width, h: height } = fitImage(size, this.world.sketch.frame);
    const name = layer.name.slice(0, MAX_NAME_CHARS);
    const id = this.world.doc.addLayer({ ...layer, name, width, height }, this.active?.id ?? null);
    this.select(id);
    return id;
  }

  /** What is shown at the right becomes a layer on the left, over all others. */
  async addRender(): Promise<boolean> {
    const canvas = this.world.snapshot();
    if (canvas === null) return false;
    const top = this.all.at(-1);
    if (top !== undefined) this.select(top.id);
    await this.addImage(canvas, t`Render`);
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

  /** Above the layer in hand, which it is then. Returns its id. */
  addShape(shape: NewLayer, gesture: string): string {
    const id = this.world.doc.addLayer(shape, this.active?.id ?? null, gesture);
    this.select(id);
    return id;
  }

  // -- moving -------------------------------------------------------------------------------------------------------

  /** What the handles hold; null when there is nothing to hold. */
  grip(layer: Layer | null = this.active): Grip | null {
    const seen = layer !== null && hiddenBy(this.all, layer) === null;
    const box = seen ? this.world.sketch.boxOf(layer) : null;
    return layer !== null && box !== null ? { transform: transformOf(layer), box } : null;
  }

  /** What moves when these layers do, or those that are picked: as they lie now, and the box around them; null when there is nothing. */
  held(ids: ReadonlySet<string> = this.picked): Held | null {
    const all = leavesOf(this.all, ids);
    const leaves = all.filter((layer) => hiddenBy(this.all, layer) === null);
    const box = this.around(leaves);
    return box && { leaves, box };
  }

  /** Of what is picked, where it is not one layer by itself: it has no handles of its own. */
  get many(): boolean {
    return this.picked.size > 1 || this.active?.kind === "group";
  }

  private around(leaves: readonly Layer[]): Box | null {
    const boxes = leaves.map((leaf) => this.boxIn(leaf)).filter((box) => box !== null);
    return boxes.length === 0 ? null : boxes.reduce(union);
  }

  /** In the picture, not in its own units. */
  boxIn(layer: Layer): Box | null {
    const box = this.world.sketch.boxOf(layer);
    return box && mappedBox(matrixOf(layer), box);
  }

  transform(change: (grip: Grip) => Transform, gesture = ""): void {
    const { active } = this;
    const grip = this.grip();
    if (active !== null && grip !== null && !this.refuse(active))
      this.change(active.id, change(grip), gesture);
  }

  /** As it was made: where, how large, and all of it. */
  rest(): void {
    const { active } = this;
    if (active === null || this.refuse(active)) return;
    const whole = isFramed(active) && active.crop !== undefined ? { crop: "" } : {};
    this.change(active.id, { ...AT_REST, ...whole });
  }

  /** The handles crop the picture in hand, or scale it again. */
  crop(): void {
    const { desk } = this.world;
    const { active } = this;
    if (!isFramed(active)) return;
    const on = desk.get().cropping !== active.id;
    if (!on || !this.refuse(active)) desk.set({ tool: "move", cropping: on ? active.id : null });
  }

  /** All nudges of the same layers in a row are one step of undo. */
  nudge(dx: number, dy: number): void {
    const leaves = leavesOf(this.all, this.picked);
    if (leaves.some((layer) => this.refuse(layer))) return;
    this.world.doc.changeLayers(
      leaves.map(({ id, x, y }) => [id, { x: x + dx, y: y + dy }] as const),
      `nudge:${[...this.picked].join()}`,
    );
  }

  /** What is picked, as a mirror shows it, each where the others' mirror images are. */
  flip(across: "x" | "y"): void {
    const held = this.held();
    if (held === null || held.leaves.some((layer) => this.refuse(layer))) return;
    const middle = { x: held.box.x + held.box.width / 2, y: held.box.y + held.box.height / 2 };
    this.world.doc.changeLayers(
      held.leaves.flatMap((leaf) => {
        const grip = this.grip(leaf);
        if (grip === null) return [];
        const next = flipped(grip, across);
        const by = 2 * (middle[across] - middleOf(grip)[across]);
        return [[leaf.id, { ...next, [across]: next[across] + by }] as const];
      }),
      "",
    );
  }

  /** One layer or group to the canvas, several to the box around them. */
  align(to: Alignment): void {
    const items = outermost(this.all, this.picked)
      .map((layer) => {
        const inside = new Set([layer.id]);
        const leaves = leavesOf(this.all, inside).filter((leaf) => hiddenBy(this.all, leaf) === null);
        return { leaves, box: this.around(leaves) };
      })
      .flatMap(({ leaves, box }) => (box === null ? [] : [{ leaves, box }]));
    if (items.some(({ leaves }) => leaves.some((leaf) => this.refuse(leaf)))) return;
    const all = items.length > 1 ? items.map(({ box }) => box).reduce(union) : this.world.sketch.frame;
    this.world.doc.changeLayers(
      items.flatMap(({ leaves, box }) => {
        const { dx, dy } = alignedBy(box, all, to);
        return leaves.map(({ id, x, y }) => [id, { x: x + dx, y: y + dy }] as const);
      }),
      "",
    );
  }

  private find(id: string): Layer | undefined {
    return this.all.find((layer) => layer.id === id);
  }

  private freshName(kind: "layer" | "group" = "layer"): string {
    const taken = new Set(this.all.map(({ name }) => name));
    const called = (n: number) => (kind === "group" ? t`Group ${n}` : t`Layer ${n}`);
    const first = kind === "group" ? 1 : this.all.length + 1;
    for (let n = first; ; n++) if (!taken.has(called(n))) return called(n);
  }
}

/** A text or a region without a name of its own is called by its words. */
export const titleOf = (layer: Layer): string =>
  (layer.name === BASE_NAME && layer.id === BASE ? t`Sketch` : layer.name) ||
  (layer.kind === "text" && layer.text.trim().split("\n")[0]?.slice(0, 40)) ||
  (layer.kind === "region" && (wordsOf(layer).slice(0, 40) || t`Region`)) ||
  t`Layer`;

/** "Lake copy", then "Lake copy 2": also of a copy, which is one more of what it was made from. */
function copyName(from: string, taken: readonly string[]): string {
  const copyOf = (title: string) => t`${title} copy`;
  const [before = "", after = ""] = copyOf("\n").split("\n");
  const first = from.replace(/ \d+$/, "");
  const isCopy = first.length > copyOf("").length && first.startsWith(before) && first.endsWith(after);
  const original = isCopy ? first.slice(before.length, first.length - after.length) : from;
  for (let n = 1; ; n++) {
    const number = n === 1 ? "" : ` ${n}`;
    const room = MAX_NAME_CHARS - copyOf("").length - number.length;
    const name = copyOf(original.slice(0, room)) + number;
    if (!taken.includes(name)) return name;
  }
}

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
