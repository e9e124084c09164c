/**
 * Playing the studio live: what is heard moves parameters, a beat is tapped, knobs of instruments and of other programs
 * turn what a hand would turn, and what is shown goes to a second window and to programs that mix pictures.
 *
 * What moves by sound is added to what the document and the timeline say (modulation.ts). What a control turns is set in
 * the document, as a hand does: it is undone, shared, and recorded into keyframes like the rest.
 */

import type { DocumentPart, LightDocument } from "../doc/document";
import { newId } from "../doc/keep";
import type { Layer } from "../doc/layers";
import { INPUT_EVERY_MS } from "../live/stream";
import type { Sheet } from "../state";
import type { Offer } from "../timeline/targets";
import type { Value } from "../timeline/timeline";
import { Store } from "../ui/store";
import type { ParameterValue, Problem } from "../wire/shots";
import { shaped } from "./curves";
import { type Deed, deedOf, parseKnob, reachOf, valueFor } from "./knobs";
import type { Listening, Sound } from "./listening";
import { isPad, type Moved } from "./midi";
import {
  changedParts,
  modulatedLayers,
  modulatedSheet,
  NO_OFFSETS,
  NOTHING_HEARD,
  type Offsets,
  offsetsOf,
  type Sources,
  sourcesOf,
} from "./modulation";
import { hear, NEW_EAR } from "./sound";
import {
  type Binding,
  bindingPatch,
  isPerform,
  MAX_BINDINGS,
  MAX_MODULATIONS,
  type Modulation,
  modulationPatch,
  readBindings,
  readModulations,
} from "./stored";
import { beatAt, NO_TEMPO, type Tempo, tapped, withBpm } from "./tempo";

export interface Performance {
  readonly modulations: readonly Modulation[];
  readonly bindings: readonly Binding[];
  /** The knob that the next control which moves is bound to. */
  readonly learning: string | null;
  readonly sound: Sound;
  readonly tempo: Tempo;
  readonly gain: number;
  readonly black: boolean;
  readonly problem: Problem | null;
}

export interface PerformingWorld {
  readonly doc: LightDocument;
  readonly sheet: Store<Sheet>;
  readonly listening: Listening;
  mayEdit(): boolean;
  /** Everything that can be driven now, with the values that are shown. */
  offers(): readonly Offer[];
  /** What the document and the timeline say of a parameter. */
  param(name: string): ParameterValue | undefined;
  /** As a hand sets it. */
  put(target: string, value: Value, gesture: string): void;
  act(deed: Exclude<Deed, "blackout" | "tap">): void;
  /** Nothing of it is to be seen outside. */
  blacken(black: boolean): void;
  changed(layers: boolean): void;
  /** A stream is steered: it takes no more changes a second than pictures to start from. */
  streams(): boolean;
  nextFrame(act: (now_ms: number) => void): void;
  now_ms(): number;
}

/** A control that rested so long begins another step of undo. */
const REST_MS = 600;

export class Performing {
  readonly now: Store<Performance>;
  /** What is heard in this frame. */
  sources: Sources = NOTHING_HEARD;
  /** Of a control that was moved, where it is: what its row shows. */
  readonly moved = new Map<string, number>();
  private readonly watchers = new Set<() => void>();
  private offsets: Offsets = NO_OFFSETS;
  private shown: { readonly sheet: Sheet; readonly offsets: Offsets; readonly result: Sheet } | null = null;
  private ear = NEW_EAR;
  private running = false;
  private laid_ms = Number.NEGATIVE_INFINITY;
  /** Bindings whose control was moved since the last frame: the newest position counts. */
  private readonly waiting = new Map<string, number>();
  private readonly gestures = new Map<string, { name: string; at_ms: number }>();

  constructor(private readonly world: PerformingWorld) {
    this.now = new Store<Performance>({
      modulations: [],
      bindings: [],
      learning: null,
      sound: world.listening.now.get().sound,
      tempo: NO_TEMPO,
      gain: 1,
      black: false,
      problem: null,
    });
    this.read();
    world.listening.now.subscribe(() => {
      const { sound } = world.listening.now.get();
      this.now.set({ sound });
      if (sound.name === "off") this.ear = NEW_EAR;
      this.run();
    });
  }

