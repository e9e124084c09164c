import { expect, test } from "vitest";
import { SHORTCUTS } from "./shortcuts";

test("no two shortcuts have one key", () => {
  const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});
