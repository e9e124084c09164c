/**
 * The sketch as pixels: the document's layers, each painted once, composed on the canvas that people see, and the small
 * composition that a shot carries. Nothing here waits for anything.
 *
 *     below    every layer under the active one, composed; painted anew when one of them changes
 *     active   the layer that is drawn on, and on it the mark under the pen
 *     above    every layer over it, composed; where one of those blends with what is beneath, they are painted one by one
 *
 * So a mark under the pen costs three copies of the part that it touches, however many layers there are. At rest the
 * layers above are painted one by one, in that part alone: eight bits round, so the order in which layers are put together
 * shows in the last one, and the sketch must not depend on which layer somebody has in hand.
 */

import { CENTRE, type Frame, sameFrame } from "../doc/frame";
import { isPlain, type Layer, matrixOf, operationOf, type RegionLayer, takesPaint } from "../doc/layers";
import type { SketchMarks } from "../doc/marks";
import {
  apply,
  type Box,
  IDENTITY,
  intersection,
  inverse,
  type Matrix,
  mappedBox,
  outward,
  union,
} from "../doc/matrix";
import type { StrokePoint } from "../doc/points";
import type { Pixels } from "../wire/channel";
import { erases, paintVector, type VectorMark } from "./paint";
import { boundsOf, PaintRaster } from "./paint-raster";
import { grows, tailBox, within } from "./part";
import { MAX_CHECKPOINTS } from "./replay";
import { aim, newSurface, resize, type Surface } from "./surface";
import { paintText, textBox } from "./text";

/** The mark under the pen; `points` while it is a stroke. */
export interface LiveMark {
  readonly mark: VectorMark;
  readonly points: readonly StrokePoint[] | undefined;
}

export interface SketchWorld {
  /** The picture of an image layer; null while it is not there. */
  picture(sha256: string): ImageBitmap | null;
  /** What is under the pen lies on a region, which is no part of the sketch (regions.ts). */
  regionDrawn(): void;
  /** The sketch changed for a reason of its own (an image was decoded): show it again. */
  changed(): void;
}

/** A layer that is seen. Equal keys have equal pixels. */
interface Shown {
  readonly layer: Layer;
  readonly matrix: Matrix;
  readonly key: string;
  /** Nothing of it is seen outside, in document units; null: nothing is seen. */
  readonly reach: Box | null;
}

const EMPTY: SketchMarks = [];
/** Of all layers together; each is as large as the sketch. */
const CHECKPOINTS_IN_ALL = 24;

export class Sketch {
  /** What is seen, the mark under the pen included, 1 pixel a document unit. */
  readonly raster: Surface;
  private readonly rasters = new Map<string, PaintRaster>();
  private layers: readonly Layer[] = [];
  private below: readonly Shown[] = [];
  private active: Shown | null = null;
  private above: readonly Shown[] = [];
  private readonly belowCopy = new Copy();
  private readonly aboveCopy = new Copy();
  private readonly small = { below: new Copy(), active: new Copy(), above: new Copy(), all: new Copy() };
  private smallShot: Surface | null = null;
  private readonly scratches = new Map<"large" | "small", Surface>();
  private composed = "";
  /** What is composed, from the bottom to the top. */
  private stack: readonly Shown[] = [];
  private fonts = 0;
  private live: LiveMark | null = null;
  /** The layer in hand, where it is a region, and the mark under the pen there. */
  private region: RegionLayer | null = null;
  private regionLive: LiveMark | null = null;
  /** The mark under the pen as it was shown last: how many points, and where its end was. */
  private end: { readonly points: number; readonly box: Box } | null = null;
  /** Where it has been since the press. */
  private inked: Box | null = null;

  constructor(
    private frameNow: Frame,
    private readonly world: SketchWorld,
  ) {
    this.raster = newSurface(frameNow.width, frameNow.height, true);
    aim(this.raster, frameNow);
  }

  get frame(): Frame {
    return this.frameNow;
  }

