/** The picture that is shown, as a file: what it is called, its pixels without loss, and saving it. */

import { t } from "@lingui/core/macro";
import type { Asking } from "./asking";
import { type Assets, blobOf, MAX_TIMES_AGAIN } from "./assets/assets";
import { fileOf, pngFile } from "./assets/picture";
import type { AssetFile } from "./assets/store";
import { covered, type RenderView } from "./canvas/render";
import { fileName, saveFile } from "./live/save";
import type { Masking } from "./masking";
import type { Sharing } from "./rooms/sharing";
import type { Sharpening } from "./sharpening";
import type { Live } from "./state";
import type { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";
import type { Problem, ShotMeta, WireSize } from "./wire/shots";

const PNG_QUALITY = 90;
const noPicture = (): Problem => ({
  code: "asset.missing",
  message: t`there is no render yet`,
  value: "",
  fix: t`Draw something first.`,
});

export interface ShownPictureWorld {
  readonly live: Store<Live>;
  readonly video: VideoMode;
  readonly render: RenderView;
  readonly masking: Masking;
  readonly assets: Assets;
  readonly asking: Asking;
  readonly sharing: Sharing;
  readonly sharpening: Pick<Sharpening, "size">;
}

export class ShownPicture {
  constructor(private readonly world: ShownPictureWorld) {}

  get name(): string {
    const { video } = this.world;
    if (video.on) return video.fileName("png");
    const shot = this.world.asking.shot();
    return shot === null ? "lightbrush.png" : fileName(shot);
  }

  /** Save it as PNG, as sharp as it is seen; what goes wrong is said at the render. */
  async save(): Promise<void> {
    const { live } = this.world;
    const { hasPicture, saving } = live.get();
    if (!hasPicture || saving) return;
    live.set({ saving: true });
    const { name } = this;
    try {
      saveFile(name, blobOf(await this.file(this.world.sharpening.size)));
    } catch (problem) {
      live.set({ problem: problem as Problem });
    } finally {
      live.set({ saving: false });
    }
  }

  /**
   * A kept one and a video's frame as they are, another one by asking for it again. size: where that is another than the
   * document's. Rejects with a Problem.
   */
  async file(size: WireSize | null = null): Promise<AssetFile> {
    const { live, render, video, sharing } = this.world;
    // Viewers of a room ask for no picture of their own.
    if (video.on || !sharing.canEdit) {
      const frame = render.snapshot();
      if (frame === null) throw noPicture();
      return pngFile(frame);
    }
    const kept = live.get().held ? await this.kept() : null;
    if (kept !== null) return kept;
    const shot = this.world.asking.shot();
    if (shot === null) throw noPicture();
    const [width, height] = size ?? [shot.width, shot.height];
    return fileOf(await this.exported({ ...shot, width, height }));
  }

  private async kept(): Promise<AssetFile | null> {
    const { assets, masking } = this.world;
    const sha256 = masking.heldAsset();
    return sha256 === null ? null : assets.get(sha256);
  }

  private async exported(now: ShotMeta): Promise<Blob> {
    const shot = { ...now, accept: "image/png", quality: PNG_QUALITY } as const;
    const { assets, asking } = this.world;
    const data = await sendingAgain(assets, () => asking.export(shot));
    const file = new Blob([data], { type: "image/png" });
    const cover = now.base === "" ? null : this.world.masking.cover(now.base);
    if (cover === null) return file;
    const bitmap = await createImageBitmap(file);
    const canvas = covered(bitmap, cover);
    bitmap.close();
    return blobOf(await pngFile(canvas));
  }
}

/** Pictures that the server has lost are sent again. */
export async function sendingAgain<T>(assets: Pick<Assets, "missing">, ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const { code, value } = error as Problem;
      if (code !== "asset.missing" || tries === MAX_TIMES_AGAIN) throw error;
      await assets.missing(value);
    }
  }
}
