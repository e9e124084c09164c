/** Messages <-> values. What arrives is checked before it is believed: a server of another version may be talking. */

import { decode, encode } from "@msgpack/msgpack";
import { Kind, type Message, pack, unpack, WireError } from "./bytes";
import type {
  BlockMeta,
  EngineCard,
  Parameter,
  PictureMeta,
  Prepare,
  Problem,
  Reference,
  Region,
  ShotMeta,
  Status,
  Welcome,
} from "./shots";

const NO_BYTES = new Uint8Array(0);

export type Incoming =
  | { readonly kind: "welcome"; readonly seq: number; readonly welcome: Welcome }
  | { readonly kind: "status"; readonly seq: number; readonly status: Status }
  | { readonly kind: "problem"; readonly seq: number; readonly problem: Problem }
  | { readonly kind: "prepared"; readonly seq: number; readonly share: number }
  | {
      readonly kind: "picture";
      readonly seq: number;
      readonly picture: PictureMeta;
      readonly data: Uint8Array;
    };

export function encodeShot(seq: number, shot: ShotMeta, sketch: Uint8Array): Uint8Array<ArrayBuffer> {
  const { mask, regions } = shot;
  const meta = {
    engine: shot.engine,
    width: shot.width,
    height: shot.height,
    prompts: shot.prompts,
    references: named(shot.references),
    seed: shot.seed,
    seed_to: shot.seedTo,
    seed_mix: shot.seedMix,
    steps: shot.steps,
    strength: shot.strength,
    parameters: shot.parameters,
    accept: shot.accept,
    quality: shot.quality,
    base: shot.base,
    mask_bytes: mask.length,
    // Servers of before there were regions refuse what they do not know.
    ...(regions.length > 0 && {
      regions: regions.map(({ mask: { length }, references, ...alike }) => ({
        mask_bytes: length,
        references: named(references),
        ...alike,
      })),
    }),
  };
  return pack(Kind.SHOT, seq, encode(meta), joined([sketch, mask, ...regions.map((region) => region.mask)]));
}

const named = (references: readonly Reference[]) => references.map(({ sha256, weight }) => [sha256, weight]);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether this page can render for the others of its room: it is seen. shows: it has a picture that the others have not. */
export const encodeSeat = (able: boolean, shows: boolean): Uint8Array<ArrayBuffer> =>
  pack(Kind.SEAT, 0, encode({ able, ...(shows && { shows }) }), NO_BYTES);

/** Pictures of this size will be asked for. */
export const encodePrepare = (seq: number, prepare: Prepare): Uint8Array<ArrayBuffer> =>
  pack(
    Kind.PREPARE,
    seq,
    encode({ engine: prepare.engine, width: prepare.width, height: prepare.height }),
    NO_BYTES,
  );

/** The other direction of `encodeShot`, for tests and tools. */
export function decodeShot(data: ArrayBuffer): {
  seq: number;
  shot: ShotMeta;
  sketch: Uint8Array;
} {
  const message = unpack(data);
  const { kind, seq, payload } = message;
  if (kind !== Kind.SHOT) throw new WireError("wire.kind", "expected a SHOT");
  const meta = read(message) as unknown as ShotOnTheWire;
  const { references, seed_to, seed_mix, mask_bytes, regions = [], ...alike } = meta;
  const sizes = [mask_bytes, ...regions.map((region) => region.mask_bytes)];
  let at = payload.length - sizes.reduce((sum, size) => sum + size, 0);
  const sketch = payload.subarray(0, at);
  const [mask = NO_BYTES, ...masks] = sizes.map((size) => {
    at += size;
    return payload.subarray(at - size, at);
  });
  const shot = {
    ...alike,
    references: references.map(([sha256, weight]) => ({ sha256, weight })),
    seedTo: seed_to,
    seedMix: seed_mix,
    mask,
    regions: regions.map(({ mask_bytes: _, references, ...alike }, i) => ({
      ...alike,
      references: references.map(([sha256, weight]) => ({ sha256, weight })),
      mask: masks[i] ?? NO_BYTES,
    })),
  };
  return { seq, shot, sketch };
}

/** input: the picture that the video starts from, a PNG, JPEG or WebP file; empty for none. */
export function encodeBlock(seq: number, block: BlockMeta, input: Uint8Array): Uint8Array<ArrayBuffer> {
  const { transitionBlocks, ...alike } = block;
  const meta = {
    ...alike,
    transition_blocks: transitionBlocks,
    input: input.length === 0 ? [] : [[input.length, 1]],
  };
  return pack(Kind.BLOCK, seq, encode(meta), input);
}

type OnTheWire<T> = Omit<T, "references" | "mask"> & {
  readonly references: readonly (readonly [sha256: string, weight: number])[];
  readonly mask_bytes: number;
};

type ShotOnTheWire = OnTheWire<Omit<ShotMeta, "seedTo" | "seedMix" | "regions">> & {
  readonly seed_to: number;
  readonly seed_mix: number;
  readonly regions?: readonly OnTheWire<Region>[];
};

