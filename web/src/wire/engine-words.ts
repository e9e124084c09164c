/** What cards of engines say to people. The server speaks English; what the engines of the package say is known here. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

/** A material's name, a parameter's label, help or choice, a summary; what is not known stays as it is. */
export function engineWord(said: string): string {
  const known = KNOWN.get(said);
  return known === undefined ? said : i18n._(known);
}

const KNOWN: ReadonlyMap<string, MessageDescriptor> = new Map([
  ["Sky", msg`Sky`],
  ["Cloud", msg`Cloud`],
  ["Sun", msg`Sun`],
  ["Moon", msg`Moon`],
  ["Mountain", msg`Mountain`],
  ["Snow", msg`Snow`],
  ["Rock", msg`Rock`],
  ["Sand", msg`Sand`],
  ["Grass", msg`Grass`],
  ["Forest", msg`Forest`],
  ["Water", msg`Water`],
  ["Road", msg`Road`],
  ["House", msg`House`],
  ["Ice", msg`Ice`],
  ["Flowers", msg`Flowers`],
  ["Lava", msg`Lava`],
  ["Tower", msg`Tower`],
  ["Boat", msg`Boat`],
  ["Balloon", msg`Balloon`],
  ["Crops", msg`Crops`],
  ["Time of day", msg`Time of day`],
  ["Midnight to noon", msg`Midnight to noon`],
  ["Season", msg`Season`],
  ["Deep winter to full autumn", msg`Deep winter to full autumn`],
  ["Weather", msg`Weather`],
  ["Clear sky to storm", msg`Clear sky to storm`],
  ["Mood", msg`Mood`],
  ["Cool light to warm light", msg`Cool light to warm light`],
  [
    "Landscapes and what stands in them, from flat colours. Ships in the package; runs on a CPU.",
    msg`Landscapes and what stands in them, from flat colours. Ships in the package; runs on a CPU.`,
  ],
  ["Decoder", msg`Decoder`],
  [
    "Tiny is quick, full is sharper; auto is tiny but for a final picture, a PNG",
    msg`Tiny is quick, full is sharper; auto is tiny but for a final picture, a PNG`,
  ],
  ["Lines", msg`Lines`],
  [
    "How closely a ControlNet follows the sketch's edges; 0 is without one",
    msg`How closely a ControlNet follows the sketch's edges; 0 is without one`,
  ],
  ["Sketch", msg`Sketch`],
  [
    "Start: the picture begins with it. Reference: the model is shown it and draws anew, in twice the time",
    msg`Start: the picture begins with it. Reference: the model is shown it and draws anew, in twice the time`,
  ],
  ["Guidance", msg`Guidance`],
  ["How literally prompts are taken", msg`How literally prompts are taken`],
  [
    "How literally prompts are taken; above 1 a step takes twice as long",
    msg`How literally prompts are taken; above 1 a step takes twice as long`,
  ],
  ["Memory", msg`Memory`],
  [
    "How much the frames before count beside the first: low moves, high holds still",
    msg`How much the frames before count beside the first: low moves, high holds still`,
  ],
  ["auto", msg`auto`],
  ["tiny", msg`tiny`],
  ["full", msg`full`],
  ["start", msg`start`],
  ["reference", msg`reference`],
]);
