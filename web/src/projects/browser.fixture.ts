/** A browser for the tests: its databases, its storage, and channels between its pages. */

import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import type { Channel } from "./catalogue";

export interface Dump {
  readonly databases: Readonly<
    Record<
      string,
      {
        readonly version: number;
        readonly stores: Readonly<
          Record<
            string,
            { readonly autoIncrement: boolean; readonly rows: readonly (readonly [IDBValidKey, unknown])[] }
          >
        >;
      }
    >
  >;
}

/** y-indexeddb takes the globals. */
export function newBrowser(): IDBFactory {
  const factory = new IDBFactory();
  Object.assign(globalThis, { indexedDB: factory, IDBKeyRange });
  return factory;
}

/** As another version of the page left it. */
export async function restoreDump(factory: IDBFactory, dump: Dump): Promise<void> {
  for (const [name, { version, stores }] of Object.entries(dump.databases))
    await new Promise<void>((resolve, reject) => {
      const request = factory.open(name, version);
      request.onupgradeneeded = () => {
        for (const [store, { autoIncrement, rows }] of Object.entries(stores)) {
          const made = request.result.createObjectStore(store, { autoIncrement });
          for (const [key, value] of rows) made.put(decoded(value), key);
        }
      };
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
      request.onerror = () => reject(request.error);
    });
}

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded);
  if (typeof value !== "object" || value === null) return value;
  if ("$bytes" in value) return Uint8Array.from(atob(String(value.$bytes)), (c) => c.charCodeAt(0));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decoded(item)]));
}

export function memoryStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  } as unknown as Storage;
}

/** Channels of one name hear each other, not themselves; at once. */
export class Air {
  private readonly channels = new Map<string, Set<Channel>>();

  readonly join = (name: string): Channel & { close(): void } => {
    const others = this.channels.get(name) ?? new Set<Channel>();
    this.channels.set(name, others);
    const channel: Channel & { close(): void } = {
      onmessage: null,
      postMessage: (message) => {
        const data: unknown = structuredClone(message);
        for (const other of [...others]) if (other !== channel) other.onmessage?.({ data } as MessageEvent);
      },
      close: () => void others.delete(channel),
    };
    others.add(channel);
    return channel;
  };
}