  /** Show another part of the document. The layers have to be shown again. */
  reframe(frame: Frame): boolean {
    if (sameFrame(frame, this.frameNow)) return false;
    this.frameNow = frame;
    resize(this.raster, frame.width, frame.height);
    aim(this.raster, frame);
    this.composed = "";
    this.stack = [];
    return true;
  }

  /** layers: from the bottom to the top. active: the one that the next mark is drawn on, or null. */
  show(layers: readonly Layer[], marks: ReadonlyMap<string, SketchMarks>, active: string | null): void {
    this.layers = layers;
    const paints = layers.filter(takesPaint);
    for (const { id } of paints) {
      let raster = this.rasters.get(id);
      if (raster === undefined) {
        raster = new PaintRaster(this.frame, () => this.world.changed());
        this.rasters.set(id, raster);
      }
      const checkpoints = Math.min(MAX_CHECKPOINTS, Math.floor(CHECKPOINTS_IN_ALL / paints.length));
      raster.show(this.frame, marks.get(id) ?? EMPTY, checkpoints);
    }
    for (const id of this.rasters.keys())
      if (!paints.some((layer) => layer.id === id)) this.rasters.delete(id);
    const at = layers.findIndex(({ id }) => id === active);
    const inHand = layers[at];
    this.region = inHand?.kind === "region" ? inHand : null;
    const shown = layers.map((layer) =>
      layer.visible && layer.opacity > 0 && layer.kind !== "region" ? this.shown(layer) : null,
    );
    const seen = (part: readonly (Shown | null)[]) => part.filter((each) => each !== null);
    this.below = seen(at < 0 ? shown : shown.slice(0, at));
    this.active = shown[at] ?? null;
    this.above = seen(at < 0 ? [] : shown.slice(at + 1));
    const before = this.stack;
    this.stack = seen(shown);
    const composed = keyOf(this.stack);
    if (composed === this.composed) return;
    const all = this.composed === "";
    this.composed = composed;
    const part = all ? this.frame : this.changed(before, this.stack);
    const visible = part && (part === this.frame ? part : intersection(outward(part), this.frame));
    if (visible !== null) this.draw(visible);
  }

  /** Compose what is below and above the layer in hand, so that the first stroke on it does not have to. */
  prepare(): void {
    if (this.below.length > 0) this.belowSurface();
    if (this.above.length > 0 && !this.mixed) this.aboveSurface();
  }

  /** Where the picture of one stack of layers may differ from that of another one. */
  private changed(before: readonly Shown[], now: readonly Shown[]): Box | null {
    let from = 0;
    while (from < before.length && before[from]?.key === now[from]?.key) from++;
    let left = 0;
    const last = (stack: readonly Shown[]) => stack[stack.length - 1 - left]?.key;
    while (left < Math.min(before.length, now.length) - from && last(before) === last(now)) left++;
    const [old] = before.slice(from, before.length - left);
    const [fresh] = now.slice(from, now.length - left);
    const one = before.length === now.length && before.length - left - from === 1;
    if (one && old && fresh && fresh.layer.kind === "paint" && sameButMarks(old, fresh)) {
      const drawn = this.rasters.get(fresh.layer.id)?.lastChange;
      if (drawn) return mappedBox(fresh.matrix, drawn);
    }
    const other = [...before.slice(from, before.length - left), ...now.slice(from, now.length - left)];
    const reaches = other.map(({ reach }) => reach).filter((reach) => reach !== null);
    return reaches.length === 0 ? null : reaches.reduce(union);
  }

  private get mixed(): boolean {
    return this.above.some(({ layer }) => layer.blend !== "normal");
  }

  /** A font came: text has other pixels now, once the layers are shown again. */
  fontsCame(): void {
    this.fonts += 1;
  }

  /** A mark is under the pen. */
  get busy(): boolean {
    return this.live !== null || this.regionLive !== null;
  }

