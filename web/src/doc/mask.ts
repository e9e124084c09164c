/**
 * The mask: which part of the picture is rendered anew while the rest keeps its pixels. Its state is a pure function of
 * the document's visible mask marks, so undo, redo and a reload need nothing of their own.
 *
 *     none ----stroke----> masking ----clear----> none
 *                          |  ^  ^
 *                        keep |  | stroke
 *                          v  |  |
 *                          kept -+----clear----> none
 *
 * masking  Begun by `first`. Shots carry the base and the mask; outside the mask the page paints the base's own pixels.
 *          The base is the picture that was shown when the first stroke began: `doc.base(first)`.
 * kept     The composed picture, `doc.base(mark)`, is shown and nothing is rendered, for as long as the key of what
 *          would be rendered is the one it was kept with: edit the sketch (or a prompt, the seed, a setting) and the
 *          render lives again; undo that and the kept picture is back. A new mask stroke begins on what is shown.
 */

import type { MaskAreaMark, MaskInvertMark, MaskMark, MaskStrokeMark, PlacedMark } from "./marks";

export type MaskStep = PlacedMark<MaskStrokeMark | MaskAreaMark | MaskInvertMark>;

export type MaskState =
  | { readonly name: "none" }
  | { readonly name: "masking"; readonly first: string; readonly steps: readonly MaskStep[] }
  | { readonly name: "kept"; readonly mark: string; readonly shot: string };

export const NO_MASK: MaskState = { name: "none" };

export function readMask(marks: readonly PlacedMark<MaskMark>[]): MaskState {
  let state: MaskState = NO_MASK;
  let steps: MaskStep[] = [];
  for (const { id, mark } of marks)
    switch (mark.type) {
      case "mask-clear":
        state = NO_MASK;
        steps = [];
        break;
      case "mask-keep":
        state = { name: "kept", mark: id, shot: mark.shot };
        steps = [];
        break;
      default:
        // To erase or to invert is something to do to a mask, not the beginning of one.
        if (steps.length === 0 && (mark.type === "mask-invert" || (mark.type === "mask" && mark.erases)))
          break;
        steps.push({ id, mark });
        state = { name: "masking", first: steps[0]?.id ?? id, steps };
    }
  return state;
}

/** Where a mask's own prompt is kept among the parameters: each mask has its own. */
export const maskPromptKey = (first: string) => `mask:${first}`;
export const isMaskPromptKey = (name: string) => name.startsWith("mask:");

/** A short name for a text: two FNV-1a hashes, from both ends. Equal texts have equal names on every machine. */
export function keyOf(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(text.length - 1 - i), 0x01000193);
  }
  return [a, b].map((hash) => (hash >>> 0).toString(16).padStart(8, "0")).join("");
}
