import { expect, test } from "vitest";
import { Album } from "./album";
import type { MomentPictures } from "./store";

const file = { mime: "image/jpeg", bytes: new Uint8Array([1]) };

function album() {
  const kept = new Map<string, MomentPictures>();
  const asked: string[] = [];
  const made = new Album({
    pictures: async (key) => {
      asked.push(key);
      return kept.get(key) ?? null;
    },
  });
  return { made, kept, asked };
}

test("pictures are loaded once while they are looked at again and again", async () => {
  const { made, kept, asked } = album();
  kept.set("a", { render: file, sketch: file });
  const shown = await made.get("a");
  expect(shown?.render).toMatch(/^blob:/);
  expect(await made.get("a")).toBe(shown);
  expect(asked).toEqual(["a"]);
});

test("pictures that are on their way are asked for again", async () => {
  const { made, kept } = album();
  expect(await made.get("a")).toBeNull();
  kept.set("a", { render: null, sketch: file });
  expect(await made.get("a")).toMatchObject({ render: null });
});

test("those that were looked at longest ago are let go", async () => {
  const { made, kept, asked } = album();
  for (let i = 0; i < 40; i++) {
    kept.set(`m${i}`, { render: null, sketch: file });
    await made.get(`m${i}`);
    await made.get("m0");
  }
  await made.get("m39");
  await made.get("m0");
  expect(asked).toHaveLength(40);
  await made.get("m1");
  expect(asked).toHaveLength(41);
});
