import { expect, test, vi } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "../doc/document";
import type { RoomsClient } from "./client";
import { changesText, namesText, rowsOf, Versions } from "./versions";

const KEY = { id: "r-0123456789abcdef", link: "l" };
const version = (seq: number) => ({ seq, at_s: seq, bytes: 9 });
const change = (seq: number, name: string, updates = 1) => ({ seq, at_s: seq, who: "link:l", name, updates });

function document(y = new Y.Doc()) {
  let ids = 0;
  return new LightDocument({ newId: () => `id${y.clientID}-${ids++}`, author: "a" }, y);
}

function copy(doc: LightDocument): LightDocument {
  const y = new Y.Doc();
  Y.applyUpdate(y, Y.encodeStateAsUpdate(doc.y));
  return document(y);
}

test("each version names those who changed something since the one before, the busiest first", () => {
  const changes = [
    change(30, "Ada", 9),
    change(20, "Bob", 3),
    change(12, "Ada"),
    change(10, "Cy"),
    change(0, ""),
  ];
  expect(rowsOf([version(30), version(10), version(0)], changes).map(({ names }) => names)).toEqual([
    ["Ada", "Bob"],
    ["Cy"],
    ["Guest"],
  ]);
  expect(rowsOf([version(3)], null)[0]?.names).toBeNull();
});

test("names are said as people say them", () => {
  expect(namesText(["Ada"])).toBe("Ada");
  expect(namesText(["Ada", "Bob"])).toBe("Ada and Bob");
  expect(namesText(["A", "B", "C", "D"])).toBe("A, B, C and D");
  expect(namesText(["A", "B", "C", "D", "E"])).toBe("A, B, C and 2 others");
});

test("what changed is said in a few words", () => {
  const before = document();
  before.addMark({ type: "clear" });
  const now = copy(before);
  expect(changesText(before, now)).toBe("");
  now.addMark({ type: "clear" });
  now.addMark({ type: "mask-invert" });
  now.setPrompts(() => [now.newPrompt("snow")], "");
  now.addLayer({ kind: "paint", name: "L" }, null);
  now.changeLayer("base", { opacity: 0.5 }, "");
  now.setParams({ seed: 3 }, "");
  expect(changesText(before, now)).toBe("1 mark, 1 new layer, 1 layer changed, the mask, prompts, settings");
  now.changeLayer("base", { gone: true }, "");
  const later = copy(now);
  later.undo();
  expect(changesText(later, now)).toBe("1 layer deleted");
});

test("a version is read once; who may only look does not ask who changed what", async () => {
  const doc = document();
  doc.addMark({ type: "clear" });
  const client = {
    versions: vi.fn(async () => [version(5), version(0)]),
    version: vi.fn(async () => Y.encodeStateAsUpdate(doc.y).slice()),
    changes: vi.fn(async (_: unknown, before: number | null) => (before === null ? [change(5, "Ada")] : [])),
  };
  const versions = new Versions(client as unknown as RoomsClient, KEY);
  expect((await versions.list(false)).map(({ names }) => names)).toEqual([null, null]);
  expect(client.changes).not.toHaveBeenCalled();
  expect((await versions.list(true)).map(({ names }) => names)).toEqual([["Ada"], []]);
  const [one, two] = await Promise.all([versions.document(5), versions.document(5)]);
  expect(one).toBe(two);
  expect(one.visibleMarks()).toHaveLength(1);
  expect(client.version).toHaveBeenCalledOnce();
});

test("a version that cannot be read is asked for again the next time", async () => {
  const problem = { code: "room.missing", message: "", value: "", fix: "" };
  const version = vi.fn(async (): Promise<Uint8Array> => Promise.reject(problem));
  const versions = new Versions({ version } as unknown as RoomsClient, KEY);
  await expect(versions.document(1)).rejects.toBe(problem);
  version.mockResolvedValue(new Uint8Array([0, 0]));
  expect((await versions.document(1)).visibleMarks()).toEqual([]);
});
