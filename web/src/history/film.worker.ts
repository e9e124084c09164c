/** Makes a film of moments, away from the page's own thread. */

import { msg } from "@lingui/core/macro";
import { type FilmRequest, type FilmSize, type FromFilm, filmSize, fitted, LAST_S } from "./film";
import { type Film, gifWriter, Unable, videoWriter, whyNot } from "./film-writer";
import type { MomentPictures } from "./store";

const GROUND = "#0e0e0e";

const say = (message: FromFilm) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<FilmRequest>) => {
  film(data).then(
    (done) => say({ type: "done", ...done }),
    (error: unknown) => say({ type: "failed", ...whyNot(error) }),
  );
};

async function film({ frames, sides, format, pace }: FilmRequest): Promise<Film> {
  // 1. Its size is that of the newest picture.
  const last = frames.at(-1);
  if (last === undefined) throw new Unable(msg`there are no moments yet`, msg`Draw something first.`);
  const newest = await decoded(last.render ?? last.sketch);
  const size = filmSize(newest, format);
  newest.close();
  const canvas = new OffscreenCanvas(sides === "both" ? 2 * size.width : size.width, size.height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: format === "gif" });
  if (context === null) throw new Error("no 2D canvas");
  context.imageSmoothingQuality = "high";
  // 2. Frame by frame.
  const writer = format === "gif" ? await gifWriter(canvas, context) : await videoWriter(canvas, pace);
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
