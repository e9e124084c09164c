/**
 * The way of a stroke -> its dabs. The way is the curve through the middles between points, so a point settles it up to
 * the middle before that point; what comes after may still change, and is walked again when it does. Only additions,
 * products, quotients and square roots: those are equal on every machine.
 */

import { type Brush, LEAN_WIDENS, MAX_INK_SIZE } from "../doc/brush";
import type { StrokePoint } from "../doc/points";
import { chance, turnBy } from "../doc/turn";

/** One touch of the brush. */
export interface Dab {
  readonly x: number;
  readonly y: number;
  /** Half of the long side and of the short one, document units. */
  readonly long: number;
  readonly short: number;
  /** Where the long side points; a unit vector. */
  readonly cos: number;
  readonly sin: number;
  /** 0 to 1. */
  readonly flow: number;
  /** How much the hand presses, 0 to 1: what is in the deep of the grain gets paint. */
  readonly pressure: number;
  /** Its place in the stroke, from 0. */
  readonly number: number;
  /** How far the stroke has come, document units. */
  readonly far: number;
}

interface Here {
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
  readonly tiltX: number;
  readonly tiltY: number;
}

const MIN_STEP = 0.5;
const MIN_HALF = 0.25;
const MAX_PIECES = 64;
const FULL_LEAN_DEGREES = 60;
const MIN_LEAN = 0.08;

/** How a stroke is walked; what changes while it is walked is in `State`. */
export interface Stride {
  readonly brush: Brush;
  readonly size: number;
  readonly seed: number;
}

interface State {
  /** Which piece of the way comes next. */
  piece: number;
  /** Until the next dab. */
  left: number;
  number: number;
  far: number;
  way: readonly [number, number];
}

const START = (): State => ({ piece: 0, left: 0, number: 0, far: 0, way: [1, 0] });

export class Walk {
  private state: State | null = null;

  constructor(
    private readonly stride: Stride,
    private readonly put: (dab: Dab) => void,
  ) {}

  /** Walk what the first `settled` points settle. */
  settle(points: readonly StrokePoint[], settled: number): void {
    const first = points[0];
    if (first === undefined || settled < 1) return;
    this.state ??= START();
    while (this.state.piece < settled - 1) this.step(this.state, points);
  }

  /** Walk on to the last point, and then be where it was settled. */
  finish(points: readonly StrokePoint[], put: (dab: Dab) => void): void {
    const first = points[0];
    if (first === undefined) return;
    const rest = new Walk(this.stride, put);
    rest.state = this.state === null ? START() : { ...this.state };
    while (rest.state.piece < points.length - 1) rest.step(rest.state, points);
    const [last, before] = [at(points.at(-1) ?? first), at(points.at(-2) ?? first)];
    rest.along(rest.state, middle(before, last), null, last);
  }

  /** Piece i leads from the middle before point i to the middle after it; the first one from point 0. */
  private step(state: State, points: readonly StrokePoint[]): void {
    const i = state.piece;
    const [here, next] = [points[i], points[i + 1]];
    if (here === undefined || next === undefined) return;
    const before = points[i - 1];
    const to = middle(at(here), at(next));
    if (before === undefined) this.along(state, at(here), null, to);
    else this.along(state, middle(at(before), at(here)), at(here), to);
    state.piece = i + 1;
  }

  /** Along a line, or along the curve that bends towards `bend`. */
  private along(state: State, from: Here, bend: Here | null, to: Here): void {
    const length = bend === null ? between(from, to) : between(from, bend) + between(bend, to);
    const pieces = bend === null ? 1 : Math.max(1, Math.min(MAX_PIECES, Math.ceil(length / 2)));
    let last = from;
    for (let k = 1; k <= pieces; k++) {
      const t = k / pieces;
      const next = bend === null ? mixed(from, to, t) : mixed(mixed(from, bend, t), mixed(bend, to, t), t);
      this.line(state, last, next);
      last = next;
    }
  }

  private line(state: State, from: Here, to: Here): void {
    const length = between(from, to);
    if (length > 0) state.way = [(to.x - from.x) / length, (to.y - from.y) / length];
    let walked = 0;
    while (state.left <= length - walked) {
      walked += state.left;
      state.far += state.left;
      state.left = this.dab(state, mixed(from, to, length === 0 ? 0 : walked / length));
      if (length === 0) break;
    }
    const rest = length - walked;
    state.far += rest;
    state.left -= rest;
  }

  /** Returns how far the next one is. */
  private dab(state: State, { x, y, pressure, tiltX, tiltY }: Here): number {
    const { brush, size, seed } = this.stride;
    const { number, far, way } = state;
    const tilt = Math.sqrt(tiltX * tiltX + tiltY * tiltY);
    const lean = Math.min(1, tilt / FULL_LEAN_DEGREES);
    const half = Math.max(
      MIN_HALF,
      (Math.min(size, MAX_INK_SIZE) / 2) * byPressure(pressure, brush.pressureSize),
    );
    const widened = 1 + LEAN_WIDENS * brush.tiltSize * lean;
    const leans = lean > MIN_LEAN && (brush.follows === "tilt" || brush.tiltSize > 0);
    const towards = leans
      ? ([tiltX / tilt, tiltY / tilt] as const)
      : brush.follows === "way"
        ? way
        : ([1, 0] as const);
    const turned = brush.angle === 0 || leans ? ([1, 0] as const) : turnBy(brush.angle / 360);
    const stray = brush.scatter * size;
    const [dx, dy] = stray === 0 ? [0, 0] : [chance(seed, number, 1) - 0.5, chance(seed, number, 2) - 0.5];
    this.put({
      x: x + dx * 2 * stray,
      y: y + dy * 2 * stray,
      long: half * widened,
      short: Math.max(MIN_HALF, half * brush.roundness),
      cos: towards[0] * turned[0] - towards[1] * turned[1],
      sin: towards[1] * turned[0] + towards[0] * turned[1],
      flow: Math.min(1, brush.flow * byPressure(pressure, brush.pressureFlow)) / (1 + (widened - 1) * 0.3),
      pressure,
      number,
      far,
    });
    state.number = number + 1;
    // A dab that is thin along the way needs the next one sooner.
    const thin = Math.max(0.3, brush.roundness);
    return Math.max(MIN_STEP, brush.spacing * 2 * half * thin);
  }
}

/** 1 at 0.5, which is also what a mouse reports; no more than 1.5. */
const byPressure = (pressure: number, much: number) =>
  pressure < 0.5 ? 1 - much * (1 - 2 * pressure) : 1 + much * (pressure - 0.5);

const at = ({ x, y, pressure, tiltX = 0, tiltY = 0 }: StrokePoint): Here => ({
  x,
  y,
  pressure,
  tiltX,
  tiltY,
});
const middle = (a: Here, b: Here): Here => mixed(a, b, 0.5);
const between = (a: Here, b: Here) => Math.sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));

const mixed = (a: Here, b: Here, t: number): Here => ({
  x: a.x + (b.x - a.x) * t,
  y: a.y + (b.y - a.y) * t,
  pressure: a.pressure + (b.pressure - a.pressure) * t,
  tiltX: a.tiltX + (b.tiltX - a.tiltX) * t,
  tiltY: a.tiltY + (b.tiltY - a.tiltY) * t,
});
