/** What comes back, from the server or the engine of this browser: pictures, problems, and how things are. */

import type { Asking } from "./asking";
import type { Assets } from "./assets/assets";
import { CROSS_FADE, type RenderView, SHARPEN_FADE } from "./canvas/render";
import type { Home } from "./home";
import type { Jobs } from "./jobs/jobs";
import type { FromLink } from "./live/connection";
import { eventTime } from "./live/event-time";
import type { Numbers } from "./live/numbers";
import type { Readings } from "./live/readings";
import type { Arrived } from "./live/stream";
import type { Looks } from "./looks";
import type { Masking } from "./masking";
import type { Preparing } from "./preparing";
import type { Recordings } from "./recordings/recordings";
import type { Sharing } from "./rooms/sharing";
import type { Sharpening } from "./sharpening";
import type { Showing } from "./showing";
import { follows, type Live, type Sheet } from "./state";
import type { Timing } from "./timeline/timing";
import type { Touches } from "./touches";
import type { Desk } from "./ui/desk";
import type { Store } from "./ui/store";
import type { VideoMode } from "./video-mode";
import type { Problem, Status, Welcome } from "./wire/shots";

/** Problems that mend themselves are told by the connection's state, not by a notice. */
const QUIET = new Set(["fleet.no_worker", "room.follows", "room.role"]);

type Picture = Extract<FromLink, { type: "picture" }>;

export interface AnswersWorld {
  readonly desk: Store<Desk>;
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly render: RenderView;
  readonly showing: Showing;
  readonly asking: Asking;
  readonly preparing: Preparing;
  readonly sharpening: Pick<Sharpening, "asked" | "take" | "shown" | "failed" | "lost">;
  readonly home: Home;
  readonly numbers: Numbers;
  readonly readings: Readings;
  readonly touches: Touches;
  readonly assets: Assets;
  readonly masking: Masking;
  readonly looks: Looks;
  readonly video: VideoMode;
  readonly jobs: Jobs;
  readonly recordings: Recordings;
  readonly sharing: Sharing;
  readonly timing: Pick<Timing, "cardCame">;
  /** The connection is a new one. */
  welcomed(): void;
}

export class Answers {
  private shownSeq = 0;
  /** A problem of the last shot is over when a picture comes; others stay until they are dismissed. */
  private shotProblem: Problem | null = null;
  private problemSeq = 0;

  constructor(private readonly world: AnswersWorld) {}

  receive(message: FromLink): void {
    const { live, video, asking, recordings, preparing, sharpening } = this.world;
    switch (message.type) {
      case "state":
        live.set({ link: message.state });
        if (message.state.name === "open") return;
        live.set({ working: false });
        asking.lost();
        preparing.lost();
        sharpening.lost();
        video.lost();
        recordings.lost();
        return;
      case "welcome":
        this.welcome(message.welcome);
        return;
      case "status":
        this.status(message.status);
        return;
      case "sent":
        if (!video.on && !sharpening.asked(message.seq)) live.set({ working: message.seq > this.shownSeq });
        return;
      case "prepared":
        preparing.told(message.seq, message.share);
        return;
      case "problem":
        if (preparing.failed(message.seq)) return;
        this.failed(message.seq, message.problem);
        return;
      case "picture":
        this.picture(message);
    }
  }

  /** What is shown is the picture of what was sent last. */
  get current(): boolean {
    return this.shownSeq > 0 && this.shownSeq === this.world.numbers.newest;
  }

  /** A frame of the video was painted. */
  painted({ seq, picture, trip }: Arrived, at_ms: number): void {
    if (seq > this.problemSeq) this.settled();
    this.measure(seq, picture, trip, at_ms);
  }

  /** From pictures to video or back. What either was stays in the document; nothing measured counts any longer. */
  switched(): void {
    const { live, readings, showing, looks, touches } = this.world;
    readings.forget();
    live.set({ working: false, problem: null, held: false });
    showing.readParams();
    looks.read();
    touches.again(eventTime());
  }

