/** What is asked for: the shot that the document is now, sent when something of it changed. */

import type { Assets } from "./assets/assets";
import { pngFile } from "./assets/picture";
import type { MaskLayer } from "./canvas/mask-layer";
import type { RegionView } from "./canvas/regions";
import type { Cover, RenderView, Still } from "./canvas/render";
import type { Sketch } from "./canvas/sketch";
import { newSurface } from "./canvas/surface";
import { keyOf } from "./doc/mask";
import { type AskedRegion, askedRegions } from "./doc/regions";
import { toShot } from "./doc/settings";
import type { Home } from "./home";
import type { Numbers } from "./live/numbers";
import { Sender } from "./live/sender";
import type { Looks } from "./looks";
import type { Masking } from "./masking";
import type { Preparing } from "./preparing";
import { follows, type Live, type Sheet } from "./state";
import type { Touches } from "./touches";
import type { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";
import type { Pixels, ShotJob } from "./wire/channel";
import { MAX_PROMPT_CHARS, type ShotMeta, type WireSize } from "./wire/shots";

const MAX_COVERS = 64;
/** A larger size is the same picture from so many steps on; in one it is another, and quicker. */
const FEWEST_OF_LARGER = 2;

export interface AskingWorld {
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly render: RenderView;
  readonly sketch: Sketch;
  readonly regions: RegionView;
  readonly maskLayer: MaskLayer;
  readonly masking: Masking;
  readonly looks: Looks;
  readonly assets: Assets;
  readonly video: VideoMode;
  readonly home: Home;
  readonly numbers: Numbers;
  readonly touches: Touches;
  readonly preparing: Pick<Preparing, "sizeFor">;
  /** The sheet as it sounds (perform/modulation.ts). */
  readonly performing: { sheet(): Sheet };
  /** When the next frame is on its way to the screen. */
  afterFrame(act: () => void): void;
}

export class Asking {
  private readonly sender: Sender;
  /** Shot -> what hides its picture outside of the mask. Bounded: the oldest entry goes first. */
  private readonly covers = new Map<number, Cover>();

  constructor(private readonly world: AskingWorld) {
    const { sketch, numbers } = world;
    this.sender = new Sender({
      numbers,
      shot: () => (this.rests ? null : this.shotNow()),
      compose: (width, height) => sketch.compose(width, height),
      composeMask: (shot) => this.composeMask(shot),
      composeRegions: (shot) => this.composeRegions(shot),
      send: (job) => this.send(job),
      afterFrame: (act) => world.afterFrame(act),
    });
    world.touches.listen((at_ms, again) => this.touched(at_ms, again));
  }

  /** What a shot would say now; null while no engine is known. */
  shot(): ShotMeta | null {
    const { performing, looks, masking, assets } = this.world;
    const { settings, card, maskPrompt } = performing.sheet();
    if (settings === null || card === null) return null;
    const look = looks.now(assets.usable);
    const regions = this.regions(look).map(({ region }) => region);
    const shot = { ...toShot(settings, card, look), regions };
    const base = card.masks ? masking.base() : null;
    if (base === null) return shot;
    const said = maskPrompt.trim().slice(0, MAX_PROMPT_CHARS);
    return { ...shot, base, prompts: said === "" ? shot.prompts : [[said, 1]] };
  }

  /** What this page asks for now; null while it asks for nothing. */
  asked(): ShotMeta | null {
    return this.rests ? null : this.shot();
  }

  /** A video plays, another member's pictures are shown, or a kept one. */
  private get rests(): boolean {
    const { video, live } = this.world;
    return video.on || follows(live.get()) || this.held() !== null;
  }

  /** The shot, at a size that the server is ready for. */
  private shotNow(): ShotMeta | null {
    const shot = this.shot();
    if (shot === null) return null;
    const { width, height } = this.world.preparing.sizeFor(shot);
    return { ...shot, width, height };
  }

  /** What a kept picture is kept for: everything that a shot without a mask would be made of. */
  key(): string | null {
    const { performing, looks } = this.world;
    const { settings, card, look } = performing.sheet();
    if (settings === null || card === null) return null;
    const shot = toShot(
      settings,
      card,
      looks.now(() => true),
    );
    return keyOf(JSON.stringify([shot, look]));
  }

  /** The picture of this shot as a file, by whoever renders; rejects with a Problem. drawn: instead of what is here now. */
  export(
    shot: ShotMeta,
    drawn?: Pick<ShotJob, "pixels" | "mask" | "regions">,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { home, numbers } = this.world;
    return home.export({ seq: numbers.next(), shot, ...(drawn ?? this.drawnFor(shot)) });
  }

  /** Send the shot of now once more, at another size; its number. What the sender holds as its last shot stays that. */
  askAt([width, height]: WireSize): number {
    const now = this.shot();
    if (now === null) throw new Error("no engine is known");
    const shot = { ...now, width, height, steps: Math.max(now.steps, FEWEST_OF_LARGER) };
    const seq = this.world.numbers.stamp(null);
    this.send({ seq, shot, ...this.drawnFor(shot) });
    return seq;
  }

  /** What hides the picture of this shot outside of its mask. Asked once: older ones are forgotten. */
  coverOf(seq: number): Cover | null {
    const cover = this.covers.get(seq) ?? null;
    for (const old of this.covers.keys()) if (old <= seq) this.covers.delete(old);
    return cover;
  }

  /** The connection was lost. */
  lost(): void {
    this.sender.forgetMoments();
  }

  private touched(at_ms: number | null, again: boolean): void {
    const { video, render, live } = this.world;
    if (again) this.sender.forgetShot();
    if (video.on) {
      video.touch(at_ms);
      return;
    }
    const held = this.held();
    if (held !== null && held !== "loading") {
      render.hold(held);
      live.set({ held: true, hasPicture: true, working: false });
      return;
    }
    if (live.get().held) {
      live.set({ held: false });
      this.sender.forgetShot();
    }
    this.sender.touch(at_ms);
  }

  /** The kept picture, while nothing else is asked for. */
  private held(): Still | "loading" | null {
    const { masking, sketch } = this.world;
    return masking.held(() => (sketch.busy ? "" : (this.key() ?? "")));
  }

  private send(job: ShotJob): void {
    const { masking, home } = this.world;
    const cover = job.shot.base === "" ? null : masking.cover(job.shot.base);
    if (cover !== null) this.covers.set(job.seq, cover);
    if (this.covers.size > MAX_COVERS)
      for (const oldest of this.covers.keys()) if (this.covers.delete(oldest)) break;
    home.send(job);
  }

  private composeMask(shot: ShotMeta): Pixels | null {
    return shot.base === "" ? null : this.world.maskLayer.compose(shot.width, shot.height);
  }

  /** Those of the document that a shot has now. */
  private regions({ references }: Pick<ShotMeta, "references">): AskedRegion[] {
    const { sheet, sketch, assets } = this.world;
    const { layers, card } = sheet.get();
    const covers = (id: string) => sketch.regionUnderPen === id || !sketch.isEmpty(id);
    return askedRegions(layers, (id) => !covers(id), {
      most: card?.regions ?? 0,
      pictures: (card?.references ?? 0) - references.length,
      usable: assets.usable,
    });
  }

  /** The shot with its regions' masks as files: the shot is of this moment. */
  async withMasks(shot: ShotMeta): Promise<ShotMeta> {
    const masks = await Promise.all(this.composeRegions(shot).map(maskFile));
    return {
      ...shot,
      regions: shot.regions.map((region, i) => ({ ...region, mask: masks[i] ?? region.mask })),
    };
  }

  private drawnFor(shot: ShotMeta): Pick<ShotJob, "pixels" | "mask" | "regions"> {
    return {
      pixels: this.world.sketch.compose(shot.width, shot.height),
      mask: this.composeMask(shot),
      regions: this.composeRegions(shot),
    };
  }

  /** The shot is of this moment. */
  private composeRegions(shot: ShotMeta): Pixels[] {
    const { width, height } = shot;
    return this.regions(shot).map(({ layer }) => this.world.regions.compose(layer, width, height));
  }
}

async function maskFile({ width, height, data }: Pixels): Promise<Uint8Array> {
  const { canvas, context } = newSurface(width, height, true);
  context.putImageData(new ImageData(data, width, height), 0, 0);
  return (await pngFile(canvas)).bytes;
}
