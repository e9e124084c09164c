/**
 * The document: a Yjs document of marks, prompts, parameters and the log of edits. It is the only truth; the
 * rasters, the shots and the panels are functions of it.
 *
 *     marks       Y.Array of Y.Map   what was drawn, in order (marks.ts), each with `hidden`
 *     layers      Y.Map              "<id>.<field>" -> value: what the sketch is composed of (layers.ts)
 *     images      Y.Map              SHA-256 -> mime and bytes: the pictures of image layers and of the board, each once
 *     prompts     Y.Array of Y.Map   id, text, weight, on
 *     references  Y.Array of Y.Map   id, sha256, name, weight: pictures as prompts, by the hash of their file
 *     params      Y.Map              engine, size, seed, seedLocked, steps, strength, "p:<engine>:<name>",
 *                                    "video:..." (settings.ts), "mask:<mark>" (mask.ts), "morph:..." (morph.ts),
 *                                    "palette:<colour>" (palette.ts), "board:<id>" (board.ts)
 *     timeline    Y.Map              its settings, keyframes and paths (timeline/stored.ts)
 *     bases       Y.Map              mark id -> SHA-256 of the picture that it keeps (mask.ts)
 *     selections  Y.Map              id -> bytes: the parts of the picture that marks were limited to (selection.ts), each once
 *     selected    Y.Map              author -> id of what is selected now
 *     edits       Y.Array of Y.Map   who did what, and whether it is undone (edits.ts)
 *
 * A restore brings all of it but `edits` and what is selected back to what it was, by content (content.ts, bring.ts), and is an edit itself.
 */

import * as Y from "yjs";
import type { ParameterValue } from "../wire/shots";
import { grouped, type LayerPatches, moved, placeAbove, placeBeneath, ungrouped } from "./arranging";
import { bring } from "./bring";
import { ContentReader, type MapNode } from "./content";
import {
  type Edit,
  type EditKind,
  EditLog,
  type FieldsKind,
  type FieldValues,
  fieldsOf,
  layersMadeBy,
  type Side,
  sides,
} from "./edits";
import { withInside } from "./groups";
import {
  cropText,
  fieldKey,
  isFramed,
  type Layer,
  type LayerPatch,
  type NewLayer,
  readLayers,
} from "./layers";
import { fromYMap, type Mark, type PlacedMark, type SketchMark, splitMarks, toYMap } from "./marks";
import type { PromptValue } from "./prompts";
import type { ReferenceValue } from "./references";
import { revertList, revertValues } from "./revert";
import { idOf, pack, type Selection, unpack } from "./selection";

export type ParamPatch = Readonly<Record<string, ParameterValue | undefined>>;

export type DocumentPart =
  | "marks"
  | "layers"
  | "images"
  | "prompts"
  | "references"
  | "params"
  | "bases"
  | "timeline"
  | "selection"
  | "history";

/** A picture of an image layer: an encoded file of type `mime`. It is in the document, so that whoever has that sees it. */
export interface LayerImage {
  readonly mime: string;
  readonly bytes: Uint8Array;
}

export interface DocumentWorld {
  newId(): string;
  /** 0 to 1; absent: Math.random. */
  random?(): number;
  /** Stable for this browser: undo takes back only one's own edits. */
  readonly author: string;
}

/** Of the whole list or map an edit remembers what it said. */
type StateKind = "params" | "prompts" | "references";
type List = Y.Array<Y.Map<unknown>>;

const SHA256 = /[0-9a-f]{64}/g;
/** Of a layer's fields the one that names assets (regions.ts). */
const isPictures = (key: string) => key.endsWith(".pictures");
/** No content: the log of edits goes on through a restore, which is an edit; selections stay, for undo may ask for any. */
const NO_CONTENT: ReadonlySet<string> = new Set(["edits", "selections", "selected"]);
/** The origin of a restore's transaction, of its undo and its redo. */
export const RESTORE = "restore";

