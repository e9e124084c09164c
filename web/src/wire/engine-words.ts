/** What cards of engines say to people. The server speaks English; what the engines of the package say is known here. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";

/** A material's name, a parameter's label, help or choice, a summary; what is not known stays as it is. */
export function engineWord(said: string): string {
  const known = KNOWN.get(said);
  if (known !== undefined) return i18n._(known);
  for (const [sentence, around] of AROUND) {
    const found = sentence.exec(said);
    if (found !== null) return around(...found.slice(1));
  }
  return said;
}

/** Sentences with names in them that only the server knows: of models and LoRAs that somebody imported. */
const AROUND: readonly (readonly [RegExp, (...names: string[]) => string])[] = [
  [/^Licence: (.+)$/, (licence) => t`Licence: ${licence}`],
  [
    /^A model like (.+?), imported from (.+)$/,
    (model, path) => t`A model like ${model}, imported from ${path}`,
  ],
];

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
  [
    "Anything at 1024x1024, in one to four steps; hears long sentences, and writes words",
    msg`Anything at 1024x1024, in one to four steps; hears long sentences, and writes words`,
  ],
  [
    "Anything at 1024x1024, in four steps; sees up to four pictures, and changes what it is told to",
    msg`Anything at 1024x1024, in four steps; sees up to four pictures, and changes what it is told to`,
  ],
  [
    "Streams video in four steps a block; distilled from Wan2.1 14B by Self-Forcing",
    msg`Streams video in four steps a block; distilled from Wan2.1 14B by Self-Forcing`,
  ],
  [
    "Anything, in one to four steps at 512x512; distilled from Stable Diffusion 2.1",
    msg`Anything, in one to four steps at 512x512; distilled from Stable Diffusion 2.1`,
  ],
  [
    "Anything, in two to eight steps at 512x512; Stable Diffusion itself with LCM-LoRA",
    msg`Anything, in two to eight steps at 512x512; Stable Diffusion itself with LCM-LoRA`,
  ],
  [
    "Anything at 1024x1024, in two to eight steps; SDXL itself with LCM-LoRA",
    msg`Anything at 1024x1024, in two to eight steps; SDXL itself with LCM-LoRA`,
  ],
  [
    "Anything at 1024x1024, in 1 step; distilled from SDXL",
    msg`Anything at 1024x1024, in 1 step; distilled from SDXL`,
  ],
  [
    "Anything at 1024x1024, in 2 steps; distilled from SDXL",
    msg`Anything at 1024x1024, in 2 steps; distilled from SDXL`,
  ],
  [
    "Anything at 1024x1024, in 4 steps; distilled from SDXL",
    msg`Anything at 1024x1024, in 4 steps; distilled from SDXL`,
  ],
  [
    "Anything at 1024x1024, in 8 steps; distilled from SDXL",
    msg`Anything at 1024x1024, in 8 steps; distilled from SDXL`,
  ],
  [
    "Anything, in one to four steps at 512x512; distilled from SDXL",
    msg`Anything, in one to four steps at 512x512; distilled from SDXL`,
  ],
  [
    "Streams video in four steps a block on a consumer's GPU; distilled from Wan2.1 1.3B",
    msg`Streams video in four steps a block on a consumer's GPU; distilled from Wan2.1 1.3B`,
  ],
  [
    "Coloured noise that streams: to try everything around a video engine without a model",
    msg`Coloured noise that streams: to try everything around a video engine without a model`,
  ],
  [
    "Coloured noise that follows the shot, made as FLUX makes pictures: to try everything around it without it",
    msg`Coloured noise that follows the shot, made as FLUX makes pictures: to try everything around it without it`,
  ],
  [
    "Coloured noise that follows the shot, made as FLUX.2 makes pictures: to try everything around it without it",
    msg`Coloured noise that follows the shot, made as FLUX.2 makes pictures: to try everything around it without it`,
  ],
  [
    "Coloured noise that follows the shot: to try everything around an engine of pictures without a model",
    msg`Coloured noise that follows the shot: to try everything around an engine of pictures without a model`,
  ],
  ["Decoder", msg`Decoder`],
  [
    "Tiny is quick, full is sharper; auto is tiny but for a final picture, a PNG",
    msg`Tiny is quick, full is sharper; auto is tiny but for a final picture, a PNG`,
  ],
  ["Sketch shows", msg`Sketch shows`],
  [
    "Lines: its edges are followed. Depth: white is near. Pose: a skeleton in OpenPose's colours",
    msg`Lines: its edges are followed. Depth: white is near. Pose: a skeleton in OpenPose's colours`,
  ],
  ["Follow", msg`Follow`],
  [
    "How closely what the sketch shows is followed; 0 is not at all",
    msg`How closely what the sketch shows is followed; 0 is not at all`,
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
  ["lines", msg`lines`],
  ["depth", msg`depth`],
  ["pose", msg`pose`],
  ["start", msg`start`],
  ["reference", msg`reference`],
  ["Licence: not known", msg`Licence: not known`],
]);
