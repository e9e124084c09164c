/**
 * Stroke points, packed: six little-endian bytes a point.
 * x, y: int16 in sixteenths of a document unit (frame.ts); pressure: uint16, 0 to 1.
 * Beside them, where a pen leans: two int8 a point, degrees.
 */

export interface StrokePoint {
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
  /** How far the pen leans to the right and towards the hand, -90 to 90 degrees; absent: upright. */
  readonly tiltX?: number;
  readonly tiltY?: number;
  /** The browser predicted it: it is shown, and never kept. */
  readonly foreseen?: true;
}

const BYTES_PER_POINT = 6;
const STEPS_PER_UNIT = 16;
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const quantize = (units: number) => clamp(Math.round(units * STEPS_PER_UNIT), -32768, 32767);

export function packPoints(points: readonly StrokePoint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(points.length * BYTES_PER_POINT));
  points.forEach(({ x, y, pressure }, i) => {
    const at = i * BYTES_PER_POINT;
    view.setInt16(at, quantize(x), true);
    view.setInt16(at + 2, quantize(y), true);
    view.setUint16(at + 4, Math.round(clamp(pressure, 0, 1) * 65535), true);
  });
  return new Uint8Array(view.buffer);
}

export function unpackPoints(bytes: Uint8Array): StrokePoint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const points: StrokePoint[] = [];
  for (let at = 0; at + BYTES_PER_POINT <= bytes.length; at += BYTES_PER_POINT)
    points.push({
      x: view.getInt16(at, true) / STEPS_PER_UNIT,
      y: view.getInt16(at + 2, true) / STEPS_PER_UNIT,
      pressure: view.getUint16(at + 4, true) / 65535,
    });
  return points;
}

/** Null when the pen is upright all the way. */
export function packTilts(points: readonly StrokePoint[]): Uint8Array | null {
  if (points.every(({ tiltX = 0, tiltY = 0 }) => Math.round(tiltX) === 0 && Math.round(tiltY) === 0))
    return null;
  const degrees = points.flatMap(({ tiltX = 0, tiltY = 0 }) => [degree(tiltX), degree(tiltY)]);
  return new Uint8Array(Int8Array.from(degrees).buffer);
}

const degree = (value: number) => clamp(Math.round(value), -90, 90);

/** tilts: as packTilts gave them; a point that has none is upright. */
export function unpackLeaning(bytes: Uint8Array, tilts: Uint8Array | undefined): StrokePoint[] {
  const points = unpackPoints(bytes);
  if (tilts === undefined) return points;
  const signed = new Int8Array(tilts.buffer, tilts.byteOffset, tilts.byteLength);
  return points.map((point, i) => ({ ...point, tiltX: signed[2 * i] ?? 0, tiltY: signed[2 * i + 1] ?? 0 }));
}

/** The point as it will be when it was packed and unpacked. */
export const settledPoint = ({ x, y, pressure, tiltX, tiltY }: StrokePoint): StrokePoint => ({
  x: quantize(x) / STEPS_PER_UNIT,
  y: quantize(y) / STEPS_PER_UNIT,
  pressure: Math.round(clamp(pressure, 0, 1) * 65535) / 65535,
  ...(tiltX !== undefined && { tiltX: degree(tiltX) }),
  ...(tiltY !== undefined && { tiltY: degree(tiltY) }),
});
