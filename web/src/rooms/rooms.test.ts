import { i18n } from "@lingui/core";
import { beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import {
  addressed,
  inviteUrl,
  projectHash,
  projectOf,
  rememberOwn,
  roomHash,
  roomOf,
  takeRoom,
} from "./address";
import type { RoomsClient } from "./client";
import type { RoomEvents, RoomSocket } from "./link";
import { COLORS, cleanName, initialOf, MAX_HELD, NOTHING, readPeople, whoAmI } from "./people";
import { readProblem } from "./problems";
import { Sharing, type SharingWorld } from "./sharing";

const ROOM = "r-0123456789abcdef";

function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  } as unknown as Storage;
}

const at = (href: string) => ({ href, hash: new URL(href).hash }) as Location;
const history = () =>
  ({ state: null, replaceState: vi.fn() }) as unknown as History & { replaceState: never };

test("a link's secret leaves the address bar and is kept", () => {
  const [storage, past] = [memory(), history()];
  expect(takeRoom(at(`https://a.example/#room=${ROOM}&link=s3cret`), past, storage, "first")).toEqual({
    id: ROOM,
    link: "s3cret",
  });
  expect(past.replaceState).toHaveBeenCalledWith(null, "", roomHash(ROOM));
  expect(takeRoom(at(`https://a.example/#room=${ROOM}`), past, storage, "first")?.link).toBe("s3cret");
});

test("an address without a room is a project's, which may be shared", () => {
  const [storage, past] = [memory(), history()];
  const other = "p-0123456789abcdef";
  expect(takeRoom(at("https://a.example/"), past, storage, "first")).toBeNull();
  expect(past.replaceState).toHaveBeenCalledWith(null, "", projectHash("first"));
  rememberOwn(storage, other, ROOM);
  expect(takeRoom(at("https://a.example/"), history(), storage, "first")).toBeNull();
  expect(takeRoom(at("https://a.example/"), history(), storage, other)?.id).toBe(ROOM);
  expect(projectOf(storage, ROOM)).toBe(other);
  expect(roomOf(storage, other)).toBe(ROOM);
  rememberOwn(storage, other, null);
  expect(projectOf(storage, ROOM)).toBeNull();
});

test("what was shared before there were projects is the first project still", () => {
  const storage = memory();
  storage.setItem("lightbrush.shared", ROOM);
  expect(projectOf(storage, ROOM)).toBe("first");
  expect(takeRoom(at("https://a.example/"), history(), storage, "first")?.id).toBe(ROOM);
});

test("what is no room in the address is not taken for one", () => {
  const odd = at("https://a.example/#room=../x&link=y&project=../../etc");
  expect(takeRoom(odd, history(), memory(), "first")).toBeNull();
  expect(addressed(odd)).toEqual({ project: null, room: null });
});

test("an invitation carries the link and no token", () => {
  const url = inviteUrl({ href: "https://a.example/studio/?token=t#room=old" }, ROOM, "s3cret");
  expect(url).toBe(`https://a.example/studio/#room=${ROOM}&link=s3cret`);
});

test("what others say of themselves is checked", () => {
  const said = new Map<number, unknown>([
    [1, { user: { name: "me", color: "#ffffff" } }],
    [2, { user: { name: "Bob\u202e\n", color: "#a1b2c3" }, cursor: { x: 1, y: 2 }, viewer: true }],
    [3, { user: { name: "Eve", color: "url(https://evil.example)" } }],
    [4, { user: { name: "", color: "#000000" }, cursor: { x: Number.NaN, y: 1 } }],
    [5, null],
    [6, { user: "no" }],
    [7, { user: { name: "Cy", color: "#112233" }, holds: { layers: ["a", 4], moving: true, clip: "c" } }],
    [8, { user: { name: "Di", color: "#112234" }, holds: { layers: "a", moving: 1, clip: "x".repeat(40) } }],
  ]);
  expect(readPeople(said, 1)).toEqual([
    { client: 2, name: "Bob", color: "#a1b2c3", viewer: true, cursor: { x: 1, y: 2 }, holds: NOTHING },
    { client: 4, name: "Guest", color: "#000000", viewer: false, cursor: null, holds: NOTHING },
    {
      client: 7,
      name: "Cy",
      color: "#112233",
      viewer: false,
      cursor: null,
      holds: { layers: ["a"], moving: true, clip: "c" },
    },
    { client: 8, name: "Di", color: "#112234", viewer: false, cursor: null, holds: NOTHING },
  ]);
});

test("names keep any script, and have a length and an initial", () => {
  expect(cleanName("  été 雪 ")).toBe("été 雪");
  expect([...cleanName("🖌️".repeat(60))].length).toBeLessThanOrEqual(40);
  expect(initialOf("édith")).toBe("É");
});

test("who has no name yet is called by a colour, and is the same the next time", () => {
  const storage = memory();
  const me = whoAmI(storage, () => 0.35);
  expect(COLORS.map(([called, color]) => [i18n._(called), color])).toContainEqual([me.name, me.color]);
  expect(whoAmI(storage, () => 0.9)).toEqual(me);
});

test("a refusal is a problem, whoever says it", () => {
  expect(readProblem('{"code":"room.link","message":"m","value":"","fix":"f"}').code).toBe("room.link");
  expect(readProblem("no").message).toBe("no");
});

// -- the states of sharing

let events: RoomEvents;
let told: [string, unknown][];
let client: { [name in keyof RoomsClient]?: unknown };

beforeEach(() => {
  told = [];
  client = {
    create: async () => ({ id: ROOM, link: "own" }),
    role: async () => "editor",
    links: async () => [],
    push: vi.fn(async () => {}),
  };
});