  private welcome(welcome: Welcome): void {
    const { live, recordings, assets, jobs, video, showing, home, sharing, looks, touches, timing } =
      this.world;
    live.set({ welcome });
    void recordings.welcomed(welcome.session);
    this.world.welcomed();
    assets.retry();
    if (document.visibilityState === "visible") jobs.wake();
    video.settle(welcome.engines);
    video.opened();
    showing.readParams();
    looks.read();
    timing.cardCame();
    if (!video.on && !sharing.shared) showing.begin();
    // With the browser's engine it may have failed for want of the server; in a room the others wait for it.
    if (home.ready || sharing.shared) touches.again();
    else touches.touch();
  }

  private status(status: Status): void {
    const { live, video, readings, touches } = this.world;
    const before = follows(live.get());
    if (status.follows && video.on) video.toggle(null);
    live.set({ status });
    if (follows(live.get()) === before) return;
    live.set({ working: false });
    readings.forget();
    touches.again();
  }

  private failed(seq: number, problem: Problem): void {
    const { live, assets, recordings, video, numbers, sharpening } = this.world;
    const sharpened = sharpening.failed(seq);
    if (problem.code === "asset.missing") {
      void assets.missing(problem.value);
      return;
    }
    if (seq === 0 && problem.code.startsWith("recording.")) {
      recordings.ended(problem);
      return;
    }
    if (sharpened) return;
    if (video.on) video.failed(seq, problem);
    else if (seq > 0 && seq < numbers.newest) return;
    this.shotProblem = problem;
    this.problemSeq = seq;
    live.set({ working: false, ...(QUIET.has(problem.code) ? {} : { problem }) });
  }

  private picture(message: Picture): void {
    const { live, video, assets, masking, asking, render, numbers, sharpening } = this.world;
    const { seq, picture, bitmap, trip } = message;
    if (seq === 0) {
      this.roomPicture(message);
      return;
    }
    if (video.on && picture.frame !== null) {
      video.frame(message);
      return;
    }
    const sharp = sharpening.take(seq, picture);
    if (sharp === "dropped" || video.on || picture.frame !== null || seq <= this.shownSeq) {
      bitmap.close();
      return;
    }
    this.shownSeq = seq;
    assets.proven();
    masking.settle();
    const cover = asking.coverOf(seq);
    if (live.get().held) {
      bitmap.close();
      live.set({ working: false });
      return;
    }
    render.canvas.dataset.seq = String(seq);
    const fade = this.fades ? (sharp === null ? CROSS_FADE : SHARPEN_FADE) : null;
    render.show(bitmap, cover, fade, (painted_ms) => {
      if (sharp === null) this.measure(seq, picture, trip, painted_ms);
    });
    if (sharp === null) sharpening.shown(picture);
    // Who hears that it is here may take a copy of it at once, as the history does.
    this.settled();
    live.set({ hasPicture: true, working: seq < numbers.newest });
  }

  /** What another member rendered, of a document that is here too: so is what hides the rest of it. */
  private roomPicture({ bitmap }: Picture): void {
    const { live, sheet, masking, render } = this.world;
    if (!follows(live.get()) || live.get().held) {
      bitmap.close();
      return;
    }
    masking.settle();
    const base = sheet.get().card?.masks === true ? masking.base() : null;
    const cover = base === null ? null : masking.cover(base);
    render.canvas.dataset.seq = "0";
    const sharper = bitmap.width > render.canvas.width;
    render.show(bitmap, cover, sharper && this.fades ? SHARPEN_FADE : null, () => {});
    live.set({ hasPicture: true, working: false });
  }

  private get fades(): boolean {
    return this.world.desk.get().crossFade && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  private settled(): void {
    const { live } = this.world;
    if (live.get().problem === this.shotProblem) live.set({ problem: null });
  }

  private measure(seq: number, picture: Picture["picture"], trip: Picture["trip"], painted_ms: number): void {
    const { readings, numbers } = this.world;
    readings.painted(picture, trip, numbers.momentOf(seq), painted_ms);
  }
}
