/** The document as it is shown: read onto the sheet, drawn as sketch and mask. */

import type { MaskLayer } from "./canvas/mask-layer";
import type { Pictures } from "./canvas/pictures";
import type { RegionView } from "./canvas/regions";
import type { RenderView } from "./canvas/render";
import type { Sketch } from "./canvas/sketch";
import type { DocumentPart, LightDocument } from "./doc/document";
import { EXAMPLE_PROMPT, exampleMarks, toHex } from "./doc/example";
import { frameOf } from "./doc/frame";
import { type Layer, lookOfLayers, takesPaint } from "./doc/layers";
import { splitMarks } from "./doc/marks";
import { keyOf, maskPromptKey } from "./doc/mask";
import { pickCard, readSettings } from "./doc/settings";
import type { Layering } from "./layering";
import type { Looks } from "./looks";
import type { Masking } from "./masking";
import type { MovingLayers } from "./moving-layers";
import type { Live, Sheet } from "./state";
import type { OverlayPart } from "./timeline/overlay";
import type { Timing } from "./timeline/timing";
import type { Touches } from "./touches";
import type { Desk } from "./ui/desk";
import { whenIdle } from "./ui/idle";
import type { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";

export interface ShowingWorld {
  readonly doc: LightDocument;
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly sketch: Sketch;
  readonly regions: RegionView;
  readonly layerPictures: Pictures;
  readonly layering: Layering;
  readonly maskLayer: MaskLayer;
  readonly masking: Masking;
  readonly looks: Looks;
  readonly video: VideoMode;
  readonly render: RenderView;
  readonly touches: Touches;
  readonly timing: Timing;
  /** Layers as they sound (perform/modulation.ts). */
  readonly performing: { layers(layers: readonly Layer[]): readonly Layer[] };
  readonly moving: MovingLayers;
}

export class Showing {
  private preparing = false;
  /** Of the document's layers, whatever moves on them. */
  private look = "";

  constructor(private readonly world: ShowingWorld) {
    const { doc, desk, layering, timing } = world;
    this.readPrompts();
    this.showMarks();
    doc.observe((parts) => this.changed(new Set([...parts, ...timing.docChanged(parts)])));
    desk.subscribe(() => {
      layering.follow();
      if (desk.get().layer !== world.sheet.get().layer) this.showMarks();
    });
  }

  /** Marks or layers are others, or look different. */
  redraw(): void {
    this.showMarks();
    this.world.touches.touch();
  }

  /** A camera, a screen or a video shows another picture. */
  moved(): void {
    this.world.sketch.moved();
    this.showLook();
    this.world.touches.touch(null);
  }

  /** Settings, by what the engines offer. */
  readParams(): void {
    const { doc, desk, sheet, live, sketch, maskLayer, video, timing } = this.world;
    const { engines, default_engine } = live.get().welcome ?? { engines: [], default_engine: "" };
    const read = (name: string) => doc.param(name);
    const card = pickCard(read, engines, default_engine, video.on);
    if (card === null) return;
    const settings = readSettings(timing.param, card);
    const frame = frameOf(settings.size);
    sheet.set({ card, settings, maskPrompt: this.readMaskPrompt() });
    if (!card.masks && desk.get().tool === "mask") desk.set({ tool: "brush" });
    if (!sketch.reframe(frame)) return;
    maskLayer.reframe(frame);
    sheet.set({ frame });
    this.redraw();
  }

  /** A document that nobody has touched yet begins with an example. */
  begin(): void {
    const { doc, desk, sheet } = this.world;
    const { card } = sheet.get();
    if (doc.begun || card === null) return;
    doc.plant(exampleMarks(card), [EXAMPLE_PROMPT]);
    const first = card.materials.find((m) => m.name === "mountain") ?? card.materials[0];
    desk.set({ inviting: true, ...(first ? { color: toHex(first.rgb) } : {}) });
  }

  /** The timeline shows another moment: the document is as it was, and looks different. */
  played(parts: ReadonlySet<OverlayPart>): void {
    this.changed(parts);
  }

  private readPrompts(): void {
    const { doc, sheet, timing } = this.world;
    sheet.set({
      prompts: timing.prompts(doc.promptList()),
      references: timing.references(doc.referenceList()),
    });
  }

  private changed(parts: ReadonlySet<DocumentPart>): void {
    const { doc, sheet, looks, touches } = this.world;
    if (parts.has("prompts") || parts.has("references")) this.readPrompts();
    if (parts.has("params")) this.readParams();
    if (parts.has("prompts") || parts.has("references") || parts.has("params")) looks.read();
    sheet.set({ canUndo: doc.canUndo, canRedo: doc.canRedo });
    if (parts.has("marks") || parts.has("layers") || parts.has("images")) this.redraw();
    else touches.touch();
  }

  private showMarks(): void {
    const { doc, sheet, sketch, regions, layering, layerPictures, masking, render, performing } = this.world;
    const { layers, mask } = splitMarks(doc.visibleMarks());
    layering.read();
    const { active } = layering;
    const all = performing.layers(layering.all);
    sketch.show(all, layers, active?.id ?? null);
    regions.show(all, active?.id ?? null);
    this.prepareSoon();
    layerPictures.keepOnly(new Set(all.flatMap((layer) => (layer.kind === "image" ? layer.image : []))));
    // The mask's state may ask at once what the sketch looks like.
    this.look = lookOfLayers(all, (id) => layers.get(id) ?? []);
    this.showLook();
    masking.show(mask);
    render.refresh();
    sheet.set({
      empty: !takesPaint(active) || sketch.isEmpty(active.id),
      mask: masking.state,
      maskPrompt: this.readMaskPrompt(),
    });
  }

  private showLook(): void {
    const { sheet, layering, moving } = this.world;
    const moves = moving.lookOf(layering.all);
    sheet.set({ look: keyOf(moves === "" ? this.look : `${this.look};${moves}`) });
  }

  /** When nothing else is to be done, and a part each time: of many layers all would be one long task. */
  private prepareSoon(): void {
    if (this.preparing) return;
    this.preparing = true;
    whenIdle(() => {
      const { sketch } = this.world;
      this.preparing = false;
      if (!sketch.busy && sketch.prepare()) this.prepareSoon();
    });
  }

  private readMaskPrompt(): string {
    const { doc, masking } = this.world;
    return masking.state.name === "masking"
      ? String(doc.param(maskPromptKey(masking.state.first)) ?? "")
      : "";
  }
}
