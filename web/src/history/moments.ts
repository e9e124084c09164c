/**
 * Moments: what the document said at a time, kept so that one can go back. Values and rules; who keeps them is store.ts.
 *
 * Automatic ones thin out with age: there are at most `MAX_AUTOMATIC`, and one more costs the one whose loss leaves the
 * smallest hole for its age, so they are dense now and sparse long ago. The first and the newest stay. Those with a name
 * stay until they are deleted.
 */

import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { leastUseful } from "../canvas/replay";

export interface Moment {
  readonly id: string;
  /** Since 1970; no two moments of a document have the same. */
  readonly at_ms: number;
  /** "": it was kept by itself. */
  readonly name: string;
  /** The hash of the document's content (doc/content.ts). */
  readonly content: string;
  /** A small picture of it, as a data address. */
  readonly thumbnail: string;
  /** Under which its larger pictures are kept; several moments may have the same. */
  readonly pictures: string;
  /** The moment that it went on from; null: the first one, or no longer known. */
  readonly from: string | null;
  /** Nothing was changed here: somebody went back to `from`. */
  readonly restored: boolean;
}

export const MAX_AUTOMATIC = 120;
export const MAX_NAME_CHARS = 80;

/** Those that have to go. */
export function tooMany(moments: readonly Moment[]): Moment[] {
  const automatic = moments.filter((moment) => moment.name === "");
  const gone: Moment[] = [];
  while (automatic.length > MAX_AUTOMATIC)
    gone.push(...automatic.splice(leastUseful(automatic.map((moment) => moment.at_ms)), 1));
  return gone;
}

/** What is left without those. Who went on from one of them went on from what that one went on from. */
export function without(moments: readonly Moment[], gone: readonly Moment[]): Moment[] {
  const origin = new Map(gone.map(({ id, from }) => [id, from]));
  const standing = (from: string | null) => {
    let at = from;
    while (at !== null && origin.has(at)) at = origin.get(at) ?? null;
    return at;
  };
  return moments
    .filter(({ id }) => !origin.has(id))
    .map((moment) => {
      const from = standing(moment.from);
      return from === moment.from ? moment : { ...moment, from };
    });
}

/** Where a branch begins: the moment that this one went on from, where that is not the one before it. */
export function branchedFrom(moments: readonly Moment[], at: number): Moment | null {
  const from = moments[at]?.from ?? null;
  if (from === null || from === moments[at - 1]?.id) return null;
  return moments.find(({ id }) => id === from) ?? null;
}

/** "Snapshot 3": one after the highest there is. */
export function nextName(moments: readonly Moment[]): string {
  const called = (n: number) => t`Snapshot ${n}`;
  const numbers = moments.map(({ name }) => Number(/\d+/.exec(name)?.[0] ?? 0));
  const taken = numbers.filter((n, i) => moments[i]?.name === called(n));
  return called(Math.max(0, ...taken) + 1);
}

const TIME: Intl.DateTimeFormatOptions = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};
const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };

/** "14:32:05", and the day where it is another one. */
export function timeOf(at_ms: number, now_ms: number): string {
  const at = new Date(at_ms);
  const time = i18n.date(at, TIME);
  return at.toDateString() === new Date(now_ms).toDateString() ? time : `${i18n.date(at, DAY)}, ${time}`;
}

/** Width of a moment in a strip of that width, so that all of them fit; as wide as a thumbnail at most. */
export const slotWidth = (count: number, width_px: number, most_px: number): number =>
  count === 0 ? most_px : Math.min(most_px, width_px / count);

/** Which moment is at x, the first at 0. */
export const slotAt = (x_px: number, slot_px: number, count: number): number =>
  Math.min(count - 1, Math.max(0, Math.floor(x_px / slot_px)));

/** Of moments that two pages kept of the same at the same time, all but the first; moments in the order of time. */
export function doubles(moments: readonly Moment[]): Moment[] {
  return moments.filter((moment, i) => {
    const before = moments[i - 1];
    return moment.name === "" && before?.content === moment.content && before.restored === moment.restored;
  });
}
