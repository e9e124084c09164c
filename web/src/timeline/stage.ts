/** What rendering the timeline needs of the page: the document as it is when it begins, a sketch of its own, and pictures. */

import type { Asking } from "../asking";
import type { Assets } from "../assets/assets";
import type { MaskLayer } from "../canvas/mask-layer";
import { RegionView } from "../canvas/regions";
import { type Cover, covered } from "../canvas/render";
import { Still } from "../canvas/still";
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
import { type Moment, momentAt, type Scene } from "./scene";
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
  private readonly still: Still;
  private readonly regions: RegionView;

  constructor(
    private readonly scene: Scene,
    doc: Pick<LightDocument, "image" | "selection">,
  ) {
    const { width, height } = momentAt(scene, 0).shot;
    this.still = new Still(frameOf([width, height]), doc);
    this.regions = new RegionView(this.still.sketch);
  }

  ready(): Promise<void> {
    return this.still.show(this.scene.layers, this.scene.marks);
  }

  compose({ layers, shot }: Moment): ReturnType<RenderStage["compose"]> {
    const { regions, scene } = this;
    const { width, height } = shot;
    const { sketch } = this.still;
    sketch.show(layers, scene.marks, null);
    const asked = askedRegions(layers, (id) => sketch.isEmpty(id), {
      most: scene.card.regions,
      pictures: scene.card.references - shot.references.length,
      usable: scene.usable,
    });
    return {
      pixels: sketch.compose(width, height),
      regions: asked.map(({ layer }) => regions.compose(layer, width, height)),
      said: asked.map(({ region }) => region),
    };
  }

  close(): void {
    this.still.close();
  }
}
