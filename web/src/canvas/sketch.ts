/**
 * The sketch as pixels: the document's visible marks on one raster, the mark under the pen above it, and the small
 * composition that a shot carries. Nothing here waits for anything.
 */

import type { ImageMark, PlacedMark } from "../doc/marks";
import { DOCUMENT_WIDTH } from "../doc/marks";
import type { StrokePoint } from "../doc/points";
import type { Pixels } from "../wire/channel";
import { floodFill, parseHex } from "./fill";
import { paintVector, type VectorMark } from "./paint";
import { Replay } from "./replay";
import { newSurface, type Surface } from "./surface";

/** The mark under the pen; `points` while it is a stroke. */
export interface LiveMark {
  readonly mark: VectorMark;
  readonly points: readonly StrokePoint[] | undefined;
}

export class Sketch {
  /** Committed marks, 1 pixel a document unit. */
  readonly raster: Surface;
  private readonly replay: Replay<HTMLCanvasElement>;
  private readonly images = new Map<string, ImageBitmap | "decoding" | "broken">();
  private small: Surface | null = null;
  private smallBase: Surface | null = null;
  private smallVersion = -1;
  private versionNow = 0;
  private heightNow: number;
  private live: LiveMark | null = null;

  /** changed: called when the raster changed for a reason of its own (an image was decoded). */
  constructor(
    height: number,
    private readonly changed: () => void,
  ) {
    this.heightNow = height;
    this.raster = newSurface(DOCUMENT_WIDTH, height, true);
    this.replay = new Replay<HTMLCanvasElement>({
      blank: () => this.blank(),
      paint: (placed) => this.paint(placed),
      save: () => {
        const copy = newSurface(DOCUMENT_WIDTH, this.heightNow, true);
        copy.context.drawImage(this.raster.canvas, 0, 0);
        return copy.canvas;
      },
      restore: (saved) => {
        this.blank();
        this.raster.context.drawImage(saved, 0, 0);
      },
    });
  }

  get height(): number {
    return this.heightNow;
  }

  /** Rises with every change of the committed pixels. */
  get version(): number {
    return this.versionNow;
  }

  resize(height: number): boolean {
    if (height === this.heightNow) return false;
    this.heightNow = height;
    this.raster.canvas.height = height;
    this.replay.reset();
    this.versionNow++;
    return true;
  }

  show(marks: readonly PlacedMark[]): void {
    this.replay.show(marks);
    this.versionNow++;
  }

  setLive(live: LiveMark | null): void {
    this.live = live;
  }

  /** The colour under a document point, "#rrggbb"; null outside and where nothing is drawn. */
  colorAt(x: number, y: number): string | null {
    const px = Math.floor(x);
    const py = Math.floor(y);
    if (px < 0 || py < 0 || px >= DOCUMENT_WIDTH || py >= this.heightNow) return null;
    const [r = 0, g = 0, b = 0, a = 0] = this.raster.context.getImageData(px, py, 1, 1).data;
    if (a < 128) return null;
    return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
  }

  /** Everything drawn so far, the mark under the pen included, at the shot's size. */
  compose(width: number, height: number): Pixels {
    const base = this.base(width, height);
    if (this.small === null || this.small.canvas.width !== width || this.small.canvas.height !== height)
      this.small = newSurface(width, height, true);
    const { context } = this.small;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.drawImage(base.canvas, 0, 0);
    if (this.live !== null) {
      context.setTransform(width / DOCUMENT_WIDTH, 0, 0, height / this.heightNow, 0, 0);
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
    this.raster.context.clearRect(0, 0, DOCUMENT_WIDTH, this.heightNow);
  }

  private paint({ id, mark }: PlacedMark): void {
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
        const pixels = context.getImageData(0, 0, DOCUMENT_WIDTH, this.heightNow);
        if (floodFill(pixels, mark.x, mark.y, parseHex(mark.color), mark.opacity))
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
