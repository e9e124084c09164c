/** Makes a film of the timeline, frame by frame as they come, away from the page's own thread. */

import { type FilmSize, filmSize, fitted } from "../history/film";
import { gifWriter, videoWriter, type Writer, whyNot } from "../history/film-writer";
import type { FromRender, RenderFilm, ToRender } from "./rendering";

const GROUND = "#0e0e0e";
const PAPER = "#fff";

interface Making {
  readonly film: RenderFilm;
  readonly size: FilmSize;
  readonly context: OffscreenCanvasRenderingContext2D;
  readonly writer: Writer;
  frames: number;
}

let making: Making | null = null;
/** One after the other, in the order in which they came. */
let queue = Promise.resolve();

const say = (message: FromRender) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToRender>) => {
  queue = queue.then(() => take(data)).catch((error: unknown) => say({ type: "failed", ...whyNot(error) }));
};

async function take(message: ToRender): Promise<void> {
  switch (message.type) {
    case "begin":
      making = await begin(message.film);
      say({ type: "taken" });
      return;
    case "frame": {
      if (making === null) throw new Error("no film was begun");
      const { film, context, size, writer } = making;
      context.fillStyle = GROUND;
      context.fillRect(0, 0, context.canvas.width, context.canvas.height);
      if (message.sketch !== null) {
        context.fillStyle = PAPER;
        context.fillRect(0, 0, size.width, size.height);
        const { width, height, data } = message.sketch;
        const sketch = await createImageBitmap(new ImageData(data, width, height));
        context.drawImage(sketch, 0, 0, size.width, size.height);
        sketch.close();
      }
      const { x, y, width, height } = fitted(message.picture, size);
      context.drawImage(message.picture, (film.both ? size.width : 0) + x, y, width, height);
      message.picture.close();
      await writer.frame(making.frames / film.fps, 1 / film.fps);
      making.frames += 1;
      say({ type: "taken" });
      return;
    }
    case "end":
      if (making === null) throw new Error("no film was begun");
      say({ type: "done", ...(await making.writer.file()) });
  }
}

async function begin(film: RenderFilm): Promise<Making> {
  // A video is as large as its pictures; encoders want even sides.
  const even = (px: number) => Math.max(2, 2 * Math.round(px / 2));
  const size =
    film.format === "gif" ? filmSize(film, "gif") : { width: even(film.width), height: even(film.height) };
  const canvas = new OffscreenCanvas(film.both ? 2 * size.width : size.width, size.height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: film.format === "gif" });
  if (context === null) throw new Error("no 2D canvas");
  const writer =
    film.format === "gif" ? await gifWriter(canvas, context) : await videoWriter(canvas, film.fps);
  return { film, size, context, writer, frames: 0 };
}
