import { expect, test } from "vitest";
import { EventParser, readEvents } from "./events";

test("events are whole however the text is cut", () => {
  const text =
    'event: job\ndata: {"id":\ndata: "a"}\n\n: still here\n\ndata:x\r\n\r\nevent: gone\ndata: 1\n\n';
  const whole = [
    { name: "job", data: '{"id":\n"a"}' },
    { name: "message", data: "x" },
    { name: "gone", data: "1" },
  ];
  for (const size of [1, 2, 3, 7, text.length]) {
    const parser = new EventParser();
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(whole);
  }
});

test("an event without data, or one that does not end, is none", () => {
  const parser = new EventParser();
  expect(parser.push("event: job\n\nid: 4\nretry: 10\n\ndata: unfinished\n")).toEqual([]);
  expect(parser.push("\n")).toEqual([{ name: "message", data: "unfinished" }]);
});

test("a line without an end is given up", () => {
  expect(() => new EventParser().push("x".repeat(2 ** 20 + 1))).toThrow("no end");
});

test("each piece is heard, and letters of several bytes may be cut", async () => {
  const bytes = new TextEncoder().encode(": \n\ndata: é\n\n");
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes.slice(0, 11));
      controller.enqueue(bytes.slice(11));
      controller.close();
    },
  });
  let heard = 0;
  const events = [];
  for await (const event of readEvents(body, () => heard++)) events.push(event);
  expect(events).toEqual([{ name: "message", data: "é" }]);
  expect(heard).toBe(2);
});
