/** A video file as it is brought: whether it can be kept, how large its pictures are and how long it is; and its picture at a time. */

import { t } from "@lingui/core/macro";
import type { Problem } from "../wire/shots";

/** What a project's file takes of one (projects/file.ts). */
export const MAX_CLIP_BYTES = 64 * 1024 * 1024;

export interface ClipInfo {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
}

const unplayable = (value: string): Problem => ({
  code: "media.format",
  message: t`this file cannot be played as a video`,
  value,
  fix: t`Use an MP4 or WebM file that plays in this browser`,
});

/** By its first bytes; null for what is no video that is kept. */
export function videoType(bytes: Uint8Array): string | null {
  const has = (at: number, ...expected: number[]) => expected.every((byte, i) => bytes[at + i] === byte);
  if (has(4, 0x66, 0x74, 0x79, 0x70)) return "video/mp4";
  return has(0, 0x1a, 0x45, 0xdf, 0xa3) ? "video/webm" : null;
}

/** Rejects with a Problem: media.format, client.clip. */
export async function readClip(file: File, player: () => HTMLVideoElement): Promise<ClipInfo> {
  if (file.size > MAX_CLIP_BYTES)
    throw {
      code: "client.clip",
      message: t`the video is larger than a layer's may be`,
      value: t`${{ size: Math.ceil(file.size / 1024 ** 2) }} MB of ${{ limit: MAX_CLIP_BYTES / 1024 ** 2 }}`,
      fix: t`Cut it shorter, or encode it smaller`,
    } satisfies Problem;
  if (videoType(new Uint8Array(await file.slice(0, 16).arrayBuffer())) === null) throw unplayable(file.name);
  const clip = await ClipAt.open(file, player);
  if (clip === null) throw unplayable(file.name);
  const { videoWidth: width, videoHeight: height } = clip.element;
  const { duration: seconds } = clip.element;
  clip.close();
  if (width === 0 || height === 0 || !Number.isFinite(seconds)) throw unplayable(file.name);
  return { width, height, seconds };
}

/** A video file at any time, one after the other: each time has one picture, however long it takes to find. */
export class ClipAt {
  private constructor(
    readonly element: HTMLVideoElement,
    private readonly url: string,
  ) {}

  /** Null: it cannot be played here. */
  static async open(file: Blob, player: () => HTMLVideoElement): Promise<ClipAt | null> {
    const element = player();
    const clip = new ClipAt(element, URL.createObjectURL(file));
    element.preload = "auto";
    element.loop = false;
    element.src = clip.url;
    const plays = await told(element, "loadeddata");
    if (plays && looksForEnd(element)) await told(element, "seeked");
    if (plays) return clip;
    clip.close();
    return null;
  }

  async seek(to_s: number): Promise<void> {
    const { element } = this;
    if (element.currentTime === to_s && !element.seeking) return;
    element.currentTime = to_s;
    await told(element, "seeked");
  }

  close(): void {
    this.element.removeAttribute("src");
    this.element.load();
    URL.revokeObjectURL(this.url);
  }
}

/**
 * A recording of a browser does not say how long it is, and goes nowhere before its end was found. Whether that is looked for
 * now: it has come when the element has `seeked`.
 */
export function looksForEnd(element: HTMLVideoElement): boolean {
  const endless = !Number.isFinite(element.duration);
  if (endless) element.currentTime = Number.MAX_SAFE_INTEGER;
  return endless;
}

/** Whether that came, and not an error. */
function told(element: HTMLVideoElement, event: "loadeddata" | "seeked"): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = new AbortController();
    const end = (came: boolean) => {
      stop.abort();
      resolve(came);
    };
    element.addEventListener(event, () => end(true), { signal: stop.signal });
    element.addEventListener("error", () => end(false), { signal: stop.signal });
  });
}
