/**
 * Takes the shake out of a stroke: it follows the pen as if on a string, the closer the further the pen goes, however
 * often the pen reports where it is. Where the pen is lifted the stroke catches up.
 */

import type { StrokePoint } from "../doc/points";

const CATCH_UP_POINTS = 12;

export class Stabiliser {
  private now: StrokePoint;
  private pen: StrokePoint;

  /** lag: how far it stays behind in the end, document units; 0: it does nothing. */
  constructor(
    at: StrokePoint,
    private readonly lag: number,
  ) {
    this.now = at;
    this.pen = at;
  }

  next(pen: StrokePoint): StrokePoint {
    this.now =
      this.lag === 0 ? pen : towards(this.now, pen, 1 - Math.exp(-between(this.pen, pen) / this.lag));
    this.pen = pen;
    return this.now;
  }

  /** What `next` would say to these, without saying it. */
  foresee(pens: readonly StrokePoint[]): readonly StrokePoint[] {
    const ahead = new Stabiliser(this.now, this.lag);
    ahead.pen = this.pen;
    return pens.map((pen) => ({ ...ahead.next(pen), foreseen: true }));
  }

  /** From where it is to where the pen was lifted. */
  rest(): StrokePoint[] {
    const { now, pen } = this;
    if (this.lag === 0 || between(now, pen) === 0) return [];
    return Array.from({ length: CATCH_UP_POINTS }, (_, i) => towards(now, pen, (i + 1) / CATCH_UP_POINTS));
  }
}

const between = (a: StrokePoint, b: StrokePoint) => Math.hypot(b.x - a.x, b.y - a.y);

function towards(a: StrokePoint, b: StrokePoint, part: number): StrokePoint {
  const mix = (from: number, to: number) => from + (to - from) * part;
  return {
    x: mix(a.x, b.x),
    y: mix(a.y, b.y),
    pressure: mix(a.pressure, b.pressure),
    ...(b.tiltX !== undefined && { tiltX: mix(a.tiltX ?? 0, b.tiltX) }),
    ...(b.tiltY !== undefined && { tiltY: mix(a.tiltY ?? 0, b.tiltY) }),
  };
}
