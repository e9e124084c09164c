/** What the gallery says of projects. */

import { i18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { fixed } from "../language/numbers";

const UNITS = ["B", "KB", "MB", "GB"] as const;

/** "12 MB" */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${fixed(value, unit === 0 || value >= 9.95 ? 0 : 1)} ${UNITS[unit]}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "just now", "5 min ago", "3 h ago", "2 days ago", then the date. */
export function agoText(at_ms: number, now_ms: number): string {
  const ago_ms = Math.max(0, now_ms - at_ms);
  const minutes = Math.floor(ago_ms / MINUTE_MS);
  const hours = Math.floor(ago_ms / HOUR_MS);
  const days = Math.floor(ago_ms / DAY_MS);
  if (minutes < 1) return t`just now`;
  if (hours < 1) return t`${minutes} min ago`;
  if (days < 1) return t`${hours} h ago`;
  if (days === 1) return t`yesterday`;
  if (days < 7) return plural(days, { one: "# day ago", other: "# days ago" });
  const sameYear = new Date(at_ms).getFullYear() === new Date(now_ms).getFullYear();
  return i18n.date(new Date(at_ms), {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}