  /** predicted: shown and never sent. Only the part that its new end can have changed is painted. */
  setLive(live: LiveMark | null, predicted: readonly StrokePoint[] = []): void {
    const points = live?.points && predicted.length > 0 ? [...live.points, ...predicted] : live?.points;
    if (this.region !== null || this.regionLive !== null) {
      this.regionLive = live && { mark: live.mark, points };
      this.world.regionDrawn();
      return;
    }
    const before = this.end;
    const grown =
      before !== null &&
      this.live?.mark === live?.mark &&
      points !== undefined &&
      live?.mark.type === "stroke"
        ? live.mark.tool !== "area" && grows(before.points, points.length)
        : false;
    this.live = live;
    const box = live && this.reachOf(live, points, grown ? (before?.points ?? 0) : 0);
    this.end = box && { points: points?.length ?? 0, box };
    const inked = box && this.inked ? union(this.inked, box) : (box ?? this.inked);
    // What is taken away may have left ink all along its way.
    const part = live === null ? inked : box && before ? union(box, before.box) : box;
    this.inked = live === null ? null : inked;
    const seen = part && intersection(outward(part), this.frame);
    if (seen !== null) this.draw(seen, points);
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

  /** What a layer's own content takes, in its own units; null when there is nothing. */
  boxOf(layer: Layer): Box | null {
    switch (layer.kind) {
      case "paint":
      case "region":
        return this.rasters.get(layer.id)?.box() ?? null;
      case "image":
        return imageBox(layer);
      case "text":
        return textBox(layer);
    }
  }

  /** The topmost layer that is seen at a document point and not locked. */
  layerAt(x: number, y: number): Layer | null {
    for (const layer of this.layers.toReversed()) {
      if (!layer.visible || layer.locked || layer.opacity === 0 || layer.kind === "region") continue;
      const at = apply(inverse(matrixOf(layer)), { x, y });
      if (layer.kind === "paint") {
        if (this.rasters.get(layer.id)?.covers(at.x, at.y)) return layer;
        continue;
      }
      const box = this.boxOf(layer);
      if (box && intersection(box, { ...at, width: 1, height: 1 }) !== null) return layer;
    }
    return null;
  }

  /** Whether nothing is on a paint layer. */
  isEmpty(id: string): boolean {
    return this.rasters.get(id)?.empty ?? true;
  }

  /** What a thumbnail of the layer is made of: equal while its pixels are. */
  keyOf(layer: Layer): string {
    return this.shown(layer)?.key ?? "";
  }

  /** One layer alone, as it lies in the frame, filling the surface. */
  paintThumbnail(layer: Layer, surface: Surface): void {
    const { canvas, context } = surface;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (layer.kind === "region") {
      this.paintRegion(layer, surface);
      return;
    }
    const shown = this.shown(layer);
    if (shown !== null) this.paint(surface, shown);
  }

  /** Where a region lies, the mark under the pen included, in its colour, filling the surface. */
  paintRegion(layer: RegionLayer, surface: Surface): void {
    const { context } = surface;
    clear(surface);
    const shown = this.shown(layer);
    if (shown !== null) this.paintContent(surface, shown);
    aim(surface, this.frame);
    const live = this.region?.id === layer.id ? this.regionLive : null;
    if (live !== null) paintVector(context, live.mark, live.points);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = layer.color;
    context.fillRect(this.frame.x, this.frame.y, this.frame.width, this.frame.height);
    context.globalCompositeOperation = "source-over";
  }

  /** The region that a mark is being drawn on; null for none. */
  get regionUnderPen(): string | null {
    return this.regionLive === null ? null : (this.region?.id ?? null);
  }

  /** Everything drawn so far, the mark under the pen included, at the shot's size. */
  compose(width: number, height: number): Pixels {
    const { small, live } = this;
    const scaled = (copy: Copy, key: string, from: HTMLCanvasElement) =>
      copy.get(width, height, key, ({ context }) => context.drawImage(from, 0, 0, width, height));
    let shot: Surface;
    if (live === null || this.mixed) {
      shot = scaled(small.all, live === null ? this.composed : "", this.raster.canvas);
    } else {
      this.smallShot ??= newSurface(width, height, true);
      shot = this.smallShot;
      resize(shot, width, height);
      clear(shot);
      this.assemble(shot, "small", live, live.points, {
        covers: this.below.length > 0,
        below:
          this.below.length > 0
            ? scaled(small.below, keyOf(this.below), this.belowSurface().canvas).canvas
            : null,
        active: (surface) =>
          this.active && stamp(surface, this.smallActive(this.active, width, height).canvas),
        above:
          this.above.length > 0
            ? scaled(small.above, keyOf(this.above), this.aboveSurface().canvas).canvas
            : null,
      });
    }
    const { data } = shot.context.getImageData(0, 0, width, height);
    return { width, height, data: data as Uint8ClampedArray<ArrayBuffer> };
  }

  /** The active layer alone at a shot's size; what lies as it was drawn is scaled pixel for pixel. */
  private smallActive(shown: Shown, width: number, height: number): Surface {
    return this.small.active.get(width, height, contentKey(shown), (surface) => {
      const whole = shown.matrix === IDENTITY ? this.rasters.get(shown.layer.id)?.whole : null;
      if (whole) surface.context.drawImage(whole, 0, 0, width, height);
      else this.paint(surface, shown);
    });
  }

  private shown(layer: Layer): Shown | null {
    const { x, y, scaleX, scaleY, rotation, opacity, blend } = layer;
    const look = [layer.id, this.frame.width, x, y, scaleX, scaleY, rotation].join();
    const matrix = matrixOf(layer);
    const as = (content: string, box: Box | null): Shown => ({
      layer,
      matrix,
      key: `${look};${content};${opacity},${blend}`,
      reach: box === null || matrix === IDENTITY ? box : mappedBox(matrix, box),
    });
    switch (layer.kind) {
      case "paint":
      case "region": {
        const raster = this.rasters.get(layer.id);
        return as(String(raster?.version ?? 0), raster?.reach ?? null);
      }
      case "image":
        if (this.world.picture(layer.image) === null) return null;
        return as(`${layer.image},${layer.width},${layer.height}`, imageBox(layer));
      case "text": {
        const overhang = layer.size / 2;
        const { x, y, width, height } = textBox(layer);
        const box = { x: x - overhang, y, width: width + 2 * overhang, height };
        return as(JSON.stringify([layer.text, layer.size, layer.color, this.fonts]), box);
      }
    }
  }

  /** Bring this part of what is seen up to date. */
  private draw(part: Box, points = this.live?.points): void {
    const { live, below } = this;
    within(this.raster, part, this.frame, (context) => {
      context.clearRect(part.x, part.y, part.width, part.height);
      const copied = below.length > 0 && (live !== null || this.belowCopy.has(keyOf(below)));
      if (!copied) for (const shown of below) this.paint(this.raster, shown);
      const aboveCopied = live !== null && !this.mixed && this.above.length > 0;
      this.assemble(
        this.raster,
        "large",
        live,
        points,
        {
          below: copied ? this.belowSurface().canvas : null,
          covers: below.length > 0,
          active: (surface) => this.active && this.paintContent(surface, this.active),
          above: aboveCopied ? this.aboveSurface().canvas : null,
        },
        part,
      );
      if (!aboveCopied) for (const shown of this.above) this.paint(this.raster, shown);
    });
  }

  /** below, active, above: on the target, the last two by `paint`ing and copying. */
  private assemble(
    target: Surface,
    size: "large" | "small",
    live: LiveMark | null,
    points: readonly StrokePoint[] | undefined,
    parts: {
      readonly below: HTMLCanvasElement | null;
      /** Whether there is anything beneath, copied or there already. */
      readonly covers: boolean;
      readonly active: (surface: Surface) => void;
      readonly above: HTMLCanvasElement | null;
    },
    part: Box = this.frame,
  ): void {
    const { frame } = this;
    const layer = this.active?.layer;
    if (parts.below !== null) stamp(target, parts.below);
    const alone =
      layer === undefined || (isPlain(layer) && (live === null || !erases(live.mark) || !parts.covers));
    if (alone) {
      parts.active(target);
      aim(target, frame);
      if (live !== null) paintVector(target.context, live.mark, points);
    } else {
      const scratch = this.scratch(size, target.canvas);
      aim(scratch, frame);
      within(scratch, part, frame, (context) => {
        context.clearRect(part.x, part.y, part.width, part.height);
        parts.active(scratch);
        aim(scratch, frame);
        if (live !== null) paintVector(context, live.mark, points);
      });
      blended(target, layer, () => stamp(target, scratch.canvas));
    }
    if (parts.above !== null) stamp(target, parts.above);
    aim(target, frame);
  }

  /** A layer with its opacity and its way to blend, on whatever size of the frame. */
  private paint(target: Surface, shown: Shown): void {
    blended(target, shown.layer, () => this.paintContent(target, shown));
  }

  private paintContent(target: Surface, { layer, matrix }: Shown): void {
    const { context } = target;
    aim(target, this.frame);
    if (matrix !== IDENTITY) context.transform(...matrix);
    switch (layer.kind) {
      case "paint":
      case "region":
        this.rasters.get(layer.id)?.draw(context);
        break;
      case "image": {
        const picture = this.world.picture(layer.image);
        const { x, y, width, height } = imageBox(layer);
        if (picture !== null) context.drawImage(picture, x, y, width, height);
        break;
      }
      case "text":
        paintText(context, layer);
    }
  }

  private belowSurface = () => this.copyOf(this.belowCopy, this.below);
  private aboveSurface = () => this.copyOf(this.aboveCopy, this.above);

  private copyOf(copy: Copy, layers: readonly Shown[]): Surface {
    const { width, height } = this.frame;
    return copy.get(width, height, keyOf(layers), (surface) => {
      for (const shown of layers) this.paint(surface, shown);
    });
  }

  private scratch(size: "large" | "small", { width, height }: HTMLCanvasElement): Surface {
    const known = this.scratches.get(size);
    const surface = known ?? newSurface(width, height, true);
    if (known === undefined) this.scratches.set(size, surface);
    else resize(surface, width, height);
    if (size === "small") clear(surface);
    return surface;
  }

  private reachOf({ mark }: LiveMark, points: readonly StrokePoint[] | undefined, from: number): Box | null {
    if (mark.type === "stroke" && mark.tool !== "area")
      return points === undefined ? null : tailBox(points, mark.size, from);
    return boundsOf(mark, points);
  }
}

/** A canvas that is painted again when its key changes. */
class Copy {
  private surface: Surface | null = null;
  private key: string | null = null;

