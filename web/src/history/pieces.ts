/** Contents as pieces: each map, list and text once, named by its hash. What two moments have in common is kept once. */

import {
  type Child,
  type LargeLeaf,
  largeLeaf,
  leaf,
  listNode,
  type MapNode,
  mapNode,
  type Node,
  textNode,
} from "../doc/content";

/** A child: by hash where it is a piece of its own, else as it is. */
type Part = { readonly piece: string } | { readonly value: unknown };

/** What is stored; a browser's database takes it as it is. */
export type Piece =
  | { readonly hash: string; readonly kind: "map"; readonly parts: readonly (readonly [string, Part])[] }
  | { readonly hash: string; readonly kind: "list"; readonly parts: readonly Part[] }
  | { readonly hash: string; readonly kind: "text"; readonly delta: readonly unknown[] }
  | { readonly hash: string; readonly kind: "large"; readonly value: object };

type Whole = Node | LargeLeaf;

const partOf = (child: Child): Part =>
  child.kind === "leaf" ? { value: child.value } : { piece: child.hash };

const childrenOf = (node: Whole): Iterable<Child> =>
  node.kind === "map" ? node.entries.values() : node.kind === "list" ? node.items : [];

export function pieceOf(node: Whole): Piece {
  const { hash } = node;
  switch (node.kind) {
    case "map":
      return {
        hash,
        kind: "map",
        parts: [...node.entries].map(([name, child]) => [name, partOf(child)] as const),
      };
    case "list":
      return { hash, kind: "list", parts: node.items.map(partOf) };
    case "text":
      return { hash, kind: "text", delta: node.delta };
    case "large":
      return { hash, kind: "large", value: node.value };
  }
}

/** Every node in it, itself included; each once. Those in `known` are left out, with all that is in them. */
export function nodesOf(root: Node, known: { has(hash: string): boolean } = new Set()): Whole[] {
  const found = new Map<string, Whole>();
  const visit = (node: Whole) => {
    if (found.has(node.hash) || known.has(node.hash)) return;
    found.set(node.hash, node);
    for (const child of childrenOf(node)) if (child.kind !== "leaf") visit(child);
  };
  visit(root);
  return [...found.values()];
}

/** The contents that can be made of these pieces: by hash, null where one is missing or damaged. */
export class Contents {
  private readonly nodes = new Map<string, Whole>();
  private readonly pieces: Map<string, Piece>;
  /** Damaged pieces may be parts of themselves. */
  private readonly making = new Set<string>();

  constructor(pieces: readonly Piece[]) {
    this.pieces = new Map(pieces.map((piece) => [piece.hash, piece]));
  }

  add(root: Node): void {
    for (const node of nodesOf(root, this.nodes)) this.nodes.set(node.hash, node);
  }

  has(hash: string): boolean {
    return this.nodes.has(hash) || this.pieces.has(hash);
  }

  learn(pieces: readonly Piece[]): void {
    for (const piece of pieces) this.pieces.set(piece.hash, piece);
  }

  get(hash: string): MapNode | null {
    const node = this.node(hash);
    return node?.kind === "map" ? node : null;
  }

  private node(hash: string): Whole | null {
    const known = this.nodes.get(hash);
    if (known !== undefined) return known;
    const piece = this.pieces.get(hash);
    if (piece === undefined || this.making.has(hash)) return null;
    this.making.add(hash);
    const node = this.made(piece);
    this.making.delete(hash);
    // A piece that is not what its name says would be restored as something that never was.
    if (node === null || node.hash !== hash) return null;
    this.nodes.set(hash, node);
    return node;
  }

  private made(piece: Piece): Whole | null {
    switch (piece.kind) {
      case "text":
        return textNode(piece.delta);
      case "large":
        return largeLeaf(piece.value);
      case "list": {
        const items = piece.parts.map((part) => this.child(part));
        return items.every((item) => item !== null) ? listNode(items) : null;
      }
      case "map": {
        const entries: [string, Child][] = [];
        for (const [name, part] of piece.parts) {
          const child = this.child(part);
          if (child === null) return null;
          entries.push([name, child]);
        }
        return mapNode(entries);
      }
    }
  }

  private child(part: Part): Child | null {
    return "piece" in part ? this.node(part.piece) : leaf(part.value);
  }
}

/** The pieces that these contents are made of. */
export function reachable(pieces: readonly Piece[], roots: Iterable<string>): Set<string> {
  const byHash = new Map(pieces.map((piece) => [piece.hash, piece]));
  const found = new Set<string>();
  const visit = (hash: string) => {
    const piece = byHash.get(hash);
    if (piece === undefined || found.has(hash)) return;
    found.add(hash);
    if (piece.kind === "list") for (const part of piece.parts) if ("piece" in part) visit(part.piece);
    if (piece.kind === "map") for (const [, part] of piece.parts) if ("piece" in part) visit(part.piece);
  };
  for (const root of roots) visit(root);
  return found;
}

const SHA256 = /^[0-9a-f]{64}$/;
const IN_TEXT = /[0-9a-f]{64}/g;

/** Every picture (by its SHA-256) that these pieces name: it is needed to show the moment again. */
export function assetsOf(pieces: readonly Piece[]): Set<string> {
  const found = new Set<string>();
  const look = (value: unknown) => {
    if (typeof value !== "string") return;
    if (SHA256.test(value)) found.add(value);
    else for (const sha256 of value.match(IN_TEXT) ?? []) found.add(sha256);
  };
  for (const piece of pieces) {
    if (piece.kind === "text" || piece.kind === "large") continue;
    for (const entry of piece.parts) {
      const [name, part] = Array.isArray(entry) ? (entry as [string, Part]) : ["", entry as Part];
      look(name);
      if ("value" in part) look(part.value);
    }
  }
  return found;
}
