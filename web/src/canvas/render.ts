/**
 * The right-hand picture: draws each render in the next frame, with an optional short cross-fade. Under a cover only
 * the masked part of the render is seen; while a picture is held, nothing of it.
 */

import type { Frame } from "../doc/frame";
import { afterPaint } from "../ui/later";
import { newSurface, resize, type Surface } from "./surface";

/** From what is shown to another picture. first: how much of it is seen at once, 0 to 1. */
export interface Fade {
  readonly ms: number;
  readonly first: number;
}

/** A new picture is plainly visible from its first frame on, which is what the latency figure counts. */
export const CROSS_FADE: Fade = { ms: 60, first: 0.6 };
/** The same picture, sharper. */
export const SHARPEN_FADE: Fade = { ms: 120, first: 0 };

export type Still = HTMLCanvasElement | ImageBitmap;

/** The base's own pixels everywhere but where `mask` is opaque. The mask may be painted on: see `refresh`. */
export interface Cover {
  readonly base: Still;
  readonly mask: HTMLCanvasElement;
}

interface Front {
  readonly bitmap: ImageBitmap;
  readonly cover: Cover | null;
  readonly fade: Fade | null;
}

export class RenderView {
  private readonly context: CanvasRenderingContext2D | null;
  private pending: { front: Front; painted: (at_ms: number) => void } | null = null;
  private front: Front | null = null;
  private back: ImageBitmap | null = null;
  private held: Still | null = null;
  private veil: Surface | null = null;
  private veilOf: Cover | null = null;
  private fadeFrom_ms = 0;
  private scheduled = false;
  private framesDrawn = 0;
  private readonly watchers = new Set<() => void>();

  constructor(readonly canvas: HTMLCanvasElement) {
    canvas.width = 256;
    canvas.height = 256;
    this.context = canvas.getContext("2d", { alpha: false });
  }

  /** Rises with every frame that is drawn. */
  get frames(): number {
    return this.framesDrawn;
  }

  /** Called after each frame that is drawn. */
  drawn(act: () => void): void {
    this.watchers.add(act);
  }

  /** fade: from what is shown; null for none. painted: called once, after the frame with this picture went out. */
  show(bitmap: ImageBitmap, cover: Cover | null, fade: Fade | null, painted: (at_ms: number) => void): void {
    this.held = null;
    this.pending?.front.bitmap.close();
    this.pending = { front: { bitmap, cover, fade }, painted };
    this.schedule();
  }

  /** Show this picture and nothing else until the next `show`. */
  hold(picture: Still): void {
    if (this.held === picture) return;
    this.held = picture;
    this.pending?.front.bitmap.close();
    this.pending = null;
    this.schedule();
  }

  /** The mask of the cover was painted on. */
  refresh(): void {
    this.veilOf = null;
    if (this.front?.cover) this.schedule();
  }

  /** A copy of what is shown from the next frame on, without a fade that is under way; null when nothing is. */
  snapshot(): HTMLCanvasElement | null {
    const front = this.pending?.front ?? this.front;
    const shown = this.held ?? front?.bitmap;
    if (shown === undefined) return null;
    const { canvas, context } = newSurface(shown.width, shown.height, false);
    context.drawImage(shown, 0, 0);
    if (this.held === null) this.drawCover(context, canvas, front);
    return canvas;
  }

  /** Likewise; null also while what is shown has another shape than this frame, so was asked for before. */
  snapshotOf({ width, height }: Frame): HTMLCanvasElement | null {
    const canvas = this.snapshot();
    const asked = width / height;
    return canvas !== null && Math.abs(canvas.width / canvas.height - asked) < 0.01 * asked ? canvas : null;
  }

  /** Reads colours, "#rrggbb", from what is shown now, by document points of the frame that it fills. */
  sampler(frame: Frame): (x: number, y: number) => string | null {
    const shown = this.snapshot();
    if (shown === null) return () => null;
    const { width, height } = shown;
    const { context } = newSurface(width, height, true);
    context.drawImage(shown, 0, 0);
    return (x, y) => {
      const px = Math.floor(((x - frame.x) / frame.width) * width);
      const py = Math.floor(((y - frame.y) / frame.height) * height);
      if (px < 0 || py < 0 || px >= width || py >= height) return null;
      const [r = 0, g = 0, b = 0] = context.getImageData(px, py, 1, 1).data;
      return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
    };
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame((now_ms) => {
      this.scheduled = false;
      this.frame(now_ms);
    });
  }

  private frame(now_ms: number): void {
    if (this.pending !== null) {
      const { front, painted } = this.pending;
      this.pending = null;
      this.back?.close();
      this.back = this.front?.bitmap ?? null;
      this.front = front;
      this.veilOf = null;
      this.fadeFrom_ms = now_ms;
      afterPaint(painted);
    }
    const { context, canvas } = this;
    const shown = this.held ?? this.front?.bitmap;
    if (context === null || shown === undefined) return;
    if (canvas.width !== shown.width || canvas.height !== shown.height) {
      canvas.width = shown.width;
      canvas.height = shown.height;
    }
    const { back } = this;
    const fade = this.held === null ? (this.front?.fade ?? null) : null;
    const progress = fade === null ? 1 : (now_ms - this.fadeFrom_ms) / fade.ms;
    // A picture of another shape is another picture: to fade would stretch it.
    const alike = back !== null && back.width * shown.height === back.height * shown.width;
    const fading = fade !== null && alike && progress < 1;
    if (fading) {
      context.globalAlpha = 1;
      context.drawImage(back, 0, 0, canvas.width, canvas.height);
      context.globalAlpha = Math.max(fade.first, progress);
    }
    context.drawImage(shown, 0, 0);
    context.globalAlpha = 1;
    if (this.held === null) this.drawCover(context, canvas, this.front);
    this.framesDrawn++;
    for (const act of this.watchers) act();
    if (fading) this.schedule();
    else {
      this.back?.close();
      this.back = null;
    }
  }

  private drawCover(
    context: CanvasRenderingContext2D,
    { width, height }: HTMLCanvasElement,
    front: Front | null,
  ): void {
    const cover = front?.cover;
    if (!cover) return;
    this.veil ??= newSurface(width, height, false);
    if (resize(this.veil, width, height) || this.veilOf !== cover) {
      drawVeil(this.veil, cover);
      this.veilOf = cover;
    }
    context.drawImage(this.veil.canvas, 0, 0);
  }
}

/** One picture under its cover, for a file. */
export function covered(bitmap: ImageBitmap, cover: Cover): HTMLCanvasElement {
  const picture = newSurface(bitmap.width, bitmap.height, false);
  const veil = newSurface(bitmap.width, bitmap.height, false);
  drawVeil(veil, cover);
  picture.context.drawImage(bitmap, 0, 0);
  picture.context.drawImage(veil.canvas, 0, 0);
  return picture.canvas;
}

/** The base less its masked part. A base of another aspect lies as marks do: full height, in the middle (frame.ts). */
function drawVeil({ canvas, context }: Surface, { base, mask }: Cover): void {
  const { width, height } = canvas;
  const baseWidth = (base.width / base.height) * height;
  const x = Math.abs(baseWidth - width) < 1.5 ? 0 : (width - baseWidth) / 2;
  context.clearRect(0, 0, width, height);
  context.drawImage(base, x, 0, width - 2 * x, height);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(mask, 0, 0, width, height);
  context.globalCompositeOperation = "source-over";
}
