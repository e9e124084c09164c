/** What is seen where in the render, by the names of the engine's materials: read by the server, and remembered while it is shown. */

import { t } from "@lingui/core/macro";
import { decode } from "@msgpack/msgpack";
import type { Frame } from "./doc/frame";
import { type Asker, post } from "./wire/post";

/** labels: by rows, for each pixel the index in names of what is seen there. */
export interface Labelled {
  readonly width: number;
  readonly height: number;
  readonly names: readonly string[];
  readonly labels: Uint8Array;
}

export interface LabelsWorld extends Asker {
  /** A copy of what is shown; null while nothing is. */
  snapshot(): HTMLCanvasElement | null;
  /** Another number when another picture is shown. */
  version(): number;
}

export class Labels {
  private known: { readonly version: number; readonly read: Promise<Labelled | null> } | null = null;

  constructor(private readonly world: LabelsWorld) {}

  /** Of the picture that is shown; null while none is. Rejects with a Problem. */
  read(): Promise<Labelled | null> {
    const version = this.world.version();
    if (this.known?.version !== version) {
      const read = this.ask();
      this.known = { version, read };
      read.catch(() => {
        if (this.known?.read === read) this.known = null; // it is asked again
      });
    }
    return this.known.read;
  }

  private async ask(): Promise<Labelled | null> {
    const canvas = this.world.snapshot();
    if (canvas === null) return null;
    const body = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    const unread = {
      message: t`the server did not read what is in the picture`,
      fix: t`Select by colour instead.`,
    };
    const answer = await post(this.world, "labels", body, unread);
    return decode(await answer.arrayBuffer()) as Labelled;
  }
}

/**
 * 255 where the same is seen as at (x, y) of the frame, else 0, one for each of its units; null outside. contiguous: only what
 * hangs together with it.
 */
export function sameThing(
  { width, height, labels }: Labelled,
  frame: Frame,
  x: number,
  y: number,
  contiguous: boolean,
): Uint8Array | null {
  const at = {
    x: Math.floor(((x - frame.x) / frame.width) * width),
    y: Math.floor(((y - frame.y) / frame.height) * height),
  };
  if (at.x < 0 || at.y < 0 || at.x >= width || at.y >= height) return null;
  const start = at.y * width + at.x;
  const wanted = labels[start];
  const taken = contiguous ? joined(labels, width, start) : labels.map((label) => (label === wanted ? 1 : 0));
  const cover = new Uint8Array(frame.width * frame.height);
  for (let row = 0; row < frame.height; row++) {
    const from = Math.floor(((row + 0.5) / frame.height) * height) * width;
    for (let column = 0; column < frame.width; column++)
      if (taken[from + Math.floor(((column + 0.5) / frame.width) * width)] === 1)
        cover[row * frame.width + column] = 255;
  }
  return cover;
}

/** 1 where one gets to from there without leaving what is seen there. */
function joined(labels: Uint8Array, width: number, start: number): Uint8Array {
  const wanted = labels[start];
  const taken = new Uint8Array(labels.length);
  const stack = [start];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    if (taken[i] === 1 || labels[i] !== wanted) continue;
    taken[i] = 1;
    const column = i % width;
    if (column > 0) stack.push(i - 1);
    if (column < width - 1) stack.push(i + 1);
    if (i >= width) stack.push(i - width);
    if (i + width < labels.length) stack.push(i + width);
  }
  return taken;
}
