/** One press on a render: it goes to the server as it is, to be made larger in the background. */

import { t } from "@lingui/core/macro";
import { toWire } from "./doc/prompts";
import { type Creative, MIN_CREATIVITY, readPrompts } from "./jobs/creative";
import { FORMATS, type Format } from "./jobs/job";
import type { Jobs } from "./jobs/jobs";
import { chosenTarget, DEFAULT_FORMAT } from "./jobs/sizes";
import type { Looks } from "./looks";
import type { ShownPicture } from "./shown-picture";
import type { Live, Sheet } from "./state";
import type { Desk } from "./ui/desk";
import type { Store } from "./ui/store";
import type { Problem } from "./wire/shots";

export interface EnhancingWorld {
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly jobs: Jobs;
  readonly shown: ShownPicture;
  readonly looks: Looks;
}

/** Who would paint the render anew: the engine that made it, else another of the server's; null where none can. */
export function painter(sheet: Sheet, live: Live): string | null {
  const able = live.welcome?.engines.filter((card) => card.paints_anew) ?? [];
  return (able.find(({ id }) => id === sheet.settings?.engine) ?? able[0])?.id ?? null;
}

/** Null: the faithful way, which is all there is without an engine that can. */
export function creativeNow(desk: Desk, sheet: Sheet, live: Live): Creative | null {
  const engine = painter(sheet, live);
  if (!desk.enhanceCreative || engine === null) return null;
  const { creativity, resemblance, clarity, enhancePrompts, enhanceSeed } = desk;
  const prompts = enhancePrompts === null ? toWire(sheet.prompts) : readPrompts(enhancePrompts);
  const seed = enhanceSeed ?? sheet.settings?.seed ?? 0;
  return { engine, creativity: Math.max(MIN_CREATIVITY, creativity), resemblance, clarity, prompts, seed };
}

export class Enhancing {
  constructor(private readonly world: EnhancingWorld) {}

  /** Whatever goes wrong is said at the render. */
  async start(): Promise<void> {
    const { desk, sheet, live, jobs, shown } = this.world;
    const { enhanceTo, enhanceFormat } = desk.get();
    const { settings } = sheet.get();
    if (settings === null || !live.get().hasPicture || !jobs.now.get().offered) return;
    const [width, height] = settings.size;
    const to = chosenTarget(enhanceTo, { width, height });
    if (to === null) return;
    const format: Format = FORMATS.find((known) => known === enhanceFormat) ?? DEFAULT_FORMAT;
    const creative = creativeNow(desk.get(), sheet.get(), live.get());
    const name = shown.name.replace(/\.png$/, "");
    const title = this.title() || t`Untitled`;
    try {
      await jobs.enhance(async () => ({ file: await shown.file(), title, name }), to, format, creative);
    } catch (problem) {
      live.set({ problem: problem as Problem });
    }
  }

  /** What it is of; "" where nobody said. */
  private title(): string {
    const { prompts } = this.world.looks.now(() => false);
    return prompts.find(([, weight]) => weight > 0)?.[0] ?? "";
  }
}
