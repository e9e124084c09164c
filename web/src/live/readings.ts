/** The figures that are shown: read a few times a second while pictures come, and once more when they stop. */

import type { Trip } from "../wire/channel";
import type { PictureMeta } from "../wire/shots";
import { Meter, NO_READING, type Reading } from "./meter";

export const READING_EVERY_MS = 250;

export interface ReadingsWorld {
  show(reading: Reading): void;
  now_ms(): number;
  after(delay_ms: number, act: () => void): () => void;
}

export class Readings {
  private readonly meter = new Meter();
  private shown = NO_READING;
  private waiting = false;

  constructor(private readonly world: ReadingsWorld) {}

  /** A picture was painted. moment_ms: when the input happened that made it; null when none did. */
  painted({ times_ms, frame }: PictureMeta, trip: Trip, moment_ms: number | null, painted_ms: number): void {
    const sample =
      moment_ms === null ? null : { total_ms: painted_ms - moment_ms, trip, times_ms, video: frame !== null };
    this.meter.add(painted_ms, sample);
    if (!this.waiting) this.read();
  }

  /** Something else renders from now on: what was measured says nothing about it. */
  forget(): void {
    this.meter.forget();
    this.show(NO_READING);
  }

  private read(): void {
    this.show(this.meter.read(this.world.now_ms()));
    this.waiting = true;
    this.world.after(READING_EVERY_MS, () => {
      this.waiting = false;
      if (this.shown.pictures_per_s > 0) this.read();
    });
  }

  private show(reading: Reading): void {
    this.shown = reading;
    this.world.show(reading);
  }
}
