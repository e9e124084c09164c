import { expect, test } from "vitest";
import { delayOf } from "./film-writer";

test.each([1, 7, 24, 30])("a GIF of %d pictures a second lasts as long as it should", (pace) => {
  const delays = Array.from({ length: 10 * pace }, (_, i) => delayOf(i / pace, 1 / pace));
  expect(delays.every((ms) => ms % 10 === 0 && ms >= 10)).toBe(true);
  expect(delays.reduce((sum, ms) => sum + ms, 0)).toBe(10_000);
});
