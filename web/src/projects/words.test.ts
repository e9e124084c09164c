import { expect, test } from "vitest";
import { agoText, sizeText } from "./words";

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
