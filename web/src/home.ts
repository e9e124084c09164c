/** Where pictures are rendered: on the server, or in this browser from when its engine is ready. */

import type { Assets } from "./assets/assets";
import type { Connection } from "./live/connection";
import type { Readings } from "./live/readings";
import type { LocalState } from "./local/channel";
import { canRender, LocalEngine, type LocalWorld } from "./local/engine";
import type { Recordings } from "./recordings/recordings";
import type { Sharing } from "./rooms/sharing";
import type { Live, Sheet } from "./state";
import type { Touches } from "./touches";
import type { Desk } from "./ui/desk";
import type { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";
import type { ShotJob } from "./wire/channel";

export interface HomeWorld {
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly connection: Connection;
  readonly sharing: Sharing;
  readonly recordings: Recordings;
  readonly video: VideoMode;
  readonly readings: Readings;
  readonly touches: Touches;
  readonly assets: Pick<Assets, "get">;
  /** What the engine of this browser is made with. */
  readonly engine: Pick<LocalWorld, "root" | "token" | "worker" | "receive">;
}

export class Home {
  private readonly local: LocalEngine;

  constructor(private readonly world: HomeWorld) {
    this.local = new LocalEngine({
      ...world.engine,
      asset: (sha256) => world.assets.get(sha256),
      sizes: () => world.sheet.get().card?.sizes ?? [],
      state: (state) => this.entered(state),
    });
    for (const store of [world.desk, world.sheet, world.sharing.now, world.recordings.now])
      store.subscribe(() => this.settle());
  }

  /** The engine of this browser is ready. */
  get ready(): boolean {
    return this.local.ready;
  }

  /** Pictures without regions are the server's. */
  get served(): boolean {
    return this.renders === this.world.connection;
  }

  send(job: ShotJob): void {
    this.rendersOf(job).send(job);
  }

  /** One shot as a file; rejects with a Problem. */
  export(job: ShotJob): Promise<Uint8Array<ArrayBuffer>> {
    return this.rendersOf(job).export(job);
  }

  /** A shot of regions is the server's: the engine of a browser says nothing of parts of a picture. */
  private rendersOf({ shot }: ShotJob): LocalEngine | Connection {
    return shot.regions.length > 0 ? this.world.connection : this.renders;
  }

  private get renders(): LocalEngine | Connection {
    const { sheet, sharing, connection } = this.world;
    return this.ready && sheet.get().card?.browser === true && !sharing.shared ? this.local : connection;
  }

  /** What the server keeps the log of, and what a room sees, the server renders. */
  private settle(): void {
    const { desk, sheet, sharing, recordings, video } = this.world;
    if (video.on) return;
    const here = desk.get().inBrowser && !sharing.shared && !recordings.on;
    if (here && sheet.get().card?.browser && canRender()) this.local.open();
    else this.local.close();
  }

  private entered(state: LocalState): void {
    const { desk, live, readings, touches } = this.world;
    const before = live.get().local.name;
    live.set({ local: state });
    if (state.name === "failed") {
      desk.set({ inBrowser: false });
      live.set({ problem: state.problem });
    }
    if (before === state.name || (before !== "ready" && state.name !== "ready")) return;
    readings.forget();
    touches.again();
  }
}
