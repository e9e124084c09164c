/**
 * At most once a frame, and after it: compose the sketch, and when the whole shot differs from the last one, send it. Ink does
 * not wait for that: the picture that comes of it is many frames away.
 */

import type { Pixels, ShotJob } from "../wire/channel";
import { samePixels } from "../wire/pixels";
import type { ShotMeta } from "../wire/shots";
import type { Numbers } from "./numbers";

export interface SenderWorld {
  readonly numbers: Numbers;
  /** What a shot would say now; null while no engine is known, and while a kept picture is shown. */
  shot(): ShotMeta | null;
  compose(width: number, height: number): Pixels;
  /** Where the shot renders anew; null when it has no base. */
  composeMask(shot: ShotMeta): Pixels | null;
  /** Where each of its regions lies. */
  composeRegions(shot: ShotMeta): readonly Pixels[];
  send(job: ShotJob): void;
  /** Run when the next frame was painted. */
  afterFrame(act: () => void): void;
}

export class Sender {
  private since_ms: number | null = null;
  private dirty = false;
  private scheduled = false;
  private lastMeta = "";
  private lastPixels: Pixels | null = null;
  private lastMask: Pixels | null = null;
  private lastRegions: readonly Pixels[] = [];

  constructor(private readonly world: SenderWorld) {}

  /** Something changed, at that moment (an event's timeStamp); null when nobody's hand did it. */
  touch(at_ms: number | null): void {
    this.since_ms ??= at_ms;
    this.dirty = true;
    if (this.scheduled) return;
    this.scheduled = true;
    this.world.afterFrame(() => {
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
    const regions = this.world.composeRegions(shot);
    const meta = JSON.stringify(shot);
    const same =
      meta === this.lastMeta &&
      samePixels(pixels, this.lastPixels) &&
      samePixels(mask, this.lastMask) &&
      regions.every((each, i) => samePixels(each, this.lastRegions[i] ?? null));
    if (same) return;
    this.lastMeta = meta;
    this.lastPixels = copyOf(pixels);
    this.lastMask = mask && copyOf(mask);
    this.lastRegions = regions.map(copyOf);
    const seq = this.world.numbers.stamp(since_ms);
    this.world.send({ seq, shot, pixels, mask, regions });
  }
}

/** The sender's own: what is sent moves away. */
const copyOf = (pixels: Pixels): Pixels => ({ ...pixels, data: pixels.data.slice() });
