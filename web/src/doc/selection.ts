/**
 * A selection: which part of the document the next edit may touch, and how much, 0 to 255 for each document unit. Marks that
 * were made under one name it (`clip`), so that they paint the same wherever they are replayed. Packed it is
 *
 *     int16 x, int16 y, uint16 width, uint16 height, then runs, row by row: uint8 cover, varint how many
 *
 * little-endian. Its id is a hash of those bytes: equal selections are kept once.
 */

import { keyOf } from "./mask";
import { type Box, intersection, union } from "./matrix";

export interface Selection {
  /** On whole units. */
  readonly box: Box;
  /** One byte a unit, row by row. */
  readonly cover: Uint8Array;
}

export type Combine = "replace" | "add" | "subtract";

const HEADER_BYTES = 8;
const MAX_CORNERS = 200_000;
/** More than any frame has; what claims to be larger is not read. */
const MAX_UNITS = 1 << 22;

/** box: on whole units. */
export const rectangle = (box: Box): Selection => ({
  box,
  cover: new Uint8Array(box.width * box.height).fill(255),
});

export function coverAt({ box, cover }: Selection, x: number, y: number): number {
  const [col, row] = [Math.floor(x) - box.x, Math.floor(y) - box.y];
  return col < 0 || row < 0 || col >= box.width || row >= box.height
    ? 0
    : (cover[row * box.width + col] ?? 0);
}

/** What is selected after `fresh` came to `now`; nothing outside of `frame`. */
export function combined(
  now: Selection | null,
  fresh: Selection | null,
  how: Combine,
  frame: Box,
): Selection | null {
  const within = fresh && intersection(fresh.box, frame);
  if (fresh === null || within === null) return how === "replace" ? null : now;
  const { box } = fresh;
  if (how === "subtract") return now && mixed(now.box, now, fresh, (a, b) => product(a, 255 - b));
  if (how === "add" && now !== null)
    return mixed(union(now.box, within), now, fresh, (a, b) => 255 - product(255 - a, 255 - b));
  const fits = within.width === box.width && within.height === box.height;
  return fits ? fresh : trimmed({ box: within, cover: laid(fresh, within) });
}

export function inverted(now: Selection | null, frame: Box): Selection | null {
  if (now === null) return rectangle(frame);
  return trimmed({ box: frame, cover: laid(now, frame).map((cover) => 255 - cover) });
}

/** dx, dy: whole units. */
export const shifted = ({ box, cover }: Selection, dx: number, dy: number): Selection => ({
  box: { ...box, x: box.x + dx, y: box.y + dy },
  cover,
});

export function pack({ box, cover }: Selection): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let i = 0; i < cover.length; ) {
    const value = cover[i] ?? 0;
    let end = i + 1;
    while (end < cover.length && cover[end] === value) end++;
    bytes.push(value);
    let length = end - i;
    for (; length >= 0x80; length >>>= 7) bytes.push((length & 0x7f) | 0x80);
    bytes.push(length);
    i = end;
  }
  const packed = new Uint8Array(HEADER_BYTES + bytes.length);
  const view = new DataView(packed.buffer);
  view.setInt16(0, box.x, true);
  view.setInt16(2, box.y, true);
  view.setUint16(4, box.width, true);
  view.setUint16(6, box.height, true);
  packed.set(bytes, HEADER_BYTES);
  return packed;
}

/** Null for bytes that are none: others write into a shared document too. */
export function unpack(bytes: unknown): Selection | null {
  if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint16(4, true), view.getUint16(6, true)];
  if (width * height === 0 || width * height > MAX_UNITS) return null;
  const cover = new Uint8Array(width * height);
  let at = HEADER_BYTES;
  let filled = 0;
  while (at < bytes.length) {
    const value = bytes[at++] ?? 0;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 21) return null;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (length === 0 || filled + length > cover.length) return null;
    cover.fill(value, filled, filled + length);
    filled += length;
  }
  if (filled !== cover.length) return null;
  return { box: { x: view.getInt16(0, true), y: view.getInt16(2, true), width, height }, cover };
}

/** Equal selections have equal ids, on every machine. */
export function idOf(packed: Uint8Array): string {
  let text = "";
  for (let at = 0; at < packed.length; at += 8192)
    text += String.fromCharCode(...packed.subarray(at, at + 8192));
  return `${packed.length.toString(36)}-${keyOf(text)}`;
}

