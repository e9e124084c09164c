/** Undo and redo of what several people edit: only what the edit itself changed is changed back, the rest stays. */

type Values = Readonly<Record<string, unknown>>;

/** The values now, with what differs between `from` and `to` as it is in `to`. */
export function revertValues<V extends Values>(now: V, from: V, to: V): V {
  const result: Record<string, unknown> = { ...now };
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (from[name] === to[name]) continue;
    if (name in to) result[name] = to[name];
    else delete result[name];
  }
  return result as V;
}

/** The same for a list of things with ids. Order is restored while nobody else added or removed any. */
export function revertList<T extends { readonly id: string }>(
  now: readonly T[],
  from: readonly T[],
  to: readonly T[],
): T[] {
  const before = new Map(from.map((item) => [item.id, item]));
  const after = new Map(to.map((item) => [item.id, item]));
  let result = now
    .filter(({ id }) => after.has(id) || !before.has(id))
    .map((item) => {
      const [old, wanted] = [before.get(item.id), after.get(item.id)];
      return old && wanted
        ? (revertValues(
            item as unknown as Values,
            old as unknown as Values,
            wanted as unknown as Values,
          ) as unknown as T)
        : item;
    });
  to.forEach((item, i) => {
    if (before.has(item.id) || result.some(({ id }) => id === item.id)) return;
    const ahead = to.slice(0, i).map(({ id }) => id);
    const at = result.findLastIndex(({ id }) => ahead.includes(id)) + 1;
    result = [...result.slice(0, at), item, ...result.slice(at)];
  });
  const here = new Map(result.map((item) => [item.id, item]));
  if (result.length !== to.length || !to.every(({ id }) => here.has(id))) return result;
  return to.map(({ id }) => here.get(id) as T);
}
