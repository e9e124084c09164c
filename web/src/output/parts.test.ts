import { expect, test } from "vitest";
import { PartReader } from "./parts";

const bytes = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const part = (body: string) =>
  `Content-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n--lightbrush\r\n`;
const text = (all: readonly Uint8Array[]) => all.map((one) => new TextDecoder().decode(one));

test("pictures come out whole, however the bytes are cut", () => {
  const stream = `--lightbrush\r\n${part("first")}${part("a\r\n\r\nb")}${part("")}${part("last")}`;
  for (const size of [1, 2, 7, 40, 1000]) {
    const reader = new PartReader();
    const seen: string[] = [];
    for (let i = 0; i < stream.length; i += size)
      seen.push(...text(reader.push(bytes(stream.slice(i, i + size)))));
    expect(seen).toEqual(["first", "a\r\n\r\nb", "", "last"]);
  }
});

test("a picture is there before the next one begins", () => {
  expect(text(new PartReader().push(bytes(`--lightbrush\r\n${part("now")}`)))).toEqual(["now"]);
});

test("what is no such stream is given up", () => {
  expect(() => new PartReader().push(bytes("x".repeat(5000)))).toThrow("no length");
  expect(() => new PartReader().push(bytes("Content-Length: 1e99\r\n\r\n"))).not.toThrow();
  expect(() => new PartReader().push(bytes("Content-Length: 99999999999\r\n\r\n"))).toThrow("no length");
  expect(() => new PartReader().push(bytes("Nothing: 1\r\n\r\n"))).toThrow("no length");
});
