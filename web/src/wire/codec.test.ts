import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { Kind, unpack, WireError } from "./bytes";
import { decodeIncoming, decodeShot, encodeBlock, encodeIncoming, encodePrepare, encodeShot } from "./codec";
import { CODES } from "./codes";
import type { Prepare } from "./shots";

interface Golden {
  readonly file: string;
  readonly kind: number;
  readonly seq: number;
  readonly meta: Record<string, unknown>;
  readonly payload: string;
}

/** Written by the Python side; both languages must agree on these bytes. */
const folder = fileURLToPath(new URL("../../../tests/golden/", import.meta.url));
const golden = JSON.parse(readFileSync(`${folder}golden.json`, "utf8")) as Record<string, Golden>;
const bytesOf = (name: string): ArrayBuffer => {
  const file = readFileSync(`${folder}${golden[name]?.file}`);
  return new Uint8Array(file).buffer;
};
const expected = (name: string): Golden => {
  const entry = golden[name];
  if (entry === undefined) throw new Error(`golden.json has no ${name}`);
  return entry;
};
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

describe("golden bytes", () => {
  test.each(Object.keys(golden))("%s unpacks to what Python packed", (name) => {
    const message = unpack(bytesOf(name));
    const { kind, seq, meta, payload } = expected(name);
    expect(message.kind).toBe(kind);
    expect(message.seq).toBe(seq);
    expect(decode(message.meta)).toEqual(meta);
    expect(base64(message.payload)).toBe(payload);
  });

  test("a shot that this page encodes says what the golden one says", () => {
    const golden = expected("shot");
    const { seq, shot, sketch } = decodeShot(bytesOf("shot"));
    expect(seq).toBe(golden.seq);
    expect(shot.references).toEqual([
      { sha256: expected("asset").meta.sha256, weight: 0.75 },
      { sha256: "ab".repeat(32), weight: -1.5 },
    ]);
    expect(shot).toMatchObject({ seed: 4294967295, seedTo: 12, seedMix: 0.25, strength: 0.75 });
    expect(shot.base).toBe(expected("asset").meta.sha256);
    expect(base64(sketch)).toBe(expected("picture").payload);
    const written = encodeShot(seq, shot, sketch);
    expect(decode(unpack(written.buffer).meta)).toEqual(golden.meta);
    expect(base64(unpack(written.buffer).payload)).toBe(golden.payload);
    expect(decodeShot(written.buffer)).toEqual({ seq, shot, sketch });
  });

  test("regions travel behind the mask, each with its own", () => {
    const golden = expected("shot-regions");
    const { seq, shot, sketch } = decodeShot(bytesOf("shot-regions"));
    expect(shot.regions).toMatchObject([
      {
        prompts: [
          ["a castle", 1],
          ["fog", -0.5],
        ],
        references: [],
        strength: 0.75,
        feather: 0.125,
      },
      { prompts: [], references: [{ sha256: expected("asset").meta.sha256, weight: 0.5 }], strength: 1 },
    ]);
    expect(base64(shot.regions[1]?.mask ?? sketch)).toBe(expected("picture").payload);
    const written = unpack(encodeShot(seq, shot, sketch).buffer);
    expect(decode(written.meta)).toEqual(golden.meta);
    expect(base64(written.payload)).toBe(golden.payload);
  });

  test("a shot without regions says nothing of them", () => {
    const { seq, shot, sketch } = decodeShot(bytesOf("shot"));
    expect(decode(unpack(encodeShot(seq, shot, sketch).buffer).meta)).not.toHaveProperty("regions");
  });

  test("a size to prepare for, and how far that is", () => {
    const { meta, seq } = expected("prepare");
    const encoded = encodePrepare(seq, meta as unknown as Prepare);
    expect(unpack(encoded.buffer)).toEqual(unpack(bytesOf("prepare")));
    expect(decodeIncoming(bytesOf("prepared"))).toEqual({
      kind: "prepared",
      seq: expected("prepared").seq,
      share: expected("prepared").meta.share,
    });
  });

  test("a block that this page encodes says nothing that the golden one does not", () => {
    const { meta: golden } = expected("block");
    const block = {
      engine: "tiny-random",
      width: 160,
      height: 96,
      prompts: [["a calm sea", 1]] as const,
      transitionBlocks: 4,
      seed: 20,
      steps: 4,
      strength: 0.5,
      parameters: { context_weight: 0.5 },
      quality: 70,
      paused: true,
    };
    const { kind, seq, meta, payload } = unpack(encodeBlock(3, block, new Uint8Array([7, 8])).buffer);
    const { prompts, input, ...alike } = decode(meta) as Record<string, unknown>;
    expect([kind, seq, [...payload]]).toEqual([Kind.BLOCK, 3, [7, 8]]);
    expect(golden).toMatchObject(alike);
    expect([prompts, input]).toEqual([[["a calm sea", 1]], [[2, 1]]]);
    const without = decode(unpack(encodeBlock(3, block, new Uint8Array(0)).buffer).meta);
    expect(without).toMatchObject({ input: [] });
  });

  test("a video's frame has a number", () => {
    const { meta } = expected("picture");
    const frame = decodeIncoming(encodeIncoming(Kind.PICTURE, 4, { ...meta, frame: 12 }));
    expect(frame).toMatchObject({ kind: "picture", seq: 4, picture: { frame: 12 } });
  });

  test("welcome, status, problem and picture become values", () => {
    expect(decodeIncoming(bytesOf("welcome"))).toEqual({
      kind: "welcome",
      seq: 0,
      welcome: expected("welcome").meta,
    });
    expect(decodeIncoming(bytesOf("status"))).toEqual({
      kind: "status",
      seq: 0,
      status: expected("status").meta,
    });
    expect(decodeIncoming(bytesOf("problem"))).toEqual({
      kind: "problem",
      seq: expected("problem").seq,
      problem: expected("problem").meta,
    });
    const picture = decodeIncoming(bytesOf("picture"));
    if (picture.kind !== "picture") throw new Error("not a picture");
    expect(picture.picture).toEqual({ ...expected("picture").meta, frame: null });
    expect(Object.keys(picture.picture.times_ms)).toEqual(
      Object.keys(expected("picture").meta.times_ms as Record<string, number>),
    );
    expect(base64(picture.data)).toBe(expected("picture").payload);
  });

  test.each(["hello", "asset"])("what only workers meet is refused by a client: %s", (name) => {
    expect(() => decodeIncoming(bytesOf(name))).toThrow(WireError);
  });
});

