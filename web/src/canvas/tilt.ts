/** How a pen leans. Some browsers say it by two tilts, some by the height over the table and the way it points. */

export interface Leaning {
  readonly tiltX?: number;
  readonly tiltY?: number;
  /** Radians. */
  readonly altitudeAngle?: number | undefined;
  readonly azimuthAngle?: number | undefined;
}

const DEGREES = 180 / Math.PI;

/** Degrees (points.ts); the conversion is that of the W3C's Pointer Events, level 3. */
export function tiltOf({ tiltX = 0, tiltY = 0, altitudeAngle, azimuthAngle }: Leaning): {
  tiltX: number;
  tiltY: number;
} {
  if (tiltX !== 0 || tiltY !== 0 || altitudeAngle === undefined || azimuthAngle === undefined)
    return { tiltX, tiltY };
  const slope = 1 / Math.tan(Math.max(altitudeAngle, 1e-6));
  return {
    tiltX: Math.atan(Math.cos(azimuthAngle) * slope) * DEGREES,
    tiltY: Math.atan(Math.sin(azimuthAngle) * slope) * DEGREES,
  };
}
