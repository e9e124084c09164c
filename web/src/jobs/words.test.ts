import { describe, expect, test } from "vitest";
import { JOB } from "./job.fixture";
import { bytesText, failureText, percent, stateText, timeLeft, whatText } from "./words";

test.each([
  [null, ""],
  [0, "a few seconds left"],
  [7.9, "a few seconds left"],
  [12, "about 10 s left"],
  [43, "about 45 s left"],
  [55, "about 1 min left"],
  [170, "about 3 min left"],
  [59.4 * 60, "about 59 min left"],
  [60 * 60, "about 1 h left"],
  [84 * 60, "about 1 h 20 min left"],
  [119 * 60, "about 2 h left"],
  [26 * 3600, "about 26 h left"],
])("%s seconds are said as '%s'", (seconds, said) => expect(timeLeft(seconds)).toBe(said));

test.each([
  [120, "1 KB"],
  [94_226, "94 KB"],
  [3_440_000, "3.4 MB"],
  [9_970_000, "10 MB"],
  [260_000_000, "260 MB"],
  [1_240_000_000, "1.2 GB"],
])("%i bytes are %s", (bytes, said) => expect(bytesText(bytes)).toBe(said));

describe("how far a job is", () => {
  test.each([
    [{}, "9 of 36 parts · about 30 s left"],
    [{ seconds_left: null }, "9 of 36 parts"],
    [{ units: 0, units_done: 0, seconds_left: null }, "Beginning"],
    [{ state: "waiting", units_done: 0 }, "Waiting: drawing goes first"],
    [{ state: "waiting", error: { code: "job.disk", message: "full" } }, "Held up · 9 of 36 parts"],
    [{ state: "paused" }, "Paused · 9 of 36 parts"],
    [{ state: "done", bytes: 8_663_239 }, "Ready · 8.7 MB"],
    [{ state: "failed", units_done: 0 }, "Failed"],
    [{ state: "cancelled" }, "Cancelled"],
  ] as const)("%o: %s", (patch, said) => expect(stateText({ ...JOB, ...patch })).toBe(said));

  test("a bar is full only when the job is done", () => {
    expect(percent({ ...JOB, units_done: 36 })).toBe(99);
    expect(percent({ ...JOB, state: "done" })).toBe(100);
  });
});

test("what is made is said with its size and format", () => {
  expect(whatText(JOB)).toBe("4K · 3840 × 2160 PNG");
});

test("a failure says what happened and what to do, also where the server said nothing", () => {
  expect(failureText({ code: "job.poison", message: "the worker died" })).toEqual({
    what: "The worker died.",
    fix: "See the server's log; a smaller size may work.",
  });
  expect(failureText({ code: "enhance.disk", message: "" }).what).toMatch(/^The disk is full/);
  expect(failureText({ code: "new.one", message: "" })).toEqual({ what: "New.one.", fix: "Try again." });
});
