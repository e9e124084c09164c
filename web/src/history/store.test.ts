import { IDBFactory } from "fake-indexeddb";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { bring } from "../doc/bring";
import { ContentReader, leaf, listNode, mapNode } from "../doc/content";
import { momentOf } from "./moment.fixture";
import { assetsOf, Contents, nodesOf, pieceOf, reachable } from "./pieces";
import { type MomentPictures, MomentStore } from "./store";

const NONE = new Set<string>();
const pictures = (text: string): MomentPictures => ({
  render: null,
  sketch: { mime: "image/jpeg", bytes: new TextEncoder().encode(text) },
});

function drawn(count: number) {
  const y = new Y.Doc();
  const list = y.getArray<Y.Map<unknown>>("marks");
  const draw = (i: number) =>
    list.push([
      new Y.Map<unknown>([
        ["id", `m${i}`],
        ["points", new Uint8Array([i])],
      ]),
    ]);
  for (let i = 0; i < count; i++) draw(i);
  const reader = new ContentReader(y, NONE);
  return { read: () => reader.read(), draw };
}

describe("the store", () => {
  test("gives back what was written: moments in order, contents whole, pictures", async () => {
    const factory = new IDBFactory();
    const store = await MomentStore.open(factory, "h");
    const { read, draw } = drawn(3);
    const first = read();
    draw(3);
    const second = read();
    const moments = [momentOf("m1", { content: first.hash }), momentOf("m2", { content: second.hash })];
    await store.write([moments[1] as never], [second], []);
    await store.write([moments[0] as never], [first], []);
    await store.putPictures("m1", pictures("one"));
    const again = await MomentStore.open(factory, "h");
    const kept = await again.load(NONE);
    expect(kept.moments).toEqual(moments);
    const contents = new Contents(kept.pieces);
    expect(contents.get(first.hash)).toEqual(first);
    expect(contents.get(second.hash)).toEqual(second);
    expect(await again.pictures("m1")).toEqual(pictures("one"));
    expect(await again.pictures("m2")).toBeNull();
  });

  test("drops at the next opening what no moment, and no undo, needs", async () => {
    const factory = new IDBFactory();
    const store = await MomentStore.open(factory, "h");
    const { read, draw } = drawn(1);
    const [first] = [read(), draw(1)];
    const [second] = [read(), draw(2)];
    const third = read();
    await store.write([momentOf("m1", { content: first.hash })], [first, second, third], []);
    await store.putPictures("m1", pictures("one"));
    await store.putPictures("m0", pictures("of a moment that is gone"));
    await (await MomentStore.open(factory, "h")).load(new Set([third.hash]));
    const again = await MomentStore.open(factory, "h");
    const contents = new Contents((await again.load(new Set([third.hash]))).pieces);
    expect(contents.get(first.hash)).toEqual(first);
    expect(contents.get(second.hash)).toBeNull();
    expect(contents.get(third.hash)).toEqual(third);
    expect(await again.pictures("m0")).toBeNull();
  });

  test("writes pieces again that another window has dropped", async () => {
    const factory = new IDBFactory();
    const [one, two] = [await MomentStore.open(factory, "h"), await MomentStore.open(factory, "h")];
    const content = drawn(2).read();
    await one.write([], [content], []);
    await two.load(NONE);
    await one.write([momentOf("m1", { content: content.hash })], [content], []);
    const kept = await (await MomentStore.open(factory, "h")).load(NONE);
    expect(new Contents(kept.pieces).get(content.hash)).toEqual(content);
  });

  test("without a database it keeps pictures for as long as the page is open", async () => {
    const store = await MomentStore.open(undefined, "h");
    await store.write([momentOf("m1")], [drawn(1).read()], []);
    await store.putPictures("m1", pictures("one"));
    expect(await store.pictures("m1")).toEqual(pictures("one"));
    expect(await store.load(NONE)).toEqual({ moments: [], pieces: [] });
    await store.dropPictures(["m1"]);
    expect(await store.pictures("m1")).toBeNull();
  });
});

describe("pieces", () => {
  test("keep what two contents share once", () => {
    const { read, draw } = drawn(500);
    const first = read();
    draw(500);
    const fresh = nodesOf(read(), new Set(nodesOf(first).map(({ hash }) => hash)));
    expect(fresh).toHaveLength(3); // the new mark, the list, the document
  });

  test("keep a large value once, whatever is said beside it", () => {
    const y = new Y.Doc();
    const images = y.getMap("images");
    const reader = new ContentReader(y, NONE);
    const picture = (n: number) => ({ mime: "image/png", bytes: new Uint8Array(100_000).fill(n) });
    images.set("a", picture(1));
    const first = reader.read();
    images.set("b", picture(2));
    const second = reader.read();
    const there = new Set(nodesOf(first).map(({ hash }) => hash));
    const fresh = nodesOf(second, there).map(pieceOf);
    expect(fresh.filter(({ kind }) => kind === "large")).toHaveLength(1);
    const contents = new Contents([...nodesOf(first), ...nodesOf(second)].map(pieceOf));
    expect(contents.get(second.hash)).toEqual(second);
    images.clear();
    y.transact(() => bring(y, reader, reader.read(), second));
    expect(images.toJSON()).toEqual({ a: picture(1), b: picture(2) });
  });

  test("that are missing or not what their name says give no content", () => {
    const content = drawn(3).read();
    const pieces = nodesOf(content).map(pieceOf);
    expect(new Contents(pieces).get(content.hash)).toEqual(content);
    for (let i = 0; i < pieces.length; i++) {
      expect(new Contents(pieces.filter((_, j) => j !== i)).get(content.hash)).toBeNull();
      const [bad, good] = [pieces[i], pieces[(i + 1) % pieces.length]];
      const damaged = pieces.map((piece) => (piece === bad ? { ...good, hash: bad?.hash } : piece));
      expect(new Contents(damaged as typeof pieces).get(content.hash)).toBeNull();
    }
  });

  test("that are reached are those of the contents asked for", () => {
    const one = mapNode([["a", listNode([leaf(1)])]]);
    const two = mapNode([["a", listNode([leaf(2)])]]);
    const pieces = [...nodesOf(one), ...nodesOf(two)].map(pieceOf);
    expect(reachable(pieces, [one.hash, "unknown"])).toEqual(new Set(nodesOf(one).map(({ hash }) => hash)));
  });

  test("name the pictures that a moment needs", () => {
    const sha = (c: string) => c.repeat(64);
    const content = mapNode([
      ["references", listNode([mapNode([["sha256", leaf(sha("a"))]])])],
      ["params", mapNode([["morph:a", leaf(JSON.stringify({ thumbnail: sha("b") }))]])],
      ["images", mapNode([[sha("c"), leaf({ mime: "image/png" })]])],
    ]);
    expect(assetsOf(nodesOf(content).map(pieceOf))).toEqual(new Set([sha("a"), sha("b"), sha("c")]));
  });
});
