/** The embedded network in ONNX Runtime: on WebGPU where the browser has it, else in WASM, int8 as on the server's CPU. */

import loader from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import runtime from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?gzip";
import * as ort from "onnxruntime-web/webgpu";
import type { LocalState } from "./channel";
import { ropeTable } from "./flow";
import { Download, type Shape, shapeOf } from "./weights";

const WEIGHTS = "embedded.safetensors";
const MAX_THREADS = 8;
const LOG_ERRORS = 3;
/** A side for the first run, in patches: small, so that it costs nothing and finds what does not work. */
const FIRST_PATCHES = 4;

export interface Inputs {
  readonly width: number;
  readonly height: number;
  readonly noisy: Float32Array;
  readonly hints: Float32Array;
  readonly time: number;
  readonly condition: Float32Array;
}

export class Network {
  private rope: { size: string; table: Float32Array } = { size: "", table: new Float32Array() };

  private constructor(
    readonly device: string,
    readonly shape: Shape,
    private readonly session: ort.InferenceSession,
  ) {}

  /** root: the gateway's address. Throws when a file does not come, or neither WebGPU nor WASM can run it. */
  static async open(root: string, tell: (state: LocalState) => void): Promise<Network> {
    const file = (name: string) => new URL(`weights/${name}`, root).href;
    const download = new Download((loaded_bytes, total_bytes) =>
      tell({ name: "loading", loaded_bytes, total_bytes }),
    );
    const [binary, data] = await Promise.all([download.fetch(runtime), download.fetch(file(WEIGHTS))]);
    tell({ name: "starting" });
    const threads = threadCount();
    ort.env.logLevel = "error";
    ort.env.wasm.wasmBinary = binary.buffer;
    ort.env.wasm.wasmPaths = { mjs: new URL(loader, import.meta.url).href };
    ort.env.wasm.numThreads = threads;
    const shape = shapeOf(data);
    const open = async (device: string, provider: "webgpu" | "wasm", graph: string) => {
      const session = await ort.InferenceSession.create(await new Download(() => {}).fetch(file(graph)), {
        executionProviders: [provider],
        externalData: [{ path: WEIGHTS, data }],
        logSeverityLevel: LOG_ERRORS,
      });
      const network = new Network(device, shape, session);
      await network.tryOut();
      return network;
    };
    if (await hasGpu()) {
      try {
        return await open("WebGPU", "webgpu", "embedded.webgpu.onnx");
      } catch (error) {
        console.warn("Lightbrush: WebGPU does not run the engine, WASM will:", error);
      }
    }
    return open(`WASM, ${threads === 1 ? "1 thread" : `${threads} threads`}`, "wasm", "embedded.onnx");
  }

  /** One prediction of the clean picture, [3, height, width]. */
  async predict({ width, height, noisy, hints, time, condition }: Inputs): Promise<Float32Array> {
    const { shape } = this;
    const [rows, columns] = [height / shape.patch_px, width / shape.patch_px];
    const size = `${rows}x${columns}`;
    if (this.rope.size !== size) this.rope = { size, table: ropeTable(rows, columns, shape.headWidth) };
    const tensor = (data: Float32Array, ...dims: number[]) => new ort.Tensor("float32", data, dims);
    const { clean } = await this.session.run({
      noisy: tensor(noisy, 1, 3, height, width),
      hints: tensor(hints, 1, shape.hints, height, width),
      time: tensor(Float32Array.of(time), 1),
      condition: tensor(condition, 1, shape.condition),
      rope: tensor(this.rope.table, 2, rows, columns, shape.headWidth / 2),
    });
    if (!(clean?.data instanceof Float32Array)) throw new Error("the network gave no picture");
    return clean.data;
  }

  private async tryOut(): Promise<void> {
    const { shape } = this;
    const side = FIRST_PATCHES * shape.patch_px;
    const clean = await this.predict({
      width: side,
      height: side,
      noisy: new Float32Array(3 * side * side),
      hints: new Float32Array(shape.hints * side * side),
      time: 0,
      condition: new Float32Array(shape.condition),
    });
    if (!clean.every(Number.isFinite)) throw new Error("the network gives no numbers");
  }
}

/** A real GPU: a browser's own substitute for one is slower than WASM. */
async function hasGpu(): Promise<boolean> {
  const gpu: GPU | undefined = navigator.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  return adapter ? !adapter.info?.isFallbackAdapter : false;
}

/** Threads need shared memory, which a page has when it is isolated. Half of the processor's are left to the page. */
function threadCount(): number {
  if (!crossOriginIsolated) return 1;
  const cores = navigator.hardwareConcurrency;
  return Math.min(MAX_THREADS, cores, Math.max(2, Math.ceil(cores / 2)));
}
