import { describe, expect, test } from "vitest";
import { addressOf, addressOfPicture, fetchPicture, MAX_PICTURE_BYTES, nameOf } from "./elsewhere";

describe("what was pasted or dropped", () => {
  test.each([
    ["https://a.example/p.png", "https://a.example/p.png"],
    ["  https://a.example/p.png\n", "https://a.example/p.png"],
    ["# a comment\r\nhttps://a.example/p.png\r\n", "https://a.example/p.png"],
    ["two https://a.example/p.png", undefined],
    ["https://a.example/1.png\nhttps://a.example/2.png", undefined],
    ["javascript:alert(1)", undefined],
    ["file:///etc/passwd", undefined],
    ["a castle", undefined],
    ["", undefined],
  ])("%j", (text, expected) => expect(addressOf(text)?.href).toBe(expected));

  test.each([
    [
      '<a href="https://b.example/"><img alt="x" src="https://a.example/p.png?a=1&amp;b=2"></a>',
      "https://a.example/p.png?a=1&b=2",
    ],
    ["<img src='https://a.example/p.png'>", "https://a.example/p.png"],
    ['<img src="javascript:alert(1)">', undefined],
    ["<p>nothing</p>", undefined],
  ])("%s", (html, expected) => expect(addressOfPicture(html)?.href).toBe(expected));

  test("it is called by its file, or its site", () => {
    expect(nameOf(new URL("https://a.example/x/a%20cat.png?w=1"))).toBe("a cat.png");
    expect(nameOf(new URL("https://a.example/"))).toBe("a.example");
    expect(nameOf(new URL("https://a.example/%ff"))).toBe("%ff");
  });
});

describe("the picture", () => {
  const address = new URL("https://a.example/p.png");
  const answering = (answer: Response, asked: RequestInit[] = []) =>
    (async (_: unknown, init: RequestInit) => {
      asked.push(init);
      return answer;
    }) as typeof fetch;
  const png = (bytes: BodyInit, init: ResponseInit = {}) =>
    new Response(bytes, { headers: { "content-type": "image/png" }, ...init });

  test("is asked for without cookies, and without saying who asks", async () => {
    const asked: RequestInit[] = [];
    const picture = await fetchPicture(address, answering(png("PNG"), asked));
    expect([picture.type, await picture.text()]).toEqual(["image/png", "PNG"]);
    expect(asked[0]).toMatchObject({ credentials: "omit", referrerPolicy: "no-referrer", mode: "cors" });
  });

  test.each([
    [
      "a site that refuses, or is not there",
      async () => Promise.reject(new TypeError("Failed to fetch")),
      /does not let other pages/,
    ],
    ["an answer that is none", async () => png("", { status: 404, headers: {} }), /answers 404/],
    [
      "a page",
      async () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      /no picture at this address/,
    ],
    [
      "a picture that is too large",
      async () => png(new Uint8Array(MAX_PICTURE_BYTES + 1)),
      /larger than 32 MB/,
    ],
  ])("%s is said", async (_, fetcher, message) => {
    await expect(fetchPicture(address, fetcher as typeof fetch)).rejects.toMatchObject({
      code: "client.picture",
      message: expect.stringMatching(message),
      value: address.href,
    });
  });

  test("is not fetched in the clear", async () => {
    const fetcher = () => {
      throw new Error("it was asked for");
    };
    await expect(fetchPicture(new URL("http://a.example/p.png"), fetcher)).rejects.toMatchObject({
      message: "pictures are fetched over https alone",
    });
  });
});
