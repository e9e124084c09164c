import { expect, test } from "vitest";
import { Slot } from "./slot";

/** A step that ends when told to. */
function manual() {
  const done: number[] = [];
  const ends: (() => void)[] = [];
  const step = (item: number) =>
    new Promise<void>((resolve) => {
      done.push(item);
      ends.push(resolve);
    });
  const end = async () => {
    ends.shift()?.();
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { done, step, end };
}

test("while the step is busy only the newest item waits", async () => {
  const { done, step, end } = manual();
  const slot = new Slot(step);
  for (const item of [1, 2, 3, 4]) slot.put(item);
  expect(done).toEqual([1]);
  await end();
  expect(done).toEqual([1, 4]);
  await end();
  expect(done).toEqual([1, 4]);
});

test("an item waits until the step is ready, and newer ones replace it", async () => {
  const { done, step } = manual();
  let ready = false;
  const slot = new Slot(step, () => ready);
  slot.put(1);
  slot.put(2);
  expect(done).toEqual([]);
  ready = true;
  slot.pump();
  expect(done).toEqual([2]);
});
