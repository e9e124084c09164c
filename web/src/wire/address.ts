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

/** room: in which the session is; null: in none. output: the name under which its pictures are shown to others. */
export function socketUrl(
  location: Pick<Location, "href">,
  token: string,
  room: { readonly id: string; readonly link: string } | null = null,
  output = "",
): string {
  const url = new URL("ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const query = new URLSearchParams(token === "" ? {} : { token });
  if (room !== null) query.set("room", room.id);
  if (room !== null && room.link !== "") query.set("link", room.link);
  if (output !== "") query.set("output", output);
  url.search = query.toString();
  url.hash = "";
  return url.href;
}

/** The same, of a session for one shot: it renders for nobody else, and shows nothing to anybody. */
export function aloneUrl(socket: string): string {
  const url = new URL(socket);
  url.searchParams.delete("output");
  if (url.searchParams.has("room")) url.searchParams.set("alone", "1");
  return url.href;
}

/**
 * Where other programs find what this page shows: name.mjpeg, or a transparent page. By whoever has the address, as long
 * as its token or its link is good.
 */
export function outputUrl(
  location: Pick<Location, "href">,
  token: string,
  room: { readonly id: string; readonly link: string } | null,
  name: string,
): string {
  const url = new URL(`output/${name}`, location.href.split(/[?#]/, 1)[0]);
  if (room === null && token !== "") url.searchParams.set("token", token);
  if (room !== null) url.searchParams.set("room", room.id);
  if (room !== null && room.link !== "") url.searchParams.set("link", room.link);
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
