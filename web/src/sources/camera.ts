/** Cameras and screens: asked for when a hand chooses one, and what is said when none comes. */

import type { SourceName } from "../doc/moving";
import type { Problem } from "../wire/shots";

const WANTED: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** Rejects with a DOMException; a page that is not served securely has no cameras. */
export async function openCamera(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) throw new DOMException("", "SecurityError");
  return navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false });
}

/** The browser asks which screen, window or tab. Rejects likewise; browsers of phones show none. */
export async function openScreen(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) throw new DOMException("", "SecurityError");
  if (navigator.mediaDevices.getDisplayMedia === undefined) throw new DOMException("", "NotSupportedError");
  return navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
}

export const openSource = (source: SourceName): Promise<MediaStream> =>
  source === "camera" ? openCamera() : openScreen();

/** What is said when the camera does not come; name: of the DOMException. */
export function cameraProblem(name: string): Problem {
  const [message, fix] = CAMERA[name] ?? ["the camera gives no picture", "Choose it again"];
  return { code: "client.camera", message, value: "", fix };
}

function screenProblem(name: string): Problem {
  const [message, fix] = SCREEN[name] ?? ["the screen gives no picture", "Share it again"];
  return { code: "client.screen", message, value: "", fix };
}

export const sourceProblem = (source: SourceName, name: string): Problem =>
  source === "camera" ? cameraProblem(name) : screenProblem(name);

type Refusals = Readonly<Record<string, readonly [message: string, fix: string]>>;

const CAMERA: Refusals = {
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

const SCREEN: Refusals = {
  NotAllowedError: ["no screen or window was chosen", "Share again, and pick one"],
  SecurityError: [
    "browsers share a screen with secure pages alone",
    "Open the page over https, or on the machine that serves it",
  ],
  NotSupportedError: ["this browser shares no screens", "Use a browser of a computer"],
  NotReadableError: [
    "the system gives no picture of that screen",
    "Allow the browser to record it, in the system's settings",
  ],
};
