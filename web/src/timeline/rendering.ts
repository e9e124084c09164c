/**
 * "Render the timeline": each frame in turn, not in real time. A frame is asked for when the one before it is in the
 * film, and the next one waits for its picture, so every frame is the picture of its time however slow the engine. The
 * document is read once, at the beginning: one may draw on meanwhile.
 */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { t } from "@lingui/core/macro";
import type { Layer } from "../doc/layers";
import type { FilmFormat } from "../history/film";
import { Store } from "../ui/store";
import type { Pixels } from "../wire/channel";
import { samePixels } from "../wire/pixels";
import type { Problem, Region, ShotMeta } from "../wire/shots";
import { type Moment, momentAt, type Scene } from "./scene";
import { frameTimes } from "./timeline";

export interface RenderFilm {
  readonly width: number;
  readonly height: number;
  /** The sketch beside the render. */
  readonly both: boolean;
  readonly format: FilmFormat;
  readonly fps: number;
}

export type ToRender =
  | { readonly type: "begin"; readonly film: RenderFilm }
  | { readonly type: "frame"; readonly picture: ImageBitmap; readonly sketch: Pixels | null }
  | { readonly type: "end" };

export type FromRender =
  | { readonly type: "taken" }
  | { readonly type: "done"; readonly file: Blob; readonly extension: string }
  | { readonly type: "failed"; readonly why: MessageDescriptor; readonly fix: MessageDescriptor };

/** The part of a Worker that is used. */
export interface RenderWorker {
  onmessage: ((event: MessageEvent<FromRender>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToRender, transfer: Transferable[]): void;
  terminate(): void;
}

/** What is drawn of one frame: the sketch, and where each region of it lies. */
export interface Drawn {
  readonly pixels: Pixels;
  readonly regions: readonly Pixels[];
}

/** A sketch of its own. */
export interface RenderStage {
  /** Resolves when its pictures are decoded. */
  ready(): Promise<void>;
  /** Resolves when its videos show that time. */
  turn(layers: readonly Layer[], at_ms: number): Promise<void>;
  /** said: what is said of each region. */
  compose(moment: Moment): Drawn & { readonly said: readonly Region[] };
  close(): void;
}

export interface RenderingNow {
  /** Null: nothing is rendered. */
  readonly frames: { readonly done: number; readonly all: number } | null;
  readonly problem: Problem | null;
}

export interface RenderingWorld {
  /** What is to be rendered; null while nothing can be. */
  scene(): Scene | null;
  stage(scene: Scene): RenderStage;
  worker(): RenderWorker;
  /** Its picture, whole. Rejects with a Problem. `drawn` gives new pixels each time it is called. */
  ask(shot: ShotMeta, drawn: () => Drawn): Promise<ImageBitmap>;
  save(file: Blob, extension: string): void;
  after(delay_ms: number, act: () => void): () => void;
}

export const newRenderWorker = (): RenderWorker =>
  new Worker(new URL("./render.worker.ts", import.meta.url), { type: "module", name: "render" });

/** The server may be restarting: it is asked again, so often and so much later each. */
export const MAX_TRIES = 20;
export const AGAIN_AFTER_MS = 1500;
const COMES_BACK = /^(fleet\.(no_worker|worker_lost)|client\.connection|shot\.superseded)$/;

const notNow = (): Problem => ({
  code: "client.recording",
  message: t`there is nothing to render frame by frame`,
  value: "",
  fix: t`Connect to the server, leave the video, and set a keyframe or bring a video file.`,
});

export class Rendering {
  readonly now = new Store<RenderingNow>({ frames: null, problem: null });
  private job = 0;
  private worker: RenderWorker | null = null;

  constructor(private readonly world: RenderingWorld) {}

  get on(): boolean {
    return this.now.get().frames !== null;
  }

  /** The file is saved when it is made. */
  async make(both: boolean, format: FilmFormat): Promise<void> {
    this.stop();
    const job = this.job;
    const scene = this.world.scene();
    if (scene === null) {
      this.now.set({ problem: notNow() });
      return;
    }
    const times = frameTimes(scene.timeline);
    this.now.set({ frames: { done: 0, all: times.length }, problem: null });
    const stage = this.world.stage(scene);
    try {
      await stage.ready();
      if (job !== this.job) return;
      const film = await this.film(job, scene, stage, times, both, format);
      if (job !== this.job || film === null) return;
      this.world.save(film.file, film.extension);
      this.now.set({ problem: null });
    } catch (error) {
      if (job === this.job) this.now.set({ problem: problemOf(error) });
    } finally {
      stage.close();
      if (job === this.job) this.stop();
    }
  }

