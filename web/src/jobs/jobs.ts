/** The jobs of this page: what the server makes in the background, started here, looked at, stopped and saved. */

import { t } from "@lingui/core/macro";
import type { AssetFile } from "../assets/store";
import { saveFile } from "../live/save";
import { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import { unreached } from "../wire/unreached";
import type { JobsClient } from "./client";
import type { Creative } from "./creative";
import { Feed, type FeedState } from "./feed";
import { type EnhanceRequest, type Format, isUnderWay, type Job, type PremiereRequest } from "./job";
import { Previews } from "./previews";
import { MODEL } from "./sizes";
import type { JobSource, JobSources } from "./sources";
import { titleOf } from "./words";

/** What the panels show of the jobs. */
export interface JobsNow {
  readonly feed: FeedState;
  /** Whether this server has jobs; false until it has said so. */
  readonly offered: boolean;
  /** The newest first. */
  readonly jobs: readonly Job[];
  /** A picture is on its way to become a job. */
  readonly starting: boolean;
  /** Jobs that were told to do something and have not yet. */
  readonly acting: ReadonlySet<string>;
  /** Jobs whose results are being fetched to be saved. */
  readonly saving: ReadonlySet<string>;
  /** Jobs that came to an end while this page was open, and were not looked at since. */
  readonly news: readonly string[];
  /** What went wrong with something that was asked of a job; said at the jobs. */
  readonly problem: Problem | null;
}

/** A picture to enlarge: its file, and how it is called. */
export interface Picture {
  readonly file: AssetFile;
  readonly title: string;
  readonly name: string;
}

export interface JobsWorld {
  readonly client: JobsClient;
  readonly sources: JobSources;
  /** Keeps the file in this browser and answers its hash. */
  keep(file: AssetFile): Promise<string>;
  /** Null when the server has it now, else its Problem; rejects when it is not reached. */
  upload(sha256: string, file: AssetFile): Promise<Problem | null>;
  after(delay_ms: number, act: () => void): () => void;
}

/** A finished picture that is looked at is not fetched a second time to be saved. */
interface Fetched {
  readonly id: string;
  readonly file: Promise<Blob>;
}

const extensionOf = ({ format, premiere }: Job) =>
  format === "jpeg" ? "jpg" : format === "png" && premiere !== null ? "zip" : format;

export class Jobs {
  readonly now = new Store<JobsNow>({
    feed: "closed",
    offered: false,
    jobs: [],
    starting: false,
    acting: new Set(),
    saving: new Set(),
    news: [],
    problem: null,
  });
  readonly previews: Previews;
  private readonly feed: Feed;
  /** The job whose whole result is looked at. */
  private looking: string | null = null;
  private fetched: Fetched | null = null;

  constructor(private readonly world: JobsWorld) {
    const { client, after } = world;
    this.previews = new Previews({
      fetch: (id, etag) => client.preview(id, etag),
      address: (file) => URL.createObjectURL(file),
      revoke: (address) => URL.revokeObjectURL(address),
      after,
    });
    this.feed = new Feed({
      list: (signal) => client.list(signal),
      events: (signal) => client.events(signal),
      busy: () => this.now.get().jobs.some(isUnderWay),
      all: (jobs) => this.all(jobs),
      changed: (job) => this.changed(job),
      gone: (id) => this.gone(id),
      state: (feed) => this.now.set(feed === "absent" ? { feed, offered: false } : { feed }),
      after,
    });
  }

  /** While the page is seen; a page that nobody sees takes none of the few connections that a browser has. */
  seen(visible: boolean): void {
    if (visible) this.feed.open();
    else this.feed.close();
  }

  wake(): void {
    this.feed.wake();
  }

  get(id: string): Job | null {
    return this.now.get().jobs.find((job) => job.id === id) ?? null;
  }

  source = (id: string): JobSource | null => this.world.sources.get(id);

  // -- what is asked of them ----------------------------------------------------------------------------------------

  /** Rejects with a Problem. */
  async enhance(
    picture: () => Promise<Picture>,
    to: string,
    format: Format,
    creative: Creative | null = null,
  ): Promise<void> {
    if (this.now.get().starting) return;
    this.now.set({ starting: true });
    try {
      const { file, title, name } = await picture();
      const sha256 = await this.world.keep(file);
      const request = { kind: "enhance", picture: sha256, to, model: MODEL, format, ...creative } as const;
      await this.start({ sha256, title, name }, file, request);
    } finally {
      this.now.set({ starting: false });
    }
  }

  /** Of a recording that the server has. What goes wrong is said at the jobs. */
  async film(request: PremiereRequest): Promise<void> {
    this.now.set({ problem: null });
    try {
      const job = await this.world.client.create(request);
      if (this.get(job.id) === null) this.changed(job);
    } catch (problem) {
      this.now.set({ problem: problem as Problem });
    }
  }

  pause = (id: string): Promise<void> => this.act(id, () => this.world.client.pause(id));
  /** A paused one goes on; of a failed one, what failed is tried again. */
  resume = (id: string): Promise<void> => this.act(id, () => this.world.client.resume(id));

  /** Cancelled, and forgotten with its result. */
  remove(id: string): Promise<void> {
    return this.act(id, async () => {
      await this.world.client.remove(id);
      this.gone(id);
    });
  }

  async save(job: Job): Promise<void> {
    const { saving } = this.now.get();
    if (saving.has(job.id)) return;
    this.now.set({ saving: new Set(saving).add(job.id) });
    try {
      saveFile(this.fileName(job), await this.file(job.id));
    } catch (problem) {
      this.now.set({ problem: problem as Problem });
    } finally {
      if (this.fetched?.id !== this.looking) this.fetched = null;
      this.now.set({ saving: without(this.now.get().saving, job.id) });
    }
  }

  /** "golden-evening-light-seed-7-4k.png", "...-4k-creative.png", "premiere-4k.mp4" */
  fileName = (job: Job): string => {
    const name = this.source(job.id)?.name ?? (job.premiere === null ? "lightbrush" : "premiere");
    return `${name}-${job.to}${job.creativity > 0 ? "-creative" : ""}.${extensionOf(job)}`;
  };

  /** How it is called. */
  title = (job: Job): string => this.source(job.id)?.title ?? titleOf(job);

  /** What it is made from, as the server has it; null where it does not. */
  before = (id: string): Promise<Blob | null> => this.world.client.source(id);

  // -- what is looked at --------------------------------------------------------------------------------------------

  /** The whole result is wanted to be seen; it is kept until another one, or none, is. */
  look(id: string | null): void {
    this.looking = id;
    if (this.fetched !== null && this.fetched.id !== id) this.fetched = null;
    if (id !== null) this.read(id);
  }

  /** The result's file, once for whoever wants it. */
  file(id: string): Promise<Blob> {
    if (this.fetched?.id === id) return this.fetched.file;
    const fetched: Fetched = { id, file: this.world.client.result(id) };
    this.fetched = fetched;
    fetched.file.catch(() => {
      if (this.fetched === fetched) this.fetched = null;
    });
    return fetched.file;
  }

  /** Its end is no news any longer; without an id, nothing is. */
  read(id?: string): void {
    const { news } = this.now.get();
    if (news.length > 0) this.now.set({ news: id === undefined ? [] : news.filter((known) => known !== id) });
  }

  dismiss(): void {
    this.now.set({ problem: null });
  }

  // -- from the server ----------------------------------------------------------------------------------------------

  private async start(source: JobSource, file: AssetFile, request: EnhanceRequest): Promise<void> {
    for (let first = true; ; first = false) {
      const problem = await this.world
        .upload(source.sha256, file)
        .catch(() => unreached(t`the picture did not reach the server`));
      if (problem !== null) throw problem;
      try {
        const job = await this.world.client.create(request);
        this.world.sources.set(job.id, source);
        if (this.get(job.id) === null) this.changed(job); // else the feed was faster, and knows more
        return;
      } catch (error) {
        // The server had no room and forgot the picture in between.
        if ((error as Problem).code !== "asset.missing" || !first) throw error;
      }
    }
  }

  private async act(id: string, what: () => Promise<void>): Promise<void> {
    const { acting } = this.now.get();
    if (acting.has(id)) return;
    this.now.set({ acting: new Set(acting).add(id), problem: null });
    try {
      await what();
    } catch (problem) {
      this.now.set({ problem: problem as Problem });
    } finally {
      this.now.set({ acting: without(this.now.get().acting, id) });
    }
  }

  private all(jobs: readonly Job[]): void {
    const stay = new Set(jobs.map(({ id }) => id));
    for (const { id } of this.now.get().jobs) if (!stay.has(id)) this.drop(id);
    for (const job of jobs) this.tell(job);
    this.now.set({ jobs: newestFirst(jobs), offered: true });
  }

  private changed(job: Job): void {
    this.tell(job);
    const others = this.now.get().jobs.filter(({ id }) => id !== job.id);
    this.now.set({ jobs: newestFirst([...others, job]) });
  }

  private gone(id: string): void {
    this.drop(id);
    this.world.sources.forget(id);
    this.now.set({ jobs: this.now.get().jobs.filter((job) => job.id !== id) });
  }

  private drop(id: string): void {
    this.previews.forget(id);
    this.read(id);
  }

  private tell(job: Job): void {
    this.previews.moved(job);
    const before = this.get(job.id);
    const ended = before !== null && isUnderWay(before) && (job.state === "done" || job.state === "failed");
    if (ended) this.now.set({ news: [...this.now.get().news, job.id] });
  }
}

const newestFirst = (jobs: readonly Job[]): readonly Job[] =>
  [...jobs].sort((a, b) => b.created_ms - a.created_ms || (a.id < b.id ? 1 : -1));

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}
