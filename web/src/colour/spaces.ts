/**
 * Colours as people pick them (HSV) and as they see them (OKLab and OKLCH, Ottosson 2020, https://bottosson.github.io/posts/oklab/).
 * Hex is "#rrggbb". Hues are degrees, 0 to 360; s and v are 0 to 1; L is 0 to 1.
 */

export interface Hsv {
  readonly h: number;
  readonly s: number;
  readonly v: number;
}

export interface Lab {
  readonly L: number;
  readonly a: number;
  readonly b: number;
}

export interface Lch {
  readonly L: number;
  readonly C: number;
  readonly h: number;
}

type Rgb = readonly [r: number, g: number, b: number];

const turn = (degrees: number) => ((degrees % 360) + 360) % 360;

/** Channels 0 to 1. */
const rgbOf = (hex: string): Rgb => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
};

const hexOf = (rgb: Rgb): string => {
  const bytes = rgb.map((channel) => Math.round(Math.min(1, Math.max(0, channel)) * 255));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
};

/** Of a grey the hue is 0. */
export function hsvOf(hex: string): Hsv {
  const [r, g, b] = rgbOf(hex);
  const v = Math.max(r, g, b);
  const span = v - Math.min(r, g, b);
  if (span === 0) return { h: 0, s: 0, v };
  const sixth = v === r ? (g - b) / span : v === g ? 2 + (b - r) / span : 4 + (r - g) / span;
  return { h: turn(sixth * 60), s: span / v, v };
}

export function hexOfHsv({ h, s, v }: Hsv): string {
  const channel = (n: number) => {
    const k = (n + h / 60) % 6;
    return v - v * s * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return hexOf([channel(5), channel(3), channel(1)]);
}

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const fromLinear = (c: number) => (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);

export function labOf(hex: string): Lab {
  const [r = 0, g = 0, b = 0] = rgbOf(hex).map(toLinear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {
    L: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    a: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    b: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  };
}

function linearOf({ L, a, b }: Lab): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

export const hexOfLab = (lab: Lab): string => {
  const [r, g, b] = linearOf(lab);
  const clip = (channel: number) => fromLinear(Math.min(1, Math.max(0, channel)));
  return hexOf([clip(r), clip(g), clip(b)]);
};

export function lchOf(hex: string): Lch {
  const { L, a, b } = labOf(hex);
  return { L, C: Math.hypot(a, b), h: turn((Math.atan2(b, a) * 180) / Math.PI) };
}

const labOfLch = ({ L, C, h }: Lch): Lab => {
  const angle = (h * Math.PI) / 180;
  return { L, a: C * Math.cos(angle), b: C * Math.sin(angle) };
};

const SLACK = 1e-4;
const shown = (lch: Lch) =>
  linearOf(labOfLch(lch)).every((channel) => channel >= -SLACK && channel <= 1 + SLACK);

/** A screen shows it as near as it can: as light, of the same hue, and less colourful where it has to be. */
export function hexOfLch(lch: Lch): string {
  if (shown(lch)) return hexOfLab(labOfLch(lch));
  let [low, high] = [0, lch.C];
  while (high - low > SLACK) {
    const C = (low + high) / 2;
    if (shown({ ...lch, C })) low = C;
    else high = C;
  }
  return hexOfLab(labOfLch({ ...lch, C: low }));
}
