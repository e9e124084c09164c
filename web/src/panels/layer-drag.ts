/** Where a row of the layers' list goes that is dragged: how deep, into which group, between which others. */

import { groupsOf } from "../doc/groups";
import type { Layer } from "../doc/layers";

export interface Row {
  readonly layer: Layer;
  /** In how many groups it lies. */
  readonly depth: number;
  /** A group whose layers are listed below it. */
  readonly open: boolean;
}

export const INDENT_PX = 14;

/** What is listed, from the top. */
export function rowsOf(layers: readonly Layer[], folded: readonly string[]): Row[] {
  return layers.toReversed().flatMap((layer) => {
    const groups = groupsOf(layers, layer);
    if (groups.some(({ id }) => folded.includes(id))) return [];
    return [{ layer, depth: groups.length, open: layer.kind === "group" && !folded.includes(layer.id) }];
  });
}

/** A row goes with the rows of what lies in it. */
export function blockOf(rows: readonly Row[], from: number): number {
  const depth = rows[from]?.depth ?? 0;
  let count = 1;
  while ((rows[from + count]?.depth ?? -1) > depth) count++;
  return count;
}

export interface Landing {
  readonly depth: number;
  readonly parent: string | null;
  /** Among what lies there, from the bottom, counted without itself. */
  readonly index: number;
}

/**
 * The row number `from`, with what lies in it, put before row number `to` of the others. wanted: how deep, as far as that is
 * possible there.
 */
export function landing(rows: readonly Row[], from: number, to: number, wanted: number): Landing {
  const rest = rows.toSpliced(from, blockOf(rows, from));
  const [above, below] = [rest[to - 1], rest[to]];
  const most = above === undefined ? 0 : above.depth + (above.open ? 1 : 0);
  const depth = Math.min(most, Math.max(below?.depth ?? 0, wanted));
  const parent = parentAt(rest, to - 1, depth);
  const index = rest.filter(({ layer }, i) => i >= to && (layer.parent ?? null) === parent).length;
  return { depth, parent, index };
}

/** The group that lies at `depth` in what the rows up to that one show. */
function parentAt(rows: readonly Row[], last: number, depth: number): string | null {
  for (let i = last; i >= 0; i--) {
    const row = rows[i];
    if (row === undefined || row.depth > depth) continue;
    if (row.depth === depth - 1) return row.layer.id;
    if (row.depth === depth) return row.layer.parent ?? null;
  }
  return null;
}
