import { expect, test } from "vitest";
import { MAX_CLIP_BYTES, readClip, videoType } from "./clip";
import { sizeOf } from "./frames";

const bytes = (...values: number[]) => Uint8Array.from(values);
const nobody = () => {
  throw new Error("it was played");
};

test.each([
  ["an MP4", bytes(0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70), "video/mp4"],
  ["a WebM", bytes(0x1a, 0x45, 0xdf, 0xa3), "video/webm"],
  ["a PNG", bytes(0x89, 0x50, 0x4e, 0x47), null],
  ["nothing", bytes(), null],
])("%s is known by its first bytes", (_, file, type) => expect(videoType(file)).toBe(type));

test("a file that is too large, or no video, is said before it is played", async () => {
  const large = { size: MAX_CLIP_BYTES + 1, name: "film.mp4" } as File;
  await expect(readClip(large, nobody)).rejects.toMatchObject({ code: "client.clip", value: "65 MB of 64" });
  await expect(readClip(new File(["text"], "notes.mp4"), nobody)).rejects.toMatchObject({
    code: "media.format",
    value: "notes.mp4",
  });
});

test("a picture that is taken has the layer's shape, and at most a picture's size", () => {
  expect(sizeOf({ width: 640, height: 480 }, { width: 400, height: 300 })).toEqual({
    width: 640,
    height: 480,
  });
  expect(sizeOf({ width: 1920, height: 1080 }, { width: 160, height: 90 })).toEqual({
    width: 1024,
    height: 576,
  });
  expect(sizeOf({ width: 640, height: 480 }, { width: 100, height: 100 })).toEqual({
    width: 480,
    height: 480,
  });
});
