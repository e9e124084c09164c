/** The parts of a multipart answer as the gateway sends them (gateway/output.py): each says how long it is. */

/** A picture is smaller; a part that says more is none of ours. */
const MAX_PART_BYTES = 64 * 1024 * 1024;
const MAX_HEAD_BYTES = 4096;

/** Bytes in any pieces -> whole pictures. */
export class PartReader {
  private rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  push(piece: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const joined = new Uint8Array(this.rest.length + piece.length);
    joined.set(this.rest);
    joined.set(piece, this.rest.length);
    this.rest = joined;
    const pictures: Uint8Array<ArrayBuffer>[] = [];
    for (let next = this.take(); next !== null; next = this.take()) pictures.push(next);
    return pictures;
  }

  private take(): Uint8Array<ArrayBuffer> | null {
    const end = endOfHead(this.rest);
    if (end < 0) {
      if (this.rest.length > MAX_HEAD_BYTES) throw new Error("a part has no length");
      return null;
    }
    const head = new TextDecoder().decode(this.rest.subarray(0, end));
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (!(length <= MAX_PART_BYTES)) throw new Error("a part has no length");
    if (this.rest.length < end + length) return null;
    const picture = this.rest.slice(end, end + length);
    this.rest = this.rest.slice(end + length);
    return picture;
  }
}

/** Where the empty line of the head ends; -1: it is not here yet. */
function endOfHead(bytes: Uint8Array): number {
  const most = Math.min(bytes.length, MAX_HEAD_BYTES);
  for (let i = 3; i < most; i++)
    if (bytes[i] === 10 && bytes[i - 1] === 13 && bytes[i - 2] === 10 && bytes[i - 3] === 13) return i + 1;
  return -1;
}
