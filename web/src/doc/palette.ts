/**
 * The document's palette: parameters "palette:#rrggbb" -> when the colour was added. So two people who add two colours
 * both get what they did, and each addition is undone by itself.
 */

const PREFIX = "palette:";
export const MAX_PALETTE = 48;

interface Params {
  paramNames(): string[];
  param(name: string): unknown;
  setParams(patch: Readonly<Record<string, number | undefined>>, gesture: string): void;
}

/** In the order in which they were added. */
export function paletteOf(doc: Pick<Params, "paramNames" | "param">): string[] {
  const added = doc
    .paramNames()
    .filter((name) => /^palette:#[0-9a-f]{6}$/.test(name))
    .map((name) => ({ hex: name.slice(PREFIX.length), at: Number(doc.param(name)) || 0 }));
  return added.sort((a, b) => a.at - b.at || (a.hex < b.hex ? -1 : 1)).map(({ hex }) => hex);
}

/** Those that are there already stay where they are. Returns how many came: there is room for MAX_PALETTE. */
export function addToPalette(doc: Params, colours: readonly string[]): number {
  const there = paletteOf(doc);
  const last = Math.max(0, ...there.map((hex) => Number(doc.param(PREFIX + hex)) || 0));
  const fresh = [...new Set(colours)]
    .filter((hex) => !there.includes(hex))
    .slice(0, Math.max(0, MAX_PALETTE - there.length));
  if (fresh.length > 0)
    doc.setParams(Object.fromEntries(fresh.map((hex, i) => [PREFIX + hex, last + 1 + i])), "");
  return fresh.length;
}

export function removeFromPalette(doc: Params, hex: string): void {
  doc.setParams({ [PREFIX + hex]: undefined }, "");
}
