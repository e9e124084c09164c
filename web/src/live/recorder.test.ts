import { expect, test } from "vitest";
import { pickFormat } from "./recorder";

test("MP4 with H.264 where the browser writes it, else WebM, else none", () => {
  expect(pickFormat(() => true)?.extension).toBe("mp4");
  expect(pickFormat((mime) => mime.startsWith("video/webm"))?.mime).toContain("vp9");
  expect(pickFormat((mime) => mime.includes("vp8"))?.extension).toBe("webm");
  expect(pickFormat(() => false)).toBeNull();
});
