/**
 * The address: `#project=ID`, or a room, `#room=ID&link=SECRET`. What is behind # is sent to no server and told to no other
 * page. The secret is taken out of the address bar at once, since that is copied and shown, and kept in this browser.
 */

import { FIRST, isProjectId } from "../projects/project";

export interface RoomKey {
  readonly id: string;
  /** The secret of the link by which one came; "" for an owner who is known by name. */
  readonly link: string;
}

const KEYS = "lightbrush.rooms";
const OWN = "lightbrush.shared";
const ROOM_ID = /^r-[0-9a-f]{16}$/;

/** What the address names: a project of this browser, or a room; nothing where it does not say. */
export function addressed(location: Pick<Location, "hash">): {
  readonly project: string | null;
  readonly room: string | null;
} {
  const given = new URLSearchParams(location.hash.slice(1));
  const [project, room] = [given.get("project"), given.get("room")];
  return {
    project: isProjectId(project) ? project : null,
    room: room !== null && ROOM_ID.test(room) ? room : null,
  };
}

/** The room of this page, with its secret: the one that the address names, or as which that project is shared; null:
 *  nobody else has this document. The address says from then on what is open. */
export function takeRoom(
  location: Location,
  history: History,
  storage: Storage,
  project: string,
): RoomKey | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const id = given.get("room") ?? own(storage)[project] ?? null;
  if (id === null || !ROOM_ID.test(id)) {
    history.replaceState(history.state, "", projectHash(project));
    return null;
  }
  const link = given.get("link");
  if (link !== null) remember(storage, { id, link });
  if (link !== null || given.get("room") === null) history.replaceState(history.state, "", roomHash(id));
  return { id, link: keys(storage)[id] ?? "" };
}

export const projectHash = (project: string): string => `#project=${project}`;
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

/** That project is shared as that room; null: no longer. */
export function rememberOwn(storage: Storage, project: string, room: string | null): void {
  const { [project]: _, ...others } = own(storage);
  storage.setItem(OWN, JSON.stringify(room === null ? others : { ...others, [project]: room }));
}

/** The project that is shared as that room; null: it is somebody else's. */
export const projectOf = (storage: Storage, room: string): string | null =>
  Object.entries(own(storage)).find(([, id]) => id === room)?.[0] ?? null;

/** The room as which that project is shared; null: it is not. */
export const roomOf = (storage: Storage, project: string): string | null => own(storage)[project] ?? null;

/** Project -> room. Before there were projects it was the one room's id. */
function own(storage: Storage): Record<string, string> {
  const kept = storage.getItem(OWN);
  if (kept !== null && ROOM_ID.test(kept)) return { [FIRST]: kept };
  return texts(kept);
}

const keys = (storage: Storage): Record<string, string> => texts(storage.getItem(KEYS));

function texts(json: string | null): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(json ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, text]) => typeof text === "string"));
  } catch {
    return {};
  }
}
