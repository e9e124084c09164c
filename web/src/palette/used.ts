/** Which commands were used last, by their ids, the newest first. Kept in the browser. */

const KEY = "lightbrush.commands";
export const MAX_USED = 6;

type Kept = Pick<Storage, "getItem" | "setItem">;

export function usedCommands(storage: Kept): string[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((id) => typeof id === "string").slice(0, MAX_USED) : [];
  } catch {
    return [];
  }
}

export function rememberCommand(storage: Kept, id: string): void {
  const others = usedCommands(storage).filter((known) => known !== id);
  storage.setItem(KEY, JSON.stringify([id, ...others].slice(0, MAX_USED)));
}
