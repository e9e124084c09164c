/** The calls under `/api/recordings`, with the token that the socket has. Each rejects with a Problem. */

import { t } from "@lingui/core/macro";
import { refusalOf } from "../wire/refusal";
import type { Problem } from "../wire/shots";
import { odd, unreached } from "../wire/unreached";
import { type Recording, readRecording, readRecordings } from "./recording";

export class RecordingsClient {
  constructor(
    private readonly root: string,
    private readonly token: string,
    private readonly ask: typeof fetch = (...request) => fetch(...request),
  ) {}

  /** Null: this server records no sessions. */
  async list(): Promise<readonly Recording[] | null> {
    const answer = await this.answer("", {});
    if (answer.status === 404) return null;
    await checked(answer, t`the server does not tell its recordings`);
    const recordings = readRecordings(await answer.json().catch(() => null));
    if (recordings === null) throw odd();
    return recordings;
  }

  start = (session: string): Promise<Recording> => this.post("", { session }, t`the server does not record`);

  /** One whose session was lost goes on with this one. */
  resume = (id: string, session: string): Promise<Recording> =>
    this.post(`/${encodeURIComponent(id)}/resume`, { session }, t`the recording does not go on`);

  stop = (id: string): Promise<Recording> =>
    this.post(`/${encodeURIComponent(id)}/stop`, null, t`the recording was not stopped`);

  /** One that is gone already is no problem. */
  async remove(id: string): Promise<void> {
    const answer = await this.answer(`/${encodeURIComponent(id)}`, { method: "DELETE" });
    if (answer.status !== 404) await checked(answer, t`the recording was not removed`);
  }

  async file(id: string): Promise<Blob> {
    const answer = await this.answer(`/${encodeURIComponent(id)}/file`, {});
    await checked(answer, t`the server does not have the recording`);
    return answer.blob().catch(() => {
      throw { ...unreached(), message: t`the file did not arrive whole` } satisfies Problem;
    });
  }

  private async post(path: string, body: unknown, otherwise: string): Promise<Recording> {
    const answer = await this.answer(path, { method: "POST", body: JSON.stringify(body) });
    await checked(answer, otherwise);
    const recording = readRecording(await answer.json().catch(() => null));
    if (recording === null) throw odd();
    return recording;
  }

  private async answer(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== "") headers.set("authorization", `Bearer ${this.token}`);
    try {
      return await this.ask(new URL(`api/recordings${path}`, this.root).href, { ...init, headers });
    } catch {
      throw unreached();
    }
  }
}

async function checked(answer: Response, message: string): Promise<void> {
  if (!answer.ok) throw await refusalOf(answer, { code: "client.connection", message, fix: t`Try again.` });
}
