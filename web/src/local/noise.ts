/**
 * The server's noise, number for number: NumPy's `Generator(Philox(key=seed)).standard_normal(float32)`.
 *
 * Philox4x64-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011. Normal numbers from its 32-bit
 * words: Marsaglia and Tsang, "The ziggurat method", 2000, with 256 layers of equal area.
 */

import { noiseScale } from "./flow";

/** [3, height, width] planes. */
export function noise(seed: number, height: number, width: number): Float32Array {
  const draw = words(seed);
  const scale = Math.fround(noiseScale(height, width));
  return Float32Array.from({ length: 3 * height * width }, () => normal(draw) * scale);
}

const LAYERS = 256;
/** Where the tail begins, and the area of each layer. */
const TAIL = 3.6541528853610088;
const AREA = 0.004928673233974658;
const UNIT = 2 ** 23;

const { inside, width, density } = layers();

/** For each layer: below which 23-bit number a point is surely inside, what such a number is worth, its density. */
function layers() {
  const inside = new Uint32Array(LAYERS);
  const width = new Float32Array(LAYERS);
  const density = new Float32Array(LAYERS);
  const f = (x: number) => Math.exp((-x * x) / 2);
  const base = AREA / f(TAIL);
  inside[0] = Math.round((TAIL / base) * UNIT);
  width[0] = base / UNIT;
  density[0] = 1;
  let x = TAIL;
  for (let i = LAYERS - 1; i > 0; i--) {
    width[i] = x / UNIT;
    density[i] = f(x);
    const next = i > 1 ? Math.sqrt(-2 * Math.log(AREA / x + f(x))) : 0;
    inside[i] = Math.round((next / x) * UNIT);
    x = next;
  }
  return { inside, width, density };
}

const at = (table: Float32Array | Uint32Array, i: number) => table[i] ?? 0;

function normal(draw: () => number): number {
  const { fround, log, exp } = Math;
  const uniform = () => (draw() >>> 9) / UNIT;
  for (;;) {
    const word = draw();
    const layer = word & 0xff;
    const size = word >>> 9;
    const far = fround(size * at(width, layer));
    const x = word & 0x100 ? -far : far;
    if (size < at(inside, layer)) return x;
    if (layer > 0) {
      const step = fround(fround(at(density, layer - 1) - at(density, layer)) * uniform());
      if (fround(step + at(density, layer)) < exp(-0.5 * x * x)) return x;
      continue;
    }
    for (;;) {
      const beyond = fround(fround(-1 / TAIL) * fround(log(1 - uniform())));
      const height = fround(-log(1 - uniform()));
      if (fround(height + height) > fround(beyond * beyond)) {
        const tail = fround(fround(TAIL) + beyond);
        return size & 0x100 ? -tail : tail;
      }
    }
  }
}

/** The 32-bit words of the stream of a seed, the lower half of each 64-bit number first. */
function words(seed: number): () => number {
  const block = new Uint32Array(8);
  let counter = 0;
  let used = block.length;
  return () => {
    if (used === block.length) {
      counter += 1;
      philox(counter, seed, block);
      used = 0;
    }
    return block[used++] ?? 0;
  };
}

const ROUNDS = 10;
const product = new Uint32Array(4);

/** One block into `out`: four numbers of 64 bits, each as its lower and its upper half. */
function philox(counter: number, seed: number, out: Uint32Array): void {
  out.fill(0);
  out[0] = counter;
  let [k0, k1, k2, k3] = [seed, 0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const [v2, v3, v4, v5, v6, v7] = [at(out, 2), at(out, 3), at(out, 4), at(out, 5), at(out, 6), at(out, 7)];
    multiply(at(out, 0), at(out, 1), 0xe14c6c93, 0xd2e7470e);
    out[4] = at(product, 2) ^ v6 ^ k2;
    out[5] = at(product, 3) ^ v7 ^ k3;
    out[6] = at(product, 0);
    out[7] = at(product, 1);
    multiply(v4, v5, 0x95121157, 0xca5a8263);
    out[0] = at(product, 2) ^ v2 ^ k0;
    out[1] = at(product, 3) ^ v3 ^ k1;
    out[2] = at(product, 0);
    out[3] = at(product, 1);
    [k0, k1] = add(k0, k1, 0x7f4a7c15, 0x9e3779b9);
    [k2, k3] = add(k2, k3, 0x84caa73b, 0xbb67ae85);
  }
}

function add(low: number, high: number, low2: number, high2: number): [number, number] {
  const sum = low + low2;
  return [sum >>> 0, (high + high2 + Math.floor(sum / 2 ** 32)) >>> 0];
}

/** 64 bits by 64 bits into `product`, the lowest 32 bits first. */
function multiply(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const middle = upper(aLow, bLow) + lower(aLow, bHigh) + lower(aHigh, bLow);
  const high = upper(aLow, bHigh) + upper(aHigh, bLow) + lower(aHigh, bHigh) + Math.floor(middle / 2 ** 32);
  product[0] = lower(aLow, bLow);
  product[1] = middle;
  product[2] = high;
  product[3] = upper(aHigh, bHigh) + Math.floor(high / 2 ** 32);
}

const lower = (a: number, b: number) => Math.imul(a, b) >>> 0;

/** The upper half of the product of two numbers of 32 bits. */
function upper(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const cross = a1 * b0 + ((a0 * b0) >>> 16);
  return a1 * b1 + (cross >>> 16) + ((a0 * b1 + (cross & 0xffff)) >>> 16);
}
