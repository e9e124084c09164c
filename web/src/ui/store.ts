/** A value that can be watched: the smallest store that React's useSyncExternalStore needs. */

import { useSyncExternalStore } from "react";

export class Store<T extends object> {
  private value: T;
  private readonly listeners = new Set<() => void>();

  constructor(value: T) {
    this.value = value;
  }

  readonly get = (): T => this.value;

  readonly set = (patch: Partial<T>): void => {
    const changed = (Object.keys(patch) as (keyof T)[]).some(
      (key) => !Object.is(patch[key], this.value[key]),
    );
    if (!changed) return;
    this.value = { ...this.value, ...patch };
    for (const listener of [...this.listeners]) listener();
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

/** select must return a value that is stable while its part of the state is. */
export function useStore<T extends object, S>(store: Store<T>, select: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
