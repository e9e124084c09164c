/** MIDI messages as controls: which one was moved, and where it is now. Pure. */

import { t } from "@lingui/core/macro";

export interface Moved {
  /** cc:CHANNEL:NUMBER, note:CHANNEL:NUMBER or bend:CHANNEL; channels from 1, as instruments say them. Or osc:ADDRESS. */
  readonly control: string;
  /** 0 to 1; of a note how hard it was struck, 0 when it was let go. */
  readonly value: number;
}

const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"] as const;

/** Null for what nothing can be bound to: clocks, programs, system messages, and what is cut short. */
export function readMidi(data: Uint8Array): Moved | null {
  const [status = 0, first = 0, second] = data;
  const channel = (status & 0x0f) + 1;
  if (second === undefined || first > 127 || second > 127) return null;
  switch (status & 0xf0) {
    case 0x80:
      return { control: `note:${channel}:${first}`, value: 0 };
    case 0x90:
      return { control: `note:${channel}:${first}`, value: second / 127 };
    case 0xb0: // from 120 on they are modes of the instrument
      return first < 120 ? { control: `cc:${channel}:${first}`, value: second / 127 } : null;
    case 0xe0:
      return { control: `bend:${channel}`, value: ((second << 7) | first) / 16_383 };
    default:
      return null;
  }
}

const CONTROL = /^(cc|note):(\d{1,2}):(\d{1,3})$|^bend:(\d{1,2})$|^osc:(\/[^\s]{1,199})$/;

export const isControl = (text: unknown): text is string => typeof text === "string" && CONTROL.test(text);

/** "CC 74", "C♯4", "Pitch bend", "/fader/1"; the channel where it is not the first. */
export function sayControl(control: string): string {
  if (control.startsWith("osc:")) return control.slice(4);
  const [kind, channel = "1", number = "0"] = control.split(":");
  const on = channel === "1" ? "" : ` · ${t`ch ${channel}`}`;
  if (kind === "bend") return `${t`Pitch bend`}${on}`;
  const n = Number(number);
  return kind === "note" ? `${NAMES[n % 12]}${Math.floor(n / 12) - 1}${on}` : `CC ${n}${on}`;
}

/** A control that is pressed rather than turned. */
export const isPad = (control: string) => control.startsWith("note:");
