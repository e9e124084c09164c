/**
 * Rooms in the address: `#room=ID&link=SECRET`. What is behind # is sent to no server and told to no other page. The
 * secret is taken out of the address bar at once, since that is copied and shown, and kept in this browser.
 */

export interface RoomKey {
  readonly id: string;
  /** The secret of the link by which one came; "" for an owner who is known by name. */
  readonly link: string;
}

const KEYS = "lightbrush.rooms";
const OWN = "lightbrush.shared";
const ROOM_ID = /^r-[0-9a-f]{16}$/;

/** The room that the address names, with its secret; null: one's own document. */
export function takeRoom(location: Location, history: History, storage: Storage): RoomKey | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const id = given.get("room") ?? storage.getItem(OWN);
  if (id === null || !ROOM_ID.test(id)) return null;
  const link = given.get("link");
  if (link !== null) remember(storage, { id, link });
  if (link !== null || given.get("room") === null) history.replaceState(history.state, "", roomHash(id));
  return { id, link: keys(storage)[id] ?? "" };
}

export const roomHash = (id: string): string => `#room=${id}`;

/** What one gives to others. The address has no token: the link is enough. */
export function inviteUrl(location: Pick<Location, "href">, id: string, link: string): string {
  const url = new URL(location.href);
  url.search = "";
  url.hash = new URLSearchParams({ room: id, link }).toString();
  return url.href;
}

export function remember(storage: Storage, { id, link }: RoomKey): void {
  storage.setItem(KEYS, JSON.stringify({ ...keys(storage), [id]: link }));
}

/** The document that this browser opens by itself is shared as that room; null: no longer. */
export function rememberOwn(storage: Storage, id: string | null): void {
  if (id === null) storage.removeItem(OWN);
  else storage.setItem(OWN, id);
}

export const isOwn = (storage: Storage, id: string): boolean => storage.getItem(OWN) === id;

function keys(storage: Storage): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEYS) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, link]) => typeof link === "string"));
  } catch {
    return {};
  }
}
