/** Turns as numbers that are equal on every machine: browsers may differ in the last bits of a sine. */

const STEPS = 2 ** 24;
const round = (value: number) => Math.round(value * STEPS) / STEPS;

/** Cosine and sine of a part of a full turn. */
export const turnBy = (part: number): readonly [cos: number, sin: number] => [
  round(Math.cos(2 * Math.PI * part)),
  round(Math.sin(2 * Math.PI * part)),
];

/** A 32-bit mix of three integers (after Jenkins' and MurmurHash3's finishers). */
export function mix(a: number, b: number, c: number): number {
  let h =
    Math.imul(a | 0, 0x9e3779b1) ^
    Math.imul((b | 0) + 0x7f4a7c15, 0x85ebca6b) ^
    Math.imul((c | 0) + 0x165667b1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 0 to 1, without 1. */
export const chance = (a: number, b: number, c: number): number => mix(a, b, c) / 2 ** 32;
