/** A paint layer as pixels: its marks, replayed onto one raster in the layer's own units. */

import { type Frame, sameFrame } from "../doc/frame";
import type { EraseMark, ImageMark, PlacedMark, ShiftMark, SketchMark, SketchMarks } from "../doc/marks";
import { apply, type Box, intersection, type Matrix, mappedBox, outward, union } from "../doc/matrix";
import { boundsOf } from "./bounds";
import { type Clip, type Clips, eraseClip, shiftClip, underClip } from "./clips";
import { floodFill, parseHex } from "./fill";
import { paintVector } from "./paint";
import { Replay } from "./replay";
import { aim, newSurface, resize, type Surface } from "./surface";

/** Beyond this a raster has fewer pixels than units; only a layer that was drawn on while it was small gets there. */
const MAX_SIDE_PX = 3072;
const MAX_SIDE_UNITS = 12_288;
const VISIBLE_ALPHA = 8;

interface Saved {
  readonly canvas: HTMLCanvasElement;
  readonly bounds: Box | null;
}

export class PaintRaster {
  private readonly surface: Surface;
  private readonly replay: Replay<Saved, SketchMark>;
  private readonly images = new Map<string, ImageBitmap | "decoding" | "broken">();
  private region: Frame;
  /** Nothing is painted outside of it; null: nothing is painted. */
  private bounds: Box | null = null;
  /** What the last `show` changed, in the layer's units; null: perhaps everything. */
  private changedBox: Box | null = null;
  private tight: { readonly version: number; readonly box: Box | null } | null = null;
  private versionNow = 0;

  /** changed: an image mark was decoded, or cannot be; the marks have to be shown again. */
  constructor(
    private frame: Frame,
    private readonly changed: () => void,
    private readonly clips: Clips,
  ) {
    this.region = frame;
    this.surface = newSurface(frame.width, frame.height, true);
    aim(this.surface, frame);
    this.replay = new Replay<Saved, SketchMark>({
      blank: () => this.blank(),
      paint: (placed) => this.paint(placed),
      save: () => {
        const { width, height } = this.surface.canvas;
        const copy = newSurface(width, height, true);
        copy.context.drawImage(this.surface.canvas, 0, 0);
        return { canvas: copy.canvas, bounds: this.bounds };
      },
      restore: (saved) => {
        this.blank();
        const { x, y, width, height } = this.region;
        this.surface.context.drawImage(saved.canvas, x, y, width, height);
        this.bounds = saved.bounds;
      },
    });
  }

  /** Rises with every change of the pixels. */
  get version(): number {
    return this.versionNow;
  }

  get empty(): boolean {
    return this.bounds === null;
  }

  /** Nothing is seen outside of it, in the layer's units. */
  get reach(): Box | null {
    return this.bounds;
  }

  get lastChange(): Box | null {
    return this.changedBox;
  }

  show(frame: Frame, marks: SketchMarks, checkpoints: number): void {
    const region = regionFor(frame, marks);
    if (!sameFrame(frame, this.frame) || !sameFrame(region, this.region)) {
      this.frame = frame;
      this.region = region;
      const density = Math.min(1, MAX_SIDE_PX / Math.max(region.width, region.height));
      resize(this.surface, Math.round(region.width * density), Math.round(region.height * density));
      aim(this.surface, region);
      this.replay.reset();
      this.versionNow++;
    } else if (this.replay.shows(marks)) return;
    const added = this.replay.lacks(marks).map(({ mark }) => this.reachOf(mark));
    this.replay.keep(checkpoints);
    this.replay.show(marks);
    this.changedBox = added.length > 0 && added.every((box) => box !== null) ? added.reduce(union) : null;
    this.versionNow++;
  }

  /** In a context that takes the layer's units. */
  draw(context: CanvasRenderingContext2D): void {
    const { surface, region } = this;
    const part = this.bounds && intersection(outward(this.bounds), region);
    if (part === null) return;
    const density = surface.canvas.width / region.width;
    if (density !== 1) {
      context.drawImage(surface.canvas, region.x, region.y, region.width, region.height);
      return;
    }
    const { x, y, width, height } = part;
    context.drawImage(surface.canvas, x - region.x, y - region.y, width, height, x, y, width, height);
  }

  /** The whole raster, where it covers just the frame. */
  get whole(): HTMLCanvasElement | null {
    return sameFrame(this.region, this.frame) ? this.surface.canvas : null;
  }

  /** The smallest box around what is seen, in the layer's units; null when nothing is. */
  box(): Box | null {
    if (this.tight?.version !== this.versionNow) this.tight = { version: this.versionNow, box: this.seen() };
    return this.tight.box;
  }

  /** Whether something is seen at a point in the layer's units. */
  covers(x: number, y: number): boolean {
    const { surface, region } = this;
    const density = surface.canvas.width / region.width;
    const [px, py] = [Math.floor((x - region.x) * density), Math.floor((y - region.y) * density)];
    if (this.empty || px < 0 || py < 0 || px >= surface.canvas.width || py >= surface.canvas.height)
      return false;
    return (surface.context.getImageData(px, py, 1, 1).data[3] ?? 0) > VISIBLE_ALPHA;
  }

  private seen(): Box | null {
    const { surface, region, bounds } = this;
    const part = bounds && intersection(outward(bounds), region);
    if (part === null) return null;
    const { width, height } = surface.canvas;
    const density = width / region.width;
    const { data } = surface.context.getImageData(0, 0, width, height);
    const found = seenIn(data, width, height);
    return (
      found && {
        x: region.x + found.x / density,
        y: region.y + found.y / density,
        width: found.width / density,
        height: found.height / density,
      }
    );
  }

