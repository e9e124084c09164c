import { expect, test } from "vitest";
import { openDesk } from "./desk";

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
}

test("what was taken in hand right before the page is left is in hand again", () => {
  const [kept, page] = [storage(), new EventTarget()];
  const desk = openDesk(kept, true, page as Pick<Window, "addEventListener">);
  desk.set({ tool: "eraser" });
  page.dispatchEvent(new Event("pagehide"));
  expect(openDesk(kept, true, new EventTarget() as Pick<Window, "addEventListener">).get().tool).toBe(
    "eraser",
  );
});
