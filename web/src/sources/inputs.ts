/** What the video of this page starts from: nothing, the canvas, the camera or a clip. One at a time. */

import { t } from "@lingui/core/macro";
import type { Source } from "../live/stream";
import type { Problem } from "../wire/shots";
import { cameraProblem } from "./camera";
import { movingSource } from "./moving";

export type InputName = "none" | "canvas" | "camera" | "clip";

export interface InputState {
  readonly name: InputName;
  /** What moves, to be shown where one draws; null while nothing does. */
  readonly element: HTMLVideoElement | null;
  /** The browser asks whether the page may use the camera. */
  readonly asking: boolean;
}

export const NO_INPUT: InputState = { name: "none", element: null, asking: false };

export interface InputsWorld {
  readonly canvas: Source;
  /** Asks the person; rejects with a DOMException. */
  camera(): Promise<MediaStream>;
  /** For what moves: shown where one draws. */
  player(): HTMLVideoElement;
  changed(state: InputState): void;
  /** Why an input does not come; null when another is chosen. */
  say(problem: Problem | null): void;
}

export class Inputs {
  private state = NO_INPUT;
  private current: Source | null = null;
  private letGo = () => {};
  /** Counts choices: what arrives for an older one is let go. */
  private choice = 0;

  constructor(private readonly world: InputsWorld) {}

  get name(): InputName {
    return this.state.name;
  }

  get source(): Source | null {
    return this.current;
  }

  choose(name: "none" | "canvas"): void {
    this.world.say(null);
    this.take(name, name === "canvas" ? this.world.canvas : null, null, () => {});
  }

  async chooseCamera(): Promise<void> {
    const choice = this.ask();
    try {
      const stream = await this.world.camera();
      const stop = () => {
        for (const track of stream.getTracks()) track.stop();
      };
      if (choice !== this.choice) {
        stop();
        return;
      }
      const element = this.world.player();
      element.srcObject = stream;
      for (const track of stream.getVideoTracks())
        track.onended = () => this.failed(element, cameraProblem("ended"));
      this.take("camera", movingSource(element), element, stop);
      void element.play();
    } catch (error) {
      if (choice !== this.choice) return;
      this.enter({ ...this.state, asking: false });
      this.world.say(cameraProblem(error instanceof DOMException ? error.name : ""));
    }
  }

  /** A video file, over and over. */
  chooseClip(file: File): void {
    this.world.say(null);
    const url = URL.createObjectURL(file);
    const element = this.world.player();
    element.onerror = () =>
      this.failed(element, {
        code: "media.format",
        message: t`this file cannot be played as a video`,
        value: file.name,
        fix: t`Use an MP4 or WebM file that plays in this browser`,
      });
    element.src = url;
    this.take("clip", movingSource(element), element, () => {
      element.onerror = null;
      element.removeAttribute("src");
      element.load();
      URL.revokeObjectURL(url);
    });
    element.play().catch(() => {}); // told by its error
  }

  private ask(): number {
    this.world.say(null);
    this.choice += 1;
    this.enter({ ...this.state, asking: true });
    return this.choice;
  }

  private take(
    name: InputName,
    source: Source | null,
    element: HTMLVideoElement | null,
    letGo: () => void,
  ): void {
    this.choice += 1;
    this.letGo();
    this.letGo = letGo;
    this.current = source;
    this.enter({ name, element, asking: false });
  }

  private failed(element: HTMLVideoElement, problem: Problem): void {
    if (this.state.element !== element) return;
    this.choose("none");
    this.world.say(problem);
  }

  private enter(state: InputState): void {
    this.state = state;
    this.world.changed(state);
  }
}
