/**
 * Recording of this page's session, by the server, which sees every shot and when its picture left. The page says when it
 * begins and ends, and that it goes on where the connection was lost in between.
 */

import { t } from "@lingui/core/macro";
import { saveFile } from "../live/save";
import { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import type { RecordingsClient } from "./client";
import type { Recording } from "./recording";

/** lost: the connection is; it goes on when that is back. */
export type RecorderState =
  | { readonly name: "idle" }
  | { readonly name: "starting" }
  | { readonly name: "recording" | "lost" | "stopping"; readonly id: string };

export interface RecordingsNow {
  /** Whether this server records; false until it has said so. */
  readonly offered: boolean;
  readonly state: RecorderState;
  readonly elapsed_s: number;
  /** The newest first; without the one that goes on. */
  readonly list: readonly Recording[];
  /** Recordings that are being fetched or removed. */
  readonly busy: ReadonlySet<string>;
  /** What went wrong with one of the list; said there. */
  readonly problem: Problem | null;
}

export interface RecordingsWorld {
  readonly client: RecordingsClient;
  /** Of the connection; null while there is none. */
  session(): string | null;
  /** The picture that is shown comes once more: it is where the recording begins. */
  again(): void;
  /** What went wrong with the recording that goes on. */
  failed(problem: Problem): void;
  /** There is one to make something of. */
  finished(): void;
  now_ms(): number;
  after(delay_ms: number, act: () => void): () => void;
}

const empty = (): Problem => ({
  code: "recording.empty",
  message: t`nothing was recorded: no picture came`,
  value: "",
  fix: t`Record a little longer.`,
});
const IDLE: RecorderState = { name: "idle" };

export class Recordings {
  readonly now = new Store<RecordingsNow>({
    offered: false,
    state: IDLE,
    elapsed_s: 0,
    list: [],
    busy: new Set(),
    problem: null,
  });
  private began_ms = 0;
  private stopTicking = () => {};

  constructor(private readonly world: RecordingsWorld) {}

  /** From the press that begins it to its end. */
  get on(): boolean {
    return this.now.get().state.name !== "idle";
  }

  toggle(): void {
    if (this.on) void this.stop();
    else void this.start();
  }

  async start(): Promise<void> {
    const { client, failed } = this.world;
    const session = this.world.session();
    if (this.on || session === null || !this.now.get().offered) return;
    this.now.set({ state: { name: "starting" }, elapsed_s: 0 });
    try {
      const { id } = await client.start(session);
      this.now.set({ state: { name: "recording", id } });
      this.began_ms = this.world.now_ms();
      this.tick();
      this.world.again();
    } catch (problem) {
      this.idle();
      failed(problem as Problem);
    }
  }

  async stop(): Promise<void> {
    const { state } = this.now.get();
    if (state.name !== "recording" && state.name !== "lost") return;
    this.now.set({ state: { name: "stopping", id: state.id } });
    try {
      const made = await this.world.client.stop(state.id);
      this.idle();
      if (made.pictures === 0) {
        await this.world.client.remove(made.id);
        throw empty();
      }
      this.keep(made);
      this.world.finished();
    } catch (problem) {
      if (this.on) this.idle();
      this.world.failed(problem as Problem);
      void this.refresh();
    }
  }

  /** A session is here: what was recorded before the connection was lost goes on in it. */
  async welcomed(session: string): Promise<void> {
    const { state } = this.now.get();
    if (state.name !== "lost") {
      if (state.name === "idle") await this.refresh();
      return;
    }
    try {
      await this.world.client.resume(state.id, session);
      this.now.set({ state: { name: "recording", id: state.id } });
      this.world.again();
    } catch (problem) {
      this.idle();
      this.world.failed(problem as Problem);
      void this.refresh();
    }
  }

  lost(): void {
    const { state } = this.now.get();
    if (state.name === "recording") this.now.set({ state: { name: "lost", id: state.id } });
  }

  /** The server says that it came to its end by itself. */
  ended(problem: Problem): void {
    this.idle();
    this.world.failed(problem);
    void this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      const list = await this.world.client.list();
      this.now.set({ offered: list !== null, list: newestFirst(list ?? []) });
    } catch {
      // Offline: what is known stays, and the next connection asks again.
    }
  }

  save = (recording: Recording): Promise<void> =>
    this.act(recording.id, async () => {
      saveFile(`${recording.id}.lbrec`, await this.world.client.file(recording.id));
    });

  remove = (id: string): Promise<void> =>
    this.act(id, async () => {
      await this.world.client.remove(id);
      this.now.set({ list: this.now.get().list.filter((one) => one.id !== id) });
    });

  dismiss(): void {
    this.now.set({ problem: null });
  }

  private keep(recording: Recording): void {
    const others = this.now.get().list.filter(({ id }) => id !== recording.id);
    this.now.set({ list: newestFirst([recording, ...others]) });
  }

  private async act(id: string, what: () => Promise<void>): Promise<void> {
    const { busy } = this.now.get();
    if (busy.has(id)) return;
    this.now.set({ busy: new Set(busy).add(id), problem: null });
    try {
      await what();
    } catch (problem) {
      this.now.set({ problem: problem as Problem });
    } finally {
      this.now.set({ busy: new Set([...this.now.get().busy].filter((other) => other !== id)) });
    }
  }

  private idle(): void {
    this.stopTicking();
    this.now.set({ state: IDLE });
  }

  private tick(): void {
    this.now.set({ elapsed_s: Math.floor((this.world.now_ms() - this.began_ms) / 1000) });
    const next_ms = 1000 - ((this.world.now_ms() - this.began_ms) % 1000);
    this.stopTicking = this.world.after(next_ms, () => this.tick());
  }
}

const newestFirst = (list: readonly Recording[]): readonly Recording[] =>
  [...list].filter(({ state }) => state !== "recording").sort((a, b) => b.started_ms - a.started_ms);
