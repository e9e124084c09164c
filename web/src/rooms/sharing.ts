/**
 * The document of this page, shared or not. Shared, it is a room on the server: this page is one member of it.
 *
 *     alone --share()--> joining --> in <--lost, back--> in (offline)
 *                           |         \--the server refuses: revoked, expired, ended--> refused
 *                           \---------------------------------------------------------> refused
 */

import { i18n } from "@lingui/core";
import * as Y from "yjs";
import type { AssetFile } from "../assets/store";
import { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import { projectHash, projectOf, type RoomKey, remember, rememberOwn, roomHash } from "./address";
import type { Role, RoomLink, RoomsClient } from "./client";
import type { RoomSocket } from "./link";
import {
  COLORS,
  cleanName,
  type Holds,
  keepMe,
  MAX_HELD,
  type Me,
  NOTHING,
  type Person,
  readPeople,
  whoAmI,
} from "./people";
import { Versions } from "./versions";

export type SharingState = "alone" | "joining" | "open" | "offline" | "refused";

export interface SharingNow {
  readonly state: SharingState;
  readonly role: Role;
  readonly me: Me;
  readonly people: readonly Person[];
  /** Of whoever joined: what others see of the invitations is nothing. */
  readonly links: readonly RoomLink[];
  /** The link that was made last, whole: it is shown this once. */
  readonly made: { readonly role: Role; readonly url: string } | null;
  readonly busy: boolean;
  readonly problem: Problem | null;
}

export interface SharingWorld {
  readonly y: Y.Doc;
  /** The project that this page has open; null: somebody else's room. */
  readonly project: string | null;
  readonly client: RoomsClient;
  readonly storage: Storage;
  readonly history: History;
  socket(key: RoomKey, me: Me, events: ConstructorParameters<typeof RoomSocket>[5]): RoomSocket;
  inviteUrl(id: string, link: string): string;
  /** Pictures that the document names, and their bytes. */
  assets(): Iterable<string>;
  file(sha256: string): Promise<AssetFile | null>;
  /** A room takes no picture that says more than its pixels: make it bare, and name what that makes. */
  bared(sha256: string, file: AssetFile): Promise<void>;
  /** The session belongs to this room from now on; null: to none. */
  moved(room: RoomKey | null): void;
  nextFrame(act: () => void): void;
}

export class Sharing {
  readonly now: Store<SharingNow>;
  private socket: RoomSocket | null = null;
  private holds: Holds = NOTHING;
  /** What is told with the next frame. */
  private readonly waiting = new Map<string, unknown>();

  constructor(
    private readonly world: SharingWorld,
    private key: RoomKey | null,
  ) {
    this.now = new Store<SharingNow>({
      state: key === null ? "alone" : "joining",
      role: key === null ? "owner" : "viewer", // until the server has said
      me: whoAmI(world.storage, Math.random),
      people: [],
      links: [],
      made: null,
      busy: false,
      problem: null,
    });
  }

  get room(): RoomKey | null {
    return this.key;
  }

  get shared(): boolean {
    return this.key !== null;
  }

  get canEdit(): boolean {
    return this.now.get().role !== "viewer";
  }

  /** Once, when the page is ready. */
  async start(): Promise<void> {
    const { key } = this;
    if (key === null) return;
    const known = this.world.storage.getItem(roleKey(key.id)) as Role | null;
    if (known !== null) this.now.set({ role: known });
    try {
      const role = await this.world.client.role(key);
      this.world.storage.setItem(roleKey(key.id), role);
      this.now.set({ role });
    } catch (error) {
      const problem = error as Problem;
      if (problem.code !== "client.connection") {
        this.refuse(problem);
        return;
      }
    }
    this.join(key);
    if (this.now.get().role === "owner") void this.readLinks();
  }

  /** Make a room of this document. */
  async share(): Promise<void> {
    const { world } = this;
    const { project } = world;
    if (project === null || this.key !== null || this.now.get().busy) return;
    await this.trying(async () => {
      const { id, link } = await world.client.create(Y.encodeStateAsUpdate(world.y).slice(), this.me.name);
      const key = { id, link };
      remember(world.storage, key);
      rememberOwn(world.storage, project, id);
      world.storage.setItem(roleKey(id), "owner");
      world.history.replaceState(world.history.state, "", roomHash(id));
      this.key = key;
      this.now.set({ state: "joining", role: "owner", links: [] });
      world.moved(key);
      this.join(key);
      await this.putAssets(world.assets());
    });
  }

  /** Nobody can join any longer; the document stays in each browser that has it. */
  async end(): Promise<void> {
    const { key } = this;
    if (key === null) return;
    await this.trying(async () => {
      await this.world.client.end(key);
      this.leave();
    });
  }

  /** The last link goes first: nobody is to hand on another than they ask for. */
  async invite(role: Role, label: string, expires_in_s: number | null): Promise<void> {
    this.now.set({ made: null });
    await this.trying(async () => {
      if (this.key === null) return;
      const secret = await this.world.client.invite(this.key, role, label, expires_in_s);
      this.now.set({ made: { role, url: this.world.inviteUrl(this.key.id, secret) } });
      await this.readLinks();
    });
  }

  async revoke(link: string): Promise<void> {
    await this.trying(async () => {
      if (this.key === null) return;
      await this.world.client.revoke(this.key, link);
      this.now.set({ made: null });
      await this.readLinks();
    });
  }

  rename(name: string): void {
    const me = { ...this.me, name: cleanName(name) || this.me.name };
    keepMe(this.world.storage, me);
    this.now.set({ me });
    this.socket?.tell("user", me);
  }

  /** Where one points, in document units; told at most once a frame. */
  point(at: Person["cursor"]): void {
    this.tellSoon("cursor", at && { x: Math.round(at.x), y: Math.round(at.y) });
  }

  /** What one has in hand; likewise. */
  hold(holds: Holds): void {
    const told = { ...holds, layers: holds.layers.slice(0, MAX_HELD) };
    if (JSON.stringify(told) === JSON.stringify(this.holds)) return;
    this.holds = told;
    this.tellSoon("holds", told);
  }

  wake(): void {
    if (this.now.get().state === "refused" || this.now.get().state === "joining") void this.retry();
    else this.socket?.wake();
  }

  dismiss(): void {
    this.now.set({ problem: null });
  }

  /** What the server kept of the room; null: nobody else has this document. */
  versions(): Versions | null {
    return this.key && new Versions(this.world.client, this.key);
  }

  // -- pictures -----------------------------------------------------------------------------------------------------

  /** A picture that the document names and this browser lacks. */
  async asset(sha256: string): Promise<AssetFile | null> {
    if (this.key === null) return null;
    return this.world.client.asset(this.key, sha256).catch(() => null);
  }

  /** Tell the room of pictures that the document is going to name. */
  async putAssets(named: Iterable<string>): Promise<void> {
    for (const sha256 of named) {
      if (this.key === null || !this.canEdit) return;
      const file = await this.world.file(sha256);
      // One that the room does not take is missed by the others alone.
      if (file === null) continue;
      await this.world.client.putAsset(this.key, sha256, file).catch(async (problem: Problem) => {
        if (problem.code === "asset.extra") await this.world.bared(sha256, file).catch(() => {});
      });
    }
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  private get me(): Me {
    return this.now.get().me;
  }

  private tellSoon(field: string, value: unknown): void {
    const scheduled = this.waiting.size > 0;
    if (this.socket === null) return;
    this.waiting.set(field, value);
    if (scheduled) return;
    this.world.nextFrame(() => {
      for (const [field, value] of this.waiting) this.socket?.tell(field, value);
      this.waiting.clear();
    });
  }

  private async retry(): Promise<void> {
    if (this.socket !== null || this.now.get().busy) return;
    this.now.set({ state: "joining", problem: null });
    await this.start();
  }

  private join(key: RoomKey): void {
    const socket = this.world.socket(key, this.me, {
      state: (state) => this.now.set({ state: state === "connecting" ? this.joins : state }),
      refused: (problem) => this.refuse(problem),
      problem: (problem) => this.now.set({ problem }),
      tooLarge: () => void this.push(key),
      people: (states) => this.meet(readPeople(states, this.world.y.clientID)),
    });
    this.socket = socket;
    socket.tell("user", this.me);
    socket.tell("viewer", !this.canEdit);
    socket.tell("holds", this.holds);
    socket.connect();
  }

  /** Who has said no name gets a colour that nobody who was here before has. */
  private meet(people: readonly Person[]): void {
    this.now.set({ people });
    const { me } = this;
    const given = COLORS.some(([called, color]) => i18n._(called) === me.name && color === me.color);
    const taken = people.some(({ client, color }) => color === me.color && client < this.world.y.clientID);
    const free = COLORS.filter(([, color]) => !people.some((person) => person.color === color));
    const [called, color] = free[this.world.y.clientID % free.length] ?? [];
    if (!given || !taken || called === undefined || color === undefined) return;
    const other = { name: i18n._(called), color };
    keepMe(this.world.storage, other);
    this.now.set({ me: other });
    this.socket?.tell("user", other);
  }

  private get joins(): SharingState {
    return this.now.get().state === "offline" ? "offline" : "joining";
  }

  private async push(key: RoomKey): Promise<void> {
    try {
      await this.world.client.push(key, Y.encodeStateAsUpdate(this.world.y).slice(), this.me.name);
      this.now.set({ problem: null });
      this.socket?.connect();
    } catch (problem) {
      this.refuse(problem as Problem);
    }
  }

  private refuse(problem: Problem): void {
    this.socket?.close();
    this.socket = null;
    const { storage, project } = this.world;
    const own = this.key !== null && projectOf(storage, this.key.id) === project;
    if (problem.code === "room.missing" && own && project !== null) {
      this.leave(); // ended elsewhere: the document is this browser's own again
      return;
    }
    this.now.set({ state: "refused", problem, people: [] });
  }

  private leave(): void {
    const { world } = this;
    this.socket?.close();
    this.socket = null;
    this.key = null;
    if (world.project !== null) rememberOwn(world.storage, world.project, null);
    const address = world.project === null ? location.pathname + location.search : projectHash(world.project);
    world.history.replaceState(world.history.state, "", address);
    this.now.set({ state: "alone", role: "owner", people: [], links: [], made: null });
    world.moved(null);
  }

  private async readLinks(): Promise<void> {
    if (this.key === null) return;
    const links = await this.world.client.links(this.key).catch(() => null);
    if (links !== null) this.now.set({ links: links.filter((link) => !link.revoked) });
  }

  private async trying(act: () => Promise<void>): Promise<void> {
    this.now.set({ busy: true, problem: null });
    try {
      await act();
    } catch (problem) {
      this.now.set({ problem: problem as Problem });
    } finally {
      this.now.set({ busy: false });
    }
  }
}

const roleKey = (id: string) => `lightbrush.role.${id}`;
