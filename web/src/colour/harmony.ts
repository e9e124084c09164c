/** Colours that go with one colour: as light and as colourful, at other hues of OKLCH. */

import { hexOfLch, lchOf } from "./spaces";

export const HARMONIES = ["complement", "analogous", "triad", "split", "tetrad"] as const;
export type Harmony = (typeof HARMONIES)[number];

/** Degrees from the colour's own hue. */
const TURNS: Readonly<Record<Harmony, readonly number[]>> = {
  complement: [180],
  analogous: [-60, -30, 30, 60],
  triad: [120, 240],
  split: [150, 210],
  tetrad: [90, 180, 270],
};

/** The colour itself is the first. A grey goes with itself at other lightnesses: it has no hue to turn. */
export function harmonyOf(hex: string, harmony: Harmony): string[] {
  const { L, C, h } = lchOf(hex);
  if (C < GREY)
    return [hex, ...TURNS[harmony].map((_, i) => hexOfLch({ L: (L + (i + 1) * 0.22) % 1, C: 0, h }))];
  return [hex, ...TURNS[harmony].map((by) => hexOfLch({ L, C, h: h + by }))];
}

const GREY = 0.012;
