/**
 * The timeline of this page: where the playhead is, what it lays over the document, and what hands do to it.
 *
 *     off ----the panel opens----> still ----play----> playing ----record----> recording
 *      ^---------it closes-----------^ <----pause, the end------ <----the end of the pass----
 *
 * While the panel is open the timeline says what its targets are. What somebody touches is theirs until the playhead
 * comes round or is put elsewhere; while it records, the touches become keyframes.
 */

import { t } from "@lingui/core/macro";
import type { DocumentPart, LightDocument } from "../doc/document";
import { CENTRE } from "../doc/frame";
import { newId } from "../doc/keep";
import type { Layer, LayerPatch } from "../doc/layers";
import { MORPH_AT } from "../doc/morph";
import type { PromptValue } from "../doc/prompts";
import type { ReferenceValue } from "../doc/references";
import { readSettings } from "../doc/settings";
import { INPUT_EVERY_MS } from "../live/stream";
import type { Sheet } from "../state";
import type { Desk } from "../ui/desk";
import { Store } from "../ui/store";
import type { ParameterValue, Problem } from "../wire/shots";
import type { Easing } from "./easing";
import {
  type Copied,
  copyKeys,
  idOf,
  type KeyId,
  keyAt,
  keyOfId,
  moveKeys,
  pasteKeys,
  removeKeys,
  removeTrack,
  setEasing,
  setKey,
  setPace,
  setValue,
} from "./edit";
import { adopted, FileProblem, fromFile, MAX_FILE_BYTES, replaced, toFile } from "./file";
import { type DrawnPoint, type Motion, pathOf } from "./motion";
import {
  differing,
  layLayers,
  layParam,
  layPictures,
  layPrompts,
  NOTHING,
  type Overlay,
  type OverlayPart,
  overlayAt,
} from "./overlay";
import { advance, startOf } from "./player";
import { type Changes, keyEntry, keyText, motionText, nameEntry, pathEntry, readTimeline } from "./stored";
import { beginTake, keysOfTake, type Take, touched } from "./take";
import { layerTarget, type Offer, offersOf, parseTarget, type State } from "./targets";
import {
  EMPTY,
  findTrack,
  frameAt,
  MAX_KEYS,
  type Pace,
  sameValue,
  snapTime,
  type Timeline,
  timeOfFrame,
  type Value,
} from "./timeline";

export interface TimingNow {
  readonly timeline: Timeline;
  /** Of the frame that is shown. */
  readonly at_ms: number;
  readonly playing: boolean;
  readonly recording: boolean;
  /** Keyframes, by edit.ts's ids. */
  readonly selected: ReadonlySet<string>;
  /** Targets that somebody holds. */
  readonly released: ReadonlySet<string>;
  /** The next drag on the sketch is a layer's path. */
  readonly drawing: boolean;
  readonly problem: Problem | null;
}

export interface TimingWorld {
  readonly doc: LightDocument;
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  /** These parts of what is shown are others now. */
  changed(parts: ReadonlySet<OverlayPart>): void;
  /** A stream is steered: it takes no more changes a second than pictures to start from. */
  streams(): boolean;
  /** The middle of what is on a layer, in its own units; null: nothing is. */
  middleOf(layer: Layer): { readonly x: number; readonly y: number } | null;
  save(file: Blob): void;
  nextFrame(act: (now_ms: number) => void): void;
}

const NOBODY: ReadonlySet<string> = new Set();
const WATCHED: ReadonlySet<DocumentPart> = new Set(["prompts", "references", "params", "layers"]);
/** A path that was drawn faster is as slow as this. */
const LEAST_PATH_MS = 250;
const full = (): Problem => ({
  code: "timeline.value",
  message: t`the timeline holds as many keyframes as it may (${MAX_KEYS})`,
  value: "",
  fix: t`Delete some, or record a shorter take.`,
});

