import { expect, test } from "vitest";
import {
  agoText,
  arranged,
  cleanName,
  databaseOf,
  FIRST,
  freeName,
  historyOf,
  newProject,
  sizeText,
} from "./project";

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

test("sizes and times are read at a glance", () => {
  expect(sizeText(0)).toBe("0 B");
  expect(sizeText(1234)).toBe("1.2 KB");
  expect(sizeText(999_600)).toBe("1.0 MB");
  expect(sizeText(12_345_678)).toBe("12 MB");
  const minute = 60_000;
  expect(agoText(0, 30_000)).toBe("just now");
  expect(agoText(0, 5 * minute)).toBe("5 min ago");
  expect(agoText(0, 200 * minute)).toBe("3 h ago");
  expect(agoText(0, 30 * 60 * minute)).toBe("yesterday");
});