test("the table of codes is the one that Python wrote", () => {
  const said = Object.entries(CODES).map(([code, { message }]) => [code, message]);
  expect(Object.fromEntries(said)).toEqual(JSON.parse(readFileSync(`${folder}errors.json`, "utf8")));
});

describe("bytes that disagree with their header", () => {
  const good = () => new Uint8Array(bytesOf("status").slice(0));
  const codeOf = (bytes: Uint8Array): string => {
    try {
      unpack(bytes.slice().buffer);
    } catch (error) {
      if (error instanceof WireError) return error.code;
    }
    return "accepted";
  };
  const withByte = (at: number, value: number) => {
    const bytes = good();
    bytes[at] = value;
    return bytes;
  };

  test.each([
    ["too short for a header", () => good().slice(0, 15), "wire.truncated"],
    ["cut", () => good().slice(0, -1), "wire.truncated"],
    ["one byte too many", () => new Uint8Array([...good(), 0]), "wire.trailing"],
    ["another magic", () => withByte(0, 0x58), "wire.magic"],
    ["another version", () => withByte(2, 9), "wire.version"],
    ["an unknown kind", () => withByte(3, 77), "wire.kind"],
    ["an absurd length", () => withByte(15, 0xff), "wire.too_large"],
  ])("%s", (_name, make, code) => {
    expect(codeOf(make())).toBe(code);
  });

  test("meta that is not a map", () => {
    const bytes = new Uint8Array(17);
    bytes.set([0x4c, 0x42, 1, Kind.STATUS]);
    bytes[8] = 1;
    bytes[16] = 0xc0; // nil
    expect(() => decodeIncoming(bytes.buffer)).toThrow(/wire\.meta/);
  });
});
