/** A job in words. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, plural, t } from "@lingui/core/macro";
import { fixed } from "../language/numbers";
import { messageOf } from "../language/problems";
import { clock } from "../ui/clock";
import { sentence } from "../ui/words";

import { type Job, partDone } from "./job";
import { targetLabel } from "./sizes";

/** "about 40 s left"; "" while nobody can tell. Rounded as coarsely as such a guess is good. */
export function timeLeft(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 8) return t`a few seconds left`;
  if (seconds < 55) {
    const rough = Math.round(seconds / 5) * 5;
    return t`about ${rough} s left`;
  }
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return t`about ${minutes} min left`;
  const rounded = minutes < 180 ? Math.round(minutes / 10) * 10 : Math.round(minutes / 60) * 60;
  const [hours, rest] = [Math.floor(rounded / 60), rounded % 60];
  return rest === 0 ? t`about ${hours} h left` : t`about ${hours} h ${rest} min left`;
}

/** "940 KB", "3.4 MB", "22 MB", "1.2 GB" */
export function bytesText(bytes: number): string {
  const [value, unit] =
    bytes < 1e6 ? [bytes / 1e3, "KB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  const exact = value < 9.95 && unit !== "KB";
  return `${exact ? fixed(value, 1) : Math.max(1, Math.round(value))} ${unit}`;
}

/** "3840 × 2160" */
export const sizeText = (width: number, height: number): string => `${width} × ${height}`;

const FORMAT_NAMES: Readonly<Record<string, string>> = { png: "PNG", jpeg: "JPEG", webp: "WebP" };
export const formatName = (format: string): string => FORMAT_NAMES[format] ?? format.toUpperCase();

/** "4K · 3840 × 2160 PNG", "4K creative · 3840 × 2160 PNG", "4K · 3840 × 2160 PNG stills" */
export function whatText({ to, width_px, height_px, format, creativity, premiere }: Job): string {
  const [size, named] = [sizeText(width_px, height_px), formatName(format)];
  const kind = premiere !== null && format === "png" ? t`${named} stills` : named;
  const target = targetLabel(to);
  return `${creativity > 0 ? t`${target} creative` : target} · ${size} ${kind}`;
}

/** Of one whose source this page does not know. */
export function titleOf({ premiere }: Job): string {
  if (premiere === null) return t`Picture`;
  const length = clock(premiere.seconds);
  return t`Premiere · ${length}`;
}

export const partsText = ({ units, units_done }: Job): string =>
  units === 0 ? "" : plural(units, { one: `${units_done} of # part`, other: `${units_done} of # parts` });

const joined = (...parts: string[]) => parts.filter(Boolean).join(" · ");

/** How far it is, in a line. */
export function stateText(job: Job): string {
  switch (job.state) {
    case "waiting":
      return joined(
        job.error === null ? t`Waiting: drawing goes first` : t`Held up`,
        job.units_done > 0 ? partsText(job) : "",
      );
    case "running":
      return joined(partsText(job) || t`Beginning`, timeLeft(job.seconds_left));
    case "paused":
      return joined(t`Paused`, partsText(job));
    case "done":
      return joined(t`Ready`, job.bytes === null ? "" : bytesText(job.bytes));
    case "failed":
      return joined(t`Failed`, job.units_done > 0 ? partsText(job) : "");
    case "cancelled":
      return t`Cancelled`;
  }
}

export interface Said {
  readonly what: string;
  readonly fix: string;
}

/** What to do about it, by the code's family; the first that fits. */
const FIXES: readonly (readonly [prefix: string, fix: MessageDescriptor])[] = [
  ["job.disk", msg`Remove finished jobs, or free room on the server.`],
  ["enhance.disk", msg`Remove finished jobs, or free room on the server.`],
  ["job.poison", msg`See the server's log; a smaller size may work.`],
  ["job.unit", msg`Try again; if it fails at the same place, a smaller size may work.`],
  ["job.", msg`Try again; if it happens once more, see the server's log.`],
  ["enhance.target", msg`Choose another size.`],
  ["enhance.too_large", msg`Choose a smaller picture.`],
  ["enhance.format", msg`Choose another format, or a smaller size.`],
  ["enhance.engine", msg`Choose the faithful way: this server has no engine that paints anew.`],
  ["enhance.model", msg`The server lacks the model: install its extra \`enhance\`.`],
  ["extra.missing", msg`The server lacks the model: install its extra \`enhance\`.`],
  ["fleet.memory", msg`Choose a smaller size, or try when the server has less to do.`],
  ["fleet.", msg`Try again when the server is well.`],
];

export function failureText(failure: { readonly code: string; readonly message: string }): Said {
  const fix = FIXES.find(([prefix]) => failure.code.startsWith(prefix))?.[1] ?? msg`Try again.`;
  return { what: sentence(messageOf(failure)), fix: i18n._(fix) };
}

/** 0 to 100, and 100 only when it is done. */
export const percent = (job: Job): number =>
  job.state === "done" ? 100 : Math.min(99, Math.floor(partDone(job) * 100));
