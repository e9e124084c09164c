import { describe, expect, test } from "vitest";
import { advance, MAX_STEP_MS, startOf } from "./player";
import { DEFAULT_PACE, type Pace } from "./timeline";

const pace: Pace = { ...DEFAULT_PACE, range_ms: [1000, 3000], loop: true };

describe("the playhead", () => {
  test("goes as fast as one says", () => {
    expect(advance(pace, 1000, 100).at_ms).toBe(1100);
    expect(advance({ ...pace, speed: 0.5 }, 1000, 100).at_ms).toBe(1050);
  });

  test("comes round at the range's end, and loses no time", () => {
    expect(advance(pace, 2990, 30)).toEqual({ at_ms: 1020, wrapped: true, ended: false });
  });

  test("stands at the end where it does not loop", () => {
    expect(advance({ ...pace, loop: false }, 2990, 30)).toEqual({ at_ms: 3000, wrapped: false, ended: true });
  });

  test("goes on where it was when nobody saw the page for an hour", () => {
    expect(advance(pace, 1000, 3_600_000).at_ms).toBe(1000 + MAX_STEP_MS);
  });

  test("begins where it is, or with the range", () => {
    expect(startOf(pace, 2000)).toBe(2000);
    expect(startOf(pace, 3000)).toBe(1000);
    expect(startOf(pace, 0)).toBe(1000);
  });
});
