/** Frames into files, in a worker; the encoders are loaded when they are needed. */

import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

/** Twelve bits a pixel and second would do for what moves; every frame is another picture here. */
const BITS_PER_PIXEL = 24;
const LEAST_BITS_PER_S = 2_000_000;
const KEY_EVERY_S = 1;

export interface Film {
  readonly file: Blob;
  readonly extension: string;
}

/** The frame is on the canvas. */
export interface Writer {
  frame(at_s: number, lasts_s: number): Promise<void>;
  file(): Promise<Film>;
}

/** It cannot be made here; said to people, by the page: a worker has no language. */
export class Unable extends Error {
  constructor(
    readonly why: MessageDescriptor,
    readonly fix: MessageDescriptor,
  ) {
    super(why.message ?? why.id);
  }
}

/** Whatever went wrong, for people. */
export function whyNot(error: unknown): Pick<Unable, "why" | "fix"> {
  if (error instanceof Unable) return { why: error.why, fix: error.fix };
  const said = String(error);
  return {
    why: msg`the film could not be made`,
    fix: msg`Try again, or another format. The browser says: ${said}`,
  };
}

/** MP4 with H.264 where the browser encodes that, else WebM. */
export async function videoWriter(canvas: OffscreenCanvas, pace: number): Promise<Writer> {
  const {
    BufferTarget,
    CanvasSource,
    getFirstEncodableVideoCodec,
    Mp4OutputFormat,
    Output,
    WebMOutputFormat,
  } = await import("mediabunny");
  const { width, height } = canvas;
  const bitrate = Math.max(LEAST_BITS_PER_S, width * height * BITS_PER_PIXEL);
  const asked = { width, height, bitrate };
  const codec = await getFirstEncodableVideoCodec(["avc", "vp9", "vp8", "av1"], asked);
  if (codec === null)
    throw new Unable(
      msg`this browser encodes no video here`,
      self.isSecureContext
        ? msg`Make a GIF, or use a current Chrome, Edge, Firefox or Safari`
        : msg`Make a GIF, or open the page over https: browsers encode video only there`,
    );
  const mp4 = codec === "avc";
  const target = new BufferTarget();
  const format = mp4 ? new Mp4OutputFormat({ fastStart: "in-memory" }) : new WebMOutputFormat();
  const output = new Output({ format, target });
  const source = new CanvasSource(canvas, { codec, bitrate, keyFrameInterval: KEY_EVERY_S });
  output.addVideoTrack(source, { frameRate: pace });
  await output.start();
  return {
    frame: (at_s, lasts_s) => source.add(at_s, lasts_s),
    file: async () => {
      await output.finalize();
      if (target.buffer === null) throw new Error("the file is empty");
      const mime = mp4 ? "video/mp4" : "video/webm";
      return { file: new Blob([target.buffer], { type: mime }), extension: mp4 ? "mp4" : "webm" };
    },
  };
}

export async function gifWriter(
  canvas: OffscreenCanvas,
  context: OffscreenCanvasRenderingContext2D,
): Promise<Writer> {
  const { applyPalette, GIFEncoder, quantize } = await import("gifenc");
  const encoder = GIFEncoder();
  const { width, height } = canvas;
  return {
    frame: async (at_s, lasts_s) => {
      const { data } = context.getImageData(0, 0, width, height);
      const palette = quantize(data, 256);
      encoder.writeFrame(applyPalette(data, palette), width, height, {
        palette,
        delay: delayOf(at_s, lasts_s),
      });
    },
    file: async () => {
      encoder.finish();
      return { file: new Blob([encoder.bytes()], { type: "image/gif" }), extension: "gif" };
    },
  };
}

/** Milliseconds. A GIF knows hundredths of a second: rounding its times, not its delays, keeps it in step. */
export const delayOf = (at_s: number, lasts_s: number): number =>
  10 * (Math.round(100 * (at_s + lasts_s)) - Math.round(100 * at_s));
