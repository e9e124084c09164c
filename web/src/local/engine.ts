/**
 * The page's end of the engine of this browser. Its worker is started when it is first wanted.
 *
 *     off --open()--> loading --> starting --> ready
 *                        \___________\___________\--> failed
 *     any --close()--> off
 */

import { t } from "@lingui/core/macro";
import type { AssetFile } from "../assets/store";
import type { FromLink } from "../live/connection";
import { buffersOf, type ShotJob } from "../wire/channel";
import type { Problem, WireSize } from "../wire/shots";
import { sizesLike } from "../wire/sizes";
import { Slot } from "../wire/slot";
import type { FromLocal, LocalState, ToLocal } from "./channel";

/** The part of Worker that the engine uses. */
export interface RenderWorker {
  onmessage: ((event: { data: FromLocal }) => void) | null;
  onerror: ((event: { message: string }) => void) | null;
  postMessage(message: ToLocal, transfer: Transferable[]): void;
  terminate(): void;
}

export interface LocalWorld {
  readonly root: string;
  readonly token: string;
  worker(): RenderWorker;
  asset(sha256: string): Promise<AssetFile | null>;
  /** What the engine can be asked for. */
  sizes(): readonly WireSize[];
  /** As the connection says it. */
  receive(message: FromLink): void;
  state(state: LocalState): void;
}

export const OFF: LocalState = { name: "off" };
const gone = (): Problem => ({
  code: "client.engine",
  message: t`the engine of this browser was closed`,
  value: "",
  fix: t`Try again.`,
});

/** sent_ms: when, by the page's clock. */
interface Live {
  readonly job: ShotJob;
  readonly sent_ms: number;
}

type Answer = Exclude<FromLocal, { type: "state" }>;

export class LocalEngine {
  private current: LocalState = OFF;
  private worker: RenderWorker | null = null;
  private readonly asked = new Map<number, (answer: Answer) => void>();
  /** Newest wins: one shot is with the worker, and of those that wait only the last. */
  private readonly live = new Slot<Live>((live) => this.show(live));

  constructor(private readonly world: LocalWorld) {}

  get ready(): boolean {
    return this.current.name === "ready";
  }

  open(): void {
    if (this.worker !== null) return;
    this.enter({ name: "loading", loaded_bytes: 0, total_bytes: 1 });
    const worker = this.world.worker();
    this.worker = worker;
    worker.onmessage = ({ data }) => {
      if (worker === this.worker) this.hear(data);
    };
    worker.onerror = ({ message }) => {
      if (worker !== this.worker) return;
      const fix = t`The server renders on. Choose this browser again to try once more.`;
      this.fail({
        code: "client.engine",
        message: t`the engine of this browser stopped`,
        value: message,
        fix,
      });
    };
    const { root, token } = this.world;
    worker.postMessage({ type: "open", root, token }, []);
  }

  close(): void {
    this.end(OFF, gone());
  }

  /** The pixels move to the worker: the job's buffers are empty afterwards. */
  send(job: ShotJob): void {
    this.live.put({ job, sent_ms: performance.now() });
  }

  /** One shot as a PNG file; rejects with a Problem. */
  async export(job: ShotJob): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.ask(job, true);
    if (answer.type === "file") return answer.data;
    throw answer.type === "problem" ? answer.problem : gone();
  }

  private async show({ job, sent_ms }: Live): Promise<void> {
    if (!this.ready) return;
    const queue = performance.now() - sent_ms;
    this.world.receive({ type: "sent", seq: job.seq });
    const answer = await this.ask(job, false);
    if (answer.type === "problem" && this.ready) this.world.receive(answer);
    if (answer.type !== "picture") return;
    const round_trip_ms = performance.now() - sent_ms;
    const picture = { ...answer.picture, times_ms: { queue, ...answer.picture.times_ms } };
    this.world.receive({ ...answer, picture, trip: { pack_ms: 0, round_trip_ms, unpack_ms: 0 } });
  }

  private async ask(job: ShotJob, asFile: boolean): Promise<Answer> {
    const { seq, shot } = job;
    const base = shot.base === "" ? null : await this.world.asset(shot.base);
    if (this.worker === null) return { type: "problem", seq, problem: gone() };
    const size: WireSize = [shot.width, shot.height];
    const [least = size] = sizesLike(this.world.sizes(), size);
    this.worker.postMessage({ type: "render", job: { ...job, base, least }, asFile }, buffersOf(job));
    return new Promise((resolve) => this.asked.set(seq, resolve));
  }

  private hear(message: FromLocal): void {
    if (message.type === "state") {
      if (message.state.name === "failed") this.fail(message.state.problem);
      else this.enter(message.state);
      return;
    }
    const resolve = this.asked.get(message.seq);
    this.asked.delete(message.seq);
    resolve?.(message);
  }

  private fail(problem: Problem): void {
    this.end({ name: "failed", problem }, problem);
  }

  private end(state: LocalState, problem: Problem): void {
    if (this.worker === null) return;
    this.worker.terminate();
    this.worker = null;
    this.enter(state);
    for (const [seq, resolve] of this.asked) resolve({ type: "problem", seq, problem });
    this.asked.clear();
  }

  private enter(state: LocalState): void {
    this.current = state;
    this.world.state(state);
  }
}

/** Whether this browser can render at all: WASM with SIMD, in a worker that can make pictures. */
export const canRender = (): boolean =>
  typeof Worker === "function" &&
  typeof OffscreenCanvas === "function" &&
  typeof DecompressionStream === "function" &&
  typeof WebAssembly === "object" &&
  WebAssembly.validate(SIMD);

/** The smallest module with a SIMD instruction in it. */
const SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

export const newWorker = (): RenderWorker =>
  new Worker(new URL("./render.worker.ts", import.meta.url), {
    type: "module",
    name: "render",
  }) as unknown as RenderWorker;
