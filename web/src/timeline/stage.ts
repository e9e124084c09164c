/** What rendering the timeline needs of the page: the document as it is when it begins, a sketch of its own, and pictures. */

import type { Asking } from "../asking";
import type { Assets } from "../assets/assets";
import type { MaskLayer } from "../canvas/mask-layer";
import { RegionView } from "../canvas/regions";
import { type Cover, covered } from "../canvas/render";
import type { Moving } from "../canvas/sketch";
import { Still } from "../canvas/still";
import { newSurface } from "../canvas/surface";
import type { LightDocument } from "../doc/document";
import { frameOf } from "../doc/frame";
import type { Layer, MovingLayer } from "../doc/layers";
import { splitMarks } from "../doc/marks";
import { clipTime } from "../doc/moving";
import { askedRegions } from "../doc/regions";
import { isVideo } from "../doc/settings";
import type { Masking } from "../masking";
import type { MovingLayers } from "../moving-layers";
import type { Sharing } from "../rooms/sharing";
import { sendingAgain } from "../shown-picture";
import { ClipAt } from "../sources/clip";
import { Frames } from "../sources/frames";
import { newPlayer } from "../sources/moving";
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
  readonly moving: MovingLayers;
  clip(sha256: string): Promise<Blob | null>;
  save(file: Blob, extension: string): void;
  after(delay_ms: number, act: () => void): () => void;
}

/** What stands still with the mask: where to render anew, and what lies over the rest. */
interface Masked {
  readonly mask: Pixels;
  readonly cover: Cover | null;
}

export function openRendering(world: StageWorld): Rendering {
  const { assets, asking, save, after } = world;
  let masked: Masked | null = null;
  return new Rendering({
    scene: () => {
      const scene = sceneOf(world);
      masked = scene?.masked == null ? null : freeze(world, scene);
      return scene;
    },
    stage: (scene) => new Stage(scene, world),
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
  const layers = doc.layerList();
  const moves = timeline.tracks.length > 0 || layers.some(({ kind }) => kind === "video");
  if (card === null || isVideo(card) || video.on || !sharing.canEdit || !moves) return null;
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
    layers,
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

/** A video of the scene, and its picture at the time that the film is at. */
interface Reel {
  readonly clip: ClipAt;
  readonly frames: Frames;
}

class Stage implements RenderStage {
  private readonly still: Still;
  private readonly regions: RegionView;
  private readonly reels = new Map<string, Reel>();
  /** What cameras and screens showed when it began: they stand still in a film. */
  private readonly stills = new Map<string, Moving>();

  constructor(
    private readonly scene: Scene,
    private readonly world: Pick<StageWorld, "doc" | "moving" | "clip">,
  ) {
    const { width, height } = momentAt(scene, 0).shot;
    for (const layer of scene.layers) {
      const now = layer.kind === "live" ? world.moving.picture(layer) : null;
      if (now !== null) this.stills.set(layer.id, copyOf(now));
    }
    this.still = new Still(frameOf([width, height]), world.doc, (layer) => this.picture(layer));
    this.regions = new RegionView(this.still.sketch);
  }

  async ready(): Promise<void> {
    for (const layer of this.scene.layers) {
      const file = layer.kind === "video" ? await this.world.clip(layer.clip) : null;
      const clip = file && (await ClipAt.open(file, newPlayer));
      if (clip !== null) this.reels.set(layer.id, { clip, frames: new Frames() });
    }
    await this.still.show(this.scene.layers, this.scene.marks);
  }

  async turn(layers: readonly Layer[], at_ms: number): Promise<void> {
    for (const layer of layers) {
      const reel = this.reels.get(layer.id);
      if (reel === undefined || layer.kind !== "video") continue;
      await reel.clip.seek(clipTime(layer, at_ms));
      reel.frames.take(reel.clip.element, layer);
    }
  }

  private picture(layer: MovingLayer): Moving | null {
    return this.stills.get(layer.id) ?? this.reels.get(layer.id)?.frames.now ?? null;
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
    for (const { clip } of this.reels.values()) clip.close();
  }
}

function copyOf({ picture, version }: Moving): Moving {
  const copy = newSurface(picture.width, picture.height, true);
  copy.context.drawImage(picture, 0, 0);
  return { picture: copy.canvas, version };
}
