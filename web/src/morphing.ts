/** The play button of the morph: there and back, a step each frame, until it is stopped or a hand takes over. */

import { travel } from "./doc/morph";

export interface MorphingWorld {
  nextFrame(act: (now_ms: number) => void): void;
  /** Is there still a journey to go on? */
  inForce(): boolean;
  /** Where it is now; null when it stands still. */
  at(m: number | null): void;
  stopped(m: number): void;
}

export class Morphing {
  private m: number | null = null;

  constructor(private readonly world: MorphingWorld) {}

  get at(): number | null {
    return this.m;
  }

  play(from: number): void {
    if (this.m !== null) return;
    this.m = from;
    let begun_ms: number | null = null;
    const step = (now_ms: number) => {
      if (this.m === null) return;
      if (!this.world.inForce()) {
        this.m = null;
        this.world.at(null);
        return;
      }
      begun_ms ??= now_ms;
      this.m = travel(from, now_ms - begun_ms);
      this.world.at(this.m);
      this.world.nextFrame(step);
    };
    this.world.nextFrame(step);
  }

  stop(): void {
    const { m } = this;
    if (m === null) return;
    this.m = null;
    this.world.stopped(m);
    this.world.at(null);
  }
}
