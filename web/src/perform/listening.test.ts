import { afterEach, expect, test, vi } from "vitest";
import { Listening } from "./listening";

afterEach(() => vi.unstubAllGlobals());

function browser(getUserMedia: () => Promise<MediaStream>): void {
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia, enumerateDevices: async () => [] } });
}

test.each([
  ["NotAllowedError", "the microphone was refused"],
  ["NotFoundError", "there is no microphone"],
  ["Strange", "no sound comes in"],
])("%s is said, with what to do", async (name, message) => {
  browser(() => Promise.reject(new DOMException("", name)));
  const listening = new Listening();
  await listening.open("");
  const { sound } = listening.now.get();
  expect(sound).toMatchObject({ name: "off", problem: { code: "client.sound", message } });
  expect(sound.name === "off" && sound.problem?.fix).toBeTruthy();
  expect(listening.spectrum(0)).toBeNull();
});

test("a page that is not secure has no microphone", async () => {
  vi.stubGlobal("navigator", {});
  const listening = new Listening();
  await listening.open("");
  expect(listening.now.get().sound).toMatchObject({
    problem: { message: expect.stringContaining("secure") },
  });
});

test("a microphone that comes after one has changed one's mind is let go at once", async () => {
  const stop = vi.fn();
  let give: (stream: MediaStream) => void = () => {};
  browser(() => new Promise((resolve) => (give = resolve)));
  const listening = new Listening();
  const opening = listening.open("");
  expect(listening.now.get().sound.name).toBe("asking");
  listening.close();
  give({ getTracks: () => [{ stop }] } as unknown as MediaStream);
  await opening;
  expect(stop).toHaveBeenCalledOnce();
  expect(listening.now.get().sound).toEqual({ name: "off", problem: null });
});
