/** Where the socket and the assets are, and the token that opens them. */

const TOKEN_KEY = "lightbrush.token";

/** Take the token out of the address bar (it would leak by copy and paste) and keep it for this tab. */
export function takeToken(location: Location, history: History, storage: Storage): string {
  const address = new URL(location.href);
  const token = address.searchParams.get("token");
  if (token === null) return storage.getItem(TOKEN_KEY) ?? "";
  storage.setItem(TOKEN_KEY, token);
  address.searchParams.delete("token");
  history.replaceState(history.state, "", address);
  return token;
}

/** room: in which the session is; null: in none. */
export function socketUrl(
  location: Pick<Location, "href">,
  token: string,
  room: { readonly id: string; readonly link: string } | null = null,
): string {
  const url = new URL("ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const query = new URLSearchParams(token === "" ? {} : { token });
  if (room !== null) query.set("room", room.id);
  if (room !== null && room.link !== "") query.set("link", room.link);
  url.search = query.toString();
  url.hash = "";
  return url.href;
}

/** The directory that the page is in: files and calls of the gateway are named from here. */
export const rootUrl = (location: Pick<Location, "href">): string => new URL(".", location.href).href;

export function assetUrl(
  location: Pick<Location, "href">,
  sha256: string,
  room: { readonly id: string } | null = null,
): string {
  const url = new URL(`assets/${sha256}`, location.href.split(/[?#]/, 1)[0]);
  if (room !== null) url.searchParams.set("room", room.id);
  return url.href;
}