function sharing(
  world: Partial<SharingWorld> = {},
  key: { id: string; link: string } | null = null,
): Sharing {
  const socket = {
    tell: (name: string, value: unknown) => told.push([name, value]),
    connect: vi.fn(),
    close: vi.fn(),
    wake: vi.fn(),
  };
  return new Sharing(
    {
      y: new Y.Doc(),
      project: "first",
      client: client as unknown as RoomsClient,
      storage: memory(),
      history: history(),
      socket: (_key, _me, heard) => {
        events = heard;
        return socket as unknown as RoomSocket;
      },
      inviteUrl: (id, link) => `${id}/${link}`,
      assets: () => [],
      file: async () => null,
      bared: async () => {},
      moved: () => {},
      nextFrame: (act) => act(),
      ...world,
    },
    key,
  );
}

test("sharing moves the session into the room, and the next visit finds it", async () => {
  const moved = vi.fn();
  const storage = memory();
  const one = sharing({ moved, storage });
  expect(one.now.get().state).toBe("alone");
  await one.share();
  expect(moved).toHaveBeenCalledWith({ id: ROOM, link: "own" });
  expect(one.now.get()).toMatchObject({ state: "joining", role: "owner" });
  events.state("open");
  expect(one.now.get().state).toBe("open");
  expect(projectOf(storage, ROOM)).toBe("first");
});

test("until the server has said so, one may only look", async () => {
  const guest = sharing({}, { id: ROOM, link: "l" });
  expect(guest.canEdit).toBe(false);
  await guest.start();
  expect(guest.canEdit).toBe(true);
  expect(told).toContainEqual(["viewer", false]);
});

test("a connection that is lost and tried again is offline until it is back", async () => {
  const guest = sharing({}, { id: ROOM, link: "l" });
  await guest.start();
  events.state("open");
  events.state("offline");
  events.state("connecting");
  expect(guest.now.get().state).toBe("offline");
  events.state("open");
  expect(guest.now.get().state).toBe("open");
});

test("a change that is too large for a message goes another way", async () => {
  const guest = sharing({}, { id: ROOM, link: "l" });
  await guest.start();
  events.tooLarge();
  expect(client.push).toHaveBeenCalledOnce();
});

test("a link that does not open says so and stays closed", async () => {
  const problem = { code: "room.link", message: "revoked", value: "", fix: "" };
  client.role = async () => Promise.reject(problem);
  const guest = sharing({}, { id: ROOM, link: "l" });
  await guest.start();
  expect(guest.now.get()).toMatchObject({ state: "refused", problem });
});

test("without the server one joins as what one was", async () => {
  const storage = memory();
  const first = sharing({ storage }, { id: ROOM, link: "l" });
  await first.start();
  client.role = async () => Promise.reject({ code: "client.connection", message: "", value: "", fix: "" });
  const again = sharing({ storage }, { id: ROOM, link: "l" });
  await again.start();
  expect(again.now.get()).toMatchObject({ state: "joining", role: "editor" });
});

test("who has said no name takes a colour that is free", async () => {
  const y = new Y.Doc();
  const guest = sharing({ y }, { id: ROOM, link: "l" });
  await guest.start();
  const { me } = guest.now.get();
  events.people(new Map([[-1, { user: me }]]));
  expect(guest.now.get().me.color).not.toBe(me.color);
  guest.rename("Ada");
  const named = guest.now.get().me;
  events.people(new Map([[-1, { user: named }]]));
  expect(guest.now.get().me).toEqual(named);
});

test("a pointer is told once a frame, in whole units", async () => {
  let frame = () => {};
  const guest = sharing({ nextFrame: (act) => (frame = act) }, { id: ROOM, link: "l" });
  await guest.start();
  told = [];
  guest.point({ x: 1.2, y: 3.7 });
  guest.point({ x: 10.4, y: 20.6 });
  frame();
  expect(told).toEqual([["cursor", { x: 10, y: 21 }]]);
});

test("what is in hand is told when one joins and when it changes, and never more than a room takes", async () => {
  let frame = () => {};
  const guest = sharing({ nextFrame: (act) => (frame = act) }, { id: ROOM, link: "l" });
  told = [];
  guest.hold({ layers: ["a"], moving: false, clip: null });
  await guest.start();
  expect(told).toContainEqual(["holds", { layers: ["a"], moving: false, clip: null }]);
  told = [];
  guest.hold({ layers: ["a"], moving: false, clip: null });
  frame();
  expect(told).toEqual([]);
  const many = Array.from({ length: 200 }, (_, i) => String(i).padStart(16, "0"));
  guest.hold({ layers: many, moving: true, clip: "12-selection" });
  guest.point({ x: 1, y: 2 });
  frame();
  const held = many.slice(0, MAX_HELD);
  expect(told).toEqual([
    ["holds", { layers: held, moving: true, clip: "12-selection" }],
    ["cursor", { x: 1, y: 2 }],
  ]);
  const user = { name: "\u{1f58c}".repeat(40), color: "#ffffff" };
  expect(new TextEncoder().encode(JSON.stringify([user, told])).length).toBeLessThan(2048);
});

test("a picture from before, that says where it was taken, is made bare when it is shared", async () => {
  const bared = vi.fn(async () => {});
  const file = { mime: "image/jpeg", bytes: new Uint8Array([1]) };
  client.putAsset = async () => Promise.reject({ code: "asset.extra", message: "", value: "", fix: "" });
  const one = sharing({ bared, assets: () => ["a"], file: async () => file });
  await one.share();
  expect(bared).toHaveBeenCalledWith("a", file);
});
