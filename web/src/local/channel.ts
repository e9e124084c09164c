/** What the page and its render worker say to each other. */

import type { AssetFile } from "../assets/store";
import type { ShotJob } from "../wire/channel";
import type { PictureMeta, Problem, WireSize } from "../wire/shots";

export type LocalState =
  | { readonly name: "off" }
  | { readonly name: "loading"; readonly loaded_bytes: number; readonly total_bytes: number }
  | { readonly name: "starting" }
  /** picture_ms: of the last picture. */
  | { readonly name: "ready"; readonly device: string; readonly picture_ms: number | null }
  | { readonly name: "failed"; readonly problem: Problem };

/** base: the file of the shot's base; null when it has none. least: the engine's smallest size of the shot's shape. */
export type LocalJob = ShotJob & { readonly base: AssetFile | null; readonly least: WireSize };

/** root: the address of the gateway. */
export type ToLocal =
  | { readonly type: "open"; readonly root: string; readonly token: string }
  | { readonly type: "render"; readonly job: LocalJob; readonly asFile: boolean };

export type FromLocal =
  | { readonly type: "state"; readonly state: LocalState }
  | { readonly type: "problem"; readonly seq: number; readonly problem: Problem }
  | {
      readonly type: "picture";
      readonly seq: number;
      readonly picture: PictureMeta;
      readonly bitmap: ImageBitmap;
    }
  | { readonly type: "file"; readonly seq: number; readonly data: Uint8Array<ArrayBuffer> };
