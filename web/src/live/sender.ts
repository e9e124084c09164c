/** At most once a frame: compose the sketch, and when the whole shot differs from the last one, send it. */

import type { Pixels, ShotJob } from "../wire/channel";
import type { ShotMeta } from "../wire/shots";
import type { Numbers } from "./numbers";

export interface SenderWorld {
  readonly numbers: Numbers;
  /** What a shot would say now; null while no engine is known, and while a kept picture is shown. */
  shot(): ShotMeta | null;
  compose(width: number, height: number): Pixels;
  /** Where the shot renders anew; null when it has no base. */
  composeMask(shot: ShotMeta): Pixels | null;
  send(job: ShotJob): void;
  /** Run before the next frame is painted. */
  nextFrame(act: () => void): void;
}

export function samePixels(a: Pixels | null, b: Pixels | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.width !== b.width || a.height !== b.height) return false;
  const x = new Uint32Array(a.data.buffer, a.data.byteOffset, a.data.length / 4);
  const y = new Uint32Array(b.data.buffer, b.data.byteOffset, b.data.length / 4);
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

export class Sender {
  private since_ms: number | null = null;
  private dirty = false;
  private scheduled = false;
  private lastMeta = "";
  private lastPixels: Pixels | null = null;
  private lastMask: Pixels | null = null;

  constructor(private readonly world: SenderWorld) {}

  /** Something changed, at that moment (an event's timeStamp); null when nobody's hand did it. */
  touch(at_ms: number | null): void {
    this.since_ms ??= at_ms;
    this.dirty = true;
    if (this.scheduled) return;
    this.scheduled = true;
    this.world.nextFrame(() => {
      this.scheduled = false;
      this.tick();
    });
  }

  /** The next shot is sent even when it equals the last one: its picture is not what is shown. */
  forgetShot(): void {
    this.lastMeta = "";
  }

  /** The connection was lost: what is answered later says nothing about latency. */
  forgetMoments(): void {
    this.world.numbers.forgetMoments();
    this.since_ms = null;
  }

  private tick(): void {
    const since_ms = this.since_ms;
    const shot = this.world.shot();
    if (shot === null || !this.dirty) return;
    this.dirty = false;
    this.since_ms = null;
    const pixels = this.world.compose(shot.width, shot.height);
    const mask = this.world.composeMask(shot);
    const meta = JSON.stringify(shot);
    if (meta === this.lastMeta && samePixels(pixels, this.lastPixels) && samePixels(mask, this.lastMask))
      return;
    this.lastMeta = meta;
    this.lastPixels = { ...pixels, data: pixels.data.slice() };
    this.lastMask = mask && { ...mask, data: mask.data.slice() };
    const seq = this.world.numbers.stamp(since_ms);
    this.world.send({ seq, shot, pixels, mask });
  }
}
