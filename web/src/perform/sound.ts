/** What is heard, as numbers to play with: three bands, their sum, and onsets. Pure: a spectrum and a time come in. */

/** Hz: what a kick and a bass have, what voices and most instruments have, what cymbals and consonants have. */
const BANDS = { bass: [30, 150], mid: [150, 2000], treble: [2000, 12_000] } as const;

export interface Levels {
  /** 0 to 1, against the loudest of the last seconds. */
  readonly level: number;
  readonly bass: number;
  readonly mid: number;
  readonly treble: number;
  /** 1 when something begins (a drum, a note), then down to 0. */
  readonly onset: number;
}

export const SILENCE: Levels = { level: 0, bass: 0, mid: 0, treble: 0, onset: 0 };

export interface Spectrum {
  /** Decibels of each bin from 0 Hz on, as an AnalyserNode gives them; -Infinity for nothing. */
  readonly db: Float32Array;
  /** Hz of one bin. */
  readonly bin_hz: number;
  readonly at_ms: number;
}

/** What is remembered from one spectrum to the next. */
export interface Ear {
  readonly levels: Levels;
  readonly at_ms: number | null;
  readonly before: Float32Array | null;
  /** The loudest of the last seconds, by band. */
  readonly peaks: readonly [bass: number, mid: number, treble: number];
  /** How much more there was than before, of the last spectra; and of onsets the last one's time. */
  readonly flux: readonly number[];
  readonly onset_ms: number;
}

export const NEW_EAR: Ear = {
  levels: SILENCE,
  at_ms: null,
  before: null,
  peaks: [0, 0, 0],
  flux: [],
  onset_ms: Number.NEGATIVE_INFINITY,
};

/** Quieter than this is the room, not the music; as loud as at most that is full. */
const FLOOR_DB = -75;
/** A level rises at once and falls to a third in this time; a pulse likewise. */
const FALL_MS = 180;
const PULSE_MS = 160;
/** The loudest is forgotten so slowly that a break stays a break. */
const PEAK_FALL_MS = 8000;
/** What is never amplified to full: decibels above the floor. */
const LEAST_PEAK = 20;
/** Two onsets are this far apart at least. */
const APART_MS = 110;
/** An onset stands so far out of the flux of the last second, and is this much at least, decibels a bin. */
const FLUX_KEPT = 43;
const STANDS_OUT = 1.6;
const LEAST_FLUX = 1.5;

/** gain: 1 as it is; 2 for twice as lively, of all but onsets. */
export function hear(ear: Ear, { db, bin_hz, at_ms }: Spectrum, gain = 1): Ear {
  const heard = floored(db);
  const elapsed_ms = ear.at_ms === null ? 0 : Math.max(0, at_ms - ear.at_ms);
  const bands = (["bass", "mid", "treble"] as const).map((name) => loudest(heard, BANDS[name], bin_hz));
  const peaks = bands.map((value, i) =>
    Math.max(value, LEAST_PEAK, (ear.peaks[i] ?? 0) * Math.exp(-elapsed_ms / PEAK_FALL_MS)),
  );
  const fall = Math.exp(-elapsed_ms / FALL_MS);
  const held = (name: "bass" | "mid" | "treble", i: number) =>
    Math.max(ear.levels[name] * fall, Math.min(1, (gain * (bands[i] ?? 0)) / (peaks[i] ?? 1)));
  const [bass, mid, treble] = [held("bass", 0), held("mid", 1), held("treble", 2)];
  const flux = ear.before === null ? 0 : fluxOf(heard, ear.before);
  const mean = ear.flux.reduce((sum, value) => sum + value, 0) / Math.max(1, ear.flux.length);
  const begins =
    flux > LEAST_FLUX && flux > STANDS_OUT * mean && at_ms - ear.onset_ms >= APART_MS && ear.flux.length > 2;
  const onset = begins ? 1 : ear.levels.onset * Math.exp(-elapsed_ms / PULSE_MS);
  return {
    levels: { level: (bass + mid + treble) / 3, bass, mid, treble, onset },
    at_ms,
    before: heard,
    peaks: [peaks[0] ?? 0, peaks[1] ?? 0, peaks[2] ?? 0],
    flux: [...ear.flux, flux].slice(-FLUX_KEPT),
    onset_ms: begins ? at_ms : ear.onset_ms,
  };
}

/** Decibels above the floor. */
const floored = (db: Float32Array) => db.map((value) => (value > FLOOR_DB ? value - FLOOR_DB : 0));

/** The mean of the louder half of a band's bins: a single note fills no band, and still is one. */
function loudest(heard: Float32Array, [low, high]: readonly [number, number], bin_hz: number): number {
  const from = Math.min(heard.length - 1, Math.max(1, Math.round(low / bin_hz)));
  const to = Math.max(from + 1, Math.round(high / bin_hz));
  const bins = heard.slice(from, to).sort((a, b) => b - a);
  const half = bins.slice(0, Math.max(1, bins.length >> 1));
  return half.reduce((sum, value) => sum + value, 0) / half.length;
}

/** Spectral flux (Bello et al., "A Tutorial on Onset Detection in Music Signals", 2005): what became louder, a bin. */
function fluxOf(heard: Float32Array, before: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < heard.length; i++) sum += Math.max(0, (heard[i] ?? 0) - (before[i] ?? 0));
  return sum / Math.max(1, heard.length);
}
