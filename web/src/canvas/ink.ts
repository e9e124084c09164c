/**
 * The paint of one stroke, before it lies on anything: its dabs, in its colour, on a canvas of one pixel a document unit.
 * A stroke under the pen keeps what is settled and paints only its new end; the same stroke from the document has the
 * same pixels.
 */

import { type Brush, copiesOf } from "../doc/brush";
import type { StrokeMark } from "../doc/marks";
import {
  type Box,
  boxOf,
  cornersOf,
  IDENTITY,
  intersection,
  type Matrix,
  mappedBox,
  outward,
  union,
} from "../doc/matrix";
import { type StrokePoint, unpackLeaning } from "../doc/points";
import { Cover } from "./cover";
import { type Dab, Walk } from "./dabs";
import { parseHex, type Rgb } from "./fill";
import { newSurface, resize, type Surface } from "./surface";

type Context2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export type BrushedMark = StrokeMark & { readonly brush: Brush };

export const isBrushed = (mark: StrokeMark): mark is BrushedMark =>
  mark.brush !== undefined && mark.tool !== "area";

/** Two sheets, used again and again: strokes come one after the other. */
const sheets: { live: Ink | null; kept: Ink | null } = { live: null, kept: null };

/**
 * In a context that takes document units. reach: nothing of a stroke that is not live is outside. live: points not yet
 * packed; those that were foreseen may still change.
 */
export function paintInk(
  context: Context2D,
  mark: BrushedMark,
  reach: () => Box,
  live?: readonly StrokePoint[],
): void {
  const seen = seenBy(context);
  if (live !== undefined) {
    const ink = sheets.live?.serves(mark, seen) ? sheets.live : new Ink(mark, seen, sheets.live);
    sheets.live = ink;
    ink.follow(live);
    ink.draw(context);
    return;
  }
  const box = intersection(outward(reach()), seen);
  if (box === null) return;
  const ink = new Ink(mark, box, sheets.kept);
  sheets.kept = ink;
  const points = unpackLeaning(mark.points, mark.tilts);
  ink.follow(points);
  ink.draw(context);
}

/** What of the document a context shows, on whole units. */
function seenBy(context: Context2D): Box {
  const { width, height } = context.canvas;
  const { a, b, c, d, e, f } = context.getTransform().inverse();
  const back: Matrix = [a, b, c, d, e, f];
  const {
    x,
    y,
    width: across,
    height: down,
  } = boxOf(
    cornersOf({ x: 0, y: 0, width, height }).map(({ x, y }) => ({
      x: back[0] * x + back[2] * y + back[4],
      y: back[1] * x + back[3] * y + back[5],
    })),
  );
  // What a division left over is no unit.
  return outward({ x: x + SLACK, y: y + SLACK, width: across - 2 * SLACK, height: down - 2 * SLACK });
}

const SLACK = 1 / 256;

class Ink {
  private readonly cover: Cover;
  private readonly surface: Surface;
  private readonly copies: readonly Matrix[];
  private readonly rgb: Rgb;
  private walk: Walk;
  private fresh: Dab[] = [];
  private first: StrokePoint | undefined;
  private settled = 0;
  /** What was there before the end that may still change. */
  private under: { readonly copy: number; readonly box: Box; readonly values: Float32Array }[] = [];
  private inked: Box | null = null;
  /** What the settled part took of MAX_TOUCHED (cover.ts). */
  private touched = 0;

  constructor(
    private readonly mark: BrushedMark,
    readonly box: Box,
    old: Ink | null,
  ) {
    const same = old !== null && old.box.width === box.width && old.box.height === box.height;
    this.surface = old?.surface ?? newSurface(box.width, box.height, true);
    const { canvas, context } = this.surface;
    const larger = canvas.width < box.width || canvas.height < box.height;
    if (larger) resize(this.surface, Math.max(canvas.width, box.width), Math.max(canvas.height, box.height));
    else if (old?.inked)
      context.clearRect(old.inked.x - old.box.x, old.inked.y - old.box.y, old.inked.width, old.inked.height);
    this.cover = new Cover(box, same ? old.takeValues() : undefined);
    this.copies = copiesOf(mark.symmetry);
    this.rgb = parseHex(mark.color);
    this.walk = this.begin();
  }

