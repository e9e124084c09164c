/** A job in words. */

import { clock } from "../ui/clock";
import { CODES } from "../wire/codes";
import { type Job, partDone } from "./job";
import { targetLabel } from "./sizes";

/** "about 40 s left"; "" while nobody can tell. Rounded as coarsely as such a guess is good. */
export function timeLeft(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 8) return "a few seconds left";
  if (seconds < 55) return `about ${Math.round(seconds / 5) * 5} s left`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `about ${minutes} min left`;
  const rounded = minutes < 180 ? Math.round(minutes / 10) * 10 : Math.round(minutes / 60) * 60;
  const hours = Math.floor(rounded / 60);
  return `about ${hours} h${rounded % 60 === 0 ? "" : ` ${rounded % 60} min`} left`;
}

/** "940 KB", "3.4 MB", "22 MB", "1.2 GB" */
export function bytesText(bytes: number): string {
  const [value, unit] =
    bytes < 1e6 ? [bytes / 1e3, "KB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${value < 9.95 && unit !== "KB" ? value.toFixed(1) : Math.max(1, Math.round(value))} ${unit}`;
}

/** "3840 × 2160" */
export const sizeText = (width: number, height: number): string => `${width} × ${height}`;

const FORMAT_NAMES: Readonly<Record<string, string>> = { png: "PNG", jpeg: "JPEG", webp: "WebP" };
export const formatName = (format: string): string => FORMAT_NAMES[format] ?? format.toUpperCase();

/** "4K · 3840 × 2160 PNG", "4K creative · 3840 × 2160 PNG", "4K · 3840 × 2160 PNG stills" */
export function whatText({ to, width_px, height_px, format, creativity, premiere }: Job): string {
  const kind = `${formatName(format)}${premiere !== null && format === "png" ? " stills" : ""}`;
  return `${targetLabel(to)}${creativity > 0 ? " creative" : ""} · ${sizeText(width_px, height_px)} ${kind}`;
}

/** Of one whose source this page does not know. */
export const titleOf = ({ premiere }: Job): string =>
  premiere === null ? "Picture" : `Premiere · ${clock(premiere.seconds)}`;

export const partsText = ({ units, units_done }: Job): string =>
  units === 0 ? "" : `${units_done} of ${units} ${units === 1 ? "part" : "parts"}`;

const joined = (...parts: string[]) => parts.filter(Boolean).join(" · ");

/** How far it is, in a line. */
export function stateText(job: Job): string {
  switch (job.state) {
    case "waiting":
      return joined(
        job.error === null ? "Waiting: drawing goes first" : "Held up",
        job.units_done > 0 ? partsText(job) : "",
      );
    case "running":
      return joined(partsText(job) || "Beginning", timeLeft(job.seconds_left));
    case "paused":
      return joined("Paused", partsText(job));
    case "done":
      return joined("Ready", job.bytes === null ? "" : bytesText(job.bytes));
    case "failed":
      return joined("Failed", job.units_done > 0 ? partsText(job) : "");
    case "cancelled":
      return "Cancelled";
  }
}

export interface Said {
  readonly what: string;
  readonly fix: string;
}

/** What to do about it, by the code's family; the first that fits. */
const FIXES: readonly (readonly [prefix: string, fix: string])[] = [
  ["job.disk", "Remove finished jobs, or free room on the server."],
  ["enhance.disk", "Remove finished jobs, or free room on the server."],
  ["job.poison", "See the server's log; a smaller size may work."],
  ["job.unit", "Try again; if it fails at the same place, a smaller size may work."],
  ["job.", "Try again; if it happens once more, see the server's log."],
  ["enhance.target", "Choose another size."],
  ["enhance.too_large", "Choose a smaller picture."],
  ["enhance.format", "Choose another format, or a smaller size."],
  ["enhance.engine", "Choose the faithful way: this server has no engine that paints anew."],
  ["enhance.model", "The server lacks the model: install its extra `enhance`."],
  ["extra.missing", "The server lacks the model: install its extra `enhance`."],
  ["fleet.memory", "Choose a smaller size, or try when the server has less to do."],
  ["fleet.", "Try again when the server is well."],
];

export function failureText({ code, message }: { readonly code: string; readonly message: string }): Said {
  const what = message || CODES[code] || code;
  const fix = FIXES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "Try again.";
  return { what: capital(what).replace(/[^.!?]$/, "$&."), fix };
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** 0 to 100, and 100 only when it is done. */
export const percent = (job: Job): number =>
  job.state === "done" ? 100 : Math.min(99, Math.floor(partDone(job) * 100));
