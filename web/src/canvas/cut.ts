/**
 * The part of a picture that a crop leaves. It is cut out before it is drawn: a canvas that enlarges a part of a picture mixes
 * into its edges what lies beyond them.
 */

import type { Box } from "../doc/matrix";
import { newSurface } from "./surface";

/** Crops are written with five digits: this close to a pixel's edge is there, source pixels. */
const SLACK_PX = 0.02;
/** While a crop is pulled each step is another one. */
const MAX_CUTS = 4;

export interface Cut {
  /** Whole pixels of the picture that are seen, in full or in part. */
  readonly pixels: Box;
  /** Some are seen in part. */
  readonly partly: boolean;
}

/** crop: in fractions of the picture. */
export function cutOf({ width, height }: { width: number; height: number }, crop: Box): Cut {
  const [x, across, partX] = side(crop.x * width, crop.width * width, width);
  const [y, down, partY] = side(crop.y * height, crop.height * height, height);
  return { pixels: { x, y, width: across, height: down }, partly: partX || partY };
}

function side(from: number, span: number, size: number): [from: number, span: number, partly: boolean] {
  const to = from + span;
  const low = Math.max(0, Math.floor(from + SLACK_PX));
  const high = Math.min(size, Math.max(low + 1, Math.ceil(to - SLACK_PX)));
  return [low, high - low, Math.abs(from - low) > SLACK_PX || Math.abs(to - high) > SLACK_PX];
}

const cuts = new WeakMap<ImageBitmap, Map<string, HTMLCanvasElement>>();

/** whole: where all of the picture would lie, in the context's units. */
export function paintCropped(
  context: CanvasRenderingContext2D,
  picture: ImageBitmap,
  whole: Box,
  crop: Box,
): void {
  const { pixels, partly } = cutOf(picture, crop);
  const [across, down] = [whole.width / picture.width, whole.height / picture.height];
  context.save();
  if (partly) {
    context.beginPath();
    const { x, y, width, height } = crop;
    context.rect(
      whole.x + x * whole.width,
      whole.y + y * whole.height,
      width * whole.width,
      height * whole.height,
    );
    context.clip();
  }
  context.drawImage(
    cutOut(picture, pixels),
    whole.x + pixels.x * across,
    whole.y + pixels.y * down,
    pixels.width * across,
    pixels.height * down,
  );
  context.restore();
}

function cutOut(picture: ImageBitmap, { x, y, width, height }: Box): HTMLCanvasElement {
  const known = cuts.get(picture) ?? new Map<string, HTMLCanvasElement>();
  cuts.set(picture, known);
  const key = [x, y, width, height].join();
  const made = known.get(key);
  if (made !== undefined) return made;
  const [oldest] = known.keys();
  if (known.size >= MAX_CUTS && oldest !== undefined) known.delete(oldest);
  const { canvas, context } = newSurface(width, height, true);
  context.drawImage(picture, -x, -y);
  known.set(key, canvas);
  return canvas;
}
