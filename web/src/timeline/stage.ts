/** What rendering the timeline needs of the page: the document as it is when it begins, a sketch of its own, and pictures. */

import type { Asking } from "../asking";
import type { Assets } from "../assets/assets";
import { Clips } from "../canvas/clips";
import type { MaskLayer } from "../canvas/mask-layer";
import { RegionView } from "../canvas/regions";
import { type Cover, covered } from "../canvas/render";
import { Sketch } from "../canvas/sketch";
import { newSurface } from "../canvas/surface";
import type { LightDocument } from "../doc/document";
import { frameOf } from "../doc/frame";
import { splitMarks } from "../doc/marks";
import { askedRegions } from "../doc/regions";
import { isVideo } from "../doc/settings";
import type { Masking } from "../masking";
import type { Sharing } from "../rooms/sharing";
import { sendingAgain } from "../shown-picture";
import type { Sheet } from "../state";
import type { Store } from "../ui/store";
import type { VideoMode } from "../video-mode";
import type { Pixels } from "../wire/channel";
import { MAX_PROMPT_CHARS, type ParameterValue } from "../wire/shots";
import { newRenderWorker, Rendering, type RenderStage } from "./rendering";
import { momentAt, type Scene } from "./scene";
import type { Timing } from "./timing";

interface StageWorld {
  readonly doc: LightDocument;
  readonly sheet: Store<Sheet>;
  readonly timing: Timing;
  readonly masking: Masking;
  readonly maskLayer: MaskLayer;
  readonly assets: Assets;
  readonly asking: Asking;
  readonly video: VideoMode;
  readonly sharing: Sharing;
  save(file: Blob, extension: string): void;
  after(delay_ms: number, act: () => void): () => void;
}

/** What stands still with the mask: where to render anew, and what lies over the rest. */
interface Masked {
  readonly mask: Pixels;
  readonly cover: Cover | null;
}

export function openRendering(world: StageWorld): Rendering {
  const { doc, assets, asking, save, after } = world;
  let masked: Masked | null = null;
  return new Rendering({
    scene: () => {
      const scene = sceneOf(world);
      masked = scene?.masked == null ? null : freeze(world, scene);
      return scene;
    },
    stage: (scene) => new Stage(scene, doc),
    worker: newRenderWorker,
    ask: async (shot, drawn) => {
      const still = masked;
      const mask = () => still && { ...still.mask, data: still.mask.data.slice() };
      const data = await sendingAgain(assets, () => asking.export(shot, { ...drawn(), mask: mask() }));
      const picture = await createImageBitmap(new Blob([data], { type: "image/png" }));
      if (still?.cover == null) return picture;
      const whole = await createImageBitmap(covered(picture, still.cover));
      picture.close();
      return whole;
    },
    save,
    after,
  });
}

/** Null while nothing can be rendered frame by frame. */
function sceneOf({ doc, sheet, timing, masking, assets, video, sharing }: StageWorld): Scene | null {
  const { card, lookA, lookB, maskPrompt } = sheet.get();
  const { timeline } = timing;
  if (card === null || isVideo(card) || video.on || !sharing.canEdit || timeline.tracks.length === 0)
    return null;
  const params = doc.paramNames().flatMap((name): [string, ParameterValue][] => {
    const value = doc.param(name);
    return value === undefined ? [] : [[name, value]];
  });
  const base = card.masks ? masking.base() : null;
  return {
    timeline,
    card,
    params: new Map(params),
    prompts: doc.promptList(),
    references: doc.referenceList(),
    lookA,
    lookB,
    layers: doc.layerList(),
    marks: splitMarks(doc.visibleMarks()).layers,
    masked: base === null ? null : { base, prompt: maskPrompt.trim().slice(0, MAX_PROMPT_CHARS) },
    usable: assets.usable,
  };
}

function freeze({ masking, maskLayer }: StageWorld, scene: Scene): Masked {
  const { width, height } = momentAt(scene, 0).shot;
  const cover = scene.masked === null ? null : masking.cover(scene.masked.base);
  const copy = newSurface(maskLayer.current.canvas.width, maskLayer.current.canvas.height, false);
  copy.context.drawImage(maskLayer.current.canvas, 0, 0);
  return { mask: maskLayer.compose(width, height), cover: cover && { ...cover, mask: copy.canvas } };
}

class Stage implements RenderStage {
  private readonly sketch: Sketch;
  private readonly regions: RegionView;
  private readonly pictures = new Map<string, ImageBitmap>();
  private came = () => {};

  constructor(
    private readonly scene: Scene,
    private readonly doc: Pick<LightDocument, "image" | "selection">,
  ) {
    const { width, height } = momentAt(scene, 0).shot;
    this.sketch = new Sketch(frameOf([width, height]), {
      picture: (sha256) => this.pictures.get(sha256) ?? null,
      clips: new Clips((id) => this.doc.selection(id)),
      regionDrawn: () => {},
      changed: () => this.came(),
    });
    this.regions = new RegionView(this.sketch);
  }

  async ready(): Promise<void> {
    const { layers, marks } = this.scene;
    for (const layer of layers) {
      const image =
        layer.kind === "image" && !this.pictures.has(layer.image) ? this.doc.image(layer.image) : null;
      if (layer.kind !== "image" || image === null) continue;
      const file = new Blob([image.bytes.slice()], { type: image.mime });
      // One that cannot be decoded is not seen in the live sketch either.
      const picture = await createImageBitmap(file).catch(() => null);
      if (picture !== null) this.pictures.set(layer.image, picture);
    }
    this.sketch.show(layers, marks, null);
    while (this.sketch.decoding) {
      await new Promise<void>((resolve) => {
        this.came = resolve;
      });
      this.sketch.show(layers, marks, null);
    }
  }

  compose(layers: Scene["layers"], width: number, height: number): ReturnType<RenderStage["compose"]> {
    const { sketch, regions, scene } = this;
    sketch.show(layers, scene.marks, null);
    const asked = askedRegions(layers, (id) => sketch.isEmpty(id), scene.card.regions);
    return {
      pixels: sketch.compose(width, height),
      regions: asked.map(({ layer }) => regions.compose(layer, width, height)),
      said: asked.map(({ region }) => region),
    };
  }

  close(): void {
    for (const picture of this.pictures.values()) picture.close();
    this.pictures.clear();
  }
}