export class LightDocument {
  readonly y: Y.Doc;
  private readonly marks: List;
  private readonly layers: Y.Map<unknown>;
  private readonly images: Y.Map<LayerImage>;
  private readonly prompts: List;
  private readonly references: List;
  private readonly params: Y.Map<unknown>;
  private readonly bases: Y.Map<string>;
  private readonly timeline: Y.Map<unknown>;
  private readonly selections: Y.Map<Uint8Array>;
  private readonly selectedBy: Y.Map<string>;
  private readonly edits: EditLog;
  private readonly meta: Y.Map<unknown>;
  /** Marks that were read, which never change; null: of a kind that this version does not know. */
  private readonly known = new WeakMap<Y.Map<unknown>, PlacedMark | null>();
  private readonly reader: ContentReader;
  /** What the document said when its content had this hash (content.ts); null when that is not kept. */
  contentOf: (hash: string) => MapNode | null = () => null;
  private restoresDone = 0;

  constructor(
    private readonly world: DocumentWorld,
    y: Y.Doc = new Y.Doc(),
  ) {
    this.y = y;
    this.reader = new ContentReader(y, NO_CONTENT);
    this.marks = y.getArray("marks");
    this.layers = y.getMap("layers");
    this.images = y.getMap("images");
    this.prompts = y.getArray("prompts");
    this.references = y.getArray("references");
    this.params = y.getMap("params");
    this.bases = y.getMap("bases");
    this.timeline = y.getMap("timeline");
    this.selections = y.getMap("selections");
    this.selectedBy = y.getMap("selected");
    this.edits = new EditLog(y.getArray("edits"), world.author);
    this.meta = y.getMap("meta");
  }

  /** Call `listener` after each transaction with the parts that it changed. Returns the way to stop. */
  observe(listener: (parts: ReadonlySet<DocumentPart>) => void): () => void {
    const after = (transaction: Y.Transaction) => {
      const parts = new Set<DocumentPart>();
      for (const type of transaction.changedParentTypes.keys()) {
        if (type === (this.marks as unknown)) parts.add("marks");
        if (type === (this.layers as unknown)) parts.add("layers");
        if (type === (this.images as unknown)) parts.add("images");
        if (type === (this.prompts as unknown)) parts.add("prompts");
        if (type === (this.references as unknown)) parts.add("references");
        if (type === (this.params as unknown)) parts.add("params");
        if (type === (this.bases as unknown)) parts.add("bases");
        if (type === (this.timeline as unknown)) parts.add("timeline");
        if (type === (this.selectedBy as unknown)) parts.add("selection");
        if (type === (this.edits.all as unknown)) parts.add("history");
      }
      if (parts.size > 0) listener(parts);
    };
    this.y.on("afterTransaction", after);
    return () => this.y.off("afterTransaction", after);
  }

  // -- reading ------------------------------------------------------------------------------------------------------

  visibleMarks(): PlacedMark[] {
    const visible: PlacedMark[] = [];
    for (const map of this.marks) {
      if (map.get("hidden") === true) continue;
      let placed = this.known.get(map);
      if (placed === undefined) {
        const mark = fromYMap(map);
        placed = mark && { id: String(map.get("id")), mark };
        this.known.set(map, placed);
      }
      if (placed !== null) visible.push(placed);
    }
    return visible;
  }

  /** From the bottom to the top. */
  layerList(): Layer[] {
    return readLayers(this.layers);
  }

  image(sha256: string): LayerImage | null {
    return this.images.get(sha256) ?? null;
  }

  /** A selection that a mark names; null when it is not there, or is none. */
  selection(id: string): Selection | null {
    return unpack(this.selections.get(id));
  }

  /** The id of what is selected; null: nothing is. */
  get selected(): string | null {
    return this.selectedBy.get(this.world.author) ?? null;
  }

  promptList(): PromptValue[] {
    return this.prompts.map((map) => ({
      id: String(map.get("id")),
      text: String(map.get("text") ?? ""),
      weight: Number(map.get("weight") ?? 1),
      on: map.get("on") !== false,
    }));
  }

  referenceList(): ReferenceValue[] {
    return this.references.map((map) => ({
      id: String(map.get("id")),
      sha256: String(map.get("sha256") ?? ""),
      name: String(map.get("name") ?? ""),
      weight: Number(map.get("weight") ?? 1),
    }));
  }

  /** The picture that a mask mark keeps; null until it is known. */
  base(mark: string): string | null {
    return this.bases.get(mark) ?? null;
  }

  /** Key -> text of the timeline's flat map; what it means is timeline/stored.ts's. */
  timelineEntries(): [string, unknown][] {
    return [...this.timeline.entries()];
  }

  /** Whoever works on it here. */
  get author(): string {
    return this.world.author;
  }

