/** Sound that comes in: asked for when a hand chooses it, and let go at once when it is not wanted any more. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import type { Spectrum } from "./sound";

export interface Device {
  readonly id: string;
  readonly name: string;
}

export type Sound =
  | { readonly name: "off"; readonly problem: Problem | null }
  | { readonly name: "asking" }
  | { readonly name: "on"; readonly device: string; readonly devices: readonly Device[] };

/** What is wanted of a microphone is what reaches it, not what a call would carry. */
const RAW: MediaTrackConstraints = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};
const FFT_SIZE = 2048;

export class Listening {
  readonly now = new Store<{ sound: Sound }>({ sound: { name: "off", problem: null } });
  private stream: MediaStream | null = null;
  private context: AudioContext | null = null;
  private analyser: AnalyserNode | null = null;
  private db = new Float32Array(FFT_SIZE / 2);
  /** Of what is asked for: an answer to an older question is let go. */
  private asked = 0;

  /** device: one of those that were listed; "": the browser's choice. */
  async open(device: string): Promise<void> {
    this.close();
    this.asked += 1;
    const { asked } = this;
    this.now.set({ sound: { name: "asking" } });
    try {
      if (navigator.mediaDevices === undefined) throw new DOMException("", "SecurityError");
      const audio = device === "" ? RAW : { ...RAW, deviceId: { exact: device } };
      const stream = await navigator.mediaDevices.getUserMedia({ audio, video: false });
      const devices = await navigator.mediaDevices.enumerateDevices();
      if (asked !== this.asked) return stopAll(stream);
      this.hear(stream, devices);
    } catch (error) {
      if (asked === this.asked) this.off(soundProblem(error instanceof DOMException ? error.name : ""));
    }
  }

  close(): void {
    this.asked += 1;
    this.off(null);
  }

  /** Null while nothing is heard. */
  spectrum(at_ms: number): Spectrum | null {
    const { analyser, context } = this;
    if (analyser === null || context === null) return null;
    analyser.getFloatFrequencyData(this.db);
    return { db: this.db, bin_hz: context.sampleRate / FFT_SIZE, at_ms };
  }

  private hear(stream: MediaStream, all: readonly MediaDeviceInfo[]): void {
    const context = new AudioContext({ latencyHint: "interactive" });
    const analyser = new AnalyserNode(context, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(stream).connect(analyser);
    void context.resume();
    [this.stream, this.context, this.analyser] = [stream, context, analyser];
    const [track] = stream.getAudioTracks();
    track?.addEventListener("ended", () => {
      if (this.stream === stream) this.off(soundProblem("ended"));
    });
    const devices = all
      .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "")
      .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || t`Input ${{ number: i + 1 }}` }));
    this.now.set({ sound: { name: "on", device: track?.getSettings().deviceId ?? "", devices } });
  }

  private off(problem: Problem | null): void {
    if (this.stream !== null) stopAll(this.stream);
    void this.context?.close();
    [this.stream, this.context, this.analyser] = [null, null, null];
    this.now.set({ sound: { name: "off", problem } });
  }
}

const stopAll = (stream: MediaStream) => {
  for (const track of stream.getTracks()) track.stop();
};

/** What is said when no sound comes; name: of the DOMException. */
export function soundProblem(name: string): Problem {
  const [message, fix] = REFUSALS[name] ?? [msg`no sound comes in`, msg`Choose it again`];
  return { code: "client.sound", message: i18n._(message), value: "", fix: i18n._(fix) };
}

const REFUSALS: Readonly<Record<string, readonly [message: MessageDescriptor, fix: MessageDescriptor]>> = {
  NotAllowedError: [
    msg`the microphone was refused`,
    msg`Allow it beside the page's address, then listen again`,
  ],
  SecurityError: [
    msg`browsers give a microphone to secure pages alone`,
    msg`Open the page over https, or on the machine that serves it`,
  ],
  NotFoundError: [msg`there is no microphone`, msg`Connect one, then listen again`],
  OverconstrainedError: [msg`that input is gone`, msg`Connect it, then listen again`],
  NotReadableError: [msg`the microphone is in use`, msg`Close the program that uses it, then listen again`],
  ended: [msg`the microphone went away`, msg`Connect it, then listen again`],
};
