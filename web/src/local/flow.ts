/** From noise to picture: the twin of `nn/flow.py` and `nn/rope.py`. Pure functions. */

const TRAINED_PX = 256;
const TRAINED_ROWS = 16;
const BASE = 100;

export const noiseScale = (height: number, width: number) => Math.min(height, width) / TRAINED_PX;

const SHIFT = 3;

/** `steps` times in [0, 1), the first 0; more of them while the picture is nearly all noise. */
export const schedule = (steps: number): number[] =>
  Array.from({ length: steps }, (_, i) => i / (i + SHIFT * (steps - i)));

/** The times of `schedule` from one on: that time, and those later than it. */
export const scheduleFrom = (steps: number, time: number): number[] => [
  time,
  ...schedule(steps).filter((later) => later > time),
];

/** The point at `mix` of the great circle from one noise to another. */
export function slerp(start: Float32Array, end: Float32Array, mix: number): Float32Array {
  if (mix === 0) return start;
  if (mix === 1) return end;
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const startLength = Math.sqrt(dot(start, start));
  const endLength = Math.sqrt(dot(end, end));
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(start, end) / (startLength * endLength))));
  if (angle < 1e-6) return start;
  const length = ((1 - mix) * startLength + mix * endLength) / Math.sin(angle);
  const a = (Math.sin((1 - mix) * angle) * length) / startLength;
  const b = (Math.sin(mix * angle) * length) / endLength;
  return start.map((value, i) => a * value + b * (end[i] ?? 0));
}

/** Euler's method along the predicted velocity; the last prediction is the picture. predict(x_t, t) -> x. */
export async function denoise(
  predict: (noisy: Float32Array, time: number) => Promise<Float32Array>,
  start: Float32Array,
  times: readonly number[],
): Promise<Float32Array> {
  let x = start;
  for (const [i, t] of times.entries()) {
    const clean = await predict(x, t);
    const next = times[i + 1];
    if (next === undefined) return clean;
    const share = Math.fround((next - t) / (1 - t));
    x = x.map((noisy, j) => noisy + share * ((clean[j] ?? 0) - noisy));
  }
  return x;
}

/** [2 (cosines, sines), rows, columns, headWidth / 2]: half of the pairs turn with the row, half with the column. */
export function ropeTable(rows: number, columns: number, headWidth: number): Float32Array {
  const pairs = headWidth / 4;
  const scale = TRAINED_ROWS / Math.min(rows, columns);
  const half = rows * columns * 2 * pairs;
  const table = new Float32Array(2 * half);
  let i = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (const place of [row - (rows - 1) / 2, column - (columns - 1) / 2])
        for (let pair = 0; pair < pairs; pair++) {
          const angle = place * scale * BASE ** (-pair / pairs);
          table[i] = Math.cos(angle);
          table[half + i] = Math.sin(angle);
          i += 1;
        }
  return table;
}
