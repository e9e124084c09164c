/** The brush box: the brush in hand, how steady the hand is, the mirror, and a person's own brushes. Kept in the browser. */

import { type Brush, readBrush, readSymmetry, type Symmetry } from "../doc/brush";
import { CENTRE } from "../doc/frame";
import { number } from "../doc/read";
import { Store } from "../ui/store";
import { PLAIN, PRESETS, type Preset } from "./presets";

export interface Box {
  /** The preset that was taken last; its brush may have been adjusted since. */
  readonly chosen: string;
  /** Null: a smooth outline. */
  readonly brush: Brush | null;
  /** 0 to 1. */
  readonly smoothing: number;
  readonly symmetry: Symmetry;
  readonly own: readonly Preset[];
}

export const MAX_OWN = 48;
export const MAX_BRUSH_NAME_CHARS = 40;
const KEY = "lightbrush.brushes";
export const NO_SYMMETRY: Symmetry = { mirror: "off", x: CENTRE, y: CENTRE, folds: 6 };
const FRESH: Box = { chosen: PLAIN.id, brush: null, smoothing: 0, symmetry: NO_SYMMETRY, own: [] };

export class BrushBox {
  readonly now: Store<Box>;

  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem">,
    private readonly newId: () => string,
  ) {
    this.now = new Store(read(storage));
    this.now.subscribe(() => this.storage.setItem(KEY, JSON.stringify(this.now.get())));
  }

  get all(): readonly Preset[] {
    return [...PRESETS, ...this.now.get().own];
  }

  take(id: string): void {
    const preset = this.all.find((known) => known.id === id);
    if (preset !== undefined) this.now.set({ chosen: id, brush: preset.brush });
  }

  /** What is in hand is another brush now, and not what its preset says. */
  adjust(patch: Partial<Brush>): void {
    const { brush } = this.now.get();
    if (brush !== null) this.now.set({ brush: { ...brush, ...patch } });
  }

  /** The brush in hand was adjusted since it was taken. */
  get adjusted(): boolean {
    const { chosen, brush } = this.now.get();
    const preset = this.all.find(({ id }) => id === chosen);
    return JSON.stringify(preset?.brush ?? null) !== JSON.stringify(brush);
  }

  /** The brush in hand as one of one's own; the oldest gives way where there are too many. */
  keep(name: string): void {
    const { brush, own } = this.now.get();
    const preset = { id: this.newId(), name: nameOf(name), brush };
    this.now.set({ own: [...own, preset].slice(-MAX_OWN), chosen: preset.id });
  }

  /** Only one's own. */
  remove(id: string): void {
    const { own, chosen } = this.now.get();
    this.now.set({ own: own.filter((preset) => preset.id !== id) });
    if (chosen === id) this.take(PLAIN.id);
  }

  mirror(patch: Partial<Symmetry>): void {
    this.now.set({ symmetry: { ...this.now.get().symmetry, ...patch } });
  }
}

const nameOf = (name: string) => name.trim().slice(0, MAX_BRUSH_NAME_CHARS) || "My brush";

function read(storage: Pick<Storage, "getItem">): Box {
  let stored: unknown;
  try {
    stored = JSON.parse(storage.getItem(KEY) ?? "{}");
  } catch {
    return FRESH;
  }
  if (typeof stored !== "object" || stored === null) return FRESH;
  const { chosen, brush, smoothing, symmetry, own } = stored as Record<string, unknown>;
  return {
    chosen: typeof chosen === "string" ? chosen : FRESH.chosen,
    brush: readBrush(brush),
    smoothing: number(smoothing, 0, 0, 1),
    symmetry: readSymmetry(symmetry, NO_SYMMETRY),
    own: Array.isArray(own) ? own.flatMap(readPreset).slice(-MAX_OWN) : [],
  };
}

function readPreset(value: unknown): Preset[] {
  if (typeof value !== "object" || value === null) return [];
  const { id, name, brush } = value as Record<string, unknown>;
  return typeof id === "string" && typeof name === "string"
    ? [{ id, name: nameOf(name), brush: readBrush(brush) }]
    : [];
}
