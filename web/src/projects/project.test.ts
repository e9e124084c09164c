import { expect, test } from "vitest";
import { arranged, cleanName, databaseOf, FIRST, freeName, historyOf, newProject } from "./project";

test("the document from before there were projects stays where it is", () => {
  expect(databaseOf(FIRST)).toBe("lightbrush");
  expect(historyOf(databaseOf(FIRST))).toBe("lightbrush-history");
});

test("a name is one line that can be shown, and is never empty", () => {
  expect(cleanName("  Snowy\n\tpeaks\u202e ")).toBe("Snowy peaks");
  expect([...cleanName("🖌".repeat(200))]).toHaveLength(80);
  expect(newProject("p-1", " \n ", 0).name).toBe("Untitled");
});

test("a copy has a name of its own", () => {
  const taken = [{ name: "Peaks" }, { name: "Peaks 2" }];
  expect(freeName("Peaks", taken)).toBe("Peaks 3");
  expect(freeName("Peaks 2", taken)).toBe("Peaks 3");
  expect(freeName("Sea", taken)).toBe("Sea");
  expect(freeName("", taken)).toBe("Untitled");
});

test("the search looks for every word, in names and prompts; order is as asked", () => {
  const all = [
    { ...newProject("p-a", "Peaks 10", 3), words: "snow at dusk" },
    { ...newProject("p-b", "peaks 9", 1), changed_ms: 9 },
    { ...newProject("p-c", "Sea", 2), words: "waves" },
  ];
  const ids = (search: string, order: "changed" | "created" | "name") =>
    arranged(all, search, order).map(({ id }) => id);
  expect(ids("", "changed")).toEqual(["p-b", "p-a", "p-c"]);
  expect(ids("", "created")).toEqual(["p-a", "p-c", "p-b"]);
  expect(ids("", "name")).toEqual(["p-b", "p-a", "p-c"]);
  expect(ids("DUSK peaks", "name")).toEqual(["p-a"]);
  expect(ids("nothing", "name")).toEqual([]);
});
