/** Regions as people and shots see them: a veil over the sketch in each one's colour, and where it lies as a mask. */

import { type Frame, sameFrame } from "../doc/frame";
import { hiddenBy } from "../doc/groups";
import type { Layer, RegionLayer } from "../doc/layers";
import type { Pixels } from "../wire/channel";
import type { Sketch } from "./sketch";
import { newSurface, resize, type Surface } from "./surface";

/** How much of the sketch a region hides: the one in hand, and the others. */
const IN_HAND = 0.5;
const ASIDE = 0.3;

interface Veil {
  readonly surface: Surface;
  key: string;
}

export class RegionView {
  /** Over the sketch, 1 pixel a document unit. */
  readonly overlay: Surface;
  private readonly veils = new Map<string, Veil>();
  private readonly composed = new Map<string, { readonly key: string; readonly pixels: Pixels }>();
  private layers: readonly RegionLayer[] = [];
  private active: string | null = null;
  private drawn = "";
  private small: Surface | null = null;

  constructor(
    private readonly sketch: Sketch,
    private frame: Frame = sketch.frame,
  ) {
    this.overlay = newSurface(frame.width, frame.height, false);
    this.overlay.canvas.hidden = true;
  }

  /** layers: all of the document's, from the bottom to the top; after the sketch was shown them. */
  show(layers: readonly Layer[], active: string | null): void {
    this.layers = layers
      .filter((layer) => layer.kind === "region")
      .filter((layer) => hiddenBy(layers, layer) === null);
    this.active = active;
    // A canvas that is shown costs each frame of the page a copy of itself, blank or not.
    this.overlay.canvas.hidden = this.layers.length === 0;
    for (const map of [this.veils, this.composed])
      for (const id of map.keys()) if (!this.layers.some((layer) => layer.id === id)) map.delete(id);
    this.draw();
  }

  /** Also while a mark is under the pen. What did not change is not painted again. */
  draw(): void {
    const { frame } = this.sketch;
    const { canvas, context } = this.overlay;
    const keys = this.layers.map((layer) => `${this.keyOf(layer)},${layer.id === this.active}`).join();
    const live = this.sketch.regionUnderPen;
    if (live === null && keys === this.drawn && sameFrame(frame, this.frame)) return;
    this.drawn = live === null ? keys : "";
    this.frame = frame;
    if (!resize(this.overlay, frame.width, frame.height))
      context.clearRect(0, 0, canvas.width, canvas.height);
    for (const layer of this.layers) {
      context.globalAlpha = layer.id === this.active ? IN_HAND : ASIDE;
      context.drawImage(this.veil(layer).canvas, 0, 0);
    }
    context.globalAlpha = 1;
  }

  /** For a shot: the alpha says where the region lies. */
  compose(layer: RegionLayer, width: number, height: number): Pixels {
    const live = this.sketch.regionUnderPen === layer.id;
    const key = `${this.keyOf(layer)},${width}x${height}`;
    const known = this.composed.get(layer.id);
    if (!live && known?.key === key) return { width, height, data: known.pixels.data.slice() };
    this.small ??= newSurface(width, height, true);
    resize(this.small, width, height);
    this.sketch.paintRegion(layer, this.small);
    const { data } = this.small.context.getImageData(0, 0, width, height);
    const pixels = { width, height, data: data as Uint8ClampedArray<ArrayBuffer> };
    if (live) this.composed.delete(layer.id);
    else this.composed.set(layer.id, { key, pixels: { ...pixels, data: pixels.data.slice() } });
    return pixels;
  }

  private veil(layer: RegionLayer): Surface {
    const { width, height } = this.frame;
    let veil = this.veils.get(layer.id);
    if (veil === undefined) {
      veil = { surface: newSurface(width, height, false), key: "" };
      this.veils.set(layer.id, veil);
    }
    const live = this.sketch.regionUnderPen === layer.id;
    const key = this.keyOf(layer);
    if (!resize(veil.surface, width, height) && !live && key === veil.key) return veil.surface;
    this.sketch.paintRegion(layer, veil.surface);
    veil.key = live ? "" : key;
    return veil.surface;
  }

  private keyOf(layer: RegionLayer): string {
    return `${this.sketch.keyOf(layer)},${layer.color}`;
  }
}
