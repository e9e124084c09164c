/** Pixels as they go to a worker. */

import type { Pixels } from "./channel";

export function samePixels(a: Pixels | null, b: Pixels | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.width !== b.width || a.height !== b.height) return false;
  const x = new Uint32Array(a.data.buffer, a.data.byteOffset, a.data.length / 4);
  const y = new Uint32Array(b.data.buffer, b.data.byteOffset, b.data.length / 4);
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