export class Timing {
  readonly now = new Store<TimingNow>({
    timeline: EMPTY,
    at_ms: 0,
    playing: false,
    recording: false,
    selected: NOBODY,
    released: NOBODY,
    drawing: false,
    problem: null,
  });
  private overlay: Overlay = NOTHING;
  /** Between two frames. */
  private position_ms = 0;
  private last_ms: number | null = null;
  private laid_ms = Number.NEGATIVE_INFINITY;
  private take: Take | null = null;
  private on: boolean;
  /** What the document itself says, to see what was touched. */
  private known: ReadonlyMap<string, Offer> = new Map();
  private clipboard: readonly Copied[] = [];

  constructor(private readonly world: TimingWorld) {
    this.on = world.desk.get().timelineOpen;
    this.now.set({ timeline: readTimeline(world.doc.timelineEntries()) });
    this.lay();
    world.desk.subscribe(() => this.follow());
  }

  get timeline(): Timeline {
    return this.now.get().timeline;
  }

  // -- what is laid over the document -------------------------------------------------------------------------------

  readonly prompts = (prompts: PromptValue[]) => layPrompts(prompts, this.overlay);
  readonly references = (references: ReferenceValue[]) => layPictures(references, this.overlay);
  readonly param = (name: string): ParameterValue | undefined =>
    layParam(name, this.world.doc.param(name), this.overlay);
  readonly layers = (layers: Layer[]) => layLayers(layers, this.overlay);
  readonly driven = (): Overlay => this.overlay;

  /**
   * A change by hand, without what only repeats the timeline: who moves a layer that the timeline turns moves it, and
   * leaves the turning alone.
   */
  readonly meant = (layer: Layer, patch: LayerPatch): LayerPatch => {
    if (!this.overlay.layers.has(layer.id)) return patch;
    const shown = layer as unknown as Record<string, unknown>;
    return Object.fromEntries(Object.entries(patch).filter(([field, value]) => shown[field] !== value));
  };

  /** The engine is another one, and what can be driven with it. */
  cardCame(): void {
    if (this.on) this.known = this.own();
  }

  /** The document changed. Returns what else looks different now. */
  docChanged(parts: ReadonlySet<DocumentPart>): Set<OverlayPart> {
    if (parts.has("timeline")) {
      const timeline = readTimeline(this.world.doc.timelineEntries());
      const { selected } = this.now.get();
      const left = [...selected].filter((id) => keyAt(timeline, keyOfId(id)) !== null);
      this.now.set({ timeline, selected: left.length === selected.size ? selected : new Set(left) });
    }
    if (this.on && [...parts].some((part) => WATCHED.has(part))) this.watch();
    return this.lay();
  }

  // -- playing ------------------------------------------------------------------------------------------------------

  play(): void {
    if (this.now.get().playing || !this.on) return;
    const start_ms = startOf(this.timeline, this.position_ms);
    this.last_ms = null;
    this.now.set({ playing: true, released: NOBODY });
    this.stand(start_ms);
    this.world.nextFrame(this.tick);
  }

  pause(): void {
    this.endTake(this.position_ms);
    this.now.set({ playing: false });
  }

  toggle(): void {
    if (this.now.get().playing) this.pause();
    else this.play();
  }

  /** To the beginning, and there it stands. */
  stop(): void {
    this.pause();
    this.seek(this.timeline.range_ms[0]);
  }

  /** What was held is let go. */
  seek(at_ms: number): void {
    this.endTake(this.position_ms);
    const { duration_ms, fps } = this.timeline;
    this.now.set({ released: NOBODY });
    this.stand(Math.min(duration_ms, Math.max(0, snapTime(at_ms, fps))));
  }

  /** By frames. */
  step(frames: number): void {
    const { fps, duration_ms } = this.timeline;
    const frame = frameAt(this.position_ms, fps) + frames;
    this.seek(Math.min(duration_ms, timeOfFrame(Math.max(0, frame), fps)));
  }

