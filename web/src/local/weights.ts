/** The network's files: brought with their progress told, and what the weights say of the network's shape. */

export interface Shape {
  /** Planes beside the noisy picture. */
  readonly hints: number;
  readonly condition: number;
  readonly headWidth: number;
  /** Side of a token's square. */
  readonly patch_px: number;
}

/** The header of a safetensors file names the network that it is of. Throws when it does not. */
export function shapeOf(file: Uint8Array<ArrayBuffer>): Shape {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const config: Record<string, unknown> = JSON.parse(header.__metadata__.config);
  const number = (name: string): number => {
    const value = config[name];
    if (typeof value !== "number") throw new Error(`the weights do not say their ${name}`);
    return value;
  };
  return {
    hints: number("hints"),
    condition: number("condition"),
    headWidth: number("width") / number("heads"),
    patch_px: number("cell") * number("cells_per_patch"),
  };
}

/** One progress over all that is fetched with it. */
export class Download {
  private loaded = 0;
  private total = 0;

  constructor(private readonly progress: (loaded_bytes: number, total_bytes: number) => void) {}

  /** A file that ends in .gz is unpacked. Throws when it does not come whole. */
  async fetch(url: string): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await fetch(url);
    if (!answer.ok || answer.body === null) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
    this.total += Number(answer.headers.get("content-length") ?? 0);
    const counted = answer.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (chunk, out) => {
          this.loaded += chunk.length;
          this.progress(this.loaded, Math.max(this.loaded, this.total));
          out.enqueue(chunk);
        },
      }),
    );
    const plain = url.endsWith(".gz") ? counted.pipeThrough(new DecompressionStream("gzip")) : counted;
    return new Uint8Array(await new Response(plain).arrayBuffer());
  }
}