  /** Every asset that the document names or could name again by undo and redo; videos are not among them (`clips`). */
  assets(): Set<string> {
    const edits = this.edits.all.map((edit) => `${edit.get("before") ?? ""} ${edit.get("after") ?? ""}`);
    const regions = [...this.layers.entries()].flatMap(([key, value]) =>
      isPictures(key) ? String(value) : [],
    );
    const texts = [
      this.state("references"),
      this.state("params"),
      ...this.bases.values(),
      ...regions,
      ...edits,
    ];
    const clips = this.clips();
    return new Set(texts.flatMap((text) => text.match(SHA256) ?? []).filter((hash) => !clips.has(hash)));
  }

  /** Every video file that a layer is, or was before it was deleted. */
  clips(): Set<string> {
    const named = [...this.layers].flatMap(([key, value]) => (key.endsWith(".clip") ? String(value) : []));
    return new Set(named.flatMap((text) => text.match(SHA256) ?? []));
  }

  /** Everything that it says, whatever that means: what a snapshot is made of. */
  content(): MapNode {
    return this.reader.read();
  }

  /** See ContentReader.warm. */
  readAhead(more: () => boolean): boolean {
    return this.reader.warm(more);
  }

  /** Contents that undo and redo of restores may ask for, by their hashes. */
  restored(): Set<string> {
    const edits = this.edits.all.toArray().filter((edit) => edit.get("kind") === "restore");
    return new Set(edits.flatMap((edit) => [String(edit.get("before")), String(edit.get("after"))]));
  }

  /** Rises with every restore, and with every undo or redo of one. */
  get restores(): number {
    return this.restoresDone;
  }

  paramNames(): string[] {
    return [...this.params.keys()];
  }

  param(name: string): ParameterValue | undefined {
    return this.params.get(name) as ParameterValue | undefined;
  }

  /** False until something was drawn, typed or planted: then the example may be shown. */
  get begun(): boolean {
    return this.meta.get("begun") === true;
  }

  get canUndo(): boolean {
    return this.edits.nextUndo !== null;
  }

  get canRedo(): boolean {
    return this.edits.nextRedo !== null;
  }

  // -- writing ------------------------------------------------------------------------------------------------------

  /** step: edits in a row that share one are undone together. */
  addMark(mark: Mark, step = ""): string {
    const id = this.world.newId();
    this.y.transact(() => {
      this.begin();
      this.dropUndone();
      this.marks.push([toYMap(id, this.world.author, mark)]);
      this.edits.push("mark", { mark: id }, "", step);
    });
    return id;
  }

  /** The picture of that hash is kept for that shot (mask.ts): mark and base come together or not at all. */
  keepMask(shot: string, sha256: string): void {
    this.y.transact(() => this.setBase(this.addMark({ type: "mask-keep", shot }), sha256));
  }

  /** Above that layer, in its group; into a group, above all that lies there; null: above all. Returns its id. */
  addLayer(layer: NewLayer, above: string | null, gesture = "", step = ""): string {
    const id = this.world.newId();
    this.writeLayers(
      [[id, { ...layer, ...placeAbove(this.layerList(), above, this.random) }]],
      gesture,
      step,
    );
    return id;
  }

  /** Beneath all others, with that mark on it, as one step of undo. Returns its id. */
  addBeneath(layer: NewLayer, mark: SketchMark): string {
    const [id, step] = [this.world.newId(), this.world.newId()];
    this.y.transact(() => {
      this.writeLayers([[id, { ...layer, ...placeBeneath(this.layerList(), this.random) }]], "", step);
      this.addMark({ ...mark, layer: id }, step);
    });
    return id;
  }

  changeLayer(id: string, patch: LayerPatch, gesture: string): void {
    this.writeLayers([[id, patch]], gesture, "");
  }

  /** Several layers in one step of undo. */
  changeLayers(patches: LayerPatches, gesture: string): void {
    this.writeLayers(patches, gesture, "");
  }

  /** Into that group (null: none), between its new neighbours there, of which either may be missing. */
  moveLayer(id: string, below: string | null, above: string | null, parent: string | null = null): void {
    this.changeLayer(id, moved(this.layerList(), id, below, above, parent, this.random), "");
  }