/** What the gateway sent. Throws WireError on anything that a client should never receive. */
export function decodeIncoming(data: ArrayBuffer): Incoming {
  const message = unpack(data);
  const { seq } = message;
  switch (message.kind) {
    case Kind.WELCOME:
      return { kind: "welcome", seq, welcome: readWelcome(message) };
    case Kind.STATUS:
      return { kind: "status", seq, status: readStatus(message) };
    case Kind.PROBLEM:
      return { kind: "problem", seq, problem: readProblem(message) };
    case Kind.PREPARED:
      return { kind: "prepared", seq, share: Math.min(1, Math.max(0, number(read(message), "share"))) };
    case Kind.PICTURE:
      return { kind: "picture", seq, picture: readPicture(message), data: message.payload };
    default:
      throw new WireError("wire.kind", `the gateway does not send kind ${message.kind}`);
  }
}

/** For tests: the frame that a gateway would send. */
export function encodeIncoming(kind: Kind, seq: number, meta: unknown, payload = NO_BYTES): ArrayBuffer {
  return pack(kind, seq, encode(meta), payload).buffer;
}

type Fields = Record<string, unknown>;

function read(message: Message): Fields {
  let value: unknown;
  try {
    value = decode(message.meta);
  } catch (error) {
    throw new WireError("wire.meta", `the meta cannot be read: ${String(error)}`);
  }
  return fields(value, "meta");
}

function fields(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WireError("wire.meta", `${name} is not a map`);
  return value as Fields;
}

function text(from: Fields, name: string, fallback?: string): string {
  const value = from[name] ?? fallback;
  if (typeof value !== "string") throw new WireError("wire.meta", `${name} is not a string`);
  return value;
}

function number(from: Fields, name: string): number {
  const value = from[name];
  if (typeof value !== "number") throw new WireError("wire.meta", `${name} is not a number`);
  return value;
}

function list<T>(from: Fields, name: string, map: (item: unknown) => T): T[] {
  const value = from[name] ?? [];
  if (!Array.isArray(value)) throw new WireError("wire.meta", `${name} is not an array`);
  return value.map(map);
}

const pair = (value: unknown): readonly [number, number] => {
  if (!Array.isArray(value) || typeof value[0] !== "number" || typeof value[1] !== "number")
    throw new WireError("wire.meta", "expected a pair of numbers");
  return [value[0], value[1]];
};

function readCard(value: unknown): EngineCard {
  const card = fields(value, "engine");
  return {
    id: text(card, "id"),
    name: text(card, "name"),
    summary: text(card, "summary", ""),
    licence: text(card, "licence", ""),
    sizes: list(card, "sizes", pair),
    default_size: pair(card.default_size),
    steps: pair(card.steps),
    default_steps: number(card, "default_steps"),
    materials: list(card, "materials", (item) => {
      const material = fields(item, "material");
      const rgb = list(material, "rgb", Number);
      return {
        name: text(material, "name"),
        label: text(material, "label"),
        rgb: [rgb[0] ?? 0, rgb[1] ?? 0, rgb[2] ?? 0],
      };
    }),
    parameters: list(card, "parameters", readParameter),
    references: typeof card.references === "number" ? card.references : 0,
    masks: card.masks === true,
    labels: card.labels === true,
    regions: typeof card.regions === "number" ? card.regions : 0,
    tweaks: list(card, "tweaks", readParameter),
    example_prompts: list(card, "example_prompts", String),
    browser: card.browser === true,
    video_fps: typeof card.video_fps === "number" ? card.video_fps : 0,
    video_input: card.video_input === true,
    paints_anew: card.paints_anew === true,
    sharpens: card.sharpens === true,
    lays_out: card.lays_out === true,
  };
}

function readParameter(item: unknown): Parameter {
  const parameter = fields(item, "parameter");
  return {
    name: text(parameter, "name"),
    label: text(parameter, "label"),
    default: parameter.default as Parameter["default"],
    low: typeof parameter.low === "number" ? parameter.low : null,
    high: typeof parameter.high === "number" ? parameter.high : null,
    choices: list(parameter, "choices", String),
    help: text(parameter, "help", ""),
  };
}

function readWelcome(message: Message): Welcome {
  const meta = read(message);
  const limits = fields(meta.limits, "limits");
  return {
    session: text(meta, "session"),
    server: text(meta, "server"),
    engines: list(meta, "engines", readCard),
    default_engine: text(meta, "default_engine"),
    limits: {
      message_bytes: number(limits, "message_bytes"),
      sketch_pixels: number(limits, "sketch_pixels"),
    },
  };
}

function readStatus(message: Message): Status {
  const meta = read(message);
  return {
    state: text(meta, "state"),
    workers: number(meta, "workers"),
    device: text(meta, "device", ""),
    place: meta.place === undefined ? 0 : number(meta, "place"),
    follows: meta.follows === true,
  };
}

function readProblem(message: Message): Problem {
  const meta = read(message);
  return {
    code: text(meta, "code"),
    message: text(meta, "message"),
    value: text(meta, "value", ""),
    fix: text(meta, "fix", ""),
  };
}

function readPicture(message: Message): PictureMeta {
  const meta = read(message);
  const encoding = text(meta, "encoding");
  if (encoding !== "image/jpeg" && encoding !== "image/png")
    throw new WireError("wire.meta", `unknown encoding ${encoding}`);
  const times: Record<string, number> = {};
  for (const [stage, ms] of Object.entries(fields(meta.times_ms ?? {}, "times_ms")))
    if (typeof ms === "number") times[stage] = ms;
  return {
    encoding,
    width: number(meta, "width"),
    height: number(meta, "height"),
    engine: text(meta, "engine"),
    worker: text(meta, "worker", ""),
    times_ms: times,
    frame: typeof meta.frame === "number" ? meta.frame : null,
  };
}
