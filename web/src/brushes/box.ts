/** The brush box: the brush in hand, the one that the eraser erases with, how steady the hand is, the mirror, and a person's own brushes. Kept in the browser. */

import { t } from "@lingui/core/macro";
import { type Brush, readBrush, readSymmetry, type Symmetry } from "../doc/brush";
import { CENTRE } from "../doc/frame";
import { number } from "../doc/read";
import { Store } from "../ui/store";
import { PLAIN, PRESETS, type Preset } from "./presets";

/** A pen's two ends, each with a brush of its own. */
export type PenEnd = "brush" | "eraser";

export interface Held {
  /** The preset that was taken last; its brush may have been adjusted since. */
  readonly chosen: string;
  /** Null: a smooth outline. */
  readonly brush: Brush | null;
}

/** chosen, brush: of the end that paints. */
export interface Box extends Held {
  readonly eraser: Held;
  /** 0 to 1. */
  readonly smoothing: number;
  readonly symmetry: Symmetry;
  readonly own: readonly Preset[];
}

export const MAX_OWN = 48;
export const MAX_BRUSH_NAME_CHARS = 40;
const KEY = "lightbrush.brushes";
export const NO_SYMMETRY: Symmetry = { mirror: "off", x: CENTRE, y: CENTRE, folds: 6 };
const BARE: Held = { chosen: PLAIN.id, brush: null };
const FRESH: Box = { ...BARE, eraser: BARE, smoothing: 0, symmetry: NO_SYMMETRY, own: [] };

export const heldAt = (box: Box, end: PenEnd): Held => (end === "eraser" ? box.eraser : box);

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

  take(id: string, end: PenEnd): void {
    const preset = this.all.find((known) => known.id === id);
    if (preset !== undefined) this.hold(end, { chosen: id, brush: preset.brush });
  }

  /** What is at that end is another brush now, and not what its preset says. */
  adjust(patch: Partial<Brush>, end: PenEnd): void {
    const { chosen, brush } = heldAt(this.now.get(), end);
    if (brush !== null) this.hold(end, { chosen, brush: { ...brush, ...patch } });
  }

  /** The brush at that end was adjusted since it was taken. */
  adjusted(end: PenEnd): boolean {
    const { chosen, brush } = heldAt(this.now.get(), end);
    const preset = this.all.find(({ id }) => id === chosen);
    return JSON.stringify(preset?.brush ?? null) !== JSON.stringify(brush);
  }

  /** The brush at that end as one of one's own; the oldest gives way where there are too many. */
  keep(name: string, end: PenEnd): void {
    const { brush } = heldAt(this.now.get(), end);
    const preset = { id: this.newId(), name: nameOf(name), brush };
    this.now.set({ own: [...this.now.get().own, preset].slice(-MAX_OWN) });
    this.hold(end, { chosen: preset.id, brush });
  }

  /** Only one's own. */
  remove(id: string): void {
    this.now.set({ own: this.now.get().own.filter((preset) => preset.id !== id) });
    for (const end of ["brush", "eraser"] as const)
      if (heldAt(this.now.get(), end).chosen === id) this.take(PLAIN.id, end);
  }

  private hold(end: PenEnd, held: Held): void {
    this.now.set(end === "eraser" ? { eraser: held } : held);
  }

  mirror(patch: Partial<Symmetry>): void {
    this.now.set({ symmetry: { ...this.now.get().symmetry, ...patch } });
  }
}

const nameOf = (name: string) => name.trim().slice(0, MAX_BRUSH_NAME_CHARS) || t`My brush`;

function read(storage: Pick<Storage, "getItem">): Box {
  let stored: unknown;
  try {
    stored = JSON.parse(storage.getItem(KEY) ?? "{}");
  } catch {
    return FRESH;
  }
  if (typeof stored !== "object" || stored === null) return FRESH;
  const { eraser, smoothing, symmetry, own } = stored as Record<string, unknown>;
  return {
    ...readHeld(stored),
    eraser: readHeld(eraser),
    smoothing: number(smoothing, 0, 0, 1),
    symmetry: readSymmetry(symmetry, NO_SYMMETRY),
    own: Array.isArray(own) ? own.flatMap(readPreset).slice(-MAX_OWN) : [],
  };
}

function readHeld(value: unknown): Held {
  if (typeof value !== "object" || value === null) return BARE;
  const { chosen, brush } = value as Record<string, unknown>;
  return { chosen: typeof chosen === "string" ? chosen : BARE.chosen, brush: readBrush(brush) };
}

function readPreset(value: unknown): Preset[] {
  if (typeof value !== "object" || value === null) return [];
  const { id, name, brush } = value as Record<string, unknown>;
  return typeof id === "string" && typeof name === "string"
    ? [{ id, name: nameOf(name), brush: readBrush(brush) }]
    : [];
}
