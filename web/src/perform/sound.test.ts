import { describe, expect, test } from "vitest";
import { type Ear, hear, NEW_EAR } from "./sound";

const BIN_HZ = 48_000 / 2048;
const FRAME_MS = 1000 / 60;

/** A spectrum with so many decibels between two frequencies, and silence elsewhere. */
function tone(low_hz: number, high_hz: number, loud_db: number): Float32Array {
  return Float32Array.from({ length: 1024 }, (_, i) =>
    i * BIN_HZ >= low_hz && i * BIN_HZ <= high_hz ? loud_db : Number.NEGATIVE_INFINITY,
  );
}

const SILENT = tone(1, 0, 0);

/** One spectrum a frame -> the ear after each. */
function listen(spectra: readonly Float32Array[], from: Ear = NEW_EAR): Ear[] {
  let ear = from;
  const start_ms = (from.at_ms ?? -FRAME_MS) + FRAME_MS;
  return spectra.map((db, i) => {
    ear = hear(ear, { db, bin_hz: BIN_HZ, at_ms: start_ms + i * FRAME_MS });
    return ear;
  });
}

const frames = (count: number, db: Float32Array) => Array.from({ length: count }, () => db);
const last = (ears: readonly Ear[]) => ears.at(-1)?.levels;

describe("bands", () => {
  test("silence is nothing, however long", () => {
    expect(last(listen(frames(200, SILENT)))).toEqual({ level: 0, bass: 0, mid: 0, treble: 0, onset: 0 });
  });

  test.each([
    ["bass", 40, 140],
    ["mid", 160, 1900],
    ["treble", 2100, 11_900],
  ] as const)("%s is heard in its own band alone", (name, low, high) => {
    const levels = last(listen(frames(10, tone(low, high, -20))));
    for (const band of ["bass", "mid", "treble"] as const)
      if (band === name) expect(levels?.[band]).toBeCloseTo(1);
      else expect(levels?.[band]).toBeLessThan(0.1);
    expect(levels?.level).toBeGreaterThan(0.3);
  });

  test("a quiet input fills the range after a while, noise below the floor never", () => {
    const loud = listen(frames(10, tone(40, 140, -10)));
    const quiet = listen(frames(10, tone(40, 140, -45)), loud.at(-1));
    expect(last(quiet)?.bass).toBeLessThan(0.8);
    expect(last(listen(frames(1200, tone(40, 140, -45)), quiet.at(-1)))?.bass).toBeCloseTo(1);
    expect(last(listen(frames(1200, tone(40, 140, -76))))?.bass).toBe(0);
  });

  test("a level rises at once and falls slowly", () => {
    const [up] = listen([tone(40, 140, -20)]);
    expect(up?.levels.bass).toBeCloseTo(1);
    const after = listen(frames(60, SILENT), up).map(({ levels }) => levels.bass);
    expect(after[0]).toBeGreaterThan(0.8);
    expect(after.at(-1)).toBeLessThan(0.01);
    expect(after).toEqual([...after].sort((a, b) => b - a));
  });

  test("gain makes it livelier, and no louder than full", () => {
    const spectrum = { bin_hz: BIN_HZ, at_ms: 0 };
    const loud = hear(NEW_EAR, { ...spectrum, db: tone(40, 140, -10) });
    const at = (gain: number) =>
      hear({ ...loud, levels: NEW_EAR.levels }, { ...spectrum, db: tone(40, 140, -50) }, gain).levels.bass;
    expect(at(2)).toBeCloseTo(2 * at(1));
    expect(at(10)).toBe(1);
  });
});

describe("onsets", () => {
  const beats = (ears: readonly Ear[]) =>
    new Set(ears.map(({ onset_ms }) => onset_ms).filter(Number.isFinite));

  test("each drum on a quiet bed is one, wherever in the spectrum", () => {
    const bed = tone(200, 900, -50);
    for (const hit of [tone(30, 1500, -15), tone(3000, 12_000, -25)]) {
      const bar = [...frames(27, bed), ...frames(3, hit)];
      expect(beats(listen([...bar, ...bar, ...bar, ...bar])).size).toBe(4);
    }
  });

  test("a held tone begins once", () => {
    expect(beats(listen([...frames(10, SILENT), ...frames(300, tone(100, 2000, -20))])).size).toBe(1);
  });

  test("a crackle faster than a hand drums is not a beat each time", () => {
    const crackle = Array.from({ length: 120 }, (_, i) => (i % 2 ? tone(30, 10_000, -20) : SILENT));
    expect(beats(listen(crackle)).size).toBeLessThan(20);
  });

  test("it is a pulse: full, then gone", () => {
    const ears = listen([...frames(10, SILENT), tone(30, 2000, -10), ...frames(60, SILENT)]);
    const pulse = ears.map(({ levels }) => levels.onset);
    expect(Math.max(...pulse)).toBe(1);
    expect(pulse[10]).toBe(1);
    expect(pulse.at(-1)).toBeLessThan(0.01);
  });
});
