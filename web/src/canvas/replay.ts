/**
 * Bringing a raster to a list of marks with little work. Undo over thousands of marks restores the nearest checkpoint
 * and paints the few marks after it; one more mark paints just that mark. The raster itself is passed in.
 */

import type { Mark, PlacedMark } from "../doc/marks";

export interface Painter<Saved, M extends Mark = Mark> {
  blank(): void;
  paint(placed: PlacedMark<M>): void;
  save(): Saved;
  restore(saved: Saved): void;
}

export interface Checkpoint<Saved> {
  /** How many marks are in it. */
  readonly count: number;
  readonly saved: Saved;
}

export const CHECKPOINT_EVERY = 50;
export const MAX_CHECKPOINTS = 20;

/**
 * Which checkpoint to give up when there are too many: the one whose loss costs least. That is the smallest gap,
 * relative to its distance from the end: dense where undo happens, sparse in the past. The newest is never given up.
 */
export function leastUseful(counts: readonly number[]): number {
  const end = counts.at(-1) ?? 0;
  let best = 0;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let i = 0; i < counts.length - 1; i++) {
    const gap = (counts[i + 1] ?? 0) - (counts[i - 1] ?? 0);
    const cost = gap / (end - (counts[i] ?? 0));
    if (cost < bestCost) {
      best = i;
      bestCost = cost;
    }
  }
  return best;
}

export class Replay<Saved, M extends Mark = Mark> {
  private painted: string[] = [];
  private checkpoints: Checkpoint<Saved>[] = [];

  private most = MAX_CHECKPOINTS;

  constructor(private readonly painter: Painter<Saved, M>) {}

  /** Whether the raster shows just these. */
  shows(marks: readonly PlacedMark<M>[]): boolean {
    return marks.length === this.painted.length && this.commonPrefix(marks) === marks.length;
  }

  /** The marks that come after what the raster shows; none where something else has to change too. */
  lacks(marks: readonly PlacedMark<M>[]): readonly PlacedMark<M>[] {
    const common = this.commonPrefix(marks);
    return common === this.painted.length ? marks.slice(common) : [];
  }

  /** How many checkpoints to keep from now on, at least one: layers share the memory. */
  keep(checkpoints: number): void {
    this.most = Math.min(MAX_CHECKPOINTS, Math.max(1, checkpoints));
    this.thin();
  }

  /** Paint whatever brings the raster from what it shows to `marks`. Returns how many marks were painted. */
  show(marks: readonly PlacedMark<M>[]): number {
    let from = this.commonPrefix(marks);
    if (from < this.painted.length) from = this.rewind(from, marks);
    else if (from === 0 && this.painted.length === 0) this.painter.blank();
    this.painted.length = from;
    let paintedNow = 0;
    for (let i = from; i < marks.length; i++) {
      const placed = marks[i];
      if (placed === undefined) break;
      this.painter.paint(placed);
      this.painted.push(placed.id);
      paintedNow++;
      if (this.painted.length % CHECKPOINT_EVERY === 0) this.checkpoint();
    }
    return paintedNow;
  }

  /** Forget everything painted: the raster changed its size. */
  reset(): void {
    this.painted = [];
    this.checkpoints = [];
  }

  /** Forget what was painted from this mark on: its image has just been decoded. */
  invalidate(id: string): void {
    const at = this.painted.indexOf(id);
    if (at < 0) return;
    this.checkpoints = this.checkpoints.filter((c) => c.count <= at);
    this.painted[at] = "";
  }

  private commonPrefix(marks: readonly PlacedMark<M>[]): number {
    const length = Math.min(this.painted.length, marks.length);
    let i = 0;
    while (i < length && this.painted[i] === marks[i]?.id) i++;
    return i;
  }

  private rewind(common: number, marks: readonly PlacedMark<M>[]): number {
    this.checkpoints = this.checkpoints.filter((c) => c.count <= common);
    const nearest = this.checkpoints.at(-1);
    // A clear paints over everything before it, so nothing earlier needs painting.
    let clear = -1;
    for (let i = common - 1; i >= (nearest?.count ?? 0) && clear < 0; i--)
      if (marks[i]?.mark.type === "clear") clear = i;
    if (clear >= 0) {
      this.painter.blank();
      this.painted = marks.slice(0, clear + 1).map((m) => m.id);
      return clear + 1;
    }
    if (nearest === undefined) {
      this.painter.blank();
      return 0;
    }
    this.painter.restore(nearest.saved);
    return nearest.count;
  }

  private checkpoint(): void {
    this.checkpoints.push({ count: this.painted.length, saved: this.painter.save() });
    this.thin();
  }

  private thin(): void {
    while (this.checkpoints.length > this.most)
      this.checkpoints.splice(leastUseful(this.checkpoints.map((c) => c.count)), 1);
  }
}
