import { expect, test } from "vitest";
import type { Preview } from "./client";
import { JOB } from "./job.fixture";
import { Previews } from "./previews";

function start() {
  const asked: string[] = [];
  const revoked: string[] = [];
  const timers: (() => void)[] = [];
  let count = 0;
  let answer = (_: Preview | "same" | null) => {};
  const previews = new Previews({
    fetch: (id, etag) => {
      asked.push(`${id} ${etag}`);
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    address: () => `blob:${++count}`,
    revoke: (address) => revoked.push(address),
    after: (_, act) => {
      timers.push(act);
      return () => {};
    },
  });
  const come = async (etag: string) => {
    answer(etag === "" ? null : etag === "same" ? "same" : { etag, file: new Blob() });
    await new Promise((resolve) => setTimeout(resolve));
  };
  const rest = () => timers.shift()?.();
  const url = () => previews.now.get().urls.get(JOB.id);
  return { previews, asked, revoked, come, rest, url };
}

test("nobody looks: nothing is asked", () => {
  const { previews, asked } = start();
  previews.moved(JOB);
  previews.watch(JOB)();
  expect(asked).toHaveLength(1);
  previews.moved({ ...JOB, units_done: 30 });
  expect(asked).toHaveLength(1);
});

test("of the moves while one is on its way only the last counts, and not too soon", async () => {
  const { previews, asked, come, rest, url } = start();
  previews.watch(JOB);
  for (const units_done of [10, 11, 12]) previews.moved({ ...JOB, units_done });
  expect(asked).toEqual([`${JOB.id} `]);
  await come('"9"');
  expect(url()).toBe("blob:1");
  previews.moved({ ...JOB, units_done: 13 });
  expect(asked).toHaveLength(1);
  rest();
  expect(asked).toEqual([`${JOB.id} `, `${JOB.id} "9"`]);
  previews.moved({ ...JOB, units_done: 13 });
  await come("same");
  rest();
  expect(asked).toHaveLength(2);
});

test("a picture stays until the one after the next, and all go with their job", async () => {
  const { previews, revoked, come, rest, url } = start();
  previews.watch(JOB);
  for (const units_done of [10, 11, 12]) {
    await come(`"${units_done}"`);
    previews.moved({ ...JOB, units_done });
    rest();
  }
  expect(url()).toBe("blob:3");
  expect(revoked).toEqual(["blob:1"]);
  previews.forget(JOB.id);
  expect(revoked).toEqual(["blob:1", "blob:2", "blob:3"]);
  await come('"late"');
  expect(url()).toBeUndefined();
});
