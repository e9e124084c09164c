/** Layers that move: cameras, screens and video files, brought by a hand, and what each shows now. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { sha256 as hash } from "./assets/hash";
import { unreadable } from "./assets/picture";
import type { AssetFile } from "./assets/store";
import type { Moving } from "./canvas/sketch";
import type { LightDocument } from "./doc/document";
import { hiddenBy } from "./doc/groups";
import { isMoving, type Layer, type LiveLayer, type MovingLayer, type VideoLayer } from "./doc/layers";
import { DEFAULT_RATE, type SourceName } from "./doc/moving";
import type { Layering } from "./layering";
import type { Sharing } from "./rooms/sharing";
import { type CaptureState, Captures } from "./sources/captures";
import { readClip } from "./sources/clip";
import { fetchPicture, nameOf } from "./sources/elsewhere";
import type { Frames } from "./sources/frames";
import { newPlayer } from "./sources/moving";
import { type PlayerState, Players } from "./sources/players";
import type { Live } from "./state";
import type { Timing } from "./timeline/timing";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";
import type { Problem } from "./wire/shots";

export type MovingState = "off" | CaptureState | PlayerState;

export interface MovingNow {
  /** By layer. Those that are not there are off. */
  readonly states: ReadonlyMap<string, MovingState>;
  /** Layers whose camera or screen is on, of this page. */
  readonly on: readonly string[];
  /** Rises with every picture. */
  readonly pictures: number;
}

export interface MovingLayersWorld {
  readonly doc: LightDocument;
  readonly desk: Store<Desk>;
  readonly live: Store<Live>;
  readonly layering: Layering;
  readonly timing: Timing;
  readonly sharing: Sharing;
  /** Files of this browser alone: no room has videos. */
  readonly files: {
    get(sha256: string): Promise<AssetFile | null>;
    put(sha256: string, file: AssetFile): Promise<void>;
  };
  /** Another picture is to be seen. */
  moved(): void;
  open(source: SourceName): Promise<MediaStream>;
  /** Whether somebody sees the page. */
  seen(): boolean;
  after(delay_ms: number, act: () => void): () => void;
}

const NAMES: Readonly<Record<SourceName, MessageDescriptor>> = { camera: msg`Camera`, screen: msg`Screen` };

export class MovingLayers {
  readonly now = new Store<MovingNow>({ states: new Map(), on: [], pictures: 0 });
  private readonly captures: Captures;
  private readonly players: Players;
  /** As the document says, not as the timeline does: that hides no camera. */
  private layers: readonly MovingLayer[] = [];
  private shown: ReadonlySet<string> = new Set();

  constructor(private readonly world: MovingLayersWorld) {
    const { doc, desk, timing, sharing, seen, after } = world;
    const changed = (what: "picture" | "state") => this.changed(what);
    const common = { player: newPlayer, seen, changed, after };
    this.captures = new Captures({
      ...common,
      open: world.open,
      layer: (id) => this.find<LiveLayer>(id, "live"),
      say: (problem) => world.live.set({ problem }),
    });
    this.players = new Players({
      ...common,
      layer: (id) => this.find<VideoLayer>(id, "video"),
      file: async (sha256) => {
        const file = await world.files.get(sha256);
        return file && new Blob([file.bytes], { type: file.mime });
      },
      stood: (id, at_s) => this.seek(id, at_s, `stood:${id}`),
    });
    this.read();
    doc.observe((parts) => {
      if (parts.has("layers")) this.read();
    });
    const follow = () => this.follow();
    timing.now.subscribe(follow);
    desk.subscribe(follow);
    sharing.now.subscribe(() => {
      if (!sharing.canEdit) this.captures.stopAll();
    });
  }

  /** What it shows now; null: nothing. */
  readonly picture = (layer: MovingLayer): Moving | null => this.frames(layer)?.now ?? null;

  /** Another text when one of them shows another picture. */
  lookOf(layers: readonly Layer[]): string {
    const versions = layers.filter(isMoving).map((layer) => this.picture(layer)?.version ?? 0);
    return versions.join();
  }

  state(id: string): MovingState {
    return this.captures.state(id) ?? this.players.state(id) ?? "off";
  }

  /** Seconds into its file. */
  at_s(id: string): number {
    return this.players.at_s(id);
  }

  /** Whether this page may show what it is: in a room, whoever brought it. */
  mayStart(layer: MovingLayer): boolean {
    const { doc, sharing } = this.world;
    return sharing.canEdit && (!sharing.shared || layer.owner === doc.author);
  }

