/** Makes a film of moments, away from the page's own thread; the encoders are loaded when they are needed. */

import { type FilmRequest, type FilmSize, type FromFilm, filmSize, fitted, LAST_S } from "./film";
import type { MomentPictures } from "./store";

const GROUND = "#0e0e0e";
/** Twelve bits a pixel and second would do for what moves; every frame is another picture here. */
const BITS_PER_PIXEL = 24;
const LEAST_BITS_PER_S = 2_000_000;
const KEY_EVERY_S = 1;

/** The frame is on the canvas. */
interface Writer {
  frame(at_s: number, lasts_s: number): Promise<void>;
  file(): Promise<{ file: Blob; extension: string }>;
}

class Unable extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

const say = (message: FromFilm) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<FilmRequest>) => {
  film(data).then(
    (done) => say({ type: "done", ...done }),
    (error: unknown) =>
      say({
        type: "failed",
        why: error instanceof Unable ? error.message : "the film could not be made",
        fix: error instanceof Unable ? error.fix : `Try again, or another format. The browser says: ${error}`,
      }),
  );
};

async function film({
  frames,
  sides,
  format,
  pace,
}: FilmRequest): Promise<{ file: Blob; extension: string }> {
  // 1. Its size is that of the newest picture.
  const last = frames.at(-1);
  if (last === undefined) throw new Unable("there are no moments yet", "Draw something first.");
  const newest = await decoded(last.render ?? last.sketch);
  const size = filmSize(newest, format);
  newest.close();
  const canvas = new OffscreenCanvas(sides === "both" ? 2 * size.width : size.width, size.height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: format === "gif" });
  if (context === null) throw new Error("no 2D canvas");
  context.imageSmoothingQuality = "high";
  // 2. Frame by frame.
  const writer = format === "gif" ? await gif(canvas, context) : await video(canvas, pace);
  for (const [i, pictures] of frames.entries()) {
    await draw(context, pictures, sides, size);
    await writer.frame(i / pace, i === frames.length - 1 ? LAST_S : 1 / pace);
    say({ type: "progress", frames: i + 1 });
  }
  // 3. The file.
  return writer.file();
}

async function draw(
  context: OffscreenCanvasRenderingContext2D,
  { render, sketch }: MomentPictures,
  sides: FilmRequest["sides"],
  size: FilmSize,
): Promise<void> {
  context.fillStyle = GROUND;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  const files = sides === "both" ? [sketch, render] : [render ?? sketch];
  for (const [i, file] of files.entries()) {
    if (file === null) continue;
    const picture = await decoded(file);
    const { x, y, width, height } = fitted(picture, size);
    context.drawImage(picture, i * size.width + x, y, width, height);
    picture.close();
  }
}

const decoded = ({ mime, bytes }: MomentPictures["sketch"]) =>
  createImageBitmap(new Blob([bytes], { type: mime }));

/** MP4 with H.264 where the browser encodes that, else WebM. */
async function video(canvas: OffscreenCanvas, pace: number): Promise<Writer> {
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
      "this browser encodes no video here",
      self.isSecureContext
        ? "Make a GIF, or use a current Chrome, Edge, Firefox or Safari"
        : "Make a GIF, or open the page over https: browsers encode video only there",
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

async function gif(canvas: OffscreenCanvas, context: OffscreenCanvasRenderingContext2D): Promise<Writer> {
  const { applyPalette, GIFEncoder, quantize } = await import("gifenc");
  const encoder = GIFEncoder();
  const { width, height } = canvas;
  return {
    frame: async (_at_s, lasts_s) => {
      const { data } = context.getImageData(0, 0, width, height);
      const palette = quantize(data, 256);
      encoder.writeFrame(applyPalette(data, palette), width, height, { palette, delay: 1000 * lasts_s });
    },
    file: async () => {
      encoder.finish();
      return { file: new Blob([encoder.bytes()], { type: "image/gif" }), extension: "gif" };
    },
  };
}
