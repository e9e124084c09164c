/** The page's end of the link worker. */

import { type BlockJob, buffersOf, type FromWorker, type ShotJob, type ToWorker } from "../wire/channel";
import type { Prepare, Problem } from "../wire/shots";

export type FromLink = Exclude<FromWorker, { type: "exported" } | { type: "export-failed" }>;

export class Connection {
  private readonly worker: Worker;
  private readonly exports = new Map<
    number,
    { resolve(data: Uint8Array<ArrayBuffer>): void; reject(problem: Problem): void }
  >();

  constructor(receive: (message: FromLink) => void) {
    this.worker = new Worker(new URL("../wire/link.worker.ts", import.meta.url), {
      type: "module",
      name: "link",
    });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "exported") this.take(data.seq)?.resolve(data.data);
      else if (data.type === "export-failed") this.take(data.seq)?.reject(data.problem);
      else receive(data);
    };
  }

  /** Again with another address: the connection is made anew. */
  open(url: string): void {
    this.post({ type: "open", url });
  }

  /** The network or the page came back: try again at once. */
  wake(): void {
    this.post({ type: "wake" });
  }

  /** Whether this page can render for the others of its room. */
  seat(able: boolean, shows: boolean): void {
    this.post({ type: "seat", able, shows });
  }

  /** Pictures of this size will be asked for; how far that is comes back with this seq. */
  prepare(seq: number, prepare: Prepare): void {
    this.post({ type: "prepare", seq, prepare });
  }

  /** The pixels move to the worker: the job's buffer is empty afterwards. */
  send(job: ShotJob): void {
    this.post({ type: "shot", job }, buffersOf(job));
  }

  /** What the video of this page follows from now on. Likewise. */
  follow(job: BlockJob): void {
    this.post({ type: "block", job }, job.input === null ? [] : [job.input.data.buffer]);
  }

  /** One shot on a socket of its own; resolves with the encoded file, rejects with a Problem. */
  export(job: ShotJob): Promise<Uint8Array<ArrayBuffer>> {
    return new Promise((resolve, reject) => {
      this.exports.set(job.seq, { resolve, reject });
      this.post({ type: "export", job }, buffersOf(job));
    });
  }

  private take(seq: number) {
    const waiting = this.exports.get(seq);
    this.exports.delete(seq);
    return waiting;
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }
}
