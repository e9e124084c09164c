/** Prompts as values: what a chip shows and what a shot says. */

import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { MAX_PROMPT_CHARS, MAX_PROMPTS, WEIGHT_MAX, WEIGHT_MIN, type WirePrompt } from "../wire/shots";

export interface PromptValue {
  readonly id: string;
  readonly text: string;
  /** -2 to 2; below zero it pushes away ("less of"). */
  readonly weight: number;
  readonly on: boolean;
}

/** Pixels of horizontal drag that change a weight by 1. */
const PIXELS_PER_UNIT = 90;
const FINE = 0.2;

/** Weights live on a grid of 0.05 so that the figure shown is the figure sent. */
export function snapWeight(weight: number, grid = 0.05): number {
  const clamped = Math.min(WEIGHT_MAX, Math.max(WEIGHT_MIN, weight));
  return Number((Math.round(clamped / grid) * grid).toFixed(2)) || 0;
}

/** A weight that someone typed. */
export const weightOf = (typed: number): number => Math.min(WEIGHT_MAX, Math.max(WEIGHT_MIN, typed));

export function weightAfterDrag(start: number, dx_px: number, fine: boolean): number {
  return snapWeight(start + (dx_px / PIXELS_PER_UNIT) * (fine ? FINE : 1), fine ? 0.01 : 0.05);
}

export function weightAfterKey(weight: number, key: string, fine: boolean): number | null {
  const step = fine ? 0.01 : 0.05;
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return snapWeight(weight + step, step);
    case "ArrowLeft":
    case "ArrowDown":
      return snapWeight(weight - step, step);
    case "PageUp":
      return snapWeight(weight + 0.5);
    case "PageDown":
      return snapWeight(weight - 0.5);
    case "Home":
      return WEIGHT_MIN;
    case "End":
      return WEIGHT_MAX;
    default:
      return null;
  }
}

/** "1", "0.4", "-0.55": as short as it can be, with a real minus sign. */
export function formatWeight(weight: number): string {
  return i18n.number(weight, { maximumFractionDigits: 2 }).replace("-", "−");
}

/** What the slider says to a screen reader. */
export function describeWeight(weight: number): string {
  if (weight === 0) return t`no effect`;
  const figure = formatWeight(Math.abs(weight));
  return weight < 0 ? t`less of, ${figure}` : figure;
}

export function toWire(prompts: readonly PromptValue[]): WirePrompt[] {
  return prompts
    .map((p) => ({ ...p, text: p.text.trim() }))
    .filter((p) => p.on && p.text !== "" && p.weight !== 0)
    .slice(0, MAX_PROMPTS)
    .map((p) => [p.text.slice(0, MAX_PROMPT_CHARS), p.weight] as const);
}