  /** A new group, where the topmost of them lies, with all of them in it. Returns its id; null: there is nothing to group. */
  groupLayers(ids: ReadonlySet<string>, name: string): string | null {
    const group = this.world.newId();
    const patches = grouped(this.layerList(), ids, group, name, this.random);
    if (patches.length === 0) return null;
    this.writeLayers(patches, "", "");
    return group;
  }

  /** What lies in it lies where it was. step: what it is undone together with. */
  ungroupLayer(id: string, step = ""): void {
    this.writeLayers(ungrouped(this.layerList(), id, this.random), "", step);
  }

  /** With everything that is drawn on it and lies in it, right above it. Null when there is no such layer. */
  duplicateLayer(id: string, name: string): string | null {
    const layers = withInside(this.layerList(), id);
    if (layers.length === 0) return null;
    const copies = new Map(layers.map((layer) => [layer.id, this.world.newId()]));
    const drawn = splitMarks(this.visibleMarks()).layers;
    this.y.transact(() => {
      const patches = layers.map((layer): [string, LayerPatch] => {
        const { id: own, ...fields } = fieldsOfLayer(layer);
        const place =
          own === id
            ? { name, ...placeAbove(this.layerList(), id, this.random, "beside") }
            : { parent: copies.get(layer.parent ?? "") ?? "" };
        return [copies.get(own) ?? "", { ...fields, ...place }];
      });
      this.writeLayers(patches, "", "");
      for (const [from, layer] of copies) {
        const marks = drawn.get(from) ?? [];
        const kept = marks.slice(marks.findLastIndex(({ mark }) => mark.type === "clear") + 1);
        this.marks.push(
          kept.map(({ mark }) => toYMap(this.world.newId(), this.world.author, { ...mark, layer })),
        );
      }
    });
    return copies.get(id) ?? null;
  }

  /** Changes that are told as one. */
  together(act: () => void): void {
    this.y.transact(act);
  }

  /** Null: nothing is selected, so everything can be edited. */
  select(selection: Selection | null, step = ""): void {
    const packed = selection && pack(selection);
    const id = packed === null ? null : idOf(packed);
    const before = this.selected;
    if (id === before) return;
    this.y.transact(() => {
      if (packed !== null && id !== null && !this.selections.has(id)) this.selections.set(id, packed);
      this.dropUndone();
      this.setSelected(id);
      this.edits.push("select", { before: before ?? "", after: id ?? "" }, "", step);
    });
  }

  /** No step of undo: what names it is. */
  putImage(sha256: string, image: LayerImage): void {
    if (!this.images.has(sha256)) this.images.set(sha256, image);
  }

  /** gesture: changes of one gesture (a drag, a focus) are one step of undo. */
  setParams(patch: ParamPatch, gesture: string): void {
    this.change("params", gesture, () => {
      for (const [name, value] of Object.entries(patch))
        if (value === undefined) this.params.delete(name);
        else this.params.set(name, value);
    });
  }

  setPrompts(update: (prompts: PromptValue[]) => readonly PromptValue[], gesture: string): void {
    this.change("prompts", gesture, () => writeList(this.prompts, update(this.promptList())));
  }

  setReferences(update: (references: ReferenceValue[]) => readonly ReferenceValue[], gesture: string): void {
    this.change("references", gesture, () => writeList(this.references, update(this.referenceList())));
  }

  /** Said once, when the picture's hash is known, and no step of undo: it belongs to the mark. */
  setBase(mark: string, sha256: string): void {
    this.bases.set(mark, sha256);
  }

  /** null takes an entry away. All of it is one step of undo. */
  setTimeline(changes: Readonly<Record<string, string | null>>, gesture: string): void {
    this.writeFields("timeline", changes, gesture, "");
  }

  /** From now on, until "" is given, one's own edits are undone together, as far as they are in a row; not what is drawn. */
  undoTogether(step: string): void {
    this.edits.step = step;
  }

  /** The same picture has other bytes now, and so another name; no step of undo, and undo names it so too. */
  renameAsset(from: string, to: string): void {
    const other = (value: unknown) => (typeof value === "string" ? value.replaceAll(from, to) : value);
    const rename = (map: Y.Map<unknown>) => {
      for (const [name, value] of map.entries()) if (other(value) !== value) map.set(name, other(value));
    };
    this.y.transact(() => {
      for (const map of [this.params, this.bases, ...this.references, ...this.edits.all])
        rename(map as Y.Map<unknown>);
      for (const [key, value] of this.layers.entries())
        if (isPictures(key) && other(value) !== value) this.layers.set(key, other(value));
    });
  }

