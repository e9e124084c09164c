/** The calls under `/api/jobs`, with the token that the socket has. Each rejects with a Problem. */

import { t } from "@lingui/core/macro";
import { refusalOf } from "../wire/refusal";
import type { Problem } from "../wire/shots";
import { odd, unreached } from "../wire/unreached";
import { type EnhanceRequest, type Job, type PremiereRequest, readJob, readJobs } from "./job";

export interface Preview {
  readonly etag: string;
  readonly file: Blob;
}

const isAbort = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

export class JobsClient {
  constructor(
    private readonly root: string,
    private readonly token: string,
    private readonly ask: typeof fetch = (...request) => fetch(...request),
  ) {}

  /** Null: this server has no jobs. */
  async list(signal?: AbortSignal): Promise<readonly Job[] | null> {
    const answer = await this.answer("", { signal: signal ?? null });
    if (answer.status === 404) return null;
    await checked(answer, t`the server does not tell its jobs`);
    const jobs = readJobs(await answer.json().catch(() => null));
    if (jobs === null) throw odd();
    return jobs;
  }

  async create(request: EnhanceRequest | PremiereRequest): Promise<Job> {
    const answer = await this.answer("", {
      method: "POST",
      body: JSON.stringify(request),
      headers: { "content-type": "application/json" },
    });
    await checked(answer, t`the server does not take this job`);
    const job = readJob(await answer.json().catch(() => null));
    if (job === null) throw odd();
    return job;
  }

  async pause(id: string): Promise<void> {
    await this.act(id, "/pause", "POST", t`the job was not paused`);
  }

  /** A paused one goes on; of a failed one, what failed is tried again. */
  async resume(id: string): Promise<void> {
    await this.act(id, "/resume", "POST", t`the job does not go on`);
  }

  /** Whatever state it is in: one that is under way is cancelled first. One that is gone already is no problem. */
  async remove(id: string): Promise<void> {
    const otherwise = t`the job was not removed`;
    const answer = await this.act(id, "", "DELETE", otherwise);
    const cancelled = readJob(await answer.json().catch(() => null));
    if (cancelled !== null) await this.act(id, "", "DELETE", otherwise);
  }

  /** The result as far as it is. "same" as with that etag; null: nothing can be seen of it yet. */
  async preview(id: string, etag: string): Promise<Preview | "same" | null> {
    const answer = await this.answer(`/${encodeURIComponent(id)}/preview`, {
      cache: "no-store",
      ...(etag !== "" && { headers: { "if-none-match": etag } }),
    });
    if (answer.status === 304) return "same";
    if (!answer.ok || answer.status === 204) return null;
    return { etag: answer.headers.get("etag") ?? "", file: await answer.blob() };
  }

  /** What it is made from; null where that is gone, or the server is of a version that does not tell it. */
  async source(id: string): Promise<Blob | null> {
    const answer = await this.answer(`/${encodeURIComponent(id)}/source`, {});
    return answer.ok ? await answer.blob() : null;
  }

  async result(id: string, signal?: AbortSignal): Promise<Blob> {
    const answer = await this.answer(`/${encodeURIComponent(id)}/result`, { signal: signal ?? null });
    await checked(answer, t`the server does not have the result`);
    try {
      return await answer.blob();
    } catch (error) {
      if (isAbort(error)) throw error;
      throw { ...unreached(), message: t`the file did not arrive whole` } satisfies Problem;
    }
  }

  /** The stream of what changes; null: this server has none. */
  async events(signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
    const answer = await this.answer("/events", { signal, headers: { accept: "text/event-stream" } });
    const streams = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
    if (answer.ok && streams) return answer.body;
    await answer.body?.cancel();
    return null;
  }

  private async act(id: string, what: string, method: string, otherwise: string): Promise<Response> {
    const answer = await this.answer(`/${encodeURIComponent(id)}${what}`, { method });
    if (method !== "DELETE" || answer.status !== 404) await checked(answer, otherwise);
    return answer;
  }

  private async answer(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== "") headers.set("authorization", `Bearer ${this.token}`);
    try {
      return await this.ask(new URL(`api/jobs${path}`, this.root).href, { ...init, headers });
    } catch (error) {
      if (isAbort(error)) throw error;
      throw unreached();
    }
  }
}

async function checked(answer: Response, message: string): Promise<void> {
  if (!answer.ok) throw await refusalOf(answer, { code: "client.connection", message, fix: t`Try again.` });
}
