import { expect, test } from "vitest";
import { Numbers } from "./numbers";

test("numbers rise by one, whatever is sent", () => {
  const numbers = new Numbers();
  expect([numbers.next(), numbers.stamp(5), numbers.stamp(null)]).toEqual([1, 2, 3]);
  expect(numbers.newest).toBe(3);
});

test("a moment is told once, older ones are forgotten, and one without a hand has none", () => {
  const numbers = new Numbers();
  for (const at_ms of [1, 2, null, 4]) numbers.stamp(at_ms);
  expect(numbers.momentOf(2)).toBe(2);
  expect(numbers.momentOf(1)).toBeNull();
  expect(numbers.momentOf(3)).toBeNull();
  expect(numbers.momentOf(4)).toBe(4);
});

test("answers that never come do not pile up", () => {
  const numbers = new Numbers();
  for (let at_ms = 1; at_ms <= 1000; at_ms++) numbers.stamp(at_ms);
  expect(numbers.momentOf(1)).toBeNull();
  expect(numbers.momentOf(900)).toBe(900);
});
