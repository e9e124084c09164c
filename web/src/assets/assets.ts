/**
 * Pictures that travel once and are then named by their hash. They are kept in this browser, sent to the server when
 * they are new, and sent again when the server says that it does not have them (`asset.missing`).
 *
 *     new ----sent----> there ----asset.missing----> again ----sent----> there
 *      |                                              |  \--its bytes are not here--> lost
 *      +----------------the server refuses------------+--> refused
 *
 * A shot names only what is `there` or `again`: it never waits, and a picture joins it when it can. Without a
 * connection the state stays and `retry` sends once more. What the document names at the start is taken to be there.
 */

import { refusalOf } from "../wire/refusal";
import type { Problem } from "../wire/shots";
import { sha256 as hash } from "./hash";
import type { AssetFile } from "./store";

export type AssetState = "new" | "there" | "again" | "refused" | "lost";

export interface AssetsWorld {
  readonly store: {
    get(sha256: string): Promise<AssetFile | null>;
    put(sha256: string, file: AssetFile): Promise<void>;
  };
  /** Resolves with null when the server has it, with its Problem when it refuses; rejects when it is not reached. */
  upload(sha256: string, file: AssetFile): Promise<Problem | null>;
  /** Another picture can be named, or one cannot any longer. again: the shot that named it was refused. */
  changed(again: boolean): void;
  failed(sha256: string, problem: Problem): void;
}

/** A server that has no room forgets what it is sent: then sending it over and over helps nobody. */
export const MAX_TIMES_AGAIN = 3;

export class Assets {
  private readonly states = new Map<string, AssetState>();
  private readonly sending = new Map<string, Promise<void>>();
  private readonly times = new Map<string, number>();
  private readonly urls = new Map<string, Promise<string | null>>();

  constructor(private readonly world: AssetsWorld) {}

  state(sha256: string): AssetState {
    return this.states.get(sha256) ?? "there";
  }

  /** May a shot name it? */
  usable = (sha256: string): boolean => {
    const state = this.state(sha256);
    return state === "there" || state === "again";
  };

  /** Keep a file and answer its hash. send: shots are going to name it. */
  async keep(file: AssetFile, send: boolean): Promise<string> {
    const sha256 = await hash(file.bytes);
    await this.world.store.put(sha256, file);
    this.urls.delete(sha256);
    const state = this.states.get(sha256);
    if (send && state !== "there" && state !== "again") {
      this.states.set(sha256, "new");
      void this.send(sha256);
    }
    return sha256;
  }

  get(sha256: string): Promise<AssetFile | null> {
    return this.world.store.get(sha256);
  }

  /** An address for <img>; null when the file is not in this browser. */
  url(sha256: string): Promise<string | null> {
    const known = this.urls.get(sha256);
    if (known !== undefined) return known;
    const url = this.get(sha256).then((file) => file && URL.createObjectURL(blobOf(file)));
    this.urls.set(sha256, url);
    return url;
  }

  /** The server does not have it (any more). Resolves when it was sent again, or cannot be. */
  async missing(sha256: string): Promise<void> {
    const times = (this.times.get(sha256) ?? 0) + 1;
    this.times.set(sha256, times);
    if (times > MAX_TIMES_AGAIN) {
      this.refuse(sha256, {
        code: "asset.missing",
        message: "the server does not keep this picture",
        value: "",
        fix: "Give it more room for assets, or use fewer pictures.",
      });
      return;
    }
    this.states.set(sha256, "again");
    await this.send(sha256);
  }

  /** A picture came: the server has what the shots name. */
  proven(): void {
    this.times.clear();
  }

  /** The connection is back. */
  retry(): void {
    for (const [sha256, state] of this.states)
      if (state === "new" || state === "again") void this.send(sha256);
  }

  private send(sha256: string): Promise<void> {
    const underWay = this.sending.get(sha256);
    if (underWay !== undefined) return underWay;
    const sent = this.sendNow(sha256).finally(() => this.sending.delete(sha256));
    this.sending.set(sha256, sent);
    return sent;
  }

  private async sendNow(sha256: string): Promise<void> {
    const again = this.state(sha256) === "again";
    try {
      const file = await this.world.store.get(sha256);
      if (file === null) {
        this.states.set(sha256, "lost");
        this.world.changed(false);
        this.world.failed(sha256, {
          code: "asset.missing",
          message: "a picture is neither on the server nor in this browser",
          value: "",
          fix: "Bring it again.",
        });
        return;
      }
      const problem = await this.world.upload(sha256, file);
      if (problem !== null) this.refuse(sha256, problem);
      else {
        this.states.set(sha256, "there");
        this.world.changed(again);
      }
    } catch {
      // Not reached: the state stays, and `retry` sends it when the connection is back.
    }
  }

  private refuse(sha256: string, problem: Problem): void {
    this.states.set(sha256, "refused");
    this.world.changed(false);
    this.world.failed(sha256, problem);
  }
}

export const blobOf = ({ mime, bytes }: AssetFile) => new Blob([bytes], { type: mime });

/** `PUT /assets/{sha256}`, with the token, or the room's link, that the socket has. */
export async function upload(
  url: string,
  token: string,
  file: AssetFile,
  link = "",
): Promise<Problem | null> {
  const headers = new Headers();
  if (token !== "") headers.set("authorization", `Bearer ${token}`);
  if (link !== "") headers.set("lightbrush-link", link);
  const answer = await fetch(url, { method: "PUT", body: blobOf(file), headers });
  if (answer.ok) return null;
  if (answer.status >= 500) throw new Error(`the server answered ${answer.status}`);
  return refusalOf(answer, {
    code: "asset.refused",
    message: "the server does not take this picture",
    fix: "Try another picture.",
  });
}