  serves(mark: BrushedMark, { x, y, width, height }: Box): boolean {
    const { box } = this;
    return this.mark === mark && box.x === x && box.y === y && box.width === width && box.height === height;
  }

  /** Bring it to these points. */
  follow(points: readonly StrokePoint[]): void {
    let settled = points.length;
    while (settled > 0 && points[settled - 1]?.foreseen) settled--;
    // What changes at one copy is brought to pixels once.
    const changed: (Box | null)[] = this.copies.map(() => null);
    for (const { copy, box, values } of this.under.toReversed()) {
      this.cover.copyIn(box, values);
      this.note(changed, copy);
    }
    this.cover.touched = this.touched;
    this.under = [];
    if (points[0] !== this.first || settled < this.settled) this.restart(points[0]);
    this.settled = settled;
    this.walk.settle(points, settled);
    this.lay(this.fresh, changed);
    this.fresh = [];
    this.touched = this.cover.touched;
    const rest: Dab[] = [];
    this.walk.finish(points, (dab) => rest.push(dab));
    this.lay(rest, changed, true);
    for (const part of changed) if (part !== null) this.blit(part);
  }

  draw(context: Context2D): void {
    const { box, inked } = this;
    if (inked === null) return;
    const { x, y, width, height } = inked;
    context.drawImage(this.surface.canvas, x - box.x, y - box.y, width, height, x, y, width, height);
  }

  /** The numbers of a stroke that is over, all zero, for the next one. */
  private takeValues(): Float32Array {
    if (this.inked !== null) this.cover.clear(this.inked);
    return this.cover.values;
  }

  private begin(): Walk {
    const { brush, size, seed = 0 } = this.mark;
    return new Walk({ brush, size, seed }, (dab) => this.fresh.push(dab));
  }

  private restart(first: StrokePoint | undefined): void {
    if (this.inked !== null) {
      this.cover.clear(this.inked);
      this.cover.takeDirty();
      this.blit(this.inked);
    }
    this.touched = 0;
    this.first = first;
    this.walk = this.begin();
  }

  private note(changed: (Box | null)[], copy: number): void {
    const part = this.cover.takeDirty();
    const before = changed[copy] ?? null;
    if (part !== null) changed[copy] = before === null ? part : union(before, part);
  }

  /** passing: what is beneath is kept, to take them away again. */
  private lay(dabs: readonly Dab[], changed: (Box | null)[], passing = false): void {
    if (dabs.length === 0) return;
    const { brush, seed = 0 } = this.mark;
    const around = passing ? dabs.map(boxOfDab).reduce(union) : null;
    this.copies.forEach((copy, i) => {
      const there = around && (copy === IDENTITY ? around : mappedBox(copy, around));
      const kept = there && intersection(outward(there), this.box);
      if (kept !== null) this.under.push({ copy: i, box: kept, values: this.cover.copyOut(kept) });
      for (const dab of dabs) this.cover.stamp(dab, brush, seed, copy);
      this.note(changed, i);
    });
  }

  /** A part of it, from numbers to pixels. */
  private blit(part: Box): void {
    const { box, rgb } = this;
    const { r, g, b } = rgb;
    const image = new ImageData(part.width, part.height);
    const { data } = image;
    const { values } = this.cover;
    let to = 0;
    for (let row = 0; row < part.height; row++) {
      let from = (part.y - box.y + row) * box.width + part.x - box.x;
      for (let col = 0; col < part.width; col++, to += 4) {
        const cover = values[from++] ?? 0;
        if (cover === 0) continue;
        data[to] = r;
        data[to + 1] = g;
        data[to + 2] = b;
        data[to + 3] = Math.round(cover * 255);
      }
    }
    this.surface.context.putImageData(image, part.x - box.x, part.y - box.y);
    this.inked = this.inked === null ? part : union(this.inked, part);
  }
}

const EDGE_UNITS = 6;

/** With the room that an edge takes. */
function boxOfDab({ x, y, long, short }: Dab): Box {
  const half = Math.max(long, short) * Math.SQRT2 + EDGE_UNITS;
  return { x: x - half, y: y - half, width: 2 * half, height: 2 * half };
}
