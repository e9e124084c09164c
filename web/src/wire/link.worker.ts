/** The worker: PNG and JPEG encoding, the socket, picture decoding. The page only draws. */

import { aloneUrl } from "./address";
import type { BlockJob, FromWorker, Pixels, ShotJob, ToWorker } from "./channel";
import { encodeBlock, encodeShot } from "./codec";
import { Link, type LinkWorld, type Socket } from "./link";
import { askOnce } from "./once";
import { samePixels } from "./pixels";
import type { PictureMeta, Problem, ShotMeta } from "./shots";
import { Slot } from "./slot";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);

let url = "";
let surface: OffscreenCanvas | null = null;
/** seq -> when it left and how long packing took. Bounded: the oldest entry goes first. */
const trips = new Map<number, { pack_ms: number; left_ms: number }>();
const MAX_TRIPS = 256;
/** Of the block that was sent last. */
let take = 0;
const INPUT_QUALITY = 0.85;
const NO_BYTES = new Uint8Array(0);
/** Of the shot that was packed last. */
let regionFiles: readonly { readonly pixels: Pixels; readonly file: Uint8Array }[] = [];

const world: LinkWorld = {
  connect: () => new WebSocket(url) as unknown as Socket,
  after: (delay_ms, act) => {
    const timer = setTimeout(act, delay_ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Beside the room, where another one may render. */
const connectAlone = () => new WebSocket(aloneUrl(url)) as unknown as Socket;

const link = new Link(world, {
  state: (state) => post({ type: "state", state }),
  welcome: (welcome) => post({ type: "welcome", welcome }),
  status: (status) => post({ type: "status", status }),
  problem: (seq, problem) => post({ type: "problem", seq, problem }),
  prepared: (seq, share) => post({ type: "prepared", seq, share }),
  picture: (seq, picture, data) => arrivals.put({ seq, picture, data, at_ms: performance.now() }),
  writable: () => departures.pump(),
});

/** One way out for both: what a session is about is what was asked for last. */
const departures = new Slot<ShotJob | BlockJob>(
  async (job) => {
    const begin = performance.now();
    const send = "shot" in job ? await packShot(job) : await packBlock(job);
    const left_ms = performance.now();
    trips.set(job.seq, { pack_ms: left_ms - begin, left_ms });
    if (trips.size > MAX_TRIPS) for (const oldest of trips.keys()) if (trips.delete(oldest)) break;
    send();
    post({ type: "sent", seq: job.seq });
  },
  () => link.writable,
);

async function packShot(job: ShotJob): Promise<() => void> {
  const sketch = await png(job.pixels);
  const bytes = encodeShot(job.seq, await withMasks(job), sketch);
  return () => link.send(job.seq, bytes);
}

/** The files of a shot's masks, in it. A hand that draws leaves most regions as they are: those files are kept. */
async function withMasks({ shot, mask, regions }: ShotJob): Promise<ShotMeta> {
  const files: { pixels: Pixels; file: Uint8Array }[] = [];
  for (const pixels of regions) {
    const known = regionFiles.find((kept) => samePixels(kept.pixels, pixels));
    files.push(known ?? { pixels, file: await png(pixels) });
  }
  regionFiles = files;
  return {
    ...shot,
    ...(mask !== null && { mask: await png(mask) }),
    regions: shot.regions.map((region, i) => ({ ...region, mask: files[i]?.file ?? NO_BYTES })),
  };
}

async function packBlock({ seq, block, input, take: next }: BlockJob): Promise<() => void> {
  const bytes = encodeBlock(seq, block, input === null ? NO_BYTES : await jpeg(input));
  return () => {
    if (next !== take) link.tell(encodeBlock(seq, { ...block, prompts: [] }, NO_BYTES));
    take = next;
    link.tell(bytes);
  };
}

interface Arrival {
  readonly seq: number;
  readonly picture: PictureMeta;
  readonly data: Uint8Array;
  readonly at_ms: number;
}

const arrivals = new Slot<Arrival>(async ({ seq, picture, data, at_ms }) => {
  const trip = trips.get(seq);
  try {
    const bitmap = await createImageBitmap(new Blob([data.slice()], { type: picture.encoding }));
    post(
      {
        type: "picture",
        seq,
        picture,
        bitmap,
        trip: {
          pack_ms: trip?.pack_ms ?? 0,
          round_trip_ms: trip ? at_ms - trip.left_ms : 0,
          unpack_ms: performance.now() - at_ms,
        },
      },
      [bitmap],
    );
  } catch {
    const problem: Problem = {
      code: "pixels.format",
      message: "the picture that came back is damaged",
      value: picture.encoding,
      fix: "Draw on; the next one replaces it",
    };
    post({ type: "problem", seq, problem });
  }
});

async function png(pixels: Pixels): Promise<Uint8Array> {
  return bytesOf(await put(pixels).canvas.convertToBlob({ type: "image/png" }));
}

/** Transparent parts lie on white, as those of a sketch do. */
async function jpeg(pixels: Pixels): Promise<Uint8Array> {
  const context = put(pixels);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, pixels.width, pixels.height);
  context.globalCompositeOperation = "source-over";
  return bytesOf(await context.canvas.convertToBlob({ type: "image/jpeg", quality: INPUT_QUALITY }));
}

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

function put({ width, height, data }: Pixels): OffscreenCanvasRenderingContext2D {
  if (surface === null || surface.width !== width || surface.height !== height)
    surface = new OffscreenCanvas(width, height);
  const context = surface.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no 2D context in the worker");
  context.putImageData(new ImageData(data, width, height), 0, 0);
  return context;
}

async function exportPicture(job: ShotJob): Promise<void> {
  const { seq } = job;
  try {
    const sketch = await png(job.pixels);
    const data = await askOnce(connectAlone, await withMasks(job), sketch, world.after);
    post({ type: "exported", seq, data }, [data.buffer]);
  } catch (error) {
    const problem =
      typeof error === "object" && error !== null && "code" in error && "message" in error
        ? (error as Problem)
        : { code: "fleet.engine_failed", message: String(error), value: "", fix: "Try again" };
    post({ type: "export-failed", seq, problem });
  }
}

scope.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "open":
      url = data.url;
      if (link.state.name === "idle") link.open();
      else link.reopen();
      return;
    case "wake":
      link.wake();
      return;
    case "seat":
      link.seat(data.able, data.shows);
      return;
    case "prepare":
      link.prepare(data.seq, data.prepare);
      return;
    case "shot":
    case "block":
      departures.put(data.job);
      return;
    case "export":
      void exportPicture(data.job);
  }
};
