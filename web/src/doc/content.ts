/**
 * What a Yjs document says, as a tree of frozen values, whatever its schema is: maps, lists, texts, and plain values in
 * them. Every map, list and text has a hash of all that is in it. So two trees are compared without walking what they
 * share, and many states of one document take little more room than one of them (pieces.ts).
 */

import { createEncoder, toUint8Array, writeAny, writeUint8, writeVarString } from "lib0/encoding";
import { equalityDeep } from "lib0/function";
import { digest } from "lib0/hash/sha256";
import * as Y from "yjs";

export interface MapNode {
  readonly kind: "map";
  readonly hash: string;
  /** By name, in the order of the names. */
  readonly entries: ReadonlyMap<string, Child>;
}

export interface ListNode {
  readonly kind: "list";
  readonly hash: string;
  readonly items: readonly Child[];
}

/** delta: as Quill writes it; inserts only. */
export interface TextNode {
  readonly kind: "text";
  readonly hash: string;
  readonly delta: readonly unknown[];
}

/** Anything that Yjs keeps as one value: JSON, bytes. Never to be changed: the document has the same object. */
export interface Leaf {
  readonly kind: "leaf";
  readonly value: unknown;
}

/** A large one, a picture say: it has a hash of its own, so that it is read once and kept once. */
export interface LargeLeaf {
  readonly kind: "large";
  readonly hash: string;
  readonly value: object;
}

export type Node = MapNode | ListNode | TextNode;
export type Child = Node | LargeLeaf | Leaf;
export type Kind = Node["kind"];

export type YMap = Y.Map<unknown>;
export type YList = Y.Array<unknown>;
type YType = YMap | YList | Y.Text;

/** 128 bits: no two contents of one browser meet by chance. */
const HASH_BYTES = 16;
/** Encoded. A stroke's points are fewer, most of the time. */
const LARGE_BYTES = 4096;

const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

export const leaf = (value: unknown): Leaf => ({ kind: "leaf", value });

/** Null for one that is not large. */
export function largeLeaf(value: object): LargeLeaf | null {
  const encoder = createEncoder();
  writeVarString(encoder, "large");
  writeAny(encoder, value as Parameters<typeof writeAny>[1]);
  const bytes = toUint8Array(encoder);
  if (bytes.length < LARGE_BYTES) return null;
  return { kind: "large", hash: hashOfBytes(bytes), value };
}

export function mapNode(entries: Iterable<readonly [string, Child]>): MapNode {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const hash = hashOf("map", (write) => {
    for (const [name, child] of sorted) {
      write.name(name);
      write.child(child);
    }
  });
  return { kind: "map", hash, entries: new Map(sorted) };
}

export function listNode(items: readonly Child[]): ListNode {
  return { kind: "list", hash: hashOf("list", (write) => items.forEach(write.child)), items };
}

export function textNode(delta: readonly unknown[]): TextNode {
  return { kind: "text", hash: hashOf("text", (write) => write.child(leaf(delta))), delta };
}

const EMPTY: Readonly<Record<Kind, Node>> = { map: mapNode([]), list: listNode([]), text: textNode([]) };
export const emptyNode = (kind: Kind): Node => EMPTY[kind];

/** By content. Plain values whose keys are in another order are equal too. */
export function same(a: Child | undefined, b: Child | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === "leaf" || b.kind === "leaf")
    return a.kind === "leaf" && b.kind === "leaf" && equalityDeep(a.value, b.value);
  return a.hash === b.hash;
}

/**
 * What tells one item of a list from the others: a map's `id`, where it has one, so that an item that changed is still
 * the same; otherwise everything in it.
 */
export function identityOf(child: Child): string {
  if (child.kind === "leaf") return `=${hashOf("leaf", (write) => write.child(child))}`;
  const id = child.kind === "map" ? child.entries.get("id") : undefined;
  return id?.kind === "leaf" && typeof id.value === "string" ? `#${id.value}` : `=${child.hash}`;
}

interface Writer {
  name(name: string): void;
  child(child: Child): void;
}

function hashOf(kind: Child["kind"], act: (write: Writer) => void): string {
  const encoder = createEncoder();
  writeVarString(encoder, kind);
  act({
    name: (name) => writeVarString(encoder, name),
    child: (child) => {
      writeUint8(encoder, child.kind === "leaf" ? 0 : 1);
      if (child.kind === "leaf") writeAny(encoder, child.value as Parameters<typeof writeAny>[1]);
      else writeVarString(encoder, child.hash);
    },
  });
  return hashOfBytes(toUint8Array(encoder));
}

function hashOfBytes(bytes: Uint8Array): string {
  return hex(digest(bytes).subarray(0, HASH_BYTES));
}

/** Reads a document again and again; what did not change in between is not walked again. */
export class ContentReader {
  private readonly known = new WeakMap<object, Node>();
  /** Yjs gives the same object each time. */
  private readonly values = new WeakMap<object, Child>();

  /** without: names of top-level types that are no content. */
  constructor(
    private readonly y: Y.Doc,
    private readonly without: ReadonlySet<string>,
  ) {
    y.on("afterTransaction", (transaction: Y.Transaction) => {
      for (const type of transaction.changedParentTypes.keys()) this.known.delete(type);
    });
  }

  /** Call it between transactions: inside of one, what it has changed already is not seen. Top-level types that are
   *  empty, or that this version does not read, are left out. */
  read(): MapNode {
    const roots: [string, Node][] = [];
    for (const [name, type] of this.y.share) {
      if (this.without.has(name) || !isKnown(type)) continue;
      const node = this.node(type);
      if (node.hash !== EMPTY[node.kind].hash) roots.push([name, node]);
    }
    return mapNode(roots);
  }

  /** Read ahead for as long as there is time, so that `read` has little left to do. Returns whether it has nothing left. */
  warm(more: () => boolean): boolean {
    for (const [name, type] of this.y.share) {
      if (this.without.has(name) || !isKnown(type) || type instanceof Y.Text || this.known.has(type))
        continue;
      for (const child of type instanceof Y.Map ? type.values() : type.toArray()) {
        if (!isKnown(child) || this.known.has(child)) continue;
        if (!more()) return false;
        this.node(child);
      }
    }
    return true;
  }

  node(type: YType): Node {
    const known = this.known.get(type);
    if (known !== undefined) return known;
    const node = this.walk(type);
    this.known.set(type, node);
    return node;
  }

  private walk(type: YType): Node {
    if (type instanceof Y.Map)
      return mapNode([...type.entries()].map(([name, value]) => [name, this.child(value)] as const));
    if (type instanceof Y.Array) return listNode(type.toArray().map((value) => this.child(value)));
    return textNode(type.toDelta());
  }

  private plain(value: object): Child {
    const known = this.values.get(value);
    if (known !== undefined) return known;
    const child = largeLeaf(value) ?? leaf(value);
    this.values.set(value, child);
    return child;
  }

  private child(value: unknown): Child {
    if (!(value instanceof Y.AbstractType))
      return typeof value === "object" && value !== null ? this.plain(value) : leaf(value);
    if (isKnown(value)) return this.node(value);
    throw new TypeError(`a document's content is Y.Map, Y.Array and Y.Text, got ${value.constructor.name}`);
  }
}

export const isKnown = (type: unknown): type is YType =>
  type instanceof Y.Map ||
  type instanceof Y.Array ||
  (type instanceof Y.Text && !(type instanceof Y.XmlText));

export const kindOf = (type: YType): Kind =>
  type instanceof Y.Map ? "map" : type instanceof Y.Array ? "list" : "text";
