/** Whether somebody sees the page: what rests while nobody does, and what is tried again when somebody is back. */

import type { History } from "./history/history";
import type { Jobs } from "./jobs/jobs";
import type { Layering } from "./layering";
import type { Connection } from "./live/connection";
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
}

export function attend({ connection, sharing, video, jobs, recording, history, layering }: Attended): void {
  const isSeen = () => document.visibilityState === "visible";
  const wake = () => {
    if (!isSeen()) return;
    connection.wake();
    sharing.wake();
  };
  const look = () => {
    connection.seat(isSeen());
    video.seen(isSeen());
    jobs.seen(isSeen());
    recording.seen(isSeen());
    if (!isSeen()) history.keep();
  };
  look();
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", () => layering.endWriting());
  window.addEventListener("beforeunload", (event) => {
    if (recording.on) event.preventDefault();
  });
}