  // -- bringing -----------------------------------------------------------------------------------------------------

  /** A new layer, once the person has allowed it. */
  async add(source: SourceName): Promise<void> {
    const given = await this.captures.ask(source);
    if (given === null) return;
    const id = this.addLayer({ kind: "live", name: i18n._(NAMES[source]), source }, given);
    this.captures.begin(id, given);
  }

  /** A video file. What cannot be one is said. */
  async addClip(file: File): Promise<void> {
    const { files, live } = this.world;
    try {
      const info = await readClip(file, newPlayer);
      const bytes = new Uint8Array(await file.arrayBuffer());
      const clip = await hash(bytes);
      await files.put(clip, { mime: file.type || "video/mp4", bytes });
      this.addLayer({ kind: "video", name: file.name, clip, seconds: info.seconds }, info);
    } catch (problem) {
      live.set({ problem: problem as Problem });
    }
  }

  /** Another site's picture, as a picture layer. */
  async addFrom(address: URL): Promise<void> {
    const { layering, desk, live } = this.world;
    const name = nameOf(address);
    try {
      const picture = await fetchPicture(address);
      await layering.addImage(picture, name).catch(() => {
        throw unreadable(name);
      });
      desk.set({ inviting: false, tool: "move" });
    } catch (problem) {
      live.set({ problem: problem as Problem });
    }
  }

  private addLayer(
    layer: Parameters<Layering["addMoving"]>[0],
    size: { readonly width: number; readonly height: number },
  ): string {
    const { layering, doc, desk, sharing } = this.world;
    const whose = { owner: doc.author, by: sharing.now.get().me.name, rate: DEFAULT_RATE };
    const id = layering.addMoving({ ...layer, ...whose }, size);
    desk.set({ inviting: false, tool: "move" });
    return id;
  }

  // -- what hands do ------------------------------------------------------------------------------------------------

  /** The camera or screen of a layer that is there, again. Whoever starts it has it. */
  async start(layer: LiveLayer): Promise<void> {
    const { doc, sharing } = this.world;
    if (!this.mayStart(layer)) return;
    if (layer.owner !== doc.author)
      doc.changeLayer(layer.id, { owner: doc.author, by: sharing.now.get().me.name }, "");
    await this.captures.start(layer.id);
  }

  stop(id: string): void {
    this.captures.stop(id);
  }

  stopAll(): void {
    this.captures.stopAll();
  }

  playPause(id: string): void {
    if (this.players.state(id) === "playing") this.players.pause(id);
    else this.players.play(id);
  }

  /** gesture: moves of one drag are one step of undo. */
  seek(id: string, at_s: number, gesture: string): void {
    if (!this.world.sharing.canEdit) return;
    this.world.doc.changeLayer(id, { at_s: Math.round(at_s * 1000) / 1000 }, gesture);
  }

  /** What it shows now, as a picture that everybody has. */
  async keepStill(layer: MovingLayer): Promise<void> {
    const now = this.picture(layer);
    if (now === null) return;
    const { layering } = this.world;
    layering.select(layer.id);
    await layering.addImage(now.picture, t`${{ name: layer.name }} still`);
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  private frames(layer: MovingLayer): Frames | null {
    return layer.kind === "live" ? this.captures.frames(layer.id) : this.players.frames(layer.id);
  }

  private find<L extends MovingLayer>(id: string, kind: L["kind"]): L | null {
    const layer = this.shown.has(id) ? this.layers.find((each) => each.id === id) : undefined;
    return layer?.kind === kind ? (layer as L) : null;
  }

  private read(): void {
    const all = this.world.doc.layerList();
    this.layers = all.filter(isMoving);
    this.shown = new Set(this.layers.filter((layer) => hiddenBy(all, layer) === null).map(({ id }) => id));
    this.captures.read(new Set(this.layers.map(({ id }) => id)));
    this.players.read(this.layers.filter((layer) => layer.kind === "video"));
  }

  private follow(): void {
    const { timing, desk } = this.world;
    const { at_ms, playing, timeline } = timing.now.get();
    this.players.follow(desk.get().timelineOpen ? { at_ms, playing, speed: timeline.speed } : null);
  }

  private changed(what: "picture" | "state"): void {
    const { pictures } = this.now.get();
    if (what === "picture") this.now.set({ pictures: pictures + 1 });
    else
      this.now.set({
        states: new Map(this.layers.map(({ id }) => [id, this.state(id)])),
        on: this.captures.on,
      });
    if (what === "picture") this.world.moved();
  }
}