  // -- what is laid over what the document says ---------------------------------------------------------------------

  /** The sheet as it sounds. */
  readonly sheet = (): Sheet => {
    const sheet = this.world.sheet.get();
    if (this.shown?.sheet !== sheet || this.shown.offsets !== this.offsets)
      this.shown = {
        sheet,
        offsets: this.offsets,
        result: modulatedSheet(sheet, this.offsets, this.world.param),
      };
    return this.shown.result;
  };

  readonly layers = (layers: readonly Layer[]): readonly Layer[] => modulatedLayers(layers, this.offsets);

  /** Each time that something else is heard, or a control was moved. Returns the way to end it. */
  watch(act: () => void): () => void {
    this.watchers.add(act);
    return () => this.watchers.delete(act);
  }

  /** The document changed. */
  docChanged(parts: ReadonlySet<DocumentPart>): void {
    if (parts.has("params")) this.read();
  }

  private read(): void {
    const { doc } = this.world;
    const names = doc.paramNames().filter(isPerform);
    const kept = JSON.stringify(names.map((name) => [name, doc.param(name)]));
    if (kept === this.kept) return;
    this.kept = kept;
    const param = (name: string) => doc.param(name);
    this.now.set({ modulations: readModulations(names, param), bindings: readBindings(names, param) });
    this.run();
  }
  private kept = "";

  // -- hearing ------------------------------------------------------------------------------------------------------

  /** While there is something to hear, or a beat. */
  private run(): void {
    if (this.running) return;
    this.running = true;
    this.world.nextFrame(this.tick);
  }

  private readonly tick = (): void => {
    const { listening, streams, nextFrame, now_ms } = this.world;
    const at_ms = now_ms();
    this.running = false;
    this.turn();
    const { sound, tempo, gain, modulations } = this.now.get();
    const spectrum = sound.name === "on" ? listening.spectrum(at_ms) : null;
    if (spectrum !== null) this.ear = hear(this.ear, spectrum, gain);
    this.sources = sourcesOf(this.ear.levels, beatAt(tempo, at_ms));
    for (const act of this.watchers) act();
    if (!streams() || at_ms - this.laid_ms >= INPUT_EVERY_MS) {
      this.laid_ms = at_ms;
      this.lay(offsetsOf(modulations, this.sources, this.world.sheet.get().card));
    }
    if (sound.name !== "off" || tempo.bpm !== null) {
      this.running = true;
      nextFrame(this.tick);
    } else if (this.offsets.size > 0) this.lay(NO_OFFSETS);
  };

  private lay(offsets: Offsets): void {
    const { layers, rest } = changedParts(this.offsets, offsets);
    if (!layers && !rest) return;
    this.offsets = offsets;
    this.world.changed(layers);
  }

  listen(device = ""): void {
    void this.world.listening.open(device);
  }

  endListening(): void {
    this.world.listening.close();
  }

  setGain(gain: number): void {
    this.now.set({ gain });
  }

  tap(): void {
    this.now.set({ tempo: tapped(this.now.get().tempo, this.world.now_ms()) });
    this.run();
  }

  setBpm(bpm: number | null): void {
    this.now.set({ tempo: bpm === null ? NO_TEMPO : withBpm(this.now.get().tempo, bpm) });
    this.run();
  }

  // -- modulations --------------------------------------------------------------------------------------------------

  modulate(knob: string): void {
    const { modulations } = this.now.get();
    if (!this.world.mayEdit() || modulations.length >= MAX_MODULATIONS) return;
    const source = modulations.at(-1)?.source ?? "bass";
    this.write(modulationPatch(this.freshId(), { knob, source, amount: 0.4, curve: "linear" }), "");
  }

  change(id: string, patch: Partial<Omit<Modulation, "id">>, gesture = ""): void {
    const found = this.now.get().modulations.find((each) => each.id === id);
    if (found === undefined) return;
    const { id: _, ...entry } = { ...found, ...patch };
    this.write(modulationPatch(id, entry), gesture);
  }

  unmodulate(id: string): void {
    this.write(modulationPatch(id, null), "");
  }

  // -- controls -----------------------------------------------------------------------------------------------------

  /** The next control that moves is bound to it; null: none is. */
  learn(knob: string | null): void {
    if (this.world.mayEdit()) this.now.set({ learning: knob });
  }

