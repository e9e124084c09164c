/**
 * Fewer samples of a value that changes in time, none of which is farther from the rest than it may be: the algorithm of
 * Ramer, Douglas and Peucker, with the distance along the value's axes, since time is never off.
 */

export interface Sample {
  readonly at_ms: number;
  readonly values: readonly number[];
}

/** The indices that stay, the first and the last among them. tolerance: one for each of a sample's values. */
export function simplify(samples: readonly Sample[], tolerance: readonly number[]): number[] {
  if (samples.length <= 2) return samples.map((_, i) => i);
  const kept = new Set([0, samples.length - 1]);
  const spans: [number, number][] = [[0, samples.length - 1]];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [first, last] = span;
    const [a, b] = [samples[first], samples[last]];
    if (a === undefined || b === undefined) continue;
    let [worst, at] = [1, -1];
    for (let i = first + 1; i < last; i++) {
      const sample = samples[i];
      if (sample === undefined) continue;
      const part = b.at_ms === a.at_ms ? 0 : (sample.at_ms - a.at_ms) / (b.at_ms - a.at_ms);
      let error = 0;
      sample.values.forEach((value, axis) => {
        const [from = 0, to = 0] = [a.values[axis], b.values[axis]];
        error = Math.max(error, Math.abs(value - from - (to - from) * part) / (tolerance[axis] || 1e-9));
      });
      if (error > worst) [worst, at] = [error, i];
    }
    if (at < 0) continue;
    kept.add(at);
    spans.push([first, at], [at, last]);
  }
  return [...kept].sort((a, b) => a - b);
}