  /** To the next keyframe, or the one before. */
  jump(by: 1 | -1): void {
    const { at_ms } = this.now.get();
    const times = this.timeline.tracks.flatMap(({ keys }) => keys.map((key) => key.at_ms));
    const ahead = times.filter((time) => (by > 0 ? time > at_ms : time < at_ms));
    if (ahead.length > 0) this.seek(by > 0 ? Math.min(...ahead) : Math.max(...ahead));
  }

  /** From here to the range's end, once: then what was done is kept. */
  record(): void {
    if (this.now.get().recording) {
      this.pause();
      return;
    }
    if (!this.on) return;
    this.play();
    this.take = beginTake(this.position_ms);
    this.world.doc.undoTogether(newId());
    this.now.set({ recording: true, problem: null });
  }

  private readonly tick = (now_ms: number): void => {
    if (!this.now.get().playing) return;
    const elapsed_ms = this.last_ms === null ? 0 : now_ms - this.last_ms;
    this.last_ms = now_ms;
    const { at_ms, wrapped, ended } = advance(this.timeline, this.position_ms, elapsed_ms);
    if (wrapped || ended) {
      this.endTake(this.timeline.range_ms[1]);
      this.now.set({ released: NOBODY });
    }
    if (ended) this.now.set({ playing: false });
    const waits = this.world.streams() && now_ms - this.laid_ms < INPUT_EVERY_MS && !ended;
    if (!waits) this.laid_ms = now_ms;
    this.stand(at_ms, !waits);
    this.world.nextFrame(this.tick);
  };

  private stand(at_ms: number, lay = true): void {
    this.position_ms = at_ms;
    const { fps, duration_ms } = this.timeline;
    this.now.set({ at_ms: Math.min(duration_ms, timeOfFrame(frameAt(at_ms, fps), fps)) });
    if (lay) this.show();
  }

  private show(): void {
    const parts = this.lay();
    if (parts.size > 0) this.world.changed(parts);
  }

  private lay(): Set<OverlayPart> {
    const before = this.overlay;
    const { timeline, at_ms, released } = this.now.get();
    this.overlay = this.on ? overlayAt(timeline, at_ms, released) : NOTHING;
    return differing(before, this.overlay);
  }

  /** The panel was opened or closed. */
  private follow(): void {
    const { timelineOpen } = this.world.desk.get();
    if (timelineOpen === this.on) return;
    if (!timelineOpen) this.pause();
    this.on = timelineOpen;
    this.now.set({ released: NOBODY, drawing: false });
    if (this.on) this.known = this.own();
    this.show();
  }

  // -- what hands do meanwhile --------------------------------------------------------------------------------------

  /** What the document itself says of everything that can be driven. */
  private own(): Map<string, Offer> {
    const { doc, sheet } = this.world;
    const { card, lookA, lookB } = sheet.get();
    const at = doc.param(MORPH_AT);
    const state: State = {
      prompts: doc.promptList(),
      references: doc.referenceList(),
      settings: card === null ? null : readSettings((name) => doc.param(name), card),
      card,
      layers: doc.layerList(),
      morphs: lookA !== null && lookB !== null,
      morphAt: typeof at === "number" ? at : null,
    };
    return new Map(offersOf(state).map((offer) => [offer.target, offer]));
  }

  private watch(): void {
    const before = this.known;
    this.known = this.own();
    const released = new Set(this.now.get().released);
    for (const [target, { value, kept, tolerance }] of this.known) {
      const was = before.get(target);
      if (was === undefined || sameValue(was.value, value)) continue;
      released.add(target);
      if (target.endsWith(":position")) released.add(target.replace(/:position$/, ":motion"));
      if (this.take !== null)
        this.take = touched(this.take, this.position_ms, {
          target,
          name: kept,
          tolerance,
          before: was.value,
          value,
        });
    }
    if (released.size !== this.now.get().released.size) this.now.set({ released });
  }

