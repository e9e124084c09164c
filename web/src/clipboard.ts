/**
 * Copying pixels out and pasting them: as a PNG on the system's clipboard, so that other programs take them. What was copied
 * here, in whatever document, comes back to where it was, at its own size; so what was copied is remembered with its place.
 */

import { t } from "@lingui/core/macro";
import { clipOf } from "./canvas/clips";
import { seenIn } from "./canvas/paint-raster";
import type { Sketch } from "./canvas/sketch";
import { newSurface, type Surface } from "./canvas/surface";
import type { LightDocument } from "./doc/document";
import { newId } from "./doc/keep";
import { type Box, intersection } from "./doc/matrix";
import type { Layering } from "./layering";
import type { Selecting } from "./selecting";

export interface ClipboardWorld {
  readonly doc: LightDocument;
  readonly sketch: Sketch;
  readonly layering: Layering;
  readonly selecting: Selecting;
  /** Shared by the documents of this browser. */
  readonly storage: Storage;
}

/** What was copied last: enough to know it again when it is pasted. */
interface Copied {
  readonly box: Box;
  readonly digest: string;
}

const KEY = "lightbrush.copied";

export class Clipboard {
  /** What was copied in this page, where the system's clipboard could not be written. */
  private own: Blob | null = null;

  constructor(private readonly world: ClipboardWorld) {}

  /** What is selected of the layer in hand, or all of that layer. merged: of all that is seen. Resolves when it can be pasted. */
  async copy(merged: boolean): Promise<boolean> {
    const taken = this.take(merged);
    if (taken === null) {
      this.world.layering.say("nothing");
      return false;
    }
    const { surface, box } = taken;
    const png = pngOf(surface.canvas);
    // Browsers want this asked for in the event of the key itself.
    const written = writePng(png).then(
      () => true,
      () => false,
    );
    const blob = await png;
    const copied: Copied = { box, digest: digestOf(await readBack(blob)) };
    this.world.storage.setItem(KEY, JSON.stringify(copied));
    this.own = (await written) ? null : blob;
    return true;
  }

  /** Copies what is selected and takes it off the layer. */
  async cut(): Promise<void> {
    const { selecting, layering } = this.world;
    const { active } = layering;
    if (active === null || layering.refuse(active)) return;
    const copied = this.copy(false);
    if (selecting.some) {
      if (active.kind !== "paint") layering.say("paintless");
      else if (await copied) selecting.erase();
    } else if (await copied) layering.remove(active.id);
  }

  /** A picture from the clipboard, as a layer; what was copied here lies where it was. Rejects for what is no picture. */
  async paste(file: Blob, name: string): Promise<void> {
    const { layering, doc } = this.world;
    const copied = this.copied();
    const pixels = copied === null ? null : await readBack(file);
    const known = pixels !== null && copied?.digest === digestOf(pixels);
    if (!known) {
      await layering.addImage(file, name);
      return;
    }
    const step = newId();
    await layering.addImage(file, t`Pasted`, { box: copied.box, step });
    doc.select(null, step);
  }

  /** Where the system's clipboard has no picture: what was copied in this page, if that could not be written there. */
  async pasteOwn(): Promise<boolean> {
    if (this.own === null) return false;
    await this.paste(this.own, t`Pasted`);
    return true;
  }

  private take(merged: boolean): { surface: Surface; box: Box } | null {
    const { sketch, layering, selecting } = this.world;
    const { active } = layering;
    const { frame } = sketch;
    const { selection } = selecting.now.get();
    if (!merged && active === null) return null;
    const whole = newSurface(frame.width, frame.height, true);
    const from = merged || active === null ? sketch.raster : sketch.alone(active);
    whole.context.drawImage(from.canvas, 0, 0);
    if (selection !== null) {
      const { box, canvas } = clipOf(selection);
      whole.context.globalCompositeOperation = "destination-in";
      whole.context.drawImage(canvas, box.x - frame.x, box.y - frame.y);
    }
    const seen = seenIn(
      whole.context.getImageData(0, 0, frame.width, frame.height).data,
      frame.width,
      frame.height,
    );
    const box = seen && intersection({ ...seen, x: seen.x + frame.x, y: seen.y + frame.y }, frame);
    if (box === null) return null;
    const surface = newSurface(box.width, box.height, true);
    surface.context.drawImage(whole.canvas, frame.x - box.x, frame.y - box.y);
    return { surface, box };
  }

  private copied(): Copied | null {
    try {
      const value = JSON.parse(this.world.storage.getItem(KEY) ?? "null") as Copied | null;
      const { x, y, width, height } = value?.box ?? {};
      const numbers = [x, y, width, height].every((each) => Number.isFinite(each));
      return numbers && typeof value?.digest === "string" ? value : null;
    } catch {
      return null;
    }
  }
}

/** Rejects where the browser does not let a page write it: on plain http to another machine there is no clipboard. */
async function writePng(png: Promise<Blob>): Promise<void> {
  await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
}

function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error("no PNG")) : resolve(blob)), "image/png"),
  );
}

async function readBack(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const { context } = newSurface(width, height, true);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/** Of the size, the alpha and what is opaque: the colours of the rest are rounded on the way through a clipboard. */
function digestOf({ width, height, data }: ImageData): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] ?? 0;
    hash = Math.imul(hash ^ alpha, 0x01000193);
    if (alpha !== 255) continue;
    const rgb = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
    hash = Math.imul(hash ^ rgb, 0x01000193);
  }
  return `${width}x${height}:${(hash >>> 0).toString(16)}`;
}
