/** The worker: PNG encoding, the socket, picture decoding. The page only draws. */

import type { FromWorker, Pixels, ShotJob, ToWorker } from "./channel";
import { encodeShot } from "./codec";
import { Link, type LinkWorld, type Socket } from "./link";
import { askOnce } from "./once";
import type { PictureMeta, Problem } from "./shots";
import { Slot } from "./slot";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);

let url = "";
let surface: OffscreenCanvas | null = null;
/** seq -> when it left and how long packing took. Bounded: the oldest entry goes first. */
const trips = new Map<number, { pack_ms: number; left_ms: number }>();
const MAX_TRIPS = 256;

const world: LinkWorld = {
  connect: () => new WebSocket(url) as unknown as Socket,
  after: (delay_ms, act) => {
    const timer = setTimeout(act, delay_ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

const link = new Link(world, {
  state: (state) => post({ type: "state", state }),
  welcome: (welcome) => post({ type: "welcome", welcome }),
  status: (status) => post({ type: "status", status }),
  problem: (seq, problem) => post({ type: "problem", seq, problem }),
  picture: (seq, picture, data) => arrivals.put({ seq, picture, data, at_ms: performance.now() }),
  writable: () => departures.pump(),
});

const departures = new Slot<ShotJob>(
  async ({ seq, shot, pixels, mask }) => {
    const begin = performance.now();
    const sketch = await png(pixels);
    const bytes = encodeShot(seq, mask === null ? shot : { ...shot, mask: await png(mask) }, sketch);
    const left_ms = performance.now();
    trips.set(seq, { pack_ms: left_ms - begin, left_ms });
    if (trips.size > MAX_TRIPS) for (const oldest of trips.keys()) if (trips.delete(oldest)) break;
    link.send(seq, bytes);
    post({ type: "sent", seq });
  },
  () => link.writable,
);

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

async function png({ width, height, data }: Pixels): Promise<Uint8Array> {
  if (surface === null || surface.width !== width || surface.height !== height)
    surface = new OffscreenCanvas(width, height);
  const context = surface.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no 2D context in the worker");
  context.putImageData(new ImageData(data, width, height), 0, 0);
  const blob = await surface.convertToBlob({ type: "image/png" });
  return new Uint8Array(await blob.arrayBuffer());
}

async function exportPicture({ seq, shot, pixels, mask }: ShotJob): Promise<void> {
  try {
    const sketch = await png(pixels);
    const masked = mask === null ? shot : { ...shot, mask: await png(mask) };
    const data = await askOnce(world.connect, masked, sketch, world.after);
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
      link.open();
      return;
    case "wake":
      link.wake();
      return;
    case "shot":
      departures.put(data.job);
      return;
    case "export":
      void exportPicture(data.job);
  }
};
