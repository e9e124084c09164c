/** A recording as the gateway tells it: the log of a live session. Nothing else is let in. */

const STATES = ["recording", "away", "ended"] as const;

export interface Recording {
  readonly id: string;
  /** away: its session is gone, and it may go on with another. */
  readonly state: (typeof STATES)[number];
  readonly started_ms: number;
  readonly duration_ms: number;
  readonly pictures: number;
  readonly bytes: number;
  /** Of its largest picture; 0 while there is none. */
  readonly width_px: number;
  readonly height_px: number;
}

const isFigure = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;

/** Null for what is no recording. */
export function readRecording(value: unknown): Recording | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, state, started_ms, duration_ms, pictures, bytes, width_px, height_px } = value as Readonly<
    Record<string, unknown>
  >;
  const known = STATES.find((name) => name === state);
  if (typeof id !== "string" || id === "" || known === undefined) return null;
  if (!isFigure(started_ms) || !isFigure(duration_ms) || !isFigure(pictures) || !isFigure(bytes)) return null;
  if (!isFigure(width_px) || !isFigure(height_px)) return null;
  return { id, state: known, started_ms, duration_ms, pictures, bytes, width_px, height_px };
}

/** Null for what is no list of recordings. What in it is no recording is left out. */
export function readRecordings(value: unknown): readonly Recording[] | null {
  const list = (value as { recordings?: unknown } | null)?.recordings;
  return Array.isArray(list) ? list.map(readRecording).filter((one) => one !== null) : null;
}
