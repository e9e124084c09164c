import { expect, test } from "vitest";
import { JobSources } from "./sources";

function storage(text: string | null = null) {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_: string, value: string) => {
      kept = value;
    },
  };
}

const source = (sha256: string) => ({ sha256, title: "dusk", name: "dusk-seed-7" });

test("what a job was made from is known after a reload, until it is forgotten", () => {
  const box = storage();
  new JobSources(box).set("a", source("1"));
  const sources = new JobSources(box);
  sources.set("b", source("2"));
  expect(sources.get("a")).toEqual(source("1"));
  expect(sources.assets()).toEqual(["1", "2"]);
  sources.forget("a");
  expect(new JobSources(box).get("a")).toBeNull();
});

test("the oldest make room", () => {
  const sources = new JobSources(storage());
  for (let i = 0; i < 70; i++) sources.set(`job ${i}`, source(String(i)));
  expect(sources.assets()).toHaveLength(64);
  expect(sources.get("job 5")).toBeNull();
  expect(sources.get("job 69")).toEqual(source("69"));
});

test("what another version left, or no room, is no error", () => {
  expect(new JobSources(storage("{]")).assets()).toEqual([]);
  expect(new JobSources(storage('[["a", {"sha256": 1}], 7]')).assets()).toEqual([]);
  const full = new JobSources({
    getItem: () => null,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  full.set("a", source("1"));
  expect(full.get("a")).toBeNull();
});
