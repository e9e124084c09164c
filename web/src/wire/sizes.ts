import type { WireSize } from "./shots";

/** Those of exactly this shape, the smallest first. */
export const sizesLike = (sizes: readonly WireSize[], [width, height]: WireSize): WireSize[] =>
  sizes.filter(([w, h]) => w * height === h * width).sort(([a], [b]) => a - b);
