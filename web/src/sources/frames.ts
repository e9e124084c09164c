/** The picture of now of something that moves, as a layer has it: cut evenly to its shape, and no larger than pictures are. */

import { MAX_SIDE_PX } from "../assets/picture";
import type { Moving } from "../canvas/sketch";
import { newSurface, resize, type Surface } from "../canvas/surface";
import { cut } from "./moving";

interface Shape {
  readonly width: number;
  readonly height: number;
}

/** In pixels: of that shape, as large as what is shown, up to what a picture may have. */
export function sizeOf(video: Shape, shape: Shape): Shape {
  const part = cut(video, shape);
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(part.width, part.height));
  return {
    width: Math.max(1, Math.round(part.width * scale)),
    height: Math.max(1, Math.round(part.height * scale)),
  };
}

/** No two pictures of this page have the same. */
let versions = 0;

export class Frames {
  /** Null before the first. */
  now: Moving | null = null;
  private surface: Surface | null = null;
  private taken_s = -1;

  /** What the element shows now. False: there is no picture, or still the same. */
  take(element: HTMLVideoElement, shape: Shape, again = false): boolean {
    const video = { width: element.videoWidth, height: element.videoHeight };
    if (element.readyState < element.HAVE_CURRENT_DATA || video.width === 0) return false;
    if (!again && element.currentTime === this.taken_s) return false;
    this.taken_s = element.currentTime;
    const { width, height } = sizeOf(video, shape);
    this.surface ??= newSurface(width, height, true);
    resize(this.surface, width, height);
    const part = cut(video, shape);
    const { context, canvas } = this.surface;
    context.drawImage(element, part.x, part.y, part.width, part.height, 0, 0, width, height);
    versions += 1;
    this.now = { picture: canvas, version: versions };
    return true;
  }
}
