/** Where controls come from: instruments over WebMIDI, and other programs' OSC, which the gateway hears. */

import { t } from "@lingui/core/macro";
import { readEvents } from "../jobs/events";
import { Store } from "../ui/store";
import { refusalOf } from "../wire/refusal";
import type { Problem } from "../wire/shots";
import { type Moved, readMidi } from "./midi";

export type Midi =
  | { readonly name: "off" | "asking"; readonly problem: Problem | null }
  | { readonly name: "on"; readonly inputs: readonly string[] };

/** off: nobody asked. none: the gateway listens to none. lost: it is tried again. */
export type OscState =
  | { readonly name: "off" | "none" | "asking" | "lost" }
  | { readonly name: "on"; readonly address: string };

export interface InstrumentsNow {
  readonly midi: Midi;
  readonly osc: OscState;
}

export interface InstrumentsWorld {
  readonly root: string;
  readonly token: string;
  readonly storage: Storage;
  moved(moved: Moved): void;
  /** What a program named: /lightbrush/KNOB. */
  named(knob: string, value: number): void;
  after(delay_ms: number, act: () => void): () => void;
  readonly navigator: Pick<Navigator, "permissions"> & { requestMIDIAccess?: Navigator["requestMIDIAccess"] };
  readonly fetch: typeof fetch;
}

const unheard = () => ({ code: "client.connection", message: t`OSC is not heard`, fix: "" });
const KEY = "lightbrush.instruments";
const OWN = "/lightbrush/";
const RETRY_MS = 2000;

export class Instruments {
  readonly now = new Store<InstrumentsNow>({ midi: { name: "off", problem: null }, osc: { name: "off" } });
  private access: MIDIAccess | null = null;
  private abort: AbortController | null = null;
  private retry: (() => void) | null = null;

  constructor(private readonly world: InstrumentsWorld) {}

  /** What was connected when the page was here last, as far as that asks nobody anything. */
  async start(): Promise<void> {
    const kept = this.world.storage.getItem(KEY) ?? "";
    if (kept.includes("osc")) this.hearOsc();
    if (!kept.includes("midi")) return;
    const granted = await this.world.navigator.permissions
      ?.query({ name: "midi" as PermissionName })
      .catch(() => null);
    if (granted?.state === "granted") await this.connectMidi();
  }

  async connectMidi(): Promise<void> {
    const { navigator } = this.world;
    if (navigator.requestMIDIAccess === undefined) {
      this.midiOff(
        t`this browser has no MIDI`,
        t`Use Chromium, Chrome, Edge or Firefox, over https or on this machine`,
      );
      return;
    }
    this.now.set({ midi: { name: "asking", problem: null } });
    try {
      this.access = await navigator.requestMIDIAccess({ sysex: false });
    } catch {
      this.midiOff(t`MIDI was refused`, t`Allow it beside the page's address, then connect again`);
      return;
    }
    this.access.onstatechange = () => this.readInputs();
    this.readInputs();
    this.keep();
  }

  disconnectMidi(): void {
    for (const input of this.access?.inputs.values() ?? []) input.onmidimessage = null;
    if (this.access !== null) this.access.onstatechange = null;
    this.access = null;
    this.now.set({ midi: { name: "off", problem: null } });
    this.keep();
  }

  hearOsc(): void {
    if (this.abort !== null) return;
    this.now.set({ osc: { name: "asking" } });
    this.keep();
    void this.hear();
  }

  endOsc(): void {
    this.abort?.abort();
    this.retry?.();
    [this.abort, this.retry] = [null, null];
    this.now.set({ osc: { name: "off" } });
    this.keep();
  }

  private readInputs(): void {
    const inputs = [...(this.access?.inputs.values() ?? [])].filter(({ state }) => state === "connected");
    for (const input of inputs)
      input.onmidimessage = ({ data }) => {
        const moved = data === null ? null : readMidi(data);
        if (moved !== null) this.world.moved(moved);
      };
    this.now.set({
      midi: { name: "on", inputs: inputs.map(({ name }, i) => name ?? t`Input ${{ number: i + 1 }}`) },
    });
  }

  private midiOff(message: string, fix: string): void {
    this.now.set({ midi: { name: "off", problem: { code: "client.midi", message, value: "", fix } } });
  }

  /** Until it is ended; a connection that is lost is made anew. */
  private async hear(): Promise<void> {
    const { root, token, after } = this.world;
    const abort = new AbortController();
    this.abort = abort;
    const headers: HeadersInit = token === "" ? {} : { Authorization: `Bearer ${token}` };
    try {
      const answer = await this.world.fetch(new URL("api/osc", root), { headers, signal: abort.signal });
      if (!answer.ok || answer.body === null) {
        const { code } = await refusalOf(answer, unheard());
        if (code === "output.off" || answer.status === 404) {
          this.abort = null;
          this.now.set({ osc: { name: "none" } });
          return;
        }
        throw new Error(code);
      }
      for await (const { name, data } of readEvents(answer.body, () => {})) {
        if (abort.signal.aborted) return;
        if (name === "open") this.now.set({ osc: { name: "on", address: addressOf(data) } });
        if (name === "osc") for (const heard of readOsc(data)) this.take(heard);
      }
    } catch {
      // told below: whatever ended it, it is tried again
    }
    if (abort.signal.aborted) return;
    this.now.set({ osc: { name: "lost" } });
    this.retry = after(RETRY_MS, () => void this.hear());
  }

  private take({ address, value }: Heard): void {
    if (address.startsWith(OWN)) this.world.named(address.slice(OWN.length), value);
    else this.world.moved({ control: `osc:${address}`, value: Math.min(1, Math.max(0, value)) });
  }

  private keep(): void {
    const { midi, osc } = this.now.get();
    const kept = [midi.name === "on" && "midi", osc.name !== "off" && osc.name !== "none" && "osc"];
    this.world.storage.setItem(KEY, kept.filter(Boolean).join(" "));
  }
}

export interface Heard {
  readonly address: string;
  readonly value: number;
}

/** What an event says; what cannot be read is nothing. */
export function readOsc(data: string): Heard[] {
  const all = parsed(data);
  return Array.isArray(all) ? all.filter(isHeard) : [];
}

const isHeard = (value: unknown): value is Heard => {
  const { address, value: number } = (value ?? {}) as Record<string, unknown>;
  return typeof address === "string" && typeof number === "number" && Number.isFinite(number);
};

function addressOf(data: string): string {
  const { address } = (parsed(data) ?? {}) as Record<string, unknown>;
  return typeof address === "string" ? address : "";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
