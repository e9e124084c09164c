/** The beat that a hand taps: how fast, and when the next one is. Pure; times are the caller's. */

export const MIN_BPM = 30;
export const MAX_BPM = 300;
/** Taps further apart begin anew; so many count. */
const PAUSE_MS = 60_000 / MIN_BPM;
const COUNTED = 8;
/** A tap this far off the beat, in beats, means another tempo. */
const OFF = 0.3;
/** A pulse falls to a third in this part of a beat. */
const PULSE = 0.25;
const BEATS_A_BAR = 4;

export interface Tempo {
  readonly taps: readonly number[];
  /** Null until there were two. */
  readonly bpm: number | null;
  /** When a bar began. */
  readonly from_ms: number;
}

export const NO_TEMPO: Tempo = { taps: [], bpm: null, from_ms: 0 };

export function tapped(tempo: Tempo, at_ms: number): Tempo {
  const last_ms = tempo.taps.at(-1);
  if (last_ms === undefined || at_ms - last_ms > PAUSE_MS) return { ...tempo, taps: [at_ms] };
  const gap_ms = at_ms - last_ms;
  if (gap_ms < 60_000 / MAX_BPM) return tempo; // a slip of the finger
  const beat_ms = tempo.taps.length > 1 ? meanGap(tempo.taps) : gap_ms;
  const steady = Math.abs(gap_ms - beat_ms) < OFF * beat_ms;
  const taps = steady ? [...tempo.taps, at_ms].slice(-COUNTED) : [last_ms, at_ms];
  const begins = tempo.taps.length === 1 || !steady;
  const bpm = Math.min(MAX_BPM, Math.max(MIN_BPM, 60_000 / meanGap(taps)));
  // The first tap of a row is a bar's one; later ones only keep the beat in place.
  const first_ms = taps[0] ?? at_ms;
  const from_ms = begins ? first_ms : onBeat(tempo.from_ms, at_ms, 60_000 / bpm);
  return { taps, bpm: Number(bpm.toFixed(1)), from_ms };
}

/** The same tempo, typed. */
export const withBpm = (tempo: Tempo, bpm: number): Tempo => ({
  ...tempo,
  taps: [],
  bpm: Number(Math.min(MAX_BPM, Math.max(MIN_BPM, bpm)).toFixed(1)),
});

/** beat: 1 on each beat, then down. bar: 0 to 1 over four of them, and from the start again. Both 0 without a tempo. */
export function beatAt(
  { bpm, from_ms }: Tempo,
  at_ms: number,
): { readonly beat: number; readonly bar: number } {
  if (bpm === null) return { beat: 0, bar: 0 };
  const beats = ((at_ms - from_ms) * bpm) / 60_000;
  return { beat: Math.exp(-part(beats) / PULSE), bar: part(beats / BEATS_A_BAR) };
}

const meanGap = (taps: readonly number[]) =>
  ((taps.at(-1) ?? 0) - (taps[0] ?? 0)) / Math.max(1, taps.length - 1);
const part = (value: number) => value - Math.floor(value);

/** When the bar began, so that there is a beat at that moment. */
function onBeat(from_ms: number, at_ms: number, beat_ms: number): number {
  return at_ms - Math.round((at_ms - from_ms) / beat_ms) * beat_ms;
}
