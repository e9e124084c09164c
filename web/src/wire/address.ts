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

export function socketUrl(location: Pick<Location, "href">, token: string): string {
  const url = new URL("ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = token === "" ? "" : `?${new URLSearchParams({ token })}`;
  url.hash = "";
  return url.href;
}

/** The directory that the page is in: files and calls of the gateway are named from here. */
export const rootUrl = (location: Pick<Location, "href">): string => new URL(".", location.href).href;

export const assetUrl = (location: Pick<Location, "href">, sha256: string): string =>
  new URL(`assets/${sha256}`, location.href.split(/[?#]/, 1)[0]).href;
