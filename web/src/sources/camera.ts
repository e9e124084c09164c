/** Cameras and screens: asked for when a hand chooses one, and what is said when none comes. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
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
  const [message, fix] = CAMERA[name] ?? [msg`the camera gives no picture`, msg`Choose it again`];
  return { code: "client.camera", message: i18n._(message), value: "", fix: i18n._(fix) };
}

function screenProblem(name: string): Problem {
  const [message, fix] = SCREEN[name] ?? [msg`the screen gives no picture`, msg`Share it again`];
  return { code: "client.screen", message: i18n._(message), value: "", fix: i18n._(fix) };
}

export const sourceProblem = (source: SourceName, name: string): Problem =>
  source === "camera" ? cameraProblem(name) : screenProblem(name);

type Refusals = Readonly<Record<string, readonly [message: MessageDescriptor, fix: MessageDescriptor]>>;

const CAMERA: Refusals = {
  NotAllowedError: [
    msg`the camera was refused`,
    msg`Allow it beside the page's address, then choose the camera again`,
  ],
  SecurityError: [
    msg`browsers give a camera to secure pages alone`,
    msg`Open the page over https, or on the machine that serves it`,
  ],
  NotFoundError: [msg`there is no camera`, msg`Connect one, then choose the camera again`],
  NotReadableError: [
    msg`the camera is in use`,
    msg`Close the program that uses it, then choose the camera again`,
  ],
  ended: [msg`the camera went away`, msg`Connect it, then choose the camera again`],
};

const SCREEN: Refusals = {
  NotAllowedError: [msg`no screen or window was chosen`, msg`Share again, and pick one`],
  SecurityError: [
    msg`browsers share a screen with secure pages alone`,
    msg`Open the page over https, or on the machine that serves it`,
  ],
  NotSupportedError: [msg`this browser shares no screens`, msg`Use a browser of a computer`],
  NotReadableError: [
    msg`the system gives no picture of that screen`,
    msg`Allow the browser to record it, in the system's settings`,
  ],
};
