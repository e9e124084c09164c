/** Whether somebody sees the page: what rests while nobody does, and what is tried again when somebody is back. */

import type { History } from "./history/history";
import type { Jobs } from "./jobs/jobs";
import type { Layering } from "./layering";
import type { Connection } from "./live/connection";
import type { MovingLayers } from "./moving-layers";
import type { Recording } from "./recording";
import type { Sharing } from "./rooms/sharing";
import type { VideoMode } from "./video-mode";

export interface Attended {
  readonly connection: Connection;
  readonly sharing: Sharing;
  readonly video: VideoMode;
  readonly jobs: Jobs;
  readonly recording: Recording;
  readonly history: History;
  readonly layering: Layering;
  readonly moving: MovingLayers;
}

export function attend({
  connection,
  sharing,
  video,
  jobs,
  recording,
  history,
  layering,
  moving,
}: Attended): void {
  const isSeen = () => document.visibilityState === "visible";
  const wake = () => {
    if (!isSeen()) return;
    connection.wake();
    sharing.wake();
  };
  const sit = () => connection.seat(isSeen(), moving.now.get().on.length > 0);
  const look = () => {
    sit();
    video.seen(isSeen());
    jobs.seen(isSeen());
    recording.seen(isSeen());
    if (!isSeen()) history.keep();
  };
  look();
  let showed = 0;
  moving.now.subscribe(() => {
    const shows = moving.now.get().on.length;
    if (shows > 0 !== showed > 0) sit();
    showed = shows;
  });
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", () => {
    layering.endWriting();
    moving.stopAll();
  });
  window.addEventListener("beforeunload", (event) => {
    if (recording.on) event.preventDefault();
  });
}
