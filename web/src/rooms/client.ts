/** Rooms over HTTP (docs/sharing.md). Every call rejects with a Problem. */

import { t } from "@lingui/core/macro";
import { blobOf } from "../assets/assets";
import type { AssetFile } from "../assets/store";
import { refusalOf } from "../wire/refusal";
import { unreached } from "../wire/unreached";
import type { RoomKey } from "./address";
import type { Change, Version } from "./versions";

export type Role = "owner" | "editor" | "viewer";

export interface RoomLink {
  readonly id: string;
  readonly role: Role;
  readonly label: string;
  readonly revoked: boolean;
  /** Seconds since the epoch; null: it does not expire. */
  readonly expires_s: number | null;
}

export class RoomsClient {
  constructor(
    private readonly root: string,
    private readonly token: string,
  ) {}

  async create(document: Uint8Array<ArrayBuffer>, name: string): Promise<RoomKey> {
    const query = new URLSearchParams({ name });
    const answer = await this.ask(`?${query}`, { method: "POST", body: new Blob([document]) });
    return (await answer.json()) as RoomKey;
  }

  async role({ id, link }: RoomKey): Promise<Role> {
    const { role } = (await (await this.ask(`/${id}`, {}, link)).json()) as { role: Role };
    return role;
  }

  async links({ id, link }: RoomKey): Promise<RoomLink[]> {
    const { links } = (await (await this.ask(`/${id}/links`, {}, link)).json()) as { links: RoomLink[] };
    return links;
  }

  /** -> the link's secret, which is told this once. */
  async invite(key: RoomKey, role: Role, label: string, expires_in_s: number | null): Promise<string> {
    const body = JSON.stringify({ role, label, expires_in_s });
    const made = await this.ask(`/${key.id}/links`, { method: "POST", body }, key.link);
    return ((await made.json()) as { link: string }).link;
  }

  async revoke({ id, link }: RoomKey, which: string): Promise<void> {
    await this.ask(`/${id}/links/${encodeURIComponent(which)}`, { method: "DELETE" }, link);
  }

  async end({ id, link }: RoomKey): Promise<void> {
    await this.ask(`/${id}`, { method: "DELETE" }, link);
  }

  /** The newest first. */
  async versions({ id, link }: RoomKey): Promise<Version[]> {
    const answer = await this.ask(`/${id}/versions`, {}, link);
    return ((await answer.json()) as { versions: Version[] }).versions;
  }

  /** The document as it was, an update of Yjs. */
  async version({ id, link }: RoomKey, seq: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.ask(`/${id}/versions/${seq}`, {}, link)).arrayBuffer());
  }

  /** The newest first, those before that number; for editors. */
  async changes({ id, link }: RoomKey, before: number | null): Promise<Change[]> {
    const query = new URLSearchParams({ most: "500", ...(before !== null && { before: String(before) }) });
    const answer = await this.ask(`/${id}/changes?${query}`, {}, link);
    return ((await answer.json()) as { changes: Change[] }).changes;
  }

  /** For a change that is larger than a message of the socket. */
  async push({ id, link }: RoomKey, update: Uint8Array<ArrayBuffer>, name: string): Promise<void> {
    const query = new URLSearchParams({ name });
    await this.ask(`/${id}/updates?${query}`, { method: "POST", body: new Blob([update]) }, link);
  }

  async putAsset({ id, link }: RoomKey, sha256: string, file: AssetFile): Promise<void> {
    await this.ask(`/${id}/assets/${sha256}`, { method: "PUT", body: blobOf(file) }, link);
  }

  async asset({ id, link }: RoomKey, sha256: string): Promise<AssetFile> {
    const answer = await this.ask(`/${id}/assets/${sha256}`, {}, link);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { mime: imageType(bytes), bytes };
  }

  private async ask(path: string, init: RequestInit, link = ""): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== "") headers.set("authorization", `Bearer ${this.token}`);
    if (link !== "") headers.set("lightbrush-link", link);
    let answer: Response;
    try {
      answer = await fetch(new URL(`api/rooms${path}`, this.root).href, { ...init, headers });
    } catch {
      throw unreached();
    }
    if (answer.ok) return answer;
    throw await refusalOf(answer, {
      code: "room.request",
      message: t`the server refused`,
      fix: t`Try again.`,
    });
  }
}

/** By its first bytes; the server has seen that it is one of these. */
function imageType(bytes: Uint8Array): string {
  if (bytes[0] === 0x89) return "image/png";
  if (bytes[0] === 0xff) return "image/jpeg";
  return bytes[0] === 0x47 ? "image/gif" : "image/webp";
}