  has(key: string): boolean {
    return this.key === key;
  }

  get(width: number, height: number, key: string, paint: (surface: Surface) => void): Surface {
    this.surface ??= newSurface(width, height, true);
    if (resize(this.surface, width, height)) this.key = null;
    if (key !== "" && this.key === key) return this.surface;
    clear(this.surface);
    paint(this.surface);
    this.surface.context.setTransform(1, 0, 0, 1, 0, 0);
    this.key = key;
    return this.surface;
  }
}

const keyOf = (layers: readonly Shown[]) => layers.map(({ key }) => key).join();
const sameButMarks = (a: Shown, b: Shown) =>
  a.layer.id === b.layer.id && withoutContent(a) === withoutContent(b);
const withoutContent = ({ key }: Shown) => key.slice(0, key.indexOf(";")) + key.slice(key.lastIndexOf(";"));
/** Without how it lies on what is beneath. */
const contentKey = ({ key }: Shown) => key.slice(0, key.lastIndexOf(";"));

const imageBox = ({ width, height }: { width: number; height: number }): Box => ({
  x: CENTRE - width / 2,
  y: CENTRE - height / 2,
  width,
  height,
});

function clear({ canvas, context }: Surface): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
}

/** Pixel on pixel. */
function stamp({ context }: Surface, canvas: HTMLCanvasElement): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(canvas, 0, 0);
}

function blended({ context }: Surface, layer: Layer, paint: () => void): void {
  context.globalAlpha = layer.opacity;
  context.globalCompositeOperation = operationOf(layer.blend);
  paint();
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
}
