/** Glass-to-glass latency and pictures a second, and where the time goes. Clocks are passed in. */

import type { Trip } from "../wire/channel";

export interface Sample {
  /** From the input event to the frame that shows its picture. */
  readonly total_ms: number;
  readonly trip: Trip;
  /** The server's stages, in order. */
  readonly times_ms: Readonly<Record<string, number>>;
  /** A frame of a video: what nobody accounts for are the blocks that had begun before, not the network. */
  readonly video: boolean;
}

export type Group = "queue" | "render" | "network" | "page";

export interface Stage {
  readonly name: string;
  readonly group: Group;
  readonly ms: number;
}

export interface Reading {
  /** Median over the last second, or the last sample when there was none since; null before the first. */
  readonly latency_ms: number | null;
  readonly pictures_per_s: number;
  readonly stages: readonly Stage[];
  /** The group that takes the longest. */
  readonly slowest: Group | null;
}

export const NO_READING: Reading = { latency_ms: null, pictures_per_s: 0, stages: [], slowest: null };
export const WINDOW_MS = 1000;
export const SLOW_MS = 150;
/** A change of a video is seen two blocks later at most: 1.5 s at 16 frames a second, and the block itself. */
export const SLOW_VIDEO_MS = 2500;
const MAX_SAMPLES = 240;

const GROUP_OF: Readonly<Record<string, Group>> = {
  queue: "queue",
  wait: "queue",
  gateway: "network",
  link: "network",
};

/** Stages of the server that are unknown to this page count as rendering. */
export const groupOf = (stage: string): Group => GROUP_OF[stage] ?? "render";

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

export class Meter {
  private samples: { at_ms: number; sample: Sample }[] = [];
  private shown: number[] = [];

  /** A picture was painted; without a sample when no input made it. */
  add(now_ms: number, sample: Sample | null): void {
    this.shown.push(now_ms);
    if (this.shown.length > MAX_SAMPLES) this.shown.shift();
    if (sample === null) return;
    this.samples.push({ at_ms: now_ms, sample });
    if (this.samples.length > MAX_SAMPLES) this.samples.shift();
  }

  /** Something else renders from now on: what was measured says nothing about it. */
  forget(): void {
    this.samples = [];
    this.shown = [];
  }

  read(now_ms: number): Reading {
    const recent = this.samples.filter((s) => now_ms - s.at_ms <= WINDOW_MS);
    const counted = recent.length > 0 ? recent : this.samples.slice(-1);
    const pictures_per_s =
      (this.shown.filter((at_ms) => now_ms - at_ms <= WINDOW_MS).length * 1000) / WINDOW_MS;
    if (counted.length === 0) return { latency_ms: null, pictures_per_s, stages: [], slowest: null };
    const stages = average(counted.map((s) => split(s.sample)));
    return {
      latency_ms: median(counted.map((s) => s.sample.total_ms)),
      pictures_per_s,
      stages,
      slowest: slowestGroup(stages),
    };
  }
}

/** One sample -> its stages. They sum to the total: what nobody accounts for is the network or the page. */
export function split({ total_ms, trip, times_ms, video }: Sample): Stage[] {
  const server = Object.entries(times_ms).map(([name, ms]) => ({ name, group: groupOf(name), ms }));
  const accounted = server.reduce((sum, s) => sum + s.ms, 0);
  const page = total_ms - trip.round_trip_ms;
  return [
    { name: "pack", group: "page", ms: trip.pack_ms },
    ...server,
    {
      name: video ? "blocks before" : "network",
      group: video ? "queue" : "network",
      ms: Math.max(0, trip.round_trip_ms - accounted),
    },
    { name: "unpack", group: "page", ms: trip.unpack_ms },
    { name: "paint", group: "page", ms: Math.max(0, page - trip.pack_ms - trip.unpack_ms) },
  ];
}

export function sumByGroup(stages: readonly Stage[]): Record<Group, number> {
  const sums: Record<Group, number> = { queue: 0, render: 0, network: 0, page: 0 };
  for (const stage of stages) sums[stage.group] += stage.ms;
  return sums;
}

function average(lists: readonly (readonly Stage[])[]): Stage[] {
  const byName = new Map<string, { stage: Stage; sum: number; count: number }>();
  for (const stage of lists.flat()) {
    const entry = byName.get(stage.name) ?? { stage, sum: 0, count: 0 };
    byName.set(stage.name, { stage, sum: entry.sum + stage.ms, count: entry.count + 1 });
  }
  return [...byName.values()].map(({ stage, sum, count }) => ({ ...stage, ms: sum / count }));
}

function slowestGroup(stages: readonly Stage[]): Group | null {
  const sums = Object.entries(sumByGroup(stages)) as [Group, number][];
  sums.sort((a, b) => b[1] - a[1]);
  return sums[0]?.[0] ?? null;
}
