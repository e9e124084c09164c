import { expect, test } from "vitest";
import { revertList, revertValues } from "./revert";

const list = (...items: (readonly [id: string, text: string])[]) => items.map(([id, text]) => ({ id, text }));

test("of values only what the edit changed is changed back", () => {
  const now: Record<string, number | string> = { seed: 3, steps: 4, by: "another" };
  expect(revertValues(now, { seed: 3, steps: 2 }, { seed: 1, steps: 2 })).toEqual({ ...now, seed: 1 });
});

test("a value that the edit brought goes, and one that it took comes back", () => {
  const [now, before, after] = [
    { a: 1, new: 2 },
    { a: 1, old: 5 },
    { a: 1, new: 2 },
  ];
  expect(revertValues<Record<string, number>>(now, after, before)).toEqual({ a: 1, old: 5 });
});

test("what others added to a list stays", () => {
  const before = list(["a", "sun"]);
  const after = list(["a", "sun"], ["b", "snow"]);
  const now = list(["a", "sun"], ["b", "snow"], ["c", "by another"]);
  expect(revertList(now, after, before)).toEqual(list(["a", "sun"], ["c", "by another"]));
});

test("what was taken from a list comes back to its place", () => {
  const before = list(["a", "1"], ["b", "2"], ["c", "3"]);
  const after = list(["a", "1"], ["c", "3"]);
  const now = list(["x", "by another"], ["a", "1"], ["c", "3"]);
  expect(revertList(now, after, before).map(({ id }) => id)).toEqual(["x", "a", "b", "c"]);
});

test("of a thing in a list only the fields that the edit changed are changed back", () => {
  const now = [{ id: "a", text: "by another", weight: 2 }];
  const after = [{ id: "a", text: "sun", weight: 2 }];
  const before = [{ id: "a", text: "sun", weight: 1 }];
  expect(revertList(now, after, before)).toEqual([{ id: "a", text: "by another", weight: 1 }]);
});

test("an order is restored while nobody else changed the list", () => {
  const [before, after] = [list(["a", "1"], ["b", "2"]), list(["b", "2"], ["a", "1"])];
  expect(revertList(after, after, before)).toEqual(before);
});

test("what another person took away is not brought back by an edit of something else", () => {
  const before = list(["a", "1"], ["b", "2"]);
  const after = list(["a", "1"], ["b", "changed"]);
  expect(revertList(list(["a", "1"]), after, before)).toEqual(list(["a", "1"]));
});
