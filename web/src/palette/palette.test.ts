import { expect, test } from "vitest";
import type { Command } from "./commands";
import { rank, recentOf } from "./rank";
import { MAX_USED, rememberCommand, usedCommands } from "./used";

const command = (id: string, label: string, group = "View"): Command => ({
  id,
  label,
  group,
  can: true,
  run: () => {},
});

const COMMANDS = [
  command("brush", "Brush", "Tools"),
  command("board", "Reference board"),
  command("new-layer", "New paint layer", "Layers"),
  command("lock-layer", "Lock or unlock the layer", "Layers"),
  command("lock", "Lock the seed", "Render"),
  command("layer:1", "Layer: Far mountains", "Layers"),
];

const ids = (found: readonly Command[]) => found.map(({ id }) => id);

function memory(): Pick<Storage, "getItem" | "setItem"> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

test("nothing typed is everything, as it comes", () => {
  expect(ids(rank(COMMANDS, "  ", ["lock"]))).toEqual(ids(COMMANDS));
});

test("letters in their order find a command, its own word before a part of another", () => {
  expect(ids(rank(COMMANDS, "brsh", []))[0]).toBe("brush");
  expect(ids(rank(COMMANDS, "npl", []))[0]).toBe("new-layer");
  expect(ids(rank(COMMANDS, "mount", []))[0]).toBe("layer:1");
  expect(ids(rank(COMMANDS, "brush", []))[0]).toBe("brush");
});

test("a group's name finds what is in it; what fits nowhere is not there", () => {
  expect(ids(rank(COMMANDS, "tools", []))).toContain("brush");
  expect(rank(COMMANDS, "xylophone", [])).toEqual([]);
});

test("among equals the one that was used wins", () => {
  expect(ids(rank(COMMANDS, "lock", []))[0]).toBe("lock-layer");
  expect(ids(rank(COMMANDS, "lock", ["lock"]))[0]).toBe("lock");
});

test("what was used is first, the newest before the others; what is no longer there is left out", () => {
  const storage = memory();
  for (const id of ["brush", "gone", "lock", "brush"]) rememberCommand(storage, id);
  expect(usedCommands(storage)).toEqual(["brush", "lock", "gone"]);
  expect(ids(recentOf(COMMANDS, usedCommands(storage)))).toEqual(["brush", "lock"]);
});

test("only so many are remembered, and what another version kept is not taken", () => {
  const storage = memory();
  for (let i = 0; i < 2 * MAX_USED; i++) rememberCommand(storage, `c${i}`);
  expect(usedCommands(storage)).toHaveLength(MAX_USED);
  storage.setItem("lightbrush.commands", '{"brush": 1}');
  expect(usedCommands(storage)).toEqual([]);
  storage.setItem("lightbrush.commands", "no JSON");
  expect(usedCommands(storage)).toEqual([]);
});
