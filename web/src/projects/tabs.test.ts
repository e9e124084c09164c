import { expect, test, vi } from "vitest";
import * as Y from "yjs";
import { Air } from "./browser.fixture";
import { isOpenElsewhere, joinTabs, sayGone } from "./tabs";

const said = (y: Y.Doc) => y.getArray("marks").toArray();

test("what one tab does, the other has; and what both did before they met", () => {
  const air = new Air();
  const [a, b] = [new Y.Doc(), new Y.Doc()];
  a.getArray("marks").push(["before a"]);
  b.getArray("marks").push(["before b"]);
  joinTabs(a, air.join("p"), null, () => {});
  joinTabs(b, air.join("p"), null, () => {});
  expect(new Set(said(a))).toEqual(new Set(["before a", "before b"]));
  a.getArray("marks").push(["a"]);
  b.getArray("marks").push(["b"]);
  expect(said(a)).toEqual(said(b));
  expect(said(a)).toHaveLength(4);
});

test("what comes from the disk is told to nobody", () => {
  const air = new Air();
  const [a, kept] = [new Y.Doc(), {}];
  const heard = vi.fn();
  joinTabs(a, air.join("p"), kept, () => {});
  air.join("p").onmessage = heard;
  a.transact(() => a.getArray("marks").push(["loaded"]), kept);
  expect(heard).not.toHaveBeenCalled();
  a.transact(() => a.getArray("marks").push(["drawn"]));
  expect(heard).toHaveBeenCalledOnce();
});

test("whether a project is open elsewhere is asked; one that is deleted says so there", async () => {
  const air = new Air();
  const asking = air.join("p");
  expect(await isOpenElsewhere(asking, 1)).toBe(false);
  const gone = vi.fn();
  const leave = joinTabs(new Y.Doc(), air.join("p"), null, gone);
  expect(await isOpenElsewhere(asking, 1000)).toBe(true);
  sayGone(asking);
  expect(gone).toHaveBeenCalledOnce();
  leave();
  expect(await isOpenElsewhere(asking, 1)).toBe(false);
});
