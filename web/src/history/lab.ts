/** Films on their way into files: one at a time, in a worker of its own, which can be called off. */

import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import type { FilmFormat, FilmRequest, FromFilm, Sides } from "./film";
import type { Moment } from "./moments";
import type { MomentStore } from "./store";

export interface LabNow {
  /** How much of it is done, 0 to 1; null: none is being made. */
  readonly part: number | null;
  readonly problem: Problem | null;
}

/** The part of a Worker that is used. */
export interface FilmWorker {
  onmessage: ((event: MessageEvent<FromFilm>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(request: FilmRequest): void;
  terminate(): void;
}

export interface LabWorld {
  readonly store: Pick<MomentStore, "pictures">;
  worker(): FilmWorker;
  save(file: Blob, extension: string): void;
}

export const newFilmWorker = (): FilmWorker =>
  new Worker(new URL("./film.worker.ts", import.meta.url), { type: "module", name: "film" });

const failed = (message: string, fix: string): Problem => ({
  code: "client.recording",
  message,
  value: "",
  fix,
});

export class Lab {
  private worker: FilmWorker | null = null;
  private job = 0;

  readonly now = new Store<LabNow>({ part: null, problem: null });

  constructor(private readonly world: LabWorld) {}

  /** The file is saved when it is made. */
  async make(moments: readonly Moment[], sides: Sides, format: FilmFormat, pace: number): Promise<void> {
    this.stop();
    const job = this.job;
    const { now } = this;
    const { store } = this.world;
    now.set({ part: 0, problem: null });
    const all = await Promise.all(moments.map(({ pictures }) => store.pictures(pictures)));
    if (job !== this.job) return;
    const frames = all.filter((pictures) => pictures !== null);
    if (frames.length === 0) {
      now.set({
        part: null,
        problem: failed(t`the moments have no pictures yet`, t`Try again in a moment.`),
      });
      return;
    }
    const worker = this.world.worker();
    this.worker = worker;
    worker.onmessage = ({ data }) => {
      if (data.type === "progress") {
        now.set({ part: data.frames / frames.length });
        return;
      }
      this.stop();
      if (data.type === "done") this.world.save(data.file, data.extension);
      else now.set({ problem: failed(i18n._(data.why), i18n._(data.fix)) });
    };
    worker.onerror = () => {
      this.stop();
      now.set({ problem: failed(t`the film could not be made`, t`Load the page anew and try again.`) });
    };
    worker.postMessage({ frames, sides, format, pace });
  }

  stop(): void {
    this.job++;
    this.worker?.terminate();
    this.worker = null;
    this.now.set({ part: null, problem: null });
  }
}