  newReference(sha256: string, name: string): ReferenceValue {
    return { id: this.world.newId(), sha256, name, weight: 1 };
  }

  newPrompt(text: string): PromptValue {
    return { id: this.world.newId(), text, weight: 1, on: true };
  }

  /** Fill an untouched document, outside of history: there is nothing to go back to. */
  plant(marks: readonly Mark[], prompts: readonly string[]): void {
    this.y.transact(() => {
      this.begin();
      this.marks.push(marks.map((mark) => toYMap(this.world.newId(), this.world.author, mark)));
      writeList(
        this.prompts,
        prompts.map((text) => this.newPrompt(text)),
      );
    });
  }

  /**
   * Make it say `to` again, as one step of undo. keep: is given what it says before, which `contentOf` has to know from
   * then on. Returns whether anything changed.
   */
  restore(to: MapNode, keep: (content: MapNode) => void): boolean {
    this.y.transact(() => this.dropUndone());
    const from = this.content();
    if (from.hash === to.hash) return false;
    keep(from);
    this.y.transact(() => {
      bring(this.y, this.reader, from, to);
      this.edits.push("restore", { before: from.hash, after: to.hash }, "");
      this.restoresDone++;
    }, RESTORE);
    return true;
  }

  undo(): boolean {
    return this.walk(() => this.edits.nextUndo, "before");
  }

  redo(): boolean {
    return this.walk(() => this.edits.nextRedo, "after");
  }

