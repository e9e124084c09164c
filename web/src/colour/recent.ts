/** The colours that were painted with last, the newest first. Kept in the browser. */

import { hexColor } from "../doc/read";
import { Store } from "../ui/store";

export const MAX_RECENT = 10;
const KEY = "lightbrush.colours";

interface Recent {
  readonly colours: readonly string[];
}

export class RecentColours {
  readonly now: Store<Recent>;

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem">) {
    this.now = new Store<Recent>({ colours: read(storage) });
  }

  used(color: string): void {
    const { colours } = this.now.get();
    if (colours[0] === color) return;
    this.now.set({ colours: [color, ...colours.filter((known) => known !== color)].slice(0, MAX_RECENT) });
    this.storage.setItem(KEY, JSON.stringify(this.now.get().colours));
  }
}

function read(storage: Pick<Storage, "getItem">): string[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    const colours = Array.isArray(stored) ? stored.map((value) => hexColor(value, "")) : [];
    return colours.filter((color) => color !== "").slice(0, MAX_RECENT);
  } catch {
    return [];
  }
}
