/** A document's layers as they are, painted apart from what is on the screen: with every picture, and nothing under a pen. */

import type { LightDocument } from "../doc/document";
import type { Frame } from "../doc/frame";
import type { Layer, MovingLayer } from "../doc/layers";
import type { SketchMarks } from "../doc/marks";
import { Clips } from "./clips";
import { type Moving, Sketch } from "./sketch";

export class Still {
  readonly sketch: Sketch;
  private readonly pictures = new Map<string, ImageBitmap>();
  private came = () => {};

  constructor(
    frame: Frame,
    private readonly doc: Pick<LightDocument, "image" | "selection">,
    moving: (layer: MovingLayer) => Moving | null = () => null,
  ) {
    this.sketch = new Sketch(frame, {
      picture: (sha256) => this.pictures.get(sha256) ?? null,
      moving,
      clips: new Clips((id) => doc.selection(id)),
      regionDrawn: () => {},
      changed: () => this.came(),
    });
  }

  /** Resolves when everything is decoded and painted. */
  async show(layers: readonly Layer[], marks: ReadonlyMap<string, SketchMarks>): Promise<void> {
    for (const layer of layers) {
      const image =
        layer.kind === "image" && !this.pictures.has(layer.image) ? this.doc.image(layer.image) : null;
      if (layer.kind !== "image" || image === null) continue;
      const file = new Blob([image.bytes.slice()], { type: image.mime });
      // One that cannot be decoded is not seen in the live sketch either.
      const picture = await createImageBitmap(file).catch(() => null);
      if (picture !== null) this.pictures.set(layer.image, picture);
    }
    this.sketch.show(layers, marks, null);
    while (this.sketch.decoding) {
      await new Promise<void>((resolve) => {
        this.came = resolve;
      });
      this.sketch.show(layers, marks, null);
    }
  }

  close(): void {
    for (const picture of this.pictures.values()) picture.close();
    this.pictures.clear();
  }
}
