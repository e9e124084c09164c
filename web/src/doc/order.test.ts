import { expect, test } from "vitest";
import { between } from "./order";

const lot = (seed: number) => {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
};

test("there is always room between two places, above all and below all", () => {
  const random = lot(7);
  const places = [between(null, null, random)];
  for (let i = 0; i < 2000; i++) {
    const at = Math.floor(random() * (places.length + 1));
    const [low, high] = [places[at - 1] ?? null, places[at] ?? null];
    const fresh = between(low, high, random);
    if (low !== null) expect(fresh > low).toBe(true);
    if (high !== null) expect(fresh < high).toBe(true);
    places.splice(at, 0, fresh);
  }
  expect(new Set(places).size).toBe(places.length);
});

test("always at the same end, places stay short enough", () => {
  const random = lot(3);
  let top = between(null, null, random);
  let bottom = top;
  for (let i = 0; i < 200; i++) {
    top = between(top, null, random);
    bottom = between(null, bottom, random);
  }
  expect(top.length).toBeLessThan(400);
  expect(bottom.length).toBeLessThan(400);
});

test("two people who put something between the same two get two places", () => {
  expect(between("A", "B", lot(1))).not.toBe(between("A", "B", lot(2)));
});

test("between two equal places there is no room: it goes after both", () => {
  expect(between("V", "V", lot(5)) > "V").toBe(true);
});
