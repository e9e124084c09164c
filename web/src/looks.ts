/** What the picture is made of besides its sketch: the document's own look, two that were set aside, and the way between. */

import type { Assets } from "./assets/assets";
import { thumbnailFile } from "./assets/picture";
import type { RenderView } from "./canvas/render";
import type { LightDocument } from "./doc/document";
import {
  type Look,
  lookKey,
  lookOf,
  type MixedLook,
  MORPH_A,
  MORPH_AT,
  MORPH_B,
  MORPH_FOR,
  morphOf,
  parseLook,
} from "./doc/morph";
import { toWire } from "./doc/prompts";
import { referencesToWire } from "./doc/references";
import { Morphing } from "./morphing";
import type { Live, Sheet } from "./state";
import type { Timing } from "./timeline/timing";
import type { Touches } from "./touches";
import { nextFrame } from "./ui/later";
import type { Store } from "./ui/store";

export interface LooksWorld {
  readonly doc: LightDocument;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly render: RenderView;
  readonly assets: Assets;
  readonly touches: Touches;
  readonly timing: Pick<Timing, "driven">;
  /** The sheet as it sounds (perform/modulation.ts). */
  readonly performing: { sheet(): Sheet };
}

const THUMBNAIL_PX = 96;

export type Slot = "a" | "b";
const KEYS: Readonly<Record<Slot, string>> = { a: MORPH_A, b: MORPH_B };

export class Looks {
  private readonly morphing: Morphing;

  constructor(private readonly world: LooksWorld) {
    this.morphing = new Morphing({
      nextFrame,
      inForce: () => world.sheet.get().morphAt !== null,
      at: (m) => {
        world.live.set({ playing: m });
        world.touches.touch(null);
      },
      stopped: (m) => this.morphTo(m, ""),
    });
  }

  /** What is rendered: the document's own look, or the morph while it is in force. */
  now(usable: (sha256: string) => boolean): MixedLook {
    const sheet = this.world.performing.sheet();
    const { lookA: a, lookB: b, morphAt } = sheet;
    const at = this.world.live.get().playing ?? morphAt;
    const parts = { own: this.own(usable, sheet), a, b, at, seed: this.world.timing.driven().seed };
    return lookOf(parts, this.maxReferences, usable);
  }

  /** Set aside the look that is rendered now. The morph then stands at that end, so that nothing jumps. */
  async set(slot: Slot): Promise<void> {
    const { seedTo, seedMix, ...look } = this.now(() => true);
    const kept = { ...look, seed: seedMix > 0.5 ? seedTo : look.seed };
    const thumbnail = await this.thumbnail();
    const { lookA, lookB } = this.world.sheet.get();
    const other = slot === "a" ? lookB : lookA;
    this.world.doc.setParams(
      {
        [KEYS[slot]]: JSON.stringify({ ...kept, thumbnail }),
        ...(other !== null && { [MORPH_AT]: slot === "a" ? 0 : 1, [MORPH_FOR]: lookKey(this.own()) }),
      },
      "",
    );
  }

  forget(slot: Slot): void {
    this.world.doc.setParams({ [KEYS[slot]]: undefined, [MORPH_AT]: undefined, [MORPH_FOR]: undefined }, "");
  }

  morphTo(m: number, gesture: string): void {
    this.world.doc.setParams({ [MORPH_AT]: m, [MORPH_FOR]: lookKey(this.own()) }, gesture);
  }

  /** Back to the chips' own look. */
  leaveMorph(): void {
    this.world.doc.setParams({ [MORPH_AT]: undefined, [MORPH_FOR]: undefined }, "");
  }

  togglePlay(): void {
    if (this.morphing.at !== null) {
      this.morphing.stop();
      return;
    }
    const { lookA, lookB, morphAt } = this.world.sheet.get();
    if (lookA === null || lookB === null) return;
    if (morphAt === null) this.morphTo(0, "");
    this.morphing.play(morphAt ?? 0);
  }

  /** The document changed. */
  read(): void {
    const { doc, sheet } = this.world;
    const lookA = parseLook(doc.param(MORPH_A));
    const lookB = parseLook(doc.param(MORPH_B));
    const { settings, card } = sheet.get();
    const morphs = lookA !== null && lookB !== null && settings !== null && card?.video_fps === 0;
    const at = this.world.timing.driven().morph ?? morphOf((name) => doc.param(name), this.own());
    sheet.set({ lookA, lookB, morphAt: morphs ? at : null });
  }

  /** A small picture of what is shown, kept in this browser; its hash, or "" when nothing is shown. */
  private async thumbnail(): Promise<string> {
    const canvas = this.world.render.snapshot();
    return canvas === null ? "" : this.world.assets.keep(await thumbnailFile(canvas, THUMBNAIL_PX), false);
  }

  /** What the chips, the seed and the tweaks say. */
  private own(usable?: (sha256: string) => boolean, sheet = this.world.sheet.get()): Look {
    const { prompts, references, settings } = sheet;
    return {
      prompts: toWire(prompts),
      references: referencesToWire(references, this.maxReferences, usable),
      seed: settings?.seed ?? 0,
      tweaks: settings?.tweaks ?? {},
    };
  }

  private get maxReferences(): number {
    return this.world.sheet.get().card?.references ?? 0;
  }
}