  /** Undo my newest edit, if it is of this gesture or this step. */
  takeBack(what: { readonly gesture: string } | { readonly step: string }): boolean {
    const edit = this.edits.nextUndo;
    const mine = Object.entries(what).every(([field, value]) => value !== "" && edit?.get(field) === value);
    return mine && this.undo();
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  private setSelected(id: string | null): void {
    if (id === null) this.selectedBy.delete(this.world.author);
    else this.selectedBy.set(this.world.author, id);
  }

  private begin(): void {
    if (!this.begun) this.meta.set("begun", true);
  }

  /** One step, which may be several edits. */
  private walk(next: () => Edit | null, side: Side): boolean {
    const first = next();
    if (first === null) return false;
    const step = first.get("step") ?? "";
    this.y.transact(() => {
      let edit: Edit | null = first;
      do {
        edit.set("undone", side === "before");
        this.apply(edit, side);
        edit = step === "" ? null : next();
      } while (edit !== null && edit.get("step") === step);
    }, originOf(first));
    return true;
  }

  private change(kind: StateKind, gesture: string, act: () => void): void {
    this.y.transact(() => {
      this.begin();
      const before = this.state(kind);
      act();
      const after = this.state(kind);
      if (before === after) return;
      const last = this.edits.goingOn(gesture);
      if (last !== null) {
        last.set("after", after);
        return;
      }
      this.dropUndone();
      this.edits.push(kind, { before, after }, gesture);
    });
  }

  private writeLayers(patches: LayerPatches, gesture: string, step: string): void {
    const fields = patches.flatMap(([id, patch]) =>
      Object.entries(patch).map(([field, value]) => [fieldKey(id, field), value ?? null]),
    );
    this.writeFields("layers", Object.fromEntries(fields), gesture, step);
  }

  /** Only fields that change are written and remembered, so an undo takes back nothing that somebody else did. */
  private writeFields(kind: FieldsKind, fields: FieldValues, gesture: string, step: string): void {
    const map = this[kind];
    const before: FieldValues = {};
    const after: FieldValues = {};
    for (const [key, value] of Object.entries(fields)) {
      const now = map.get(key) ?? null;
      if (now === value) continue;
      before[key] = now;
      after[key] = value;
    }
    if (Object.keys(after).length === 0) return;
    this.y.transact(() => {
      this.begin();
      writeMap(map, after);
      const last = this.edits.goingOn(gesture);
      if (last?.get("kind") === kind) {
        last.set("before", JSON.stringify({ ...before, ...fieldsOf(last, "before") }));
        last.set("after", JSON.stringify({ ...fieldsOf(last, "after"), ...after }));
        return;
      }
      this.dropUndone();
      const edit = { before: JSON.stringify(before), after: JSON.stringify(after) };
      this.edits.push(kind, edit, gesture, step);
    });
  }

  private readonly random = () => this.world.random?.() ?? Math.random();

  private state(kind: StateKind): string {
    const value = { params: this.params, prompts: this.prompts, references: this.references }[kind];
    return JSON.stringify(value.toJSON());
  }

  /** A new edit after an undo: what was undone is gone for good. */
  private dropUndone(): void {
    const gone = new Set<string>();
    const layers = new Set<string>();
    for (const edit of this.edits.dropUndone()) {
      if (edit.get("kind") === "mark") gone.add(String(edit.get("mark")));
      if (edit.get("kind") === "layers") for (const id of layersMadeBy(edit)) layers.add(id);
    }
    if (gone.size === 0 && layers.size === 0) return;
    const all = this.marks.toArray();
    for (let i = all.length - 1; i >= 0 && (gone.size > 0 || layers.size > 0); i--) {
      const id = String(all[i]?.get("id"));
      if (!gone.delete(id) && !layers.has(String(all[i]?.get("layer")))) continue;
      this.marks.delete(i);
      this.bases.delete(id);
    }
  }

  private apply(edit: Edit, side: Side): void {
    switch (edit.get("kind") as EditKind) {
      case "mark": {
        const id = edit.get("mark");
        const all = this.marks.toArray();
        for (let i = all.length - 1; i >= 0; i--)
          if (all[i]?.get("id") === id) {
            all[i]?.set("hidden", side === "before");
            return;
          }
        return;
      }
      case "select":
        this.setSelected(String(edit.get(side)) || null);
        return;
      case "layers":
      case "timeline": {
        const map = this[edit.get("kind") as FieldsKind];
        const [wanted, seen] = [fieldsOf(edit, side), fieldsOf(edit, side === "before" ? "after" : "before")];
        // What somebody else has changed since is theirs.
        const mine = Object.entries(wanted).filter(([key]) => (map.get(key) ?? null) === seen[key]);
        writeMap(map, Object.fromEntries(mine));
        return;
      }
      case "params": {
        const now = this.params.toJSON() as Record<string, ParameterValue>;
        const values = revertValues(now, ...sides<Record<string, ParameterValue>>(edit, side));
        for (const name of [...this.params.keys()]) if (!(name in values)) this.params.delete(name);
        for (const [name, value] of Object.entries(values))
          if (this.params.get(name) !== value) this.params.set(name, value);
        return;
      }
      case "prompts":
        writeList(this.prompts, revertList(this.promptList(), ...sides<PromptValue[]>(edit, side)));
        return;
      case "references":
        writeList(this.references, revertList(this.referenceList(), ...sides<ReferenceValue[]>(edit, side)));
        return;
      case "restore": {
        // Only what the restore changed: what others did since stays.
        const to = this.contentOf(String(edit.get(side)));
        const from = this.contentOf(String(edit.get(side === "before" ? "after" : "before")));
        if (from === null || to === null) return;
        bring(this.y, this.reader, from, to);
        this.restoresDone++;
      }
    }
  }
}

/** As it is written. */
function fieldsOfLayer(layer: Layer): LayerPatch & { readonly id: string } {
  if (!isFramed(layer)) return layer;
  const { crop, ...fields } = layer;
  return crop === undefined ? fields : { ...fields, crop: cropText(crop) };
}

const originOf = (edit: Edit) => (edit.get("kind") === "restore" ? RESTORE : null);

function writeMap(map: Y.Map<unknown>, fields: FieldValues): void {
  for (const [key, value] of Object.entries(fields))
    if (value === null) map.delete(key);
    else map.set(key, value);
}

/** Change as little as possible, so that concurrent edits of other chips survive. */
function writeList(list: List, next: readonly (PromptValue | ReferenceValue)[]): void {
  const wanted = new Set(next.map((item) => item.id));
  for (let i = list.length - 1; i >= 0; i--) if (!wanted.has(String(list.get(i).get("id")))) list.delete(i);
  next.forEach((item, i) => {
    const here = i < list.length ? list.get(i) : null;
    if (here === null || here.get("id") !== item.id) {
      for (let j = i + 1; j < list.length; j++) if (list.get(j).get("id") === item.id) list.delete(j);
      list.insert(i, [new Y.Map<unknown>(Object.entries(item))]);
      return;
    }
    for (const [name, value] of Object.entries(item)) if (here.get(name) !== value) here.set(name, value);
  });
}
