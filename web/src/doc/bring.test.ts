import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { align, bring } from "./bring";
import { ContentReader, identityOf, leaf, type MapNode, mapNode } from "./content";

type Random = () => number;

/** mulberry32: the same documents on every machine. */
function seeded(seed: number): Random {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const upTo = (random: Random, n: number) => Math.floor(random() * n);
const pick = <T>(random: Random, of: readonly T[]): T => of[upTo(random, of.length)] as T;
const NAMES = ["a", "b", "c", "id", "size"];

function listOf(values: unknown[]): Y.Array<unknown> {
  const list = new Y.Array<unknown>();
  list.push(values);
  return list;
}

function randomValue(random: Random, depth: number): unknown {
  const kind = upTo(random, depth > 0 ? 10 : 7);
  if (kind === 0) return upTo(random, 5);
  if (kind === 1) return pick(random, ["x", "y", "", "zz"]);
  if (kind === 2) return new Uint8Array([upTo(random, 3), 1]);
  if (kind === 3) return { deep: [upTo(random, 3), null], flag: random() < 0.5 };
  if (kind === 4) return null;
  if (kind === 5) return random() < 0.5;
  if (kind === 6) return random();
  if (kind === 7) {
    const map = new Y.Map<unknown>();
    for (let i = 0; i < 3; i++) map.set(pick(random, NAMES), randomValue(random, depth - 1));
    return map;
  }
  if (kind === 8)
    return listOf(Array.from({ length: upTo(random, 4) }, () => randomValue(random, depth - 1)));
  return new Y.Text(pick(random, ["", "one", "one two", "ten"]));
}

/** One edit somewhere in what is there. */
function scribble(random: Random, type: unknown): void {
  if (type instanceof Y.Map) {
    const inner = [...type.values()].filter((value) => value instanceof Y.AbstractType);
    if (inner.length > 0 && random() < 0.5) scribble(random, pick(random, inner));
    else if (random() < 0.3) type.delete(pick(random, NAMES));
    else type.set(pick(random, NAMES), randomValue(random, 3));
  } else if (type instanceof Y.Array) {
    const inner = type.toArray().filter((value) => value instanceof Y.AbstractType);
    if (inner.length > 0 && random() < 0.5) scribble(random, pick(random, inner));
    else if (type.length > 0 && random() < 0.4) type.delete(upTo(random, type.length), 1);
    else type.insert(upTo(random, type.length + 1), [randomValue(random, 3)]);
  } else if (type instanceof Y.Text) {
    if (type.length > 0 && random() < 0.4) type.delete(upTo(random, type.length), 1);
    else if (type.length > 0 && random() < 0.3) type.format(0, 1, { bold: true });
    else type.insert(upTo(random, type.length + 1), pick(random, ["q", "rst"]));
  }
}

const ROOTS = (y: Y.Doc) => [y.getArray("list"), y.getMap("map"), y.getText("text")];

interface Living {
  readonly y: Y.Doc;
  readonly reader: ContentReader;
  scribble(random: Random, times: number): void;
  to(content: MapNode): void;
}

function living(): Living {
  const y = new Y.Doc();
  const reader = new ContentReader(y, new Set(["log"]));
  ROOTS(y);
  return {
    y,
    reader,
    scribble: (random, times) => {
      for (let i = 0; i < times; i++) scribble(random, pick(random, ROOTS(y)));
    },
    to: (content) => y.transact(() => bring(y, reader, reader.read(), content)),
  };
}

const toPlain = (y: Y.Doc) => ({
  list: y.getArray("list").toJSON(),
  map: y.getMap("map").toJSON(),
  text: y.getText("text").toDelta(),
});

/** Deliver what one document has and the other has not. */
const sync = (from: Y.Doc, to: Y.Doc) =>
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)));

describe("any document", () => {
  test.each(Array.from({ length: 150 }, (_, i) => i + 1))(
    "goes back to where it was, exactly, and there again (%i)",
    (seed) => {
      const random = seeded(seed);
      const { y, reader, scribble, to } = living();
      scribble(random, 30);
      const then = reader.read();
      const plainThen = toPlain(y);
      scribble(random, 1 + upTo(random, 40));
      const now = reader.read();
      const plainNow = toPlain(y);
      to(then);
      expect(reader.read().hash).toBe(then.hash);
      expect(toPlain(y)).toEqual(plainThen);
      to(now);
      expect(reader.read().hash).toBe(now.hash);
      expect(toPlain(y)).toEqual(plainNow);
    },
  );

  test.each(Array.from({ length: 60 }, (_, i) => i + 1))(
    "converges with one that went on meanwhile (%i)",
    (seed) => {
      const random = seeded(seed + 1000);
      const [one, two] = [living(), living()];
      one.scribble(random, 25);
      const then = one.reader.read();
      one.scribble(random, 15);
      sync(one.y, two.y);
      one.to(then);
      two.scribble(random, 10);
      sync(one.y, two.y);
      sync(two.y, one.y);
      expect(toPlain(two.y)).toEqual(toPlain(one.y));
      expect(two.reader.read().hash).toBe(one.reader.read().hash);
    },
  );

  test("is read again without walking what did not change, and never wrongly", () => {
    const random = seeded(5);
    const { y, reader, scribble } = living();
    for (let i = 0; i < 300; i++) {
      scribble(random, 1);
      expect(reader.read().hash).toBe(new ContentReader(y, new Set()).read().hash);
    }
  });
});

