/** Pictures on their way into the prompts. What goes wrong is said at the prompts. */

import { t } from "@lingui/core/macro";
import type { Assets } from "./assets/assets";
import { pictureFile, pngFile, unreadable } from "./assets/picture";
import type { RenderView } from "./canvas/render";
import type { LightDocument } from "./doc/document";
import type { ImageLayer } from "./doc/layers";
import type { ReferenceValue } from "./doc/references";
import { picturesOf, readPictures, writePictures } from "./doc/regions";
import type { Live, Sheet } from "./state";
import type { Store } from "./ui/store";
import type { Problem } from "./wire/shots";

export interface PicturePromptsWorld {
  readonly doc: LightDocument;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly assets: Assets;
  readonly render: RenderView;
}

export class PicturePrompts {
  constructor(private readonly world: PicturePromptsWorld) {}

  /** How many the engine takes at most; 0: they are not offered. */
  get limit(): number {
    return this.world.sheet.get().card?.references ?? 0;
  }

  async add(files: readonly File[]): Promise<void> {
    const { doc } = this.world;
    await this.bring(files, (reference) => doc.setReferences((all) => [...all, reference], ""));
  }

  /** As prompts of a region. */
  async addTo(region: string, files: readonly File[]): Promise<void> {
    const { doc } = this.world;
    await this.bring(files, (reference) => {
      const layer = doc.layerList().find(({ id }) => id === region);
      if (layer?.kind !== "region") return;
      doc.changeLayer(region, { pictures: writePictures([...readPictures(layer), reference]) }, "");
    });
  }

  private async bring(files: readonly File[], put: (reference: ReferenceValue) => void): Promise<void> {
    const { doc, assets } = this.world;
    this.dismiss();
    for (const file of files) {
      if (this.full()) return;
      try {
        const sha256 = await assets.keep(await pictureFile(file), true);
        if (this.full()) return;
        put(doc.newReference(sha256, file.name));
      } catch {
        this.say(unreadable(file.name));
      }
    }
  }

  /** What is shown, as a prompt. */
  async addRender(): Promise<void> {
    const canvas = this.world.render.snapshot();
    if (canvas === null) return;
    const file = await pngFile(canvas);
    await this.add([new File([file.bytes], "render.png", { type: file.mime })]);
  }

  /** The picture of a layer, as a prompt. */
  async addLayer({ image, name }: ImageLayer): Promise<void> {
    const file = this.world.doc.image(image);
    if (file !== null) await this.add([new File([file.bytes.slice()], name, { type: file.mime })]);
  }

  dismiss(): void {
    this.world.live.set({ dockProblem: null });
  }

  /** Another asset can be named, or one cannot any longer. */
  read(): void {
    const { assets, live } = this.world;
    const gone = this.all.filter(({ sha256 }) => {
      const state = assets.state(sha256);
      return state === "refused" || state === "lost";
    });
    live.set({ unusable: new Set(gone.map(({ sha256 }) => sha256)) });
  }

  /** An asset cannot be used. False when no chip shows it. */
  failed(sha256: string, problem: Problem): boolean {
    const reference = this.all.find((r) => r.sha256 === sha256);
    if (reference !== undefined) this.say({ ...problem, value: reference.name });
    return reference !== undefined;
  }

  /** The shot's own and those of regions. */
  private get all(): readonly ReferenceValue[] {
    const { doc } = this.world;
    return [...doc.referenceList(), ...picturesOf(doc.layerList())];
  }

  private full(): boolean {
    if (this.all.length < this.limit) return false;
    this.say({
      code: "shot.references",
      message:
        this.limit === 1
          ? t`this engine takes one picture`
          : t`this engine takes at most ${{ limit: this.limit }} pictures`,
      value: "",
      fix: t`Remove one to make room.`,
    });
    return true;
  }

  private say(dockProblem: Problem): void {
    this.world.live.set({ dockProblem });
  }
}
