/** The numbers of what is sent, shots and blocks alike, and when the input happened that made each. */

const MAX_MOMENTS = 512;

export class Numbers {
  private seq = 0;
  /** seq -> when, by the clock of events. Bounded: the oldest entry goes first. */
  private readonly moments = new Map<number, number>();

  get newest(): number {
    return this.seq;
  }

  next(): number {
    this.seq += 1;
    return this.seq;
  }

  /** The next number, for what an input of that moment made; null when no hand did. */
  stamp(at_ms: number | null): number {
    const seq = this.next();
    if (at_ms !== null) this.moments.set(seq, at_ms);
    if (this.moments.size > MAX_MOMENTS)
      for (const old of this.moments.keys()) if (this.moments.delete(old)) break;
    return seq;
  }

  /** Asked once: this moment and the older ones are forgotten. */
  momentOf(seq: number): number | null {
    const moment = this.moments.get(seq) ?? null;
    for (const old of this.moments.keys()) if (old <= seq) this.moments.delete(old);
    return moment;
  }

  forgetMoments(): void {
    this.moments.clear();
  }
}
