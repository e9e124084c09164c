/** What a shot says, as the network hears it: read by the gateway, and remembered here. */

import { encodeShot } from "../wire/codec";
import { refusalOf } from "../wire/refusal";
import type { Problem, ShotMeta } from "../wire/shots";

const MAX_REMEMBERED = 128;
const NO_BYTES = new Uint8Array(0);

export class Words {
  /** The least recently used first. */
  private readonly read = new Map<string, Float32Array>();

  constructor(
    private readonly root: string,
    private readonly token: string,
    private readonly length: number,
  ) {}

  /** drawn, night: see drawnOf and nightOf. Throws a Problem. */
  async condition(shot: ShotMeta, drawn: number, night: number): Promise<Float32Array> {
    const said = { ...shot, seed: 0, seedTo: 0, seedMix: 0, steps: 0, base: "", mask: NO_BYTES };
    const key = JSON.stringify([said, drawn, night]);
    const known = this.read.get(key) ?? (await this.ask(said, drawn, night));
    this.read.delete(key);
    this.read.set(key, known);
    if (this.read.size > MAX_REMEMBERED)
      for (const oldest of this.read.keys()) if (this.read.delete(oldest)) break;
    return known;
  }

  private async ask(said: ShotMeta, drawn: number, night: number): Promise<Float32Array> {
    const url = new URL(`condition?drawn=${drawn}&night=${night}`, this.root).href;
    const answer = await fetch(url, {
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
    const bytes = await answer.arrayBuffer();
    if (bytes.byteLength !== 4 * this.length)
      throw {
        code: "weights.damaged",
        message: "the server has other weights by now",
        value: `${bytes.byteLength / 4} numbers, not ${this.length}`,
        fix: "Reload the page.",
      } satisfies Problem;
    return new Float32Array(bytes);
  }
}
