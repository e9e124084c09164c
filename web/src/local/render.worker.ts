/** The engine of this browser: shots in, pictures out, one at a time. The twin of engines/embedded.py. */

import { blobOf } from "../assets/assets";
import type { AssetFile } from "../assets/store";
import type { Problem, ShotMeta } from "../wire/shots";
import type { FromLocal, LocalJob, LocalState, ToLocal } from "./channel";
import { denoise, schedule, scheduleFrom, slerp } from "./flow";
import { enlarged, LARGER_NOISE, noisy, toned, toPlanes } from "./larger";
import { Network } from "./network";
import { noise } from "./noise";
import { beneath, drawnOf, laidOutOf, nightOf, reduced, toHints, toPixels } from "./pixels";
import { Words } from "./words";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (message: FromLocal, transfer: Transferable[] = []) => scope.postMessage(message, transfer);
const tell = (state: LocalState) => post({ type: "state", state });

const DEVICE = "browser";

class Engine {
  private start: { of: string; noise: Float32Array } = { of: "", noise: new Float32Array() };

  constructor(
    private readonly network: Network,
    private readonly words: Words,
  ) {}

  async render(job: LocalJob): Promise<{ image: ImageData; times_ms: Readonly<Record<string, number>> }> {
    const { shot, pixels, mask, base, least } = job;
    const { width, height } = shot;
    const watch = new Watch();

    // 1. of a larger size the same picture, smaller: where things are does not change with the size. One step is for who
    // wants speed before that
    const small = shot.steps > 1 && width > least[0] ? (await this.render(smaller(job))).image : null;
    if (small !== null) watch.stage("smaller");

    // 2. the sketch, and what is kept of a picture
    const drawn = drawnOf(pixels.data);
    const kept = base === null || mask === null ? null : await outside(mask.data, base, width, height);
    watch.stage("decode");

    // 3. words, reference pictures and tweaks; and beneath what is drawn, how such a place may lie
    const condition = await this.words.condition(shot, drawn, nightOf(pixels.data));
    const covers = kept === null ? laidOutOf(drawn) : 0;
    const sketch =
      covers > 0 ? beneath(pixels.data, await this.words.composition(shot), covers) : pixels.data;
    const hints = toHints(sketch, kept);
    watch.stage("text");

    // 4. noise, a function of the seed, or of two
    const start = this.noiseOf(shot);
    watch.stage("noise");

    // 5. from noise to picture, or from the smaller picture and its share of noise
    const predict = (noisy: Float32Array, time: number) =>
      this.network.predict({ width, height, noisy, hints, time, condition });
    const shown = small && enlarged(toPlanes(small), width, height);
    const clean =
      shown === null
        ? await denoise(predict, start, schedule(shot.steps))
        : toned(
            await denoise(predict, noisy(shown, start), scheduleFrom(shot.steps, 1 - LARGER_NOISE)),
            shown,
          );
    watch.stage("steps");

    // 6. to pixels; what is kept comes out as it went in
    const rgba = toPixels(clean, kept);
    watch.stage("pixels");
    return { image: new ImageData(rgba, width, height), times_ms: watch.times_ms };
  }

  /** While somebody draws, the seed stays. */
  private noiseOf({ seed, seedTo, seedMix, width, height }: ShotMeta): Float32Array {
    const of = [seed, seedTo, seedMix, width, height].join();
    if (this.start.of !== of) {
      const first = noise(seed, height, width);
      const mixed = seedMix > 0 ? slerp(first, noise(seedTo, height, width), seedMix) : first;
      this.start = { of, noise: mixed };
    }
    return this.start.noise;
  }
}

function smaller(job: LocalJob): LocalJob {
  const { shot, pixels, mask, least } = job;
  const [width, height] = least;
  return {
    ...job,
    shot: { ...shot, width, height },
    pixels: reduced(pixels, width, height),
    mask: mask && reduced(mask, width, height),
  };
}

/** Stage times in milliseconds, in order. */
class Watch {
  readonly times_ms: Record<string, number> = {};
  private last_ms = performance.now();

  stage(name: string): void {
    const now_ms = performance.now();
    this.times_ms[name] = now_ms - this.last_ms;
    this.last_ms = now_ms;
  }
}

function surfaceOf(width: number, height: number) {
  const surface = new OffscreenCanvas(width, height);
  const context = surface.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no 2D context in the worker");
  return { surface, context };
}

/** A picture, and how much of it stays: less where the mask is opaque. */
async function outside(mask: Uint8ClampedArray, base: AssetFile, width: number, height: number) {
  const bitmap = await createImageBitmap(blobOf(base));
  const { context } = surfaceOf(width, height);
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const kept = context.getImageData(0, 0, width, height).data;
  for (let i = 3; i < kept.length; i += 4) kept[i] = 255 - (mask[i] ?? 0);
  return kept;
}

async function pngOf(image: ImageData): Promise<Uint8Array<ArrayBuffer>> {
  const { surface, context } = surfaceOf(image.width, image.height);
  context.putImageData(image, 0, 0);
  const blob = await surface.convertToBlob({ type: "image/png" });
  return new Uint8Array(await blob.arrayBuffer());
}

const stopped = (error: unknown, message: string): Problem => ({
  code: "client.engine",
  message,
  value: error instanceof Error ? error.message : String(error),
  fix: "The server renders on. Choose this browser again to try once more.",
});

const isProblem = (error: unknown): error is Problem =>
  typeof error === "object" && error !== null && "code" in error && "fix" in error;

let device = "";
let engine: Engine | null = null;

async function open(root: string, token: string): Promise<void> {
  let told = "";
  try {
    const network = await Network.open(root, (state) => {
      const percent =
        state.name === "loading" ? Math.floor((100 * state.loaded_bytes) / state.total_bytes) : "";
      if (told !== `${state.name}${percent}`) tell(state);
      told = `${state.name}${percent}`;
    });
    device = network.device;
    engine = new Engine(network, new Words(root, token, network.shape.condition));
    tell({ name: "ready", device, picture_ms: null });
  } catch (error) {
    const problem = stopped(error, "this browser cannot run the engine");
    tell({ name: "failed", problem });
  }
}

async function render(job: LocalJob, asFile: boolean): Promise<void> {
  const { seq, shot } = job;
  try {
    if (engine === null) throw new Error("a shot came before the engine was open");
    const { image, times_ms } = await engine.render(job);
    if (asFile) {
      const data = await pngOf(image);
      post({ type: "file", seq, data }, [data.buffer]);
      return;
    }
    const { width, height } = image;
    const picture = {
      encoding: "image/png",
      width,
      height,
      engine: shot.engine,
      worker: DEVICE,
      times_ms,
      frame: null,
    } as const;
    const bitmap = await createImageBitmap(image);
    post({ type: "picture", seq, picture, bitmap }, [bitmap]);
    const picture_ms = Object.values(times_ms).reduce((sum, ms) => sum + ms, 0);
    tell({ name: "ready", device, picture_ms });
  } catch (error) {
    if (isProblem(error)) {
      post({ type: "problem", seq, problem: error });
      return;
    }
    tell({ name: "failed", problem: stopped(error, "the engine of this browser stopped") });
  }
}

/** Renders one after the other: a session of ONNX Runtime runs one at a time. */
let last = Promise.resolve();

scope.onmessage = ({ data }: MessageEvent<ToLocal>) => {
  if (data.type === "open") void open(data.root, data.token);
  else last = last.then(() => render(data.job, data.asFile));
};
