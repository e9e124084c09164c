/** Selections as pixels, and painting that counts only where something is selected. */

import {
  apply,
  type Box,
  IDENTITY,
  intersection,
  type Matrix,
  mappedBox,
  multiply,
  outward,
} from "../doc/matrix";
import type { Selection } from "../doc/selection";
import { newSurface, type Surface } from "./surface";

/** Its alpha is what is selected, 1 pixel a document unit. */
export interface Clip {
  readonly box: Box;
  readonly canvas: HTMLCanvasElement;
}

const MAX_CLIPS = 24;
const MAX_HOLDS = 4;

export class Clips {
  private readonly known = new Map<string, Clip>();
  private readonly holds = new Map<string, Surface>();

  constructor(private readonly read: (id: string) => Selection | null) {}

  /** Null for one that is not in the document. */
  get(id: string): Clip | null {
    let clip = this.known.get(id);
    if (clip === undefined) {
      const selection = this.read(id);
      if (selection === null) return null;
      clip = clipOf(selection);
    }
    this.known.delete(id);
    this.known.set(id, clip);
    drop(this.known, MAX_CLIPS);
    return clip;
  }

  /** A canvas of that size to hold pixels for a moment. */
  hold({ width, height }: HTMLCanvasElement): Surface {
    const size = `${width}x${height}`;
    const hold = this.holds.get(size) ?? newSurface(width, height, true);
    this.holds.delete(size);
    this.holds.set(size, hold);
    drop(this.holds, MAX_HOLDS);
    return hold;
  }
}

export function clipOf({ box, cover }: Selection): Clip {
  const { canvas, context } = newSurface(box.width, box.height, true);
  const pixels = context.createImageData(box.width, box.height);
  cover.forEach((alpha, i) => {
    pixels.data[i * 4 + 3] = alpha;
  });
  context.putImageData(pixels, 0, 0);
  return { box, canvas };
}

/** What a surface's alpha covers, in a box of the document that it fills. */
export function coverOf({ canvas, context }: Surface): Uint8Array {
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const cover = new Uint8Array(canvas.width * canvas.height);
  for (let i = 0; i < cover.length; i++) cover[i] = data[i * 4 + 3] ?? 0;
  return cover;
}

/**
 * What `paint` does to the target counts only where the clip covers it, and half where that is half. from: as a mark has it.
 * reach: nothing is painted outside of it, in the units that the clip has; null: perhaps everywhere.
 */
export function underClip(
  target: Surface,
  clips: Clips,
  { box, canvas }: Clip,
  from: Matrix | undefined,
  reach: Box | null,
  paint: () => void,
): void {
  const { context } = target;
  const matrix = transformOf(target, from);
  const part = pixelsOf(target, matrix, reach);
  if (part === null) return;
  const hold = clips.hold(target.canvas);
  lift(hold, target, part);
  paint();
  hold.context.setTransform(...matrix);
  hold.context.globalCompositeOperation = "destination-out";
  hold.context.drawImage(canvas, box.x, box.y);
  hold.context.globalCompositeOperation = "source-over";
  context.save();
  cutTo(context, part);
  context.setTransform(...matrix);
  context.globalCompositeOperation = "destination-in";
  context.drawImage(canvas, box.x, box.y);
  context.globalCompositeOperation = "lighter";
  context.setTransform(...IDENTITY);
  put(context, hold.canvas, part);
  context.restore();
}

/** What the clip covers is taken away. */
export function eraseClip({ context }: Surface, { box, canvas }: Clip, from: Matrix | undefined): void {
  context.save();
  if (from !== undefined) context.transform(...from);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(canvas, box.x, box.y);
  context.restore();
}

/** What the clip covers moves, by whole pixels, so that it stays as sharp as it is. */
export function shiftClip(
  target: Surface,
  clips: Clips,
  clip: Clip,
  from: Matrix | undefined,
  dx: number,
  dy: number,
): void {
  const { context } = target;
  const matrix = transformOf(target, from);
  const part = pixelsOf(target, matrix, clip.box);
  if (part === null) return;
  const hold = clips.hold(target.canvas);
  lift(hold, target, part);
  hold.context.save();
  cutTo(hold.context, part);
  hold.context.setTransform(...matrix);
  hold.context.globalCompositeOperation = "destination-in";
  hold.context.drawImage(clip.canvas, clip.box.x, clip.box.y);
  hold.context.restore();
  eraseClip(target, clip, from);
  const [start, end] = [apply(matrix, { x: 0, y: 0 }), apply(matrix, { x: dx, y: dy })];
  context.save();
  context.setTransform(1, 0, 0, 1, Math.round(end.x - start.x), Math.round(end.y - start.y));
  put(context, hold.canvas, part);
  context.restore();
}

function transformOf({ context }: Surface, from: Matrix | undefined): Matrix {
  const { a, b, c, d, e, f } = context.getTransform();
  const matrix: Matrix = [a, b, c, d, e, f];
  return from === undefined ? matrix : multiply(matrix, from);
}

function pixelsOf({ canvas }: Surface, matrix: Matrix, box: Box | null): Box | null {
  const all = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  if (box === null) return all;
  const { x, y, width, height } = outward(mappedBox(matrix, box));
  // What lies askew has soft edges.
  return intersection({ x: x - 1, y: y - 1, width: width + 2, height: height + 2 }, all);
}

/** The same pixels in another canvas; what else that has does not matter. */
function lift({ context }: Surface, from: Surface, part: Box): void {
  context.setTransform(...IDENTITY);
  context.clearRect(part.x, part.y, part.width, part.height);
  put(context, from.canvas, part);
}

function cutTo(context: CanvasRenderingContext2D, { x, y, width, height }: Box): void {
  context.setTransform(...IDENTITY);
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}

const put = (context: CanvasRenderingContext2D, canvas: HTMLCanvasElement, { x, y, width, height }: Box) =>
  context.drawImage(canvas, x, y, width, height, x, y, width, height);

function drop<V>(known: Map<string, V>, most: number): void {
  for (const oldest of known.keys()) {
    if (known.size <= most) return;
    known.delete(oldest);
  }
}