  changeBinding(id: string, patch: Partial<Omit<Binding, "id">>, gesture = ""): void {
    const found = this.now.get().bindings.find((each) => each.id === id);
    if (found === undefined) return;
    const { id: _, ...entry } = { ...found, ...patch };
    this.write(bindingPatch(id, entry), gesture);
  }

  unbind(id: string): void {
    this.write(bindingPatch(id, null), "");
  }

  /** A control was moved: it is learned, or it turns what it is bound to. */
  control({ control, value }: Moved): void {
    this.moved.set(control, value);
    const { learning, bindings } = this.now.get();
    if (learning !== null) {
      if (value > 0 || !isPad(control)) this.bind(learning, control);
      return;
    }
    for (const binding of bindings) if (binding.control === control) this.move(binding, value);
    this.run();
  }

  /** As a program names it: /lightbrush/KNOB, 0 to 1 of its reach. */
  byName(knob: string, value: number): void {
    const deed = deedOf(knob);
    const parsed = parseKnob(knob);
    const reach = parsed === null ? null : reachOf(parsed, this.world.sheet.get().card);
    const [low, high] = reach ?? [0, 1];
    if (deed === null && reach === null) return;
    this.move({ id: `osc:${knob}`, knob, control: "", low, high, curve: "linear" }, value);
    this.run();
  }

  private move(binding: Binding, value: number): void {
    const deed = deedOf(binding.knob);
    const before = this.pressed.has(binding.id);
    if (value >= 0.5) this.pressed.add(binding.id);
    else this.pressed.delete(binding.id);
    if (deed === null) {
      this.waiting.set(binding.id, value);
      this.bound.set(binding.id, binding);
    } else if (value >= 0.5 && !before) this.do(deed);
  }
  /** Those whose control is down: a thing is done once for each press. */
  private readonly pressed = new Set<string>();
  private readonly bound = new Map<string, Binding>();

  private bind(knob: string, control: string): void {
    const { bindings } = this.now.get();
    const same = bindings.find((each) => each.knob === knob && each.control === control);
    this.now.set({ learning: null });
    if (same !== undefined || bindings.length >= MAX_BINDINGS) return;
    const parsed = parseKnob(knob);
    const [low, high] = (parsed && reachOf(parsed, this.world.sheet.get().card)) ?? [0, 1];
    this.write(bindingPatch(this.freshId(), { knob, control, low, high, curve: "linear" }), "");
  }

  /** What was moved since the last frame, as hands would have. */
  private turn(): void {
    if (this.waiting.size === 0) return;
    const moved = [...this.waiting];
    this.waiting.clear();
    if (!this.world.mayEdit()) return;
    const offers = new Map(this.world.offers().map((offer) => [offer.target, offer]));
    for (const [id, value] of moved) {
      const binding = this.bound.get(id);
      const knob = binding === undefined ? null : parseKnob(binding.knob);
      const offer = knob === null ? undefined : offers.get(knob.target);
      if (binding === undefined || knob === null || offer === undefined) continue;
      const number = binding.low + (binding.high - binding.low) * shaped(binding.curve, value);
      this.world.put(knob.target, valueFor(knob, offer, number), this.gesture(id));
    }
  }

  private gesture(id: string): string {
    const at_ms = this.world.now_ms();
    const last = this.gestures.get(id);
    const name = last !== undefined && at_ms - last.at_ms < REST_MS ? last.name : newId();
    this.gestures.set(id, { name, at_ms });
    return name;
  }

  // -- what is done -------------------------------------------------------------------------------------------------

  do(deed: Deed): void {
    if (deed === "blackout") this.blackout();
    else if (deed === "tap") this.tap();
    else this.world.act(deed);
  }

  /** The second window and other programs show black; this page goes on. */
  blackout(black = !this.now.get().black): void {
    this.now.set({ black });
    this.world.blacken(black);
  }

  say(problem: Problem | null): void {
    this.now.set({ problem });
  }

  private write(patch: Record<string, ParameterValue | undefined>, gesture: string): void {
    if (this.world.mayEdit()) this.world.doc.setParams(patch, gesture);
  }

  private freshId(): string {
    return `${Date.now().toString(36)}-${newId()}`;
  }
}
