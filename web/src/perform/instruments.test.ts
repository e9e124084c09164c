import { describe, expect, test } from "vitest";
import { Instruments, type InstrumentsWorld, readOsc } from "./instruments";
import type { Moved } from "./midi";
import { outputName } from "./name";

function storage(kept: Record<string, string> = {}): Storage {
  return {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => {
      kept[key] = value;
    },
  } as unknown as Storage;
}

const events = (text: string, status = 200) =>
  new Response(text, { status, headers: { "content-type": "text/event-stream" } });

function open(more: Partial<InstrumentsWorld>) {
  const moved: Moved[] = [];
  const named: [string, number][] = [];
  const waits: (() => void)[] = [];
  const kept: Record<string, string> = {};
  const instruments = new Instruments({
    root: "http://h/",
    token: "t",
    storage: storage(kept),
    moved: (each) => moved.push(each),
    named: (...each) => named.push(each),
    after: (_ms, act) => {
      waits.push(act);
      return () => {};
    },
    navigator: {} as InstrumentsWorld["navigator"],
    fetch: async () => events(""),
    ...more,
  });
  const until = (wanted: () => boolean) => expect.poll(wanted).toBe(true);
  return { instruments, moved, named, waits, kept, until };
}

describe("OSC", () => {
  test("turns what its address is bound to, or what it names; after a loss it is heard again", async () => {
    const heard = '[{"address":"/fader/1","value":2},{"address":"/lightbrush/param:strength","value":0.5}]';
    const asked: string[] = [];
    const { instruments, moved, named, waits, until } = open({
      fetch: async (url, init) => {
        asked.push(`${url} ${new Headers(init?.headers).get("authorization")}`);
        return events(`event: open\ndata: {"address":"127.0.0.1:9000"}\n\nevent: osc\ndata: ${heard}\n\n`);
      },
    });
    instruments.hearOsc();
    await until(() => instruments.now.get().osc.name === "lost");
    expect(moved).toEqual([{ control: "osc:/fader/1", value: 1 }]);
    expect(named).toEqual([["param:strength", 0.5]]);
    waits[0]?.();
    await until(() => moved.length === 2);
    expect(asked).toEqual(["http://h/api/osc Bearer t", "http://h/api/osc Bearer t"]);
  });

  test("a gateway that listens to none is asked no more", async () => {
    const { instruments, waits, until } = open({
      fetch: async () => new Response(JSON.stringify({ code: "output.off" }), { status: 404 }),
    });
    instruments.hearOsc();
    await until(() => instruments.now.get().osc.name === "none");
    expect(waits).toEqual([]);
  });

  test("what cannot be read is nothing", () => {
    for (const text of ["", "{}", "null", '[1,null,{"address":1,"value":1},{"address":"/a","value":"1"}]'])
      expect(readOsc(text)).toEqual([]);
  });
});

describe("MIDI", () => {
  const input = () => ({
    name: "Nano",
    state: "connected",
    onmidimessage: null as null | ((e: object) => void),
  });

  test("an instrument that is plugged in plays, and none once it is disconnected", async () => {
    const [nano, access] = [
      input(),
      { inputs: new Map<string, object>(), onstatechange: null as null | (() => void) },
    ];
    const { instruments, moved, kept } = open({
      navigator: { requestMIDIAccess: async () => access } as unknown as InstrumentsWorld["navigator"],
    });
    await instruments.connectMidi();
    expect(instruments.now.get().midi).toEqual({ name: "on", inputs: [] });
    access.inputs.set("1", nano);
    access.onstatechange?.();
    expect(instruments.now.get().midi).toEqual({ name: "on", inputs: ["Nano"] });
    nano.onmidimessage?.({ data: Uint8Array.from([0xb0, 7, 127]) });
    nano.onmidimessage?.({ data: Uint8Array.from([0xf8]) });
    expect(moved).toEqual([{ control: "cc:1:7", value: 1 }]);
    expect(kept["lightbrush.instruments"]).toBe("midi");
    instruments.disconnectMidi();
    expect(nano.onmidimessage).toBeNull();
    expect(kept["lightbrush.instruments"]).toBe("");
  });

  test("a refusal, and a browser without it, are said", async () => {
    const refusing = { requestMIDIAccess: () => Promise.reject(new Error()) };
    for (const navigator of [refusing, {}]) {
      const { instruments } = open({ navigator: navigator as unknown as InstrumentsWorld["navigator"] });
      await instruments.connectMidi();
      expect(instruments.now.get().midi).toMatchObject({ name: "off", problem: { code: "client.midi" } });
    }
  });

  test("it comes back by itself only where nobody is asked", async () => {
    for (const state of ["granted", "prompt"]) {
      const navigator = {
        permissions: { query: async () => ({ state }) },
        requestMIDIAccess: async () => ({ inputs: new Map(), onstatechange: null }),
      } as unknown as InstrumentsWorld["navigator"];
      const { instruments } = open({ navigator, storage: storage({ "lightbrush.instruments": "midi" }) });
      await instruments.start();
      expect(instruments.now.get().midi.name).toBe(state === "granted" ? "on" : "off");
    }
  });
});

test("each project has one name for good, which nobody guesses", () => {
  let byte = 0;
  const random = (bytes: Uint8Array) => bytes.fill(byte++);
  const kept = storage();
  const first = outputName(kept, "a", random);
  expect(first).toMatch(/^o-[0-9a-f]{24}$/);
  expect(outputName(kept, "a", random)).toBe(first);
  expect(outputName(kept, "b", random)).not.toBe(first);
});
