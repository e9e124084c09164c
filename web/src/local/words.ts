/** What a shot says, as the network hears it, and what is laid out for it: read by the gateway, remembered here. */

import { encodeShot } from "../wire/codec";
import { refusalOf } from "../wire/refusal";
import type { Problem, ShotMeta } from "../wire/shots";

const MAX_REMEMBERED = 128;
/** These are as large as pictures. */
const MAX_LAID_OUT = 8;
const NO_BYTES = new Uint8Array(0);

export class Words {
  private readonly read = new Remembered<Float32Array>(MAX_REMEMBERED);
  private readonly laidOut = new Remembered<Uint8ClampedArray<ArrayBuffer>>(MAX_LAID_OUT);

  constructor(
    private readonly root: string,
    private readonly token: string,
    private readonly length: number,
  ) {}

  /** drawn, night: see drawnOf and nightOf. Throws a Problem. */
  condition(shot: ShotMeta, drawn: number, night: number): Promise<Float32Array> {
    const said = { ...shot, seed: 0, seedTo: 0, seedMix: 0, steps: 0, base: "", mask: NO_BYTES };
    return this.read.of(JSON.stringify([said, drawn, night]), async () => {
      const answer = await this.ask(`condition?drawn=${drawn}&night=${night}`, said);
      const bytes = await answer.arrayBuffer();
      if (bytes.byteLength !== 4 * this.length)
        throw {
          code: "weights.damaged",
          message: "the server has other weights by now",
          value: `${bytes.byteLength / 4} numbers, not ${this.length}`,
          fix: "Reload the page.",
        } satisfies Problem;
      return new Float32Array(bytes);
    });
  }

  /** How the place lies where nothing is drawn, RGBA of the shot's size, opaque. Throws a Problem. */
  composition(shot: ShotMeta): Promise<Uint8ClampedArray<ArrayBuffer>> {
    const { width, height } = shot;
    const said = placeOf(shot);
    return this.laidOut.of(JSON.stringify(said), async () => {
      const answer = await this.ask("composition", said);
      const bitmap = await createImageBitmap(await answer.blob());
      const context = new OffscreenCanvas(width, height).getContext("2d");
      if (context === null) throw new Error("no 2D context in the worker");
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
      return context.getImageData(0, 0, width, height).data;
    });
  }

  private async ask(path: string, said: ShotMeta): Promise<Response> {
    const answer = await fetch(new URL(path, this.root).href, {
      method: "POST",
      body: encodeShot(0, said, NO_BYTES),
      ...(this.token !== "" && { headers: { authorization: `Bearer ${this.token}` } }),
    }).catch(() => null);
    const unread = { code: "client.connection", message: "the server did not read the prompts" };
    if (answer === null)
      throw {
        ...unread,
        value: "",
        fix: "What is drawn is kept. Try again when it is back.",
      } satisfies Problem;
    if (!answer.ok) throw await refusalOf(answer, { ...unread, fix: "Try again, or render on the server." });
    return answer;
  }
}

/** All of a shot that says which place is laid out, its regions too. */
export const placeOf = (shot: ShotMeta): ShotMeta => ({
  ...shot,
  strength: 1,
  steps: 0,
  parameters: {},
  base: "",
  mask: NO_BYTES,
});

/** The newest of what was asked. */
class Remembered<T> {
  /** The least recently used first. */
  private readonly known = new Map<string, T>();

  constructor(private readonly most: number) {}

  async of(key: string, ask: () => Promise<T>): Promise<T> {
    const value = this.known.get(key) ?? (await ask());
    this.known.delete(key);
    this.known.set(key, value);
    if (this.known.size > this.most)
      for (const oldest of this.known.keys()) if (this.known.delete(oldest)) break;
    return value;
  }
}
