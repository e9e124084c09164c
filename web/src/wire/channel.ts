/** What the page and its link worker say to each other. Durations only: the two have different clock origins. */

import type { LinkState } from "./link";
import type { BlockMeta, PictureMeta, Prepare, Problem, ShotMeta, Status, Welcome } from "./shots";

/** RGBA pixels of a composed sketch, at the shot's size; alpha 0 where nothing is drawn. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface ShotJob {
  readonly seq: number;
  readonly shot: ShotMeta;
  readonly pixels: Pixels;
  /** Where to render anew (alpha), at the shot's size; it becomes the shot's `mask`. Null when the shot has no base. */
  readonly mask: Pixels | null;
  /** Where each of the shot's regions lies (alpha), likewise. */
  readonly regions: readonly Pixels[];
}

/** What moves to a worker with a job. */
export const buffersOf = ({ pixels, mask, regions }: ShotJob): ArrayBuffer[] =>
  [pixels, ...(mask === null ? [] : [mask]), ...regions].map(({ data }) => data.buffer);

export interface BlockJob {
  readonly seq: number;
  /** Which video it is about: another number than the last one's ends that video and begins a new one. */
  readonly take: number;
  readonly block: BlockMeta;
  /** The picture that the video starts from, at its size; null for none. */
  readonly input: Pixels | null;
}

/** Durations that only the worker can see. network = round trip less what the server accounts for. */
export interface Trip {
  readonly pack_ms: number;
  readonly round_trip_ms: number;
  readonly unpack_ms: number;
}

export type ToWorker =
  | { readonly type: "open"; readonly url: string }
  | { readonly type: "wake" }
  | { readonly type: "seat"; readonly able: boolean; readonly shows: boolean }
  | { readonly type: "prepare"; readonly seq: number; readonly prepare: Prepare }
  | { readonly type: "shot"; readonly job: ShotJob }
  | { readonly type: "block"; readonly job: BlockJob }
  | { readonly type: "export"; readonly job: ShotJob };

export type FromWorker =
  | { readonly type: "state"; readonly state: LinkState }
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "sent"; readonly seq: number }
  | { readonly type: "prepared"; readonly seq: number; readonly share: number }
  | { readonly type: "problem"; readonly seq: number; readonly problem: Problem }
  | {
      readonly type: "picture";
      readonly seq: number;
      readonly picture: PictureMeta;
      readonly bitmap: ImageBitmap;
      readonly trip: Trip;
    }
  | { readonly type: "exported"; readonly seq: number; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly type: "export-failed"; readonly seq: number; readonly problem: Problem };
