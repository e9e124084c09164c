/** How a control, or what is heard, becomes a value: straight, slow at first, fast at first, or on from the middle on. */

import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

export const CURVES = ["linear", "soft", "sharp", "switch"] as const;
export type Curve = (typeof CURVES)[number];

export const CURVE_NAMES: Readonly<Record<Curve, MessageDescriptor>> = {
  linear: msg`Even`,
  soft: msg`Soft`,
  sharp: msg`Sharp`,
  switch: msg`Switch`,
};

export const isCurve = (value: unknown): value is Curve => CURVES.some((curve) => curve === value);

/** x and what comes back: 0 to 1. */
export function shaped(curve: Curve, x: number): number {
  const at = Math.min(1, Math.max(0, x));
  switch (curve) {
    case "soft":
      return at * at;
    case "sharp":
      return Math.sqrt(at);
    case "switch":
      return at >= 0.5 ? 1 : 0;
    default:
      return at;
  }
}
