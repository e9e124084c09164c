/** Pictures as prompts: what a chip shows and what a shot says. */

import type { Reference } from "../wire/shots";

export interface ReferenceValue {
  readonly id: string;
  /** Of the picture's file: 64 lower-case hex digits. */
  readonly sha256: string;
  /** The file's name, for people. */
  readonly name: string;
  /** -2 to 2; below zero it pushes away ("less of"). */
  readonly weight: number;
}

/** limit: how many the engine takes. usable: whether the server has the picture. */
export function referencesToWire(
  references: readonly Pick<ReferenceValue, "sha256" | "weight">[],
  limit: number,
  usable: (sha256: string) => boolean = () => true,
): Reference[] {
  return references
    .slice(0, limit)
    .filter((r) => r.weight !== 0 && usable(r.sha256))
    .map(({ sha256, weight }) => ({ sha256, weight }));
}
