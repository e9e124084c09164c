import { expect, test } from "vitest";
import { socketUrl, takeToken } from "./address";

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
