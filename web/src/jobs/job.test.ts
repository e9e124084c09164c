import { describe, expect, test } from "vitest";
import { partDone, readGone, readJob, readJobs } from "./job";
import { JOB } from "./job.fixture";

test("a job is read as it is told, and nothing else of it", () => {
  expect(readJob({ ...JOB, secret: 1 })).toEqual(JOB);
  const failed = { ...JOB, state: "failed", error: { code: "job.poison", message: "it died", trace: "..." } };
  expect(readJob(failed)?.error).toEqual({ code: "job.poison", message: "it died" });
});

describe("what cannot be a job is none", () => {
  test.each([
    ["nothing", null],
    ["a list", [JOB]],
    ["without an id", { ...JOB, id: "" }],
    ["in a state that nobody knows", { ...JOB, state: "dreaming" }],
    ["with half a unit", { ...JOB, units_done: 0.5 }],
    ["with fewer than no units", { ...JOB, units: -1 }],
    ["without a size", { ...JOB, width_px: undefined }],
  ])("%s", (_, told) => expect(readJob(told)).toBeNull());
});

test("figures that cannot be are left out, not shown", () => {
  const told = readJob({
    ...JOB,
    units_done: 99,
    seconds_left: -3,
    bytes: "many",
    error: "oh",
    priority: null,
  });
  expect(told).toMatchObject({ units_done: 36, seconds_left: null, bytes: null, error: null, priority: 1 });
});

test("of a list, what is no job is left out; what is no list is none", () => {
  expect(readJobs({ jobs: [JOB, { id: 7 }, null] })).toEqual([JOB]);
  expect(readJobs([JOB])).toBeNull();
  expect(readGone({ id: "a" })).toBe("a");
  expect(readGone({ id: 1 })).toBeNull();
});

test("it is done when the server says so, not when its units are", () => {
  expect(partDone(JOB)).toBe(0.25);
  expect(partDone({ ...JOB, units: 0, units_done: 0 })).toBe(0);
  expect(partDone({ ...JOB, units: 0, units_done: 0, state: "done" })).toBe(1);
});
