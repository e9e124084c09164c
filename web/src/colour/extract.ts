/** The few colours that a picture is made of: k-means in OKLab. The same pixels give the same colours. */

import { hexOfLab, type Lab, labOf } from "./spaces";

const ROUNDS = 12;
/** Two colours nearer than this look like one. */
const MIN_DISTANCE = 0.035;

/** data: RGBA. No more than `most` colours, the most frequent first; transparent pixels do not count. */
export function coloursOf(data: Uint8ClampedArray, most: number): string[] {
  const pixels = counted(data);
  if (pixels.length === 0) return [];
  let middles = spread(pixels, most);
  let weights: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sums = middles.map(() => ({ L: 0, a: 0, b: 0, weight: 0 }));
    for (const { lab, weight } of pixels) {
      const sum = sums[nearest(middles, lab)];
      if (sum === undefined) continue;
      sum.L += lab.L * weight;
      sum.a += lab.a * weight;
      sum.b += lab.b * weight;
      sum.weight += weight;
    }
    const kept = sums.filter(({ weight }) => weight > 0);
    middles = kept.map(({ L, a, b, weight }) => ({ L: L / weight, a: a / weight, b: b / weight }));
    weights = kept.map(({ weight }) => weight);
  }
  const ranked = middles
    .map((lab, i) => ({ lab, weight: weights[i] ?? 0 }))
    .sort((one, other) => other.weight - one.weight);
  const chosen: Lab[] = [];
  for (const { lab } of ranked)
    if (chosen.every((known) => distance(known, lab) >= MIN_DISTANCE)) chosen.push(lab);
  return chosen.map(hexOfLab);
}

interface Counted {
  readonly lab: Lab;
  readonly weight: number;
}

/** Colours that are nearly the same are one, that counts as often. */
function counted(data: Uint8ClampedArray): Counted[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += 4) {
    if ((data[i + 3] ?? 0) < 128) continue;
    const [r = 0, g = 0, b = 0] = [data[i], data[i + 1], data[i + 2]];
    const key = ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, weight]) => {
    const middle = (five: number) => ((five << 3) | 4).toString(16).padStart(2, "0");
    const hex = `#${middle(key >> 10)}${middle((key >> 5) & 31)}${middle(key & 31)}`;
    return { lab: labOf(hex), weight };
  });
}

/** The most frequent one, and then always what is furthest from all so far, by how frequent it is. */
function spread(pixels: readonly Counted[], most: number): Lab[] {
  const first = pixels.reduce((best, next) => (next.weight > best.weight ? next : best));
  const chosen = [first.lab];
  while (chosen.length < Math.min(most, pixels.length)) {
    const worth = ({ lab, weight }: Counted) =>
      Math.min(...chosen.map((known) => distance(known, lab))) ** 2 * Math.sqrt(weight);
    const next = pixels.reduce((best, one) => (worth(one) > worth(best) ? one : best));
    if (worth(next) === 0) break;
    chosen.push(next.lab);
  }
  return chosen;
}

function nearest(middles: readonly Lab[], lab: Lab): number {
  let best = 0;
  middles.forEach((middle, i) => {
    if (distance(middle, lab) < distance(middles[best] ?? middle, lab)) best = i;
  });
  return best;
}

const distance = (one: Lab, other: Lab) => Math.hypot(one.L - other.L, one.a - other.a, one.b - other.b);
