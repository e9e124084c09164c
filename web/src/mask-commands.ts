/** What a press does to the mask. Strokes of it come from the mask brush (canvas/tools.ts). */

import type { Asking } from "./asking";
import type { LightDocument } from "./doc/document";
import { isMaskPromptKey, maskPromptKey } from "./doc/mask";
import type { Masking } from "./masking";

export interface MaskCommandsWorld {
  readonly doc: LightDocument;
  readonly masking: Masking;
  readonly asking: Asking;
  /** Of those who share a document some only look. */
  mayEdit(): boolean;
}

export class MaskCommands {
  constructor(private readonly world: MaskCommandsWorld) {}

  invert(): void {
    this.world.doc.addMark({ type: "mask-invert" });
  }

  /** Without the mask, and without a kept picture. */
  clear(): void {
    this.world.doc.addMark({ type: "mask-clear" });
  }

  /** What is shown stays until something else is asked for. */
  async keep(): Promise<void> {
    const { doc, masking, asking, mayEdit } = this.world;
    const shot = asking.key();
    if (shot === null) return;
    const sha256 = await masking.keep();
    if (sha256 !== null && mayEdit()) doc.keepMask(shot, sha256);
  }

  /** Each mask has its own; those of masks that are over go. */
  setPrompt(text: string, gesture: string): void {
    const { doc, masking } = this.world;
    const { state } = masking;
    if (state.name !== "masking") return;
    const others = doc.paramNames().filter(isMaskPromptKey);
    doc.setParams(
      {
        ...Object.fromEntries(others.map((name) => [name, undefined])),
        [maskPromptKey(state.first)]: text === "" ? undefined : text,
      },
      gesture,
    );
  }
}
