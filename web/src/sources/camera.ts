/** The camera, asked for when a hand chooses it and let go when another input is chosen. */

import type { Problem } from "../wire/shots";

const WANTED: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** Rejects with a DOMException; a page that is not served securely has no cameras. */
export async function openCamera(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) throw new DOMException("", "SecurityError");
  return navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false });
}

/** What is said when the camera does not come; name: of the DOMException. */
export function cameraProblem(name: string): Problem {
  const [message, fix] = REFUSALS[name] ?? ["the camera gives no picture", "Choose it again"];
  return { code: "client.camera", message, value: "", fix };
}

const REFUSALS: Readonly<Record<string, readonly [message: string, fix: string]>> = {
  NotAllowedError: [
    "the camera was refused",
    "Allow it beside the page's address, then choose the camera again",
  ],
  SecurityError: [
    "browsers give a camera to secure pages alone",
    "Open the page over https, or on the machine that serves it",
  ],
  NotFoundError: ["there is no camera", "Connect one, then choose the camera again"],
  NotReadableError: ["the camera is in use", "Close the program that uses it, then choose the camera again"],
  ended: ["the camera went away", "Connect it, then choose the camera again"],
};