test("a large document is read ahead a little at a time", () => {
  const { y, reader } = living();
  const list = y.getArray<Y.Map<unknown>>("list");
  y.transact(() => list.push(Array.from({ length: 100 }, (_, i) => new Y.Map<unknown>([["id", `m${i}`]]))));
  let left = 0;
  const some = () => left-- > 0;
  let slices = 0;
  do {
    left = 30;
    slices++;
    if (slices === 2) list.get(0).set("size", 1);
  } while (!reader.warm(some));
  expect(slices).toBe(4);
  expect(reader.read().hash).toBe(new ContentReader(y, new Set()).read().hash);
});

describe("a list of things with an id", () => {
  function shelf(...ids: string[]): Living & { list: Y.Array<Y.Map<unknown>>; ids(): unknown[] } {
    const doc = living();
    const list = doc.y.getArray<Y.Map<unknown>>("list");
    doc.y.transact(() => list.push(ids.map(thing)));
    return { ...doc, list, ids: () => list.map((map) => map.get("id")) };
  }
  const thing = (id: string) =>
    new Y.Map<unknown>([
      ["id", id],
      ["hidden", false],
    ]);

  test("is left alone where it did not change: what stays is the very object", () => {
    const { list, reader, to, y } = shelf("1", "2", "3");
    const [first, second] = [list.get(0), list.get(1)];
    const then = reader.read();
    list.push([thing("4")]);
    second?.set("hidden", true);
    const before = Y.encodeStateAsUpdate(y).length;
    to(then);
    expect(list.get(0)).toBe(first);
    expect(list.get(1)).toBe(second);
    expect(second?.get("hidden")).toBe(false);
    expect(Y.encodeStateAsUpdate(y).length - before).toBeLessThan(20);
  });

  test("taken back later, keeps what was added since", () => {
    const { list, reader, to, ids, y } = shelf("1", "2");
    const then = reader.read();
    list.push([thing("3"), thing("4")]);
    const now = reader.read();
    to(then);
    list.insert(1, [thing("new")]);
    y.transact(() => bring(y, reader, then, now));
    expect(ids()).toEqual(["1", "new", "2", "3", "4"]);
  });

  test("never has one of them twice", () => {
    const { list, reader, ids, y } = shelf("1", "2");
    const then = reader.read();
    list.delete(1, 1);
    const now = reader.read();
    list.push([thing("2")]);
    y.transact(() => bring(y, reader, now, then));
    expect(ids()).toEqual(["1", "2"]);
  });

  test("may be put in another order", () => {
    const { list, reader, to, ids } = shelf("1", "2", "3", "4");
    const then = reader.read();
    list.delete(3, 1);
    list.insert(0, [thing("4")]);
    to(then);
    expect(ids()).toEqual(["1", "2", "3", "4"]);
  });
});

test("a type that another version made at the top is left as it is, and the log is no content", () => {
  const { y, reader, to } = living();
  const then = reader.read();
  y.getArray("log").push(["did something"]);
  const other = new Y.Doc();
  other.getMap("later").set("x", 1);
  sync(other, y);
  expect(reader.read().hash).toBe(then.hash);
  to(then);
  expect(y.getArray("log").length).toBe(1);
  expect(y.getMap("later").get("x")).toBe(1);
});

test("content that cannot be read says so instead of being lost", () => {
  const { y, reader } = living();
  y.getMap("map").set("page", new Y.XmlElement("p"));
  expect(() => reader.read()).toThrow("a document's content is Y.Map, Y.Array and Y.Text, got YXmlElement");
});

test("a document with thousands of marks goes back by what differs", () => {
  const { y, reader, to } = living();
  const list = y.getArray<Y.Map<unknown>>("list");
  const mark = (id: string) =>
    new Y.Map<unknown>([
      ["id", id],
      ["points", new Uint8Array(300)],
    ]);
  y.transact(() => list.push(Array.from({ length: 3000 }, (_, i) => mark(`m${i}`))));
  const then = reader.read();
  list.push([mark("last")]);
  const now = reader.read();
  const size = () => Y.encodeStateAsUpdate(y).length;
  const before = size();
  for (let i = 0; i < 10; i++) {
    to(then);
    to(now);
  }
  expect(size() - before).toBeLessThan(10 * 500);
});

test("aligned lists share a longest rising run", () => {
  expect(align([..."abcd"], [..."abxcd"])).toEqual([0, 1, -1, 2, 3]);
  expect(align([..."abcd"], [..."dabc"])).toEqual([-1, 0, 1, 2]);
  expect(align([..."aab"], [..."baa"])).toEqual([-1, 0, 1]);
  expect(align([], ["a"])).toEqual([-1]);
  expect(align(["a"], [])).toEqual([]);
});

test("an item is known by its id, and by its content where it has none", () => {
  const one = mapNode([
    ["id", leaf("7")],
    ["size", leaf(1)],
  ]);
  expect(identityOf(one)).toBe(
    identityOf(
      mapNode([
        ["id", leaf("7")],
        ["size", leaf(2)],
      ]),
    ),
  );
  expect(identityOf(leaf(1))).not.toBe(identityOf(leaf(2)));
  expect(identityOf(mapNode([["id", leaf(7)]]))).toMatch(/^=/);
});
