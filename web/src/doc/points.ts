/**
 * Stroke points, packed: six little-endian bytes a point.
 * x, y: int16 in sixteenths of a document unit (frame.ts); pressure: uint16, 0 to 1.
 */

export interface StrokePoint {
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
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
