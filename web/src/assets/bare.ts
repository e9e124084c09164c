/**
 * Picture files with nothing in them but a picture: no place, no camera, no note, nothing behind the end. A room takes no
 * others (gateway/bare.py), and a picture is named by the hash of its bytes; so this comes before the name.
 */

/** What a PNG needs to be read, and what its colours mean. */
const PNG = new Set(["IHDR", "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "pHYs", "IDAT", "IEND"]);
const WEBP = new Set(["VP8 ", "VP8L", "VP8X", "ALPH"]);
/** Of the first byte of VP8X: all but transparency says that there is more than a picture. */
const WEBP_ALPHA = 0x10;
/** Huffman and quantisation tables, restart intervals, frames. */
const JPEG = new Set([0xc4, 0xdb, 0xdd, 0xc0, 0xc1, 0xc2]);
const [JFIF, ADOBE, SCAN, END] = [0xe0, 0xee, 0xda, 0xd9];
const [JFIF_BYTES, ADOBE_BYTES] = [16, 14];

type Bytes = Uint8Array<ArrayBuffer>;

/** The same pixels without the rest; null for what is no PNG, JPEG or WebP. What turns them, or says what their colours
 *  mean elsewhere, is taken out too: only for files whose pixels need neither. */
export function bare(bytes: Bytes): Bytes | null {
  const parts = bytes[0] === 0x89 ? png(bytes) : bytes[0] === 0xff ? jpeg(bytes) : webp(bytes);
  if (parts === null) return null;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  if (textAt(whole, 0) === "RIFF") new DataView(whole.buffer).setUint32(4, whole.length - 8, true);
  return whole;
}

/** Its bytes can travel as they are. */
export function isBare(bytes: Bytes): boolean {
  const without = bare(bytes);
  return without !== null && without.length === bytes.length && without.every((byte, i) => byte === bytes[i]);
}

const textAt = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

function png(bytes: Bytes): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    const kind = textAt(bytes, at + 4);
    if (end > bytes.length) return null;
    if (PNG.has(kind)) parts.push(bytes.subarray(at, end));
    if (kind === "IEND") return parts;
    at = end;
  }
  return null;
}

function webp(bytes: Bytes): Uint8Array[] | null {
  if (textAt(bytes, 0) !== "RIFF" || textAt(bytes, 8) !== "WEBP") return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = Math.min(bytes.length, 8 + view.getUint32(4, true));
  const parts = [bytes.subarray(0, 12)];
  for (let at = 12; at + 8 <= last; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    const kind = textAt(bytes, at);
    if (end > last) return null;
    if (WEBP.has(kind)) {
      const part = bytes.slice(at, end);
      if (kind === "VP8X") part[8] = (part[8] ?? 0) & WEBP_ALPHA;
      parts.push(part);
    }
    at = end;
  }
  return parts;
}

function jpeg(bytes: Bytes): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts = [bytes.subarray(0, 2)];
  for (let at = 2; at + 2 <= bytes.length; ) {
    const kind = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) return null;
    if (kind === END) return [...parts, bytes.subarray(at, at + 2)];
    if (at + 4 > bytes.length) return null;
    const size = 2 + view.getUint16(at + 2);
    const end = kind === SCAN ? endOfScan(bytes, at + size) : at + size;
    if (end > bytes.length) return null;
    const colours =
      (kind === JFIF && size === JFIF_BYTES + 2) || (kind === ADOBE && size === ADOBE_BYTES + 2);
    if (colours || kind === SCAN || JPEG.has(kind)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return null;
}

/** The next marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 2)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length + 1;
}
