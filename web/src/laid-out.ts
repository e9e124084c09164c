/**
 * What the engine lays out where nothing is drawn (docs/models/embedded.md, "Bare paper"): whether there is something now,
 * and how it comes onto the paper, as a sketch that the hand goes on from.
 */

import { t } from "@lingui/core/macro";
import type { Asking } from "./asking";
import type { Sketch } from "./canvas/sketch";
import type { Layering } from "./layering";
import { drawnOf, laidOutOf } from "./local/pixels";
import { placeOf } from "./local/words";
import type { Sharing } from "./rooms/sharing";
import type { Live, Sheet } from "./state";
import type { Touches } from "./touches";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";
import { encodeShot } from "./wire/codec";
import { type Asker, post } from "./wire/post";
import type { Problem, ShotMeta } from "./wire/shots";

export interface LaidOutNow {
  /** Where it is seen: on bare paper, or beside what is drawn. */
  readonly seen: "nowhere" | "bare" | "beside";
  /** Its sketch is on the way. */
  readonly coming: boolean;
}

export interface LaidOutWorld extends Asker {
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly sketch: Pick<Sketch, "busy" | "compose">;
  readonly layering: Pick<Layering, "addBeneath">;
  readonly touches: Pick<Touches, "listen">;
  readonly asking: Pick<Asking, "shot" | "withMasks">;
  readonly video: Pick<VideoMode, "on" | "now">;
  readonly sharing: Pick<Sharing, "canEdit" | "now">;
  say(problem: Problem): void;
  whenIdle(act: () => void): void;
}

export class LaidOut {
  readonly now = new Store<LaidOutNow>({ seen: "nowhere", coming: false });
  private waiting = false;

  constructor(private readonly world: LaidOutWorld) {
    const { touches, live, video, sharing } = world;
    touches.listen(() => this.look());
    for (const store of [live, video.now, sharing.now]) store.subscribe(() => this.look());
  }

  /** Beneath all that is drawn, as a layer. What goes wrong is said, and nothing has changed. */
  async sketch(): Promise<void> {
    const { asking, desk, layering, sharing, say } = this.world;
    const shot = asking.shot();
    const { seen, coming } = this.now.get();
    if (shot === null || seen === "nowhere" || coming) return;
    this.now.set({ coming: true });
    try {
      const picture = await this.ask(shot);
      if (!sharing.canEdit) return;
      layering.addBeneath(titleOf(shot), picture);
      desk.set({ inviting: false });
    } catch (problem) {
      say(problem as Problem);
    } finally {
      this.now.set({ coming: false });
    }
  }

  /** One pixel is one unit of the document. Rejects with a Problem. */
  private async ask(shot: ShotMeta) {
    const { asking } = this.world;
    const unread = { message: t`the server did not sketch the place`, fix: t`Draw on, or try again.` };
    const body = encodeShot(0, placeOf(await asking.withMasks(shot)), NO_BYTES);
    const answer = await post(this.world, "composition?sketch=1", body, unread);
    const file = await answer.blob();
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (bitmap === null) throw { code: "client.connection", ...unread, value: file.type } satisfies Problem;
    const { width, height } = bitmap;
    bitmap.close();
    return { mime: file.type, data: new Uint8Array(await file.arrayBuffer()), width, height };
  }

  private look(): void {
    const { sketch, whenIdle } = this.world;
    // From the press on it is no bare paper, and how much is drawn is known when the hand rests.
    if (sketch.busy && this.now.get().seen === "bare") this.now.set({ seen: "beside" });
    if (this.waiting) return;
    this.waiting = true;
    whenIdle(() => {
      this.waiting = false;
      if (!sketch.busy) this.now.set({ seen: this.seen() });
    });
  }

  private seen(): LaidOutNow["seen"] {
    const { asking, sheet, live, sketch, video, sharing } = this.world;
    const { hasPicture, held } = live.get();
    if (sheet.get().card?.lays_out !== true || !hasPicture || held || video.on || !sharing.canEdit)
      return "nowhere";
    const shot = asking.shot();
    if (shot === null || shot.base !== "") return "nowhere";
    const drawn = drawnOf(sketch.compose(shot.width, shot.height).data);
    return laidOutOf(drawn) === 0 ? "nowhere" : drawn === 0 ? "bare" : "beside";
  }
}

const NO_BYTES = new Uint8Array(0);

/** What a layer of it is called. */
const titleOf = ({ prompts }: ShotMeta): string =>
  prompts
    .filter(([text, weight]) => text.trim() !== "" && weight > 0)
    .map(([text]) => text.trim())
    .join(", ") || t`Sketched place`;