  stop(): void {
    this.job++;
    this.worker?.terminate();
    this.worker = null;
    this.now.set({ frames: null });
  }

  dismiss(): void {
    this.now.set({ problem: null });
  }

  /** Null: it was called off. */
  private async film(
    job: number,
    scene: Scene,
    stage: RenderStage,
    times: readonly number[],
    both: boolean,
    format: FilmFormat,
  ): Promise<Extract<FromRender, { type: "done" }> | null> {
    // 1. The film has the size of its first shot: the engine's, which no keyframe changes.
    const { width, height } = momentAt(scene, times[0] ?? 0).shot;
    const worker = this.world.worker();
    this.worker = worker;
    await told(worker, { type: "begin", film: { width, height, both, format, fps: scene.timeline.fps } });
    let last: { meta: string; drawn: Drawn; picture: ImageBitmap } | null = null;
    for (const [i, at_ms] of times.entries()) {
      // 2. What it is at that time. A shot that equals the last one has its picture.
      const moment = momentAt(scene, at_ms);
      await stage.turn(moment.layers, at_ms);
      if (job !== this.job) return null;
      const { said, ...drawn } = stage.compose(moment);
      const whole: ShotMeta = { ...moment.shot, regions: said };
      const meta = JSON.stringify(whole);
      if (last === null || last.meta !== meta || !sameDrawn(last.drawn, drawn)) {
        last?.picture.close();
        const picture = await this.asked(job, whole, () => copyOf(drawn));
        if (picture === null) return null;
        last = { meta, drawn, picture };
      }
      // 3. Into the film.
      const picture = await createImageBitmap(last.picture);
      if (job !== this.job) return null;
      await told(worker, { type: "frame", picture, sketch: both ? drawn.pixels : null }, [picture]);
      if (job !== this.job) return null;
      this.now.set({ frames: { done: i + 1, all: times.length } });
    }
    last?.picture.close();
    const done = await told(worker, { type: "end" });
    return done.type === "done" ? done : null;
  }

  /** Null: it was called off. */
  private async asked(job: number, shot: ShotMeta, drawn: () => Drawn): Promise<ImageBitmap | null> {
    for (let tries = 1; ; tries++) {
      try {
        const picture = await this.world.ask(shot, drawn);
        if (job === this.job) return picture;
        picture.close();
        return null;
      } catch (error) {
        if (job !== this.job) return null;
        if (tries === MAX_TRIES || !COMES_BACK.test((error as Problem).code)) throw error;
        await new Promise<void>((resolve) => this.world.after(AGAIN_AFTER_MS, resolve));
        if (job !== this.job) return null;
      }
    }
  }
}

const sameDrawn = (a: Drawn, b: Drawn): boolean =>
  samePixels(a.pixels, b.pixels) &&
  a.regions.length === b.regions.length &&
  a.regions.every((mask, i) => samePixels(mask, b.regions[i] ?? null));

function copyOf({ pixels, regions }: Drawn): Drawn {
  const copy = (each: Pixels) => ({ ...each, data: each.data.slice() });
  return { pixels: copy(pixels), regions: regions.map(copy) };
}

/** One message at a time: its answer is the next that comes. Rejects with a Problem. */
function told(worker: RenderWorker, message: ToRender, transfer: Transferable[] = []): Promise<FromRender> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.type === "failed")
        reject({
          code: "client.recording",
          message: i18n._(data.why),
          value: "",
          fix: i18n._(data.fix),
        } satisfies Problem);
      else resolve(data);
    };
    worker.onerror = () =>
      reject({
        code: "client.recording",
        message: t`the film could not be made`,
        value: "",
        fix: t`Load the page anew and try again.`,
      } satisfies Problem);
    worker.postMessage(message, transfer);
  });
}

const problemOf = (error: unknown): Problem =>
  typeof error === "object" && error !== null && "code" in error && "message" in error
    ? (error as Problem)
    : { code: "client.recording", message: t`the film could not be made`, value: "", fix: String(error) };
