/** The 16-byte frame around every message. docs/PROTOCOL.md specifies it; `wire.py` is its Python twin. */

export const VERSION = 1;
export const HEADER_BYTES = 16;
export const MAX_META_BYTES = 64 * 1024;
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export const Kind = {
  WELCOME: 1,
  SHOT: 2,
  PICTURE: 3,
  PROBLEM: 4,
  STATUS: 5,
  HELLO: 6,
  ASSET: 7,
  BLOCK: 8,
  FOOTAGE: 9,
  BEAT: 10,
  TILE: 11,
  ENLARGED: 12,
  SEAT: 13,
  TOGETHER: 14,
  PREPARE: 15,
  PREPARED: 16,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface Message {
  readonly kind: Kind;
  readonly seq: number;
  readonly meta: Uint8Array;
  readonly payload: Uint8Array;
}

/** The bytes do not follow the protocol; `code` is one of `CODES`. */
export class WireError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(`[${code}] ${message}`);
    this.code = code;
  }
}

const KINDS = new Set<number>(Object.values(Kind));

const isKind = (value: number): value is Kind => KINDS.has(value);

export function pack(
  kind: Kind,
  seq: number,
  meta: Uint8Array,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + meta.length + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x4c); // L
  view.setUint8(1, 0x42); // B
  view.setUint8(2, VERSION);
  view.setUint8(3, kind);
  view.setUint32(4, seq, true);
  view.setUint32(8, meta.length, true);
  view.setUint32(12, payload.length, true);
  bytes.set(meta, HEADER_BYTES);
  bytes.set(payload, HEADER_BYTES + meta.length);
  return bytes;
}

/** One whole message -> its parts, as views on the same memory. Throws WireError when header and bytes disagree. */
export function unpack(data: ArrayBuffer): Message {
  if (data.byteLength < HEADER_BYTES)
    throw new WireError("wire.truncated", `a message has at least 16 bytes, got ${data.byteLength}`);
  const view = new DataView(data);
  if (view.getUint8(0) !== 0x4c || view.getUint8(1) !== 0x42)
    throw new WireError("wire.magic", "a message begins with LB");
  const version = view.getUint8(2);
  if (version !== VERSION)
    throw new WireError("wire.version", `this page speaks version ${VERSION}, got ${version}`);
  const kind = view.getUint8(3);
  if (!isKind(kind)) throw new WireError("wire.kind", `unknown kind ${kind}`);
  const metaBytes = view.getUint32(8, true);
  const payloadBytes = view.getUint32(12, true);
  if (metaBytes > MAX_META_BYTES || payloadBytes > MAX_PAYLOAD_BYTES)
    throw new WireError("wire.too_large", `${metaBytes} bytes of meta and ${payloadBytes} of payload`);
  const expected = HEADER_BYTES + metaBytes + payloadBytes;
  if (data.byteLength !== expected) {
    const code = data.byteLength < expected ? "wire.truncated" : "wire.trailing";
    throw new WireError(code, `the header announces ${expected} bytes, got ${data.byteLength}`);
  }
  return {
    kind,
    seq: view.getUint32(4, true),
    meta: new Uint8Array(data, HEADER_BYTES, metaBytes),
    payload: new Uint8Array(data, HEADER_BYTES + metaBytes, payloadBytes),
  };
}
