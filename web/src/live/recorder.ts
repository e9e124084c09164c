/**
 * Records what is seen, frame by frame, into one file. MediaRecorder's clock runs by itself, so it rests while the video
 * does. Bound: `MAX_BYTES`; overflow rule: the recording stops, and is saved.
 */

import { t } from "@lingui/core/macro";
import { newSurface } from "../canvas/surface";

export interface Format {
  readonly mime: string;
  readonly extension: string;
}

/** The first one that the browser writes: what plays everywhere, then what is best. */
const FORMATS: readonly Format[] = [
  { mime: 'video/mp4;codecs="avc1.640028"', extension: "mp4" },
  { mime: 'video/mp4;codecs="avc1.42E01E"', extension: "mp4" },
  { mime: "video/webm;codecs=vp9", extension: "webm" },
  { mime: "video/webm;codecs=vp8", extension: "webm" },
];
export const MAX_BYTES = 2 ** 30;
/** Twelve bits a pixel and second: faint of artefacts at the sizes that engines render. */
const BITS_PER_PIXEL = 12;
const LEAST_BITS_PER_S = 2_000_000;
const CHUNK_MS = 1000;

export const pickFormat = (writes: (mime: string) => boolean): Format | null =>
  FORMATS.find(({ mime }) => writes(mime)) ?? null;

export interface RecorderWorld {
  /** Whole seconds that were recorded; null when nothing is. */
  changed(seconds: number | null): void;
  saved(file: Blob, extension: string): void;
  /** Why nothing is recorded, or no longer. */
  failed(why: string, fix: string): void;
}

export class Recorder {
  private media: MediaRecorder | null = null;
  private context: CanvasRenderingContext2D | null = null;
  /** Recorded before the last rest, and since when it goes on; null while it rests. */
  private spent_ms = 0;
  private since_ms: number | null = null;

  constructor(private readonly world: RecorderWorld) {}

  get on(): boolean {
    return this.media !== null;
  }

  /** first: what is seen now; the file has its size. */
  start(first: HTMLCanvasElement): void {
    if (this.media !== null) return;
    const format =
      typeof MediaRecorder === "undefined" ? null : pickFormat((mime) => MediaRecorder.isTypeSupported(mime));
    if (format === null) {
      this.world.failed(
        t`this browser writes no video files`,
        t`Use a current Chrome, Edge, Firefox or Safari`,
      );
      return;
    }
    const { width, height } = first;
    const { canvas, context } = newSurface(width, height, false);
    const media = new MediaRecorder(canvas.captureStream(), {
      mimeType: format.mime,
      videoBitsPerSecond: Math.max(LEAST_BITS_PER_S, width * height * BITS_PER_PIXEL),
    });
    const parts: Blob[] = [];
    let bytes = 0;
    media.ondataavailable = ({ data }) => {
      parts.push(data);
      bytes += data.size;
      if (media.state === "inactive" || bytes <= MAX_BYTES) return;
      this.world.failed(t`the recording became as large as it may; it was saved`, t`Record again to go on`);
      this.stop();
    };
    media.onerror = () =>
      this.world.failed(t`the browser stopped recording; what there was is saved`, t`Record again to go on`);
    media.onstop = () => {
      for (const track of media.stream.getTracks()) track.stop();
      if (this.media === media) this.finish();
      if (bytes > 0) this.world.saved(new Blob(parts, { type: media.mimeType }), format.extension);
    };
    this.media = media;
    this.context = context;
    this.spent_ms = 0;
    this.since_ms = performance.now();
    this.frame(first);
    media.start(CHUNK_MS);
  }

  /** A frame is on its way to the screen. One of another size fills the file's. */
  frame(picture: CanvasImageSource): void {
    if (this.context === null) return;
    const { width, height } = this.context.canvas;
    this.context.drawImage(picture, 0, 0, width, height);
    const now_ms = performance.now();
    this.world.changed(Math.floor((this.spent_ms + now_ms - (this.since_ms ?? now_ms)) / 1000));
  }

  rest(resting: boolean): void {
    if (resting && this.media?.state === "recording") {
      this.media.pause();
      this.spent_ms += performance.now() - (this.since_ms ?? 0);
      this.since_ms = null;
    } else if (!resting && this.media?.state === "paused") {
      this.media.resume();
      this.since_ms = performance.now();
    }
  }

  /** The file follows. */
  stop(): void {
    const { media } = this;
    this.finish();
    if (media !== null && media.state !== "inactive") media.stop();
  }

  private finish(): void {
    this.media = null;
    this.context = null;
    this.world.changed(null);
  }
}