  private endTake(to_ms: number): void {
    const { take } = this;
    if (take === null) return;
    this.take = null;
    this.now.set({ recording: false, released: NOBODY });
    const changes = keysOfTake(this.timeline, take, snapTime(to_ms, this.timeline.fps));
    if (changes === null) this.now.set({ problem: full() });
    else this.write(changes);
    this.world.doc.undoTogether("");
    this.show();
  }

  // -- keyframes ----------------------------------------------------------------------------------------------------

  /** Everything that can be driven, with the values that are shown. */
  offers(): Offer[] {
    const { prompts, references, settings, card, layers, lookA, lookB, morphAt } = this.world.sheet.get();
    const morphs = lookA !== null && lookB !== null;
    return offersOf({ prompts, references, settings, card, layers, morphs, morphAt });
  }

  /** Set one where the playhead is, or take away the one that is there. */
  toggleKey(target: string): void {
    const at_ms = this.now.get().at_ms;
    if (keyAt(this.timeline, { target, at_ms }) !== null) this.remove([{ target, at_ms }]);
    else this.setKey(target);
  }

  setKey(target: string): void {
    const at_ms = this.now.get().at_ms;
    const offer = this.offers().find((each) => each.target === target);
    if (offer === undefined) return;
    const changes = setKey(this.timeline, { target, at_ms }, offer.kept, offer.value);
    if (changes === null) {
      this.now.set({ problem: full() });
      return;
    }
    this.letGo(target);
    this.write(changes);
    this.select([{ target, at_ms }]);
  }

  remove(ids: readonly KeyId[]): void {
    this.write(removeKeys(this.timeline, ids));
  }

  removeTrack(target: string): void {
    this.write(removeTrack(this.timeline, target));
  }

  /** gesture: one name for all moves of one drag. Each is from where they were when the drag began (`from`). */
  move(from: Timeline, ids: readonly KeyId[], by_ms: number, gesture: string): void {
    const { changes, moved } = moveKeys(from, ids, by_ms);
    // Where the drag has been before is free again.
    const whole: Changes = {};
    for (const { target, at_ms } of this.selection) {
      const was = keyAt(from, { target, at_ms });
      whole[keyEntry(target, at_ms)] = was === null ? null : keyText(was.value, was.easing);
    }
    this.write({ ...whole, ...changes }, gesture);
    this.select(moved);
  }

  nudge(frames: number): void {
    const by_ms = frames * (1000 / this.timeline.fps);
    if (this.selection.length > 0) this.move(this.timeline, this.selection, by_ms, "");
  }

  ease(easing: Easing, gesture = ""): void {
    this.write(setEasing(this.timeline, this.selection, easing), gesture);
  }

  setValue(ids: readonly KeyId[], value: Value): void {
    this.write(setValue(this.timeline, ids, value));
  }

  copy(): void {
    if (this.selection.length > 0) this.clipboard = copyKeys(this.timeline, this.selection);
  }

  cut(): void {
    this.copy();
    this.remove(this.selection);
  }

  paste(): void {
    if (this.clipboard.length === 0) return;
    const done = pasteKeys(this.timeline, this.clipboard, this.now.get().at_ms);
    if (done === null) {
      this.now.set({ problem: full() });
      return;
    }
    this.write(done.changes);
    this.select(done.pasted);
  }

  get canPaste(): boolean {
    return this.clipboard.length > 0;
  }

  get selection(): KeyId[] {
    return [...this.now.get().selected].map(keyOfId);
  }

  select(ids: readonly KeyId[]): void {
    const here = ids.filter((id) => keyAt(this.timeline, id) !== null);
    this.now.set({ selected: new Set(here.map(idOf)) });
  }

  setPace(patch: Partial<Pace>, gesture = ""): void {
    this.write(setPace(this.timeline, patch), gesture);
    if (this.position_ms > this.timeline.duration_ms) this.seek(this.timeline.duration_ms);
  }

  dismiss(): void {
    this.now.set({ problem: null });
  }

