/** A job for tests. */

import type { Job } from "./job";

export const JOB: Job = {
  id: "j-0123456789ab",
  kind: "enhance",
  state: "running",
  units: 36,
  units_done: 9,
  seconds_left: 27.5,
  created_ms: 1_795_000_000_000,
  width_px: 3840,
  height_px: 2160,
  source_width_px: 512,
  source_height_px: 288,
  to: "4k",
  model: "light",
  format: "png",
  bytes: null,
  error: null,
  priority: 1,
  premiere: null,
  creativity: 0,
};