/**
 * A path around everything that is at least half selected, in SVG's words; along the edges of units. Of what is as ragged as
 * noise: the box around it.
 */
export function outlineOf({ box, cover }: Selection): string {
  const { width, height } = box;
  // With a margin of one unit, so that every corner has four.
  const across = width + 2;
  const inside = new Uint8Array(across * (height + 2));
  for (let row = 0, i = 0; row < height; row++)
    for (let col = 0; col < width; col++, i++)
      if ((cover[i] ?? 0) >= 128) inside[(row + 1) * across + col + 1] = 1;
  // An edge leaves each corner to the right (0), down (1), left (2) or up (3), with what is selected at its right hand.
  const stride = width + 1;
  const edges = new Uint8Array(stride * (height + 1));
  const corners: number[] = [];
  for (let row = 0; row <= height; row++)
    for (let col = 0; col <= width; col++) {
      const at = row * across + col;
      const nw = inside[at];
      const ne = inside[at + 1];
      const sw = inside[at + across];
      const se = inside[at + across + 1];
      if (nw === ne && nw === sw && nw === se) continue;
      const corner = row * stride + col;
      corners.push(corner);
      edges[corner] = (se && !ne ? 1 : 0) | (sw && !se ? 2 : 0) | (nw && !sw ? 4 : 0) | (ne && !nw ? 8 : 0);
    }
  if (corners.length > MAX_CORNERS) return `M${box.x} ${box.y}h${width}v${height}h${-width}Z`;
  const steps = [1, stride, -1, -stride];
  const parts: string[] = [];
  const place = (corner: number) => `${box.x + (corner % stride)} ${box.y + Math.floor(corner / stride)}`;
  for (const start of corners)
    while (edges[start] !== 0) {
      let corner = start;
      let way = Math.log2((edges[corner] ?? 0) & -(edges[corner] ?? 0));
      const path = [place(corner)];
      while (true) {
        edges[corner] = (edges[corner] ?? 0) & ~(1 << way);
        corner += steps[way] ?? 0;
        if (corner === start) break;
        // Where two parts touch at a corner the turn to the right keeps to the same part.
        const ahead = [1, 0, 3].map((turn) => (way + turn) % 4);
        const next = ahead.find((each) => ((edges[corner] ?? 0) >> each) & 1) ?? way;
        if (next !== way) path.push(place(corner));
        way = next;
      }
      parts.push(`M${path.join("L")}Z`);
    }
  return parts.join("");
}

/** How a selection covers another box. */
function laid({ box, cover }: Selection, on: Box): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(on.width * on.height);
  const part = intersection(box, on);
  if (part === null) return all;
  for (let y = part.y; y < part.y + part.height; y++) {
    const from = (y - box.y) * box.width + part.x - box.x;
    all.set(cover.subarray(from, from + part.width), (y - on.y) * on.width + part.x - on.x);
  }
  return all;
}

function mixed(on: Box, a: Selection, b: Selection, mix: (a: number, b: number) => number): Selection | null {
  const cover = laid(a, on);
  const other = laid(b, on);
  for (let i = 0; i < cover.length; i++) if (other[i] !== 0) cover[i] = mix(cover[i] ?? 0, other[i] ?? 0);
  return trimmed({ box: on, cover });
}

const product = (a: number, b: number) => Math.round((a * b) / 255);

/** Without the empty rows and columns around it; null: nothing of it is selected. */
export function trimmed({ box, cover }: Selection): Selection | null {
  const { width, height } = box;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let row = 0, i = 0; row < height; row++)
    for (let col = 0; col < width; col++, i++) {
      if (cover[i] === 0) continue;
      if (col < left) left = col;
      if (col > right) right = col;
      if (row < top) top = row;
      bottom = row;
    }
  if (right < 0) return null;
  if (left === 0 && top === 0 && right === width - 1 && bottom === height - 1) return { box, cover };
  const small = { x: box.x + left, y: box.y + top, width: right - left + 1, height: bottom - top + 1 };
  const kept = new Uint8Array(small.width * small.height);
  for (let row = 0; row < small.height; row++) {
    const from = (row + top) * width + left;
    kept.set(cover.subarray(from, from + small.width), row * small.width);
  }
  return { box: small, cover: kept };
}
