/**
 * Frames that wait for their moment on the screen. A gateway sends them evenly, a network bunches them: each is shown one
 * mean gap after the one before. Bound: `MOST`. Overflow rule: the oldest goes. Clocks are passed in.
 */

export const MOST = 3;
/** Gaps between arrivals that say how fast they come. */
const RECENT = 24;
/** A longer gap says that none came, not how fast they do. */
const REST_MS = 1500;
/** What waits behind the frame that is due is caught up with. */
const CATCH_UP = 0.85;
/** A frame is shown with the next step of the screen; what is later than that pushes those behind it back. */
const STEP_MS = 20;

export class Pacer<T> {
  private waiting: T[] = [];
  private gaps_ms: number[] = [];
  private came_ms = Number.NEGATIVE_INFINITY;
  private shown_ms = Number.NEGATIVE_INFINITY;

  /** drop: a frame that will not be shown. */
  constructor(private readonly drop: (frame: T) => void) {}

  get empty(): boolean {
    return this.waiting.length === 0;
  }

  put(frame: T, now_ms: number): void {
    const gap_ms = now_ms - this.came_ms;
    if (gap_ms < REST_MS) this.gaps_ms.push(gap_ms);
    if (this.gaps_ms.length > RECENT) this.gaps_ms.shift();
    this.came_ms = now_ms;
    this.waiting.push(frame);
    if (this.waiting.length > MOST) for (const oldest of this.waiting.splice(0, 1)) this.drop(oldest);
  }

  /** The frame to show in the screen's frame of now; null to leave the one that is there. */
  due(now_ms: number): T | null {
    const gap_ms = this.gap_ms * (this.waiting.length > 1 ? CATCH_UP : 1);
    const at_ms = this.shown_ms + gap_ms;
    if (this.waiting.length === 0 || now_ms < at_ms) return null;
    this.shown_ms = Math.max(at_ms, now_ms - STEP_MS);
    return this.waiting.shift() ?? null;
  }

  clear(): void {
    for (const frame of this.waiting.splice(0)) this.drop(frame);
    this.gaps_ms = [];
    this.came_ms = this.shown_ms = Number.NEGATIVE_INFINITY;
  }

  private get gap_ms(): number {
    return this.gaps_ms.reduce((sum, gap) => sum + gap, 0) / Math.max(1, this.gaps_ms.length);
  }
}
