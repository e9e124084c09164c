/** Files that leave the page. */

import type { ShotMeta } from "../wire/shots";

/** "snowy-peaks-at-dusk-seed-7.png" */
export function fileName(shot: Pick<ShotMeta, "prompts" | "seed">, extension = "png"): string {
  const words = (shot.prompts[0]?.[0] ?? "lightbrush")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 48);
  return `${words || "lightbrush"}-seed-${shot.seed}.${extension}`;
}

export function saveFile(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
