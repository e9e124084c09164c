/** One shot over a socket of its own, so that the live mailbox (newest wins) can neither drop it nor be delayed by it. */

import { decodeIncoming, encodeShot } from "./codec";
import type { Socket } from "./link";
import type { Problem, ShotMeta } from "./shots";

export const ONCE_TIMEOUT_MS = 60_000;

const lost: Problem = {
  code: "fleet.no_worker",
  message: "the server closed the connection before it answered",
  value: "",
  fix: "Try again when the connection is back",
};

/** Resolves with the encoded picture's bytes; rejects with a Problem. */
export function askOnce(
  connect: () => Socket,
  shot: ShotMeta,
  sketch: Uint8Array,
  after: (ms: number, act: () => void) => () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const socket = connect();
    socket.binaryType = "arraybuffer";
    const cancel = after(ONCE_TIMEOUT_MS, () => finish(() => reject(lost)));
    const finish = (act: () => void) => {
      cancel();
      socket.onclose = null;
      socket.onmessage = null;
      socket.close();
      act();
    };
    socket.onclose = () => finish(() => reject(lost));
    socket.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const incoming = decodeIncoming(data);
      if (incoming.kind === "welcome") socket.send(encodeShot(1, shot, sketch));
      if (incoming.kind === "picture") finish(() => resolve(incoming.data.slice()));
      if (incoming.kind === "problem") finish(() => reject(incoming.problem));
    };
  });
}
