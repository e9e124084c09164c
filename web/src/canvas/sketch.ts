/**
 * The sketch as pixels: the document's layers, each painted once, composed on the canvas that people see, and the small
 * composition that a shot carries. Nothing here waits for anything.
 *
 *     below    every layer under the active one, composed; painted anew when one of them changes
 *     active   the layer that is drawn on, and on it the mark under the pen
 *     above    every layer over it, composed; where one of those blends with what is beneath, they are painted one by one
 *
 * Which layers these are is in stack.ts. A group that is one of them is composed apart and then laid on; while it has the
 * layer in hand, the active part is that group, and the mark under the pen is painted inside of it.
 *
 * So a mark under the pen costs three copies of the part that it touches, however many layers there are. At rest the
 * layers above are painted one by one, in that part alone: eight bits round, so the order in which layers are put together
 * shows in the last one, and the sketch must not depend on which layer somebody has in hand.
 */

import { type Frame, sameFrame } from "../doc/frame";
import { hiddenBy, leavesOf, lockedBy } from "../doc/groups";
import {
  cropText,
  type FramedLayer,
  type GroupLayer,
  isPlain,
  type Layer,
  type MovingLayer,
  matrixOf,
  operationOf,
  type RegionLayer,
  takesPaint,
} from "../doc/layers";
import type { ShiftMark, SketchMarks } from "../doc/marks";
import {
  apply,
  type Box,
  IDENTITY,
  intersection,
  inverse,
  mappedBox,
  outward,
  type Point,
  union,
} from "../doc/matrix";
import type { StrokePoint } from "../doc/points";
import { reachOfShape } from "../doc/shapes";
import type { Pixels } from "../wire/channel";
import { boundsOf, grown, tailOf } from "./bounds";
import { type Clips, shiftClip, underClip } from "./clips";
import { wholeBox } from "./crop";
import { paintCropped } from "./cut";
import { erases, paintVector, type VectorMark } from "./paint";
import { PaintRaster } from "./paint-raster";
import { grows, within } from "./part";
import { MAX_CHECKPOINTS } from "./replay";
import { paintShape, shapeBox, spanOf, touchBox } from "./shape";
import {
  BARE,
  changedPart,
  contentKey,
  groupOf,
  keyed,
  keyOf,
  movedPart,
  type Shown,
  type Stacked,
  stackOf,
} from "./stack";
import { aim, newSurface, resize, type Surface } from "./surface";
import { paintText, textBox } from "./text";

/** The mark under the pen; `points` while it is a stroke. */
export interface LiveMark {
  readonly mark: VectorMark | ShiftMark;
  readonly points: readonly StrokePoint[] | undefined;
  /** The selection that it is made under. */
  readonly clip?: string | undefined;
}

/** A picture that changes. Equal versions have equal pixels. */
export interface Moving {
  readonly picture: HTMLCanvasElement;
  readonly version: number;
}

export interface SketchWorld {
  /** The picture of an image layer; null while it is not there. */
  picture(sha256: string): ImageBitmap | null;
  /** What a camera, a screen or a video shows now; null while it shows nothing. */
  moving(layer: MovingLayer): Moving | null;
  readonly clips: Clips;
  /** What is under the pen lies on a region, which is no part of the sketch (regions.ts). */
  regionDrawn(): void;
  /** The sketch changed for a reason of its own (an image was decoded): show it again. */
  changed(): void;
}

/** The mark under the pen with the points that are shown of it. */
interface Ink {
  readonly live: LiveMark;
  readonly points: readonly StrokePoint[] | undefined;
}

const EMPTY: SketchMarks = [];
const MAX_SCRATCHES = 12;
/** Of all layers together; each is as large as the sketch. */
const CHECKPOINTS_IN_ALL = 24;

