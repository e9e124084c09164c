import { expect, test } from "vitest";
import { aloneUrl, outputUrl, socketUrl, takeToken } from "./address";

const storage = () => {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  } as unknown as Storage & { kept: Map<string, string> };
};

test("the socket is beside the page, with the token", () => {
  expect(socketUrl({ href: "http://127.0.0.1:8000/#x" }, "")).toBe("ws://127.0.0.1:8000/ws");
  expect(socketUrl({ href: "https://a.example/studio/" }, "a b")).toBe("wss://a.example/studio/ws?token=a+b");
});

test("a session for one shot shows nothing under the page's name", () => {
  const page = { href: "http://h:1/" };
  const room = { id: "r", link: "l" };
  expect(aloneUrl(socketUrl(page, "t", null, "o-1"))).toBe("ws://h:1/ws?token=t");
  expect(aloneUrl(socketUrl(page, "", room, "o-1"))).toBe("ws://h:1/ws?room=r&link=l&alone=1");
});

test("other programs are given the right by which the page is here", () => {
  const page = { href: "https://h/studio/#room" };
  expect(outputUrl(page, "a b", null, "o-1.mjpeg")).toBe("https://h/studio/output/o-1.mjpeg?token=a+b");
  expect(outputUrl(page, "t", { id: "r", link: "l" }, "o-1")).toBe(
    "https://h/studio/output/o-1?room=r&link=l",
  );
});

test("the token leaves the address bar and stays for a reload", () => {
  const kept = storage();
  let shown = "";
  const history = {
    state: null,
    replaceState: (_state: unknown, _title: string, url: URL) => {
      shown = url.href;
    },
  } as unknown as History;
  const at = (href: string) => ({ href }) as Location;
  expect(takeToken(at("http://h:1/?token=secret&x=1"), history, kept)).toBe("secret");
  expect(shown).toBe("http://h:1/?x=1");
  expect(takeToken(at("http://h:1/?x=1"), history, kept)).toBe("secret");
});