  private letGo(target: string): void {
    const { released } = this.now.get();
    if (released.has(target)) this.now.set({ released: new Set([...released].filter((t) => t !== target)) });
  }

  private write(changes: Changes, gesture = ""): void {
    if (Object.keys(changes).length > 0) this.world.doc.setTimeline(changes, gesture);
  }

  // -- paths --------------------------------------------------------------------------------------------------------

  /** The layer in hand. */
  private get layer(): Layer | null {
    const { layers, layer } = this.world.sheet.get();
    return layers.find(({ id }) => id === layer) ?? null;
  }

  beginPath(): void {
    if (this.on && this.layer !== null) this.now.set({ drawing: !this.now.get().drawing });
  }

  cancelPath(): void {
    this.now.set({ drawing: false });
  }

  /** The layer in hand moves along it, from where the playhead is, as fast as it was drawn. */
  drawPath(drawn: readonly DrawnPoint[]): void {
    this.now.set({ drawing: false });
    const { layer, timeline } = this;
    const points = pathOf(drawn);
    if (layer === null || points === null) return;
    const target = layerTarget(layer.id, "motion");
    const before = findTrack(timeline, target);
    const middle = this.world.middleOf(layer) ?? { x: CENTRE, y: CENTRE };
    const motion: Motion = {
      points,
      anchor: [Number(middle.x.toFixed(1)), Number(middle.y.toFixed(1))],
      pace: before?.motion?.pace ?? "drawn",
      orient: before?.motion?.orient ?? false,
    };
    const [from, to] = timeline.range_ms;
    const { at_ms } = this.now.get();
    const begin_ms = at_ms >= to - LEAST_PATH_MS ? from : at_ms;
    const took_ms = Math.max(LEAST_PATH_MS, (drawn.at(-1)?.at_ms ?? 0) - (drawn[0]?.at_ms ?? 0));
    const end_ms = Math.min(timeline.duration_ms, snapTime(begin_ms + took_ms, timeline.fps));
    const name = this.offers().find((o) => o.target === layerTarget(layer.id, "position"))?.kept ?? "";
    this.letGo(target);
    this.write({
      ...removeTrack(timeline, target),
      [nameEntry(target)]: JSON.stringify(name.replace(/: position$/, ": path")),
      [pathEntry(target)]: motionText(motion),
      [keyEntry(target, begin_ms)]: keyText(0, "linear"),
      [keyEntry(target, end_ms)]: keyText(1, "linear"),
    });
  }

  changePath(target: string, patch: Partial<Motion>, gesture = ""): void {
    const motion = findTrack(this.timeline, target)?.motion;
    if (motion != null) this.write({ [pathEntry(target)]: motionText({ ...motion, ...patch }) }, gesture);
  }

  // -- files --------------------------------------------------------------------------------------------------------

  exportFile(): void {
    this.world.save(new Blob([toFile(this.timeline)], { type: "application/json" }));
  }

  /** What is wrong with it is said, and changes nothing. */
  async importFile(file: Blob): Promise<void> {
    try {
      if (file.size > MAX_FILE_BYTES)
        throw new FileProblem(
          "timeline.format",
          t`the file is larger than a timeline can be`,
          `${file.size} bytes`,
          t`Pick a timeline that was exported here`,
        );
      const next = adopted(fromFile(await file.text()), this.offers());
      this.pause();
      this.write(replaced(this.world.doc.timelineEntries(), next));
      this.now.set({ problem: null });
      this.seek(next.range_ms[0]);
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      this.now.set({ problem: error.problem });
    }
  }
}

/** Why a track drives nothing now; null: it does. */
export function idleness(target: string, offers: ReadonlySet<string>): "gone" | "unused" | null {
  if (offers.has(target.replace(/:motion$/, ":position"))) return null;
  const kind = parseTarget(target)?.kind;
  return kind === "prompt" || kind === "picture" || kind === "layer" ? "gone" : "unused";
}