export class Sketch {
  /** What is seen, the mark under the pen included, 1 pixel a document unit. */
  readonly raster: Surface;
  private readonly rasters = new Map<string, PaintRaster>();
  private layers: readonly Layer[] = [];
  private inHand: string | null = null;
  private readonly belowCopy = new Copy();
  private readonly aboveCopy = new Copy();
  private readonly small = { below: new Copy(), active: new Copy(), above: new Copy(), all: new Copy() };
  private smallShot: Surface | null = null;
  /** By size and by how deep in groups they are used. */
  private readonly scratches = new Map<string, Surface>();
  private depth = 0;
  private composed = "";
  private stack = BARE;
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
    this.scratches.clear();
    return true;
  }

  /** layers: from the bottom to the top. active: the one that the next mark is drawn on, or null. */
  show(layers: readonly Layer[], marks: ReadonlyMap<string, SketchMarks>, active: string | null): void {
    this.layers = layers;
    const paints = layers.filter(takesPaint);
    for (const { id } of paints) {
      let raster = this.rasters.get(id);
      if (raster === undefined) {
        raster = new PaintRaster(this.frame, () => this.world.changed(), this.world.clips);
        this.rasters.set(id, raster);
      }
      const checkpoints = Math.min(MAX_CHECKPOINTS, Math.floor(CHECKPOINTS_IN_ALL / paints.length));
      raster.show(this.frame, marks.get(id) ?? EMPTY, checkpoints);
    }
    for (const id of this.rasters.keys())
      if (!paints.some((layer) => layer.id === id)) this.rasters.delete(id);
    this.inHand = active;
    const inHand = layers.find(({ id }) => id === active);
    this.region = inHand?.kind === "region" ? inHand : null;
    this.stackUp();
  }

  /** Layers that move by themselves have another picture. Only where they lie is painted. */
  moved(): void {
    this.stackUp();
  }

  private stackUp(): void {
    const before = this.stack.all;
    this.stack = stackOf(this.stacked());
    const composed = keyOf(this.stack.all);
    if (composed === this.composed) return;
    const all = this.composed === "";
    this.composed = composed;
    const drawn = ({ id }: Layer) => this.rasters.get(id)?.lastChange ?? null;
    const part = all ? this.frame : changedPart(before, this.stack.all, drawn);
    const visible = part && (part === this.frame ? part : intersection(outward(part), this.frame));
    if (visible !== null) this.draw(visible);
  }

  private stacked(): Stacked {
    const { layers, inHand, frame } = this;
    return { layers, inHand, width: frame.width, leaf: (layer) => this.leaf(layer) };
  }

  /** Compose what is below or above the layer in hand, so that the first stroke does not have to -> whether there is more. */
  prepare(): boolean {
    const { stack } = this;
    const below = stack.below.length > 0 && !this.belowCopy.has(keyOf(stack.below));
    const above = stack.above.length > 0 && !this.mixed && !this.aboveCopy.has(keyOf(stack.above));
    if (below) this.belowSurface();
    else if (above) this.aboveSurface();
    return below && above;
  }

  private get mixed(): boolean {
    return this.stack.above.some(({ layer }) => layer.blend !== "normal");
  }

  /** A font came: text has other pixels now, once the layers are shown again. */
  fontsCame(): void {
    this.fonts += 1;
  }

  /** The middle of what is on a layer, in its own units; null: nothing is. */
  middleOf(layer: Layer): Point | null {
    const box = this.boxOf(layer);
    return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  /** Pictures among the marks are on their way; `changed` says when one has come. */
  get decoding(): boolean {
    return [...this.rasters.values()].some((raster) => raster.decoding);
  }

  /** A mark is under the pen. */
  get busy(): boolean {
    return this.live !== null || this.regionLive !== null;
  }

  /** predicted: shown and never sent. Only the part that its new end can have changed is painted. */
  setLive(live: LiveMark | null, predicted: readonly StrokePoint[] = []): void {
    const points = live?.points && predicted.length > 0 ? [...live.points, ...predicted] : live?.points;
    if (this.region !== null || this.regionLive !== null) {
      this.regionLive = live && { ...live, points };
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
      case "live":
      case "video":
        return frameBox(layer);
      case "text":
        return textBox(layer);
      case "shape":
        return shapeBox(layer);
      case "group": {
        const boxes = leavesOf(this.layers, new Set([layer.id]))
          .filter(({ visible }) => visible)
          .map((leaf) => {
            const box = this.boxOf(leaf);
            return box && mappedBox(matrixOf(leaf), box);
          })
          .filter((box) => box !== null);
        return boxes.length === 0 ? null : boxes.reduce(union);
      }
    }
  }

  /** The topmost layer that is seen at a document point and not locked. */
  layerAt(x: number, y: number): Layer | null {
    for (const layer of this.layers.toReversed()) {
      if (layer.kind === "group" || layer.kind === "region" || layer.opacity === 0) continue;
      if (hiddenBy(this.layers, layer) !== null || lockedBy(this.layers, layer) !== null) continue;
      const at = apply(inverse(matrixOf(layer)), { x, y });
      if (layer.kind === "paint") {
        if (this.rasters.get(layer.id)?.covers(at.x, at.y)) return layer;
        continue;
      }
      const box = layer.kind === "shape" ? touchBox(layer) : this.boxOf(layer);
      if (box && intersection(box, { ...at, width: 1, height: 1 }) !== null) return layer;
    }
    return null;
  }

  /** Whether nothing is on a paint layer. */
  isEmpty(id: string): boolean {
    return this.rasters.get(id)?.empty ?? true;
  }

  /** One layer's own pixels as it lies in the frame, 1 pixel a document unit. */
  alone(layer: Layer): Surface {
    const surface = newSurface(this.frame.width, this.frame.height, true);
    const shown = this.shown(layer);
    if (shown?.parts !== undefined) for (const part of shown.parts) this.paint(surface, part);
    else if (shown !== null) this.paintContent(surface, shown);
    return surface;
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
    if (live !== null) this.ink(surface, { live, points: live.points }, this.frame);
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
    const { below, active, above } = this.stack;
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
      this.assemble(shot, live, live.points, {
        covers: below.length > 0,
        below: below.length > 0 ? scaled(small.below, keyOf(below), this.belowSurface().canvas).canvas : null,
        active: (surface) => active && stamp(surface, this.smallActive(active, width, height).canvas),
        above: above.length > 0 ? scaled(small.above, keyOf(above), this.aboveSurface().canvas).canvas : null,
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
    return layer.kind === "group" ? groupOf(this.stacked(), layer) : this.leaf(layer);
  }

  private leaf(layer: Exclude<Layer, GroupLayer>): Shown | null {
    const { x, y, scaleX, scaleY, rotation } = layer;
    const look = [layer.id, this.frame.width, x, y, scaleX, scaleY, rotation].join();
    const matrix = matrixOf(layer);
    const as = (content: string, box: Box | null): Shown => ({
      layer,
      matrix,
      key: keyed(look, content, layer),
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
        return as(`${layer.image},${frameText(layer)}`, frameBox(layer));
      case "live":
      case "video": {
        const moving = this.world.moving(layer);
        return moving && as(`${moving.version},${frameText(layer)}`, frameBox(layer));
      }
      case "text": {
        const overhang = layer.size / 2;
        const { x, y, width, height } = textBox(layer);
        const box = { x: x - overhang, y, width: width + 2 * overhang, height };
        return as(JSON.stringify([layer.text, layer.size, layer.color, this.fonts]), box);
      }
      case "shape": {
        const { shape, width, height, fill, stroke, line, sides } = layer;
        const content = JSON.stringify([shape, width, height, fill, stroke, line, sides]);
        const reach = grown(mappedBox(matrix, shapeBox(layer)), reachOfShape(shape, line));
        return { ...as(content, null), reach };
      }
    }
  }

  /** Bring this part of what is seen up to date. */
  private draw(part: Box, points = this.live?.points): void {
    const { live, stack } = this;
    within(this.raster, part, this.frame, (context) => {
      context.clearRect(part.x, part.y, part.width, part.height);
      const copied = stack.below.length > 0 && (live !== null || this.belowCopy.has(keyOf(stack.below)));
      if (!copied) for (const shown of stack.below) this.paint(this.raster, shown, part);
      const aboveCopied = live !== null && !this.mixed && stack.above.length > 0;
      this.assemble(
        this.raster,
        live,
        points,
        {
          below: copied ? this.belowSurface().canvas : null,
          covers: stack.below.length > 0,
          active: (surface) => stack.active && this.paintContent(surface, stack.active),
          above: aboveCopied ? this.aboveSurface().canvas : null,
        },
        part,
      );
      if (!aboveCopied) for (const shown of stack.above) this.paint(this.raster, shown, part);
    });
  }

  /** below, active, above: on the target, the last two by `paint`ing and copying. */
  private assemble(
    target: Surface,
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
    if (parts.below !== null) stamp(target, parts.below);
    const ink = live && { live, points };
    const { active } = this.stack;
    if (active?.parts !== undefined) this.paint(target, active, part, ink);
    else this.paintInHand(target, active?.layer, part, ink, parts.covers, parts.active);
    if (parts.above !== null) stamp(target, parts.above);
    aim(target, this.frame);
  }

  /** The layer that is drawn on, by `content`, with the mark under the pen. covers: there is something beneath. */
  private paintInHand(
    target: Surface,
    layer: Layer | undefined,
    part: Box,
    ink: Ink | null,
    covers: boolean,
    content: (surface: Surface) => void,
  ): void {
    const inked = (surface: Surface) => {
      content(surface);
      aim(surface, this.frame);
      if (ink !== null) this.ink(surface, ink, part);
    };
    const alone =
      layer === undefined || (isPlain(layer) && (ink === null || !takesAway(ink.live) || !covers));
    if (alone) inked(target);
    else this.apart(target, layer, part, inked);
  }

  /** On a canvas of its own first, then on the target, with the layer's opacity and way to blend. */
  private apart(target: Surface, layer: Layer, part: Box, paint: (surface: Surface) => void): void {
    const scratch = this.scratch(target.canvas);
    this.depth += 1;
    aim(scratch, this.frame);
    within(scratch, part, this.frame, (context) => {
      context.clearRect(part.x, part.y, part.width, part.height);
      paint(scratch);
    });
    this.depth -= 1;
    blended(target, layer, () => stamp(target, scratch.canvas));
  }

  /** The mark under the pen, on the pixels of its layer. */
  private ink(target: Surface, { live: { mark, clip: id }, points }: Ink, part: Box): void {
    const { clips } = this.world;
    const clip = clips.get((mark.type === "shift" ? mark.clip : id) ?? "");
    if (mark.type === "shift") {
      if (clip !== null) shiftClip(target, clips, clip, undefined, mark.dx, mark.dy);
      return;
    }
    const paint = () => paintVector(target.context, mark, points);
    if (id === undefined) {
      paint();
      return;
    }
    const reach = intersection(boundsOf(mark, points), part);
    if (clip !== null && reach !== null) underClip(target, clips, clip, undefined, reach, paint);
  }

  /** A layer with its opacity and its way to blend, on whatever size of the frame. */
  private paint(target: Surface, shown: Shown, part: Box = this.frame, ink: Ink | null = null): void {
    const { layer, parts } = shown;
    if (parts !== undefined)
      this.apart(target, layer, part, (surface) => {
        for (const each of parts) this.paint(surface, each, part, ink);
      });
    else if (ink !== null && layer.id === this.inHand)
      this.paintInHand(target, layer, part, ink, true, (surface) => this.paintContent(surface, shown));
    else blended(target, layer, () => this.paintContent(target, shown));
  }

  /** Of a layer that is no group. */
  private paintContent(target: Surface, { layer, matrix }: Shown): void {
    const { context } = target;
    aim(target, this.frame);
    if (layer.kind === "shape") {
      paintShape(context, layer, spanOf(layer), matrix);
      return;
    }
    if (matrix !== IDENTITY) context.transform(...matrix);
    switch (layer.kind) {
      case "paint":
      case "region":
        this.rasters.get(layer.id)?.draw(context);
        break;
      case "image":
        paintFramed(context, layer, this.world.picture(layer.image));
        break;
      case "live":
      case "video":
        paintFramed(context, layer, this.world.moving(layer)?.picture ?? null);
        break;
      case "text":
        paintText(context, layer);
    }
  }

  private belowSurface = () => this.copyOf(this.belowCopy, this.stack.below);
  private aboveSurface = () => this.copyOf(this.aboveCopy, this.stack.above);

  /** Where only what moves by itself is another picture, no more than that is painted anew. */
  private copyOf(copy: Copy, layers: readonly Shown[]): Surface {
    const { width, height } = this.frame;
    const moved = movedPart(copy.layers, layers);
    copy.layers = layers;
    const part = moved && intersection(outward(moved), this.frame);
    return copy.get(
      width,
      height,
      keyOf(layers),
      (surface) => {
        for (const shown of layers) this.paint(surface, shown);
      },
      part === null
        ? undefined
        : (surface) => {
            aim(surface, this.frame);
            within(surface, part, this.frame, (context) => {
              context.clearRect(part.x, part.y, part.width, part.height);
              for (const shown of layers) this.paint(surface, shown, part);
            });
          },
    );
  }

  private scratch({ width, height }: HTMLCanvasElement): Surface {
    const key = `${width}x${height},${this.depth}`;
    let surface = this.scratches.get(key);
    if (surface === undefined) {
      if (this.scratches.size >= MAX_SCRATCHES) this.scratches.clear();
      surface = newSurface(width, height, true);
      this.scratches.set(key, surface);
    }
    return surface;
  }

  private reachOf({ mark }: LiveMark, points: readonly StrokePoint[] | undefined, from: number): Box | null {
    if (mark.type === "shift") {
      const box = this.world.clips.get(mark.clip)?.box;
      return box ? union(box, { ...box, x: box.x + mark.dx, y: box.y + mark.dy }) : null;
    }
    if (mark.type === "stroke" && mark.tool !== "area")
      return points === undefined ? null : tailOf(mark, points, from);
    return boundsOf(mark, points);
  }
}

/** A canvas that is painted again when its key changes. */
class Copy {
  /** What is on it. */
  layers: readonly Shown[] = [];
  private surface: Surface | null = null;
  private key: string | null = null;

  has(key: string): boolean {
    return this.key === key;
  }

  /** mend: paints what has changed since, and leaves the rest. */
  get(
    width: number,
    height: number,
    key: string,
    paint: (surface: Surface) => void,
    mend?: (surface: Surface) => void,
  ): Surface {
    this.surface ??= newSurface(width, height, true);
    if (resize(this.surface, width, height)) this.key = null;
    if (key !== "" && this.key === key) return this.surface;
    if (this.key !== null && mend !== undefined) mend(this.surface);
    else {
      clear(this.surface);
      paint(this.surface);
    }
    this.surface.context.setTransform(1, 0, 0, 1, 0, 0);
    this.key = key;
    return this.surface;
  }
}

/** It changes what its layer has, so that has to be apart from what is beneath. */
const takesAway = ({ mark }: LiveMark) => mark.type === "shift" || erases(mark);

/** In the layer's units. */
function frameBox(layer: FramedLayer): Box {
  const { x, y, width, height } = wholeBox(layer);
  if (layer.crop === undefined) return { x, y, width, height };
  const { crop } = layer;
  return {
    x: x + crop.x * width,
    y: y + crop.y * height,
    width: crop.width * width,
    height: crop.height * height,
  };
}

const frameText = ({ width, height, crop }: FramedLayer) =>
  `${width},${height}${crop ? `,${cropText(crop)}` : ""}`;

function paintFramed(
  context: CanvasRenderingContext2D,
  layer: FramedLayer,
  picture: ImageBitmap | HTMLCanvasElement | null,
): void {
  if (picture === null) return;
  if (layer.crop !== undefined && picture instanceof ImageBitmap) {
    paintCropped(context, picture, wholeBox(layer), layer.crop);
    return;
  }
  const { x, y, width, height } = frameBox(layer);
  const { width: w, height: h } = picture;
  const { x: left, y: top, width: across, height: down } = layer.crop ?? { x: 0, y: 0, width: 1, height: 1 };
  context.drawImage(picture, left * w, top * h, across * w, down * h, x, y, width, height);
}

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