  private blank(): void {
    const { x, y, width, height } = this.region;
    this.surface.context.clearRect(x, y, width, height);
    this.bounds = null;
  }

  /** What one more mark can change; null: perhaps everything. */
  private reachOf(mark: SketchMark): Box | null {
    const box = mark.type === "shift" || mark.type === "erase" ? this.clipBox(mark) : vectorBox(mark);
    return box === null || mark.from === undefined ? box : mappedBox(mark.from, box);
  }

  /** Where from and where to, as it was drawn. */
  private clipBox(mark: EraseMark | ShiftMark): Box | null {
    const clip = this.clips.get(mark.clip);
    if (clip === null || mark.type === "erase") return clip?.box ?? null;
    const { x, y, width, height } = clip.box;
    return union(clip.box, { x: x + mark.dx, y: y + mark.dy, width, height });
  }

  private grow(box: Box, from: Matrix | undefined): void {
    const here = from === undefined ? box : mappedBox(from, box);
    this.bounds = this.bounds === null ? here : union(this.bounds, here);
  }

  private paint(placed: PlacedMark<SketchMark>): void {
    const { mark } = placed;
    if (mark.clip === undefined) {
      this.put(placed);
      return;
    }
    const clip = this.clips.get(mark.clip);
    if (clip === null) return;
    if (mark.type === "erase") eraseClip(this.surface, clip, mark.from);
    else if (mark.type === "shift") this.shift(mark, clip);
    else {
      const before = this.bounds;
      underClip(this.surface, this.clips, clip, mark.from, vectorBox(mark), () => this.put(placed));
      if (mark.type !== "fill" || this.bounds === before) return;
      this.bounds = before;
      this.grow(clip.box, mark.from);
    }
  }

  private shift(mark: ShiftMark, clip: Clip): void {
    const box = this.clipBox(mark);
    if (this.bounds === null || box === null) return;
    this.grow(box, mark.from);
    shiftClip(this.surface, this.clips, clip, mark.from, mark.dx, mark.dy);
  }

  private put({ id, mark }: PlacedMark<SketchMark>): void {
    switch (mark.type) {
      case "erase":
      case "shift":
        return; // they have a clip: see `paint`
      case "stroke":
      case "shape":
        if (mark.type === "shape" || mark.tool !== "eraser") this.grow(boundsOf(mark), mark.from);
        this.through(mark.from, (context) => paintVector(context, mark));
        return;
      case "clear":
        this.blank();
        return;
      case "image":
        this.paintImage(id, mark);
        return;
      case "fill": {
        const { context, canvas } = this.surface;
        const { x, y } = mark.from === undefined ? mark : apply(mark.from, mark);
        const density = canvas.width / this.region.width;
        const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
        const [px, py] = [(x - this.region.x) * density, (y - this.region.y) * density];
        if (!floodFill(pixels, px, py, parseHex(mark.color), mark.opacity)) return;
        context.putImageData(pixels, 0, 0);
        this.bounds = this.region;
      }
    }
  }

  /** Image marks are on their way. */
  get decoding(): boolean {
    return [...this.images.values()].includes("decoding");
  }

  private through(from: Matrix | undefined, paint: (context: CanvasRenderingContext2D) => void): void {
    const { context } = this.surface;
    if (from === undefined) {
      paint(context);
      return;
    }
    context.save();
    context.transform(...from);
    paint(context);
    context.restore();
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
        () => {
          this.images.set(id, "broken");
          this.changed();
        },
      );
    } else if (typeof known === "object") {
      this.grow({ x: mark.x, y: mark.y, width: mark.w, height: mark.h }, mark.from);
      this.through(mark.from, (context) => context.drawImage(known, mark.x, mark.y, mark.w, mark.h));
    }
  }
}

/**
 * What a layer's raster has to cover: the frame, and, where a layer was drawn on while it was moved or turned, what was in
 * the frame then.
 */
export function regionFor(frame: Frame, marks: SketchMarks): Frame {
  let region: Box = frame;
  const seen = new Set<string>();
  for (const { mark } of marks) {
    if (!("from" in mark) || mark.from === undefined) continue;
    const key = mark.from.join();
    if (seen.has(key)) continue;
    seen.add(key);
    region = union(region, mappedBox(mark.from, frame));
  }
  if (region === frame) return frame;
  const margin = (MAX_SIDE_UNITS - frame.height) / 2;
  const most = {
    x: frame.x - margin,
    y: frame.y - margin,
    width: frame.width + 2 * margin,
    height: frame.height + 2 * margin,
  };
  return outward(intersection(region, most) ?? frame);
}

/** Null: perhaps it paints everywhere. */
const vectorBox = (mark: SketchMark): Box | null =>
  mark.type === "stroke" || mark.type === "shape" ? boundsOf(mark) : null;

/** The smallest box around the pixels that can be seen. */
export function seenIn(data: Uint8ClampedArray, width: number, height: number): Box | null {
  const seen = (col: number, row: number) => (data[(row * width + col) * 4 + 3] ?? 0) > VISIBLE_ALPHA;
  const rowSeen = (row: number, from: number, to: number) => {
    for (let col = from; col < to; col++) if (seen(col, row)) return true;
    return false;
  };
  let top = 0;
  while (top < height && !rowSeen(top, 0, width)) top++;
  if (top === height) return null;
  let bottom = height - 1;
  while (!rowSeen(bottom, 0, width)) bottom--;
  let left = width - 1;
  let right = 0;
  for (let row = top; row <= bottom; row++) {
    for (let col = 0; col < left; col++) if (seen(col, row)) left = col;
    for (let col = width - 1; col > right; col--) if (seen(col, row)) right = col;
  }
  return { x: left, y: top, width: Math.max(1, right - left + 1), height: bottom - top + 1 };
}
