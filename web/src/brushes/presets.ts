/** The brushes that come with the page. Their tips and grains are made by canvas/cover.ts and canvas/grains.ts. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { type Brush, ROUND } from "../doc/brush";

export interface Preset {
  readonly id: string;
  /** One's own has the name that it was given. */
  readonly name: MessageDescriptor | string;
  /** Null: the smooth outline that strokes have without a brush. */
  readonly brush: Brush | null;
}

export const brushName = ({ name }: Preset): string => (typeof name === "string" ? name : i18n._(name));

export const PLAIN: Preset = { id: "plain", name: msg`Smooth`, brush: null };

export const PRESETS: readonly Preset[] = [
  PLAIN,
  { id: "round", name: msg`Round`, brush: ROUND },
  {
    id: "soft",
    name: msg`Soft`,
    brush: {
      ...ROUND,
      hardness: 0,
      flow: 0.25,
      spacing: 0.12,
      buildUp: true,
      pressureSize: 0.2,
      pressureFlow: 0.8,
    },
  },
  {
    id: "flat",
    name: msg`Flat`,
    brush: {
      ...ROUND,
      tip: "flat",
      hardness: 0.85,
      roundness: 0.3,
      follows: "tilt",
      angle: -45,
      pressureSize: 0.3,
      spacing: 0.06,
    },
  },
  {
    id: "marker",
    name: msg`Marker`,
    brush: {
      ...ROUND,
      tip: "flat",
      hardness: 0.95,
      roundness: 0.55,
      angle: 60,
      flow: 0.75,
      pressureSize: 0,
      spacing: 0.05,
      grain: "paper",
      depth: 0.12,
    },
  },
  {
    id: "pencil",
    name: msg`Pencil`,
    brush: {
      ...ROUND,
      hardness: 0.5,
      flow: 0.7,
      spacing: 0.1,
      grain: "paper",
      depth: 0.75,
      pressureSize: 0.3,
      pressureFlow: 0.8,
      tiltSize: 0.7,
    },
  },
  {
    id: "charcoal",
    name: msg`Charcoal`,
    brush: {
      ...ROUND,
      tip: "rough",
      hardness: 0.45,
      flow: 0.5,
      spacing: 0.12,
      grain: "coarse",
      depth: 0.8,
      buildUp: true,
      pressureSize: 0.3,
      pressureFlow: 0.7,
      tiltSize: 1,
      scatter: 0.02,
    },
  },
  {
    id: "dry",
    name: msg`Dry brush`,
    brush: {
      ...ROUND,
      tip: "bristle",
      hardness: 0.75,
      roundness: 0.2,
      follows: "way",
      angle: 90,
      spacing: 0.12,
      grain: "canvas",
      depth: 0.55,
      pressureSize: 0.3,
      pressureFlow: 0.2,
    },
  },
  {
    id: "spray",
    name: msg`Spray`,
    brush: {
      ...ROUND,
      tip: "spray",
      hardness: 0.3,
      flow: 0.5,
      spacing: 0.16,
      buildUp: true,
      pressureSize: 0.3,
      pressureFlow: 0.6,
    },
  },
];
