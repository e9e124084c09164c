/**
 * Video files that are layers, each with a player of its own. While no timeline says where they are, each plays or stands by
 * itself; where it stands is in the document, that it plays is not.
 *
 *     loading --read--> paused <--play, pause, the end--> playing
 *           \--its file is not in this browser--> away      \--the timeline is open--> led
 *           \--it cannot be played--> broken
 */

import type { VideoLayer } from "../doc/layers";
import { clipTime } from "../doc/moving";
import { looksForEnd } from "./clip";
import { Frames } from "./frames";

export type PlayerState = "loading" | "paused" | "playing" | "led" | "away" | "broken";

/** Where the timeline is. speed: of the timeline. */
export interface Lead {
  readonly at_ms: number;
  readonly playing: boolean;
  readonly speed: number;
}

export interface PlayersWorld {
  /** Null: it is not in this browser. */
  file(sha256: string): Promise<Blob | null>;
  player(): HTMLVideoElement;
  /** As the document has it; null: it is gone, or hidden. */
  layer(id: string): VideoLayer | null;
  seen(): boolean;
  changed(what: "picture" | "state"): void;
  /** It stands there now. */
  stood(id: string, at_s: number): void;
  after(delay_ms: number, act: () => void): () => void;
}

interface Player {
  state: PlayerState;
  readonly clip: string;
  readonly frames: Frames;
  element: HTMLVideoElement | null;
  /** Where to go when it has arrived where it goes now. */
  next_s: number | null;
  letGo(): void;
}

/** It has come to its end, and would begin anew. */
const ends = (layer: VideoLayer, { at_ms }: Lead) =>
  !layer.loop && clipTime(layer, at_ms) === clipTime(layer, Number.POSITIVE_INFINITY);

/** A player that leads or lags by less than that plays on. */
const MAX_DRIFT_S = 0.12;
/** What browsers play at. */
const [SLOWEST, FASTEST] = [0.0625, 16];

export class Players {
  private readonly all = new Map<string, Player>();
  private lead: Lead | null = null;

  constructor(private readonly world: PlayersWorld) {}

  state(id: string): PlayerState | null {
    const player = this.all.get(id);
    if (player === undefined) return null;
    return this.lead !== null && player.element !== null ? "led" : player.state;
  }

  frames(id: string): Frames | null {
    return this.all.get(id)?.frames ?? null;
  }

  /** Where it is, in seconds. */
  at_s(id: string): number {
    return this.all.get(id)?.element?.currentTime ?? this.world.layer(id)?.at_s ?? 0;
  }

  /** The document has these, or says something else of them. */
  read(layers: readonly VideoLayer[]): void {
    for (const [id, player] of this.all) {
      const layer = layers.find((each) => each.id === id);
      if (layer?.clip === player.clip) continue;
      player.letGo();
      this.all.delete(id);
    }
    for (const layer of layers) {
      const player = this.all.get(layer.id);
      if (player === undefined) void this.open(layer);
      else this.settle(layer.id, player);
    }
  }

  play(id: string): void {
    const [player, layer] = [this.all.get(id), this.world.layer(id)];
    if (player?.state !== "paused" || layer === null || player.element === null) return;
    player.state = "playing";
    if (!layer.loop && layer.at_s >= layer.seconds - MAX_DRIFT_S) this.seek(player, 0);
    this.settle(id, player);
    this.world.changed("state");
  }

  pause(id: string): void {
    const player = this.all.get(id);
    if (player?.state !== "playing" || player.element === null) return;
    player.state = "paused";
    player.element.pause();
    this.world.changed("state");
    this.world.stood(id, player.element.currentTime);
  }

  /** The timeline is there, or closed. */
  follow(lead: Lead | null): void {
    const before = this.lead;
    this.lead = lead;
    for (const [id, player] of this.all) {
      if (lead !== null && player.state === "playing") player.state = "paused";
      this.settle(id, player);
    }
    if ((before === null) !== (lead === null)) this.world.changed("state");
  }

  private async open(layer: VideoLayer): Promise<void> {
    const { world } = this;
    const { id } = layer;
    const player: Player = {
      state: "loading",
      clip: layer.clip,
      frames: new Frames(),
      element: null,
      next_s: null,
      letGo: () => {},
    };
    this.all.set(id, player);
    const file = await world.file(layer.clip);
    if (this.all.get(id) !== player) return;
    if (file === null) {
      player.state = "away";
      world.changed("state");
      return;
    }
    const element = world.player();
    const url = URL.createObjectURL(file);
    let cancel = () => {};
    player.letGo = () => {
      cancel();
      element.onseeked = element.onloadeddata = element.onerror = element.onended = null;
      element.removeAttribute("src");
      element.load();
      URL.revokeObjectURL(url);
    };
    const take = (again: boolean) => {
      const now = world.layer(id);
      if (now !== null && world.seen() && player.frames.take(element, now, again)) world.changed("picture");
    };
    const arrived = () => {
      take(true);
      const { next_s } = player;
      player.next_s = null;
      if (next_s !== null) this.seek(player, next_s);
    };
    const ready = () => {
      element.onseeked = arrived;
      player.element = element;
      player.state = "paused";
      this.settle(id, player);
      take(true);
      world.changed("state");
    };
    element.onloadeddata = () => {
      if (looksForEnd(element)) element.onseeked = ready;
      else ready();
    };
    element.onended = () => this.pause(id);
    element.onerror = () => {
      player.state = "broken";
      world.changed("state");
    };
    const tick = () => {
      if (!element.paused) take(false);
      cancel = world.after(1000 / (world.layer(id)?.rate ?? 1), tick);
    };
    element.loop = layer.loop;
    element.preload = "auto";
    element.src = url;
    tick();
  }

  /** As the document and the timeline say. */
  private settle(id: string, player: Player): void {
    const { element } = player;
    const layer = this.world.layer(id);
    if (element === null) return;
    if (layer === null) {
      if (player.state === "playing") this.pause(id);
      element.pause();
      return;
    }
    element.loop = layer.loop;
    const { lead } = this;
    const runs = lead === null ? player.state === "playing" : lead.playing && !ends(layer, lead);
    element.playbackRate = Math.min(FASTEST, Math.max(SLOWEST, layer.speed * (lead?.speed ?? 1)));
    if (lead !== null) this.bring(player, clipTime(layer, lead.at_ms), runs ? MAX_DRIFT_S : 0);
    else if (!runs) this.bring(player, clipTime(layer, 0), 0);
    if (!runs) element.pause();
    else if (element.paused) element.play().catch(() => {}); // told by its error
  }

  private bring(player: Player, to_s: number, drift_s: number): void {
    const at_s = player.element?.currentTime ?? to_s;
    if (player.element?.seeking || Math.abs(at_s - to_s) > Math.max(drift_s, 1e-3)) this.seek(player, to_s);
  }

  /** The newest wish counts: each is a search through a file. */
  private seek(player: Player, to_s: number): void {
    const { element } = player;
    if (element === null) return;
    if (element.seeking) player.next_s = to_s;
    else if (element.currentTime !== to_s) element.currentTime = to_s;
  }
}
