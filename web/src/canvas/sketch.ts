/**
 * The sketch as pixels: the document's visible marks on one raster, the mark under the pen above it, and the small
 * composition that a shot carries. Nothing here waits for anything.
 */

import { type Frame, sameFrame } from "../doc/frame";
import type { ImageMark, PlacedMark, SketchMark } from "../doc/marks";
import type { StrokePoint } from "../doc/points";
import type { Pixels } from "../wire/channel";
import { floodFill, parseHex } from "./fill";
import { paintVector, type VectorMark } from "./paint";
import { Replay } from "./replay";
import { aim, newSurface, resize, type Surface } from "./surface";

/** The mark under the pen; `points` while it is a stroke. */
export interface LiveMark {
  readonly mark: VectorMark;
  readonly points: readonly StrokePoint[] | undefined;
}

export class Sketch {
  /** Committed marks, 1 pixel a document unit. */
  readonly raster: Surface;
  private readonly replay: Replay<HTMLCanvasElement, SketchMark>;
  private readonly images = new Map<string, ImageBitmap | "decoding" | "broken">();
  private small: Surface | null = null;
  private smallBase: Surface | null = null;
  private smallVersion = -1;
  private versionNow = 0;
  private live: LiveMark | null = null;

  /** changed: called when the raster changed for a reason of its own (an image was decoded). */
  constructor(
    private frameNow: Frame,
    private readonly changed: () => void,
  ) {
    this.raster = newSurface(frameNow.width, frameNow.height, true);
    aim(this.raster, frameNow);
    this.replay = new Replay<HTMLCanvasElement, SketchMark>({
      blank: () => this.blank(),
      paint: (placed) => this.paint(placed),
      save: () => {
        const copy = newSurface(this.frameNow.width, this.frameNow.height, true);
        copy.context.drawImage(this.raster.canvas, 0, 0);
        return copy.canvas;
      },
      restore: (saved) => {
        this.blank();
        this.raster.context.drawImage(saved, this.frameNow.x, this.frameNow.y);
      },
    });
  }

  get frame(): Frame {
    return this.frameNow;
  }

  /** Rises with every change of the committed pixels. */
  get version(): number {
    return this.versionNow;
  }

  /** Show another part of the document. The marks have to be shown again. */
  reframe(frame: Frame): boolean {
    if (sameFrame(frame, this.frameNow)) return false;
    this.frameNow = frame;
    resize(this.raster, frame.width, frame.height);
    aim(this.raster, frame);
    this.replay.reset();
    this.versionNow++;
    return true;
  }

  show(marks: readonly PlacedMark<SketchMark>[]): void {
    this.replay.show(marks);
    this.versionNow++;
  }

  /** A mark is under the pen. */
  get busy(): boolean {
    return this.live !== null;
  }

  setLive(live: LiveMark | null): void {
    this.live = live;
  }

  /** The colour under a document point, "#rrggbb"; null outside and where nothing is drawn. */
  colorAt(x: number, y: number): string | null {
    const { frame } = this;
    const px = Math.floor(x - frame.x);
    const py = Math.floor(y - frame.y);
    if (px < 0 || py < 0 || px >= frame.width || py >= frame.height) return null;
    const [r = 0, g = 0, b = 0, a = 0] = this.raster.context.getImageData(px, py, 1, 1).data;
    if (a < 128) return null;
    return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
  }

  /** Everything drawn so far, the mark under the pen included, at the shot's size. */
  compose(width: number, height: number): Pixels {
    const base = this.base(width, height);
    this.small ??= newSurface(width, height, true);
    resize(this.small, width, height);
    const { context } = this.small;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.drawImage(base.canvas, 0, 0);
    if (this.live !== null) {
      aim(this.small, this.frameNow);
      paintVector(context, this.live.mark, this.live.points);
    }
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data: data as Uint8ClampedArray<ArrayBuffer> };
  }

  /** The committed marks scaled to the shot's size, kept until they change. */
  private base(width: number, height: number): Surface {
    let base = this.smallBase;
    if (base === null || base.canvas.width !== width || base.canvas.height !== height) {
      base = newSurface(width, height, true);
      this.smallBase = base;
      this.smallVersion = -1;
    }
    if (this.smallVersion !== this.versionNow) {
      base.context.clearRect(0, 0, width, height);
      base.context.drawImage(this.raster.canvas, 0, 0, width, height);
      this.smallVersion = this.versionNow;
    }
    return base;
  }

  private blank(): void {
    const { x, y, width, height } = this.frameNow;
    this.raster.context.clearRect(x, y, width, height);
  }

  private paint({ id, mark }: PlacedMark<SketchMark>): void {
    const { context } = this.raster;
    switch (mark.type) {
      case "stroke":
      case "shape":
        paintVector(context, mark);
        return;
      case "clear":
        this.blank();
        return;
      case "image":
        this.paintImage(id, mark);
        return;
      case "fill": {
        const { x, y, width, height } = this.frameNow;
        const pixels = context.getImageData(0, 0, width, height);
        if (floodFill(pixels, mark.x - x, mark.y - y, parseHex(mark.color), mark.opacity))
          context.putImageData(pixels, 0, 0);
      }
    }
  }

  private paintImage(id: string, mark: ImageMark): void {
    const known = this.images.get(id);
    if (known === undefined) {
      this.images.set(id, "decoding");
      createImageBitmap(new Blob([mark.data.slice()], { type: mark.mime })).then(
        (bitmap) => {
          this.images.set(id, bitmap);
          this.replay.invalidate(id);
          this.changed();
        },
        () => this.images.set(id, "broken"),
      );
    } else if (typeof known === "object")
      this.raster.context.drawImage(known, mark.x, mark.y, mark.w, mark.h);
  }
}
