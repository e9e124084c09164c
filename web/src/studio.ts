/** The studio: wires document, sketch, connection and render together. One for each page; panels reach it by context. */

import { RenderView } from "./canvas/render";
import { Sketch } from "./canvas/sketch";
import type { LightDocument } from "./doc/document";
import { EXAMPLE_PROMPT, exampleMarks, toHex } from "./doc/example";
import { DOCUMENT_WIDTH } from "./doc/marks";
import type { PromptValue } from "./doc/prompts";
import { pickCard, readSettings, type Settings, toShot } from "./doc/settings";
import { Connection, type FromLink } from "./live/connection";
import { Meter, type Reading } from "./live/meter";
import { fileName, saveFile } from "./live/save";
import { Sender } from "./live/sender";
import type { Desk } from "./ui/desk";
import { Store } from "./ui/store";
import type { LinkState } from "./wire/link";
import type { EngineCard, Problem, Status, Welcome } from "./wire/shots";

/** What the panels show of the document. */
export interface Sheet {
  readonly prompts: readonly PromptValue[];
  readonly settings: Settings | null;
  readonly card: EngineCard | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly height: number;
  readonly empty: boolean;
}

/** What the panels show of the connection and the render. */
export interface Live {
  readonly link: LinkState;
  readonly welcome: Welcome | null;
  readonly status: Status | null;
  readonly problem: Problem | null;
  readonly working: boolean;
  readonly hasPicture: boolean;
  readonly reading: Reading;
  readonly saving: boolean;
}

const NO_READING: Reading = { latency_ms: null, pictures_per_s: 0, stages: [], slowest: null };
const READING_EVERY_MS = 250;
const PNG_QUALITY = 90;
/** Problems that mend themselves are told by the connection's state, not by a notice. */
const QUIET = new Set(["fleet.no_worker"]);

export class Studio {
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly sketch: Sketch;
  readonly render = new RenderView(document.createElement("canvas"));
  private readonly connection: Connection;
  private readonly sender: Sender;
  private readonly meter = new Meter();
  private shownSeq = 0;
  /** A problem of the last shot is over when a picture comes; others stay until they are dismissed. */
  private shotProblem: Problem | null = null;
  private readingTimer = 0;
  private engines: readonly EngineCard[] = [];
  private defaultEngine = "";

  constructor(
    readonly doc: LightDocument,
    readonly desk: Store<Desk>,
  ) {
    this.sheet = new Store<Sheet>({
      prompts: doc.promptList(),
      settings: null,
      card: null,
      canUndo: doc.canUndo,
      canRedo: doc.canRedo,
      height: heightFor(doc.param("size")),
      empty: doc.visibleMarks().length === 0,
    });
    this.live = new Store<Live>({
      link: { name: "idle" },
      welcome: null,
      status: null,
      problem: null,
      working: false,
      hasPicture: false,
      reading: NO_READING,
      saving: false,
    });
    this.sketch = new Sketch(this.sheet.get().height, () => this.redraw());
    this.connection = new Connection((message) => this.receive(message));
    this.sender = new Sender({
      shot: () => {
        const { settings, prompts } = this.sheet.get();
        return settings === null ? null : toShot(settings, prompts);
      },
      compose: (width, height) => this.sketch.compose(width, height),
      send: (job) => this.connection.send(job),
      nextFrame: (act) => requestAnimationFrame(act),
    });
    this.sketch.show(doc.visibleMarks());
    doc.observe((parts) => {
      if (parts.has("prompts")) this.sheet.set({ prompts: doc.promptList() });
      if (parts.has("params")) this.readParams();
      this.sheet.set({ canUndo: doc.canUndo, canRedo: doc.canRedo });
      if (parts.has("marks")) this.redraw();
      else this.touch();
    });
  }

  start(url: string): void {
    this.connection.open(url);
    const wake = () => {
      if (document.visibilityState === "visible") this.connection.wake();
    };
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
  }

  retry(): void {
    this.connection.wake();
  }

  /** Something that a shot depends on changed at that moment. */
  touch(at_ms: number | null = eventTime()): void {
    this.sender.touch(at_ms);
  }

  dismiss(): void {
    this.live.set({ problem: null });
  }

  clear(): void {
    if (!this.sheet.get().empty) this.doc.addMark({ type: "clear" });
  }

  reroll(): void {
    const { settings } = this.sheet.get();
    if (settings === null || settings.seedLocked) return;
    this.doc.setParams({ seed: Math.floor(Math.random() * 1_000_000) }, "");
  }

  toggleLock(): void {
    const locked = this.sheet.get().settings?.seedLocked === true;
    this.doc.setParams({ seedLocked: !locked }, "");
  }

  /** Ask for the shown picture again as PNG, and save it. */
  async download(): Promise<void> {
    const { settings, prompts } = this.sheet.get();
    if (settings === null || this.live.get().saving) return;
    this.live.set({ saving: true });
    const shot = { ...toShot(settings, prompts), accept: "image/png", quality: PNG_QUALITY } as const;
    const pixels = this.sketch.compose(shot.width, shot.height);
    try {
      const data = await this.connection.export({ seq: this.sender.nextSeq(), shot, pixels });
      saveFile(fileName(shot), new Blob([data], { type: "image/png" }));
    } catch (problem) {
      this.live.set({ problem: problem as Problem });
    } finally {
      this.live.set({ saving: false });
    }
  }

  private redraw(): void {
    const marks = this.doc.visibleMarks();
    this.sketch.show(marks);
    this.sheet.set({ empty: marks.length === 0 || marks.at(-1)?.mark.type === "clear" });
    this.touch();
  }

  private readParams(): void {
    const read = (name: string) => this.doc.param(name);
    const card = pickCard(read, this.engines, this.defaultEngine);
    if (card === null) return;
    const settings = readSettings(read, card);
    const height = (DOCUMENT_WIDTH * settings.size[1]) / settings.size[0];
    this.sheet.set({ card, settings, height: Math.round(height) });
    if (this.sketch.resize(Math.round(height))) this.redraw();
  }

  private receive(message: FromLink): void {
    switch (message.type) {
      case "state":
        this.live.set({ link: message.state });
        if (message.state.name === "open") return;
        this.live.set({ working: false });
        this.sender.forgetMoments();
        return;
      case "welcome":
        this.welcome(message.welcome);
        return;
      case "status":
        this.live.set({ status: message.status });
        return;
      case "sent":
        this.live.set({ working: message.seq > this.shownSeq });
        return;
      case "problem":
        this.failed(message.seq, message.problem);
        return;
      case "picture":
        this.picture(message);
    }
  }

  private welcome(welcome: Welcome): void {
    this.engines = welcome.engines;
    this.defaultEngine = welcome.default_engine;
    this.live.set({ welcome });
    this.readParams();
    const { card } = this.sheet.get();
    if (!this.doc.begun && card !== null) {
      this.doc.plant(exampleMarks(card), [EXAMPLE_PROMPT]);
      const first = card.materials.find((m) => m.name === "mountain") ?? card.materials[0];
      this.desk.set({ inviting: true, ...(first ? { color: toHex(first.rgb) } : {}) });
    }
    this.touch();
  }

  private failed(seq: number, problem: Problem): void {
    if (seq > 0 && seq < this.sender.newestSeq) return;
    this.shotProblem = problem;
    this.live.set({ working: false, ...(QUIET.has(problem.code) ? {} : { problem }) });
  }

  private picture({ seq, picture, bitmap, trip }: Extract<FromLink, { type: "picture" }>): void {
    if (seq <= this.shownSeq) {
      bitmap.close();
      return;
    }
    this.shownSeq = seq;
    const moment_ms = this.sender.momentOf(seq);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.live.get().problem === this.shotProblem) this.live.set({ problem: null });
    this.live.set({ hasPicture: true, working: seq < this.sender.newestSeq });
    this.render.canvas.dataset.seq = String(seq);
    this.render.show(bitmap, this.desk.get().crossFade && !calm, (painted_ms) => {
      const sample =
        moment_ms === null ? null : { total_ms: painted_ms - moment_ms, trip, times_ms: picture.times_ms };
      this.meter.add(painted_ms, sample);
      this.read();
    });
  }

  /** Refresh the figures a few times a second while pictures come, and once more when they stop. */
  private read(): void {
    if (this.readingTimer !== 0) return;
    this.live.set({ reading: this.meter.read(performance.now()) });
    this.readingTimer = window.setTimeout(() => {
      this.readingTimer = 0;
      if (this.live.get().reading.pictures_per_s > 0) this.read();
    }, READING_EVERY_MS);
  }
}

/** When the input being handled happened; null when a message or a timer is what runs now. */
function eventTime(): number | null {
  const event = window.event;
  return event instanceof UIEvent ? event.timeStamp : null;
}

/** Before the server's card is known the kept size gives the aspect, so that nothing jumps. */
function heightFor(size: unknown): number {
  const [width, height] = String(size ?? "1x1")
    .split("x")
    .map(Number);
  return width && height ? Math.round((DOCUMENT_WIDTH * height) / width) : DOCUMENT_WIDTH;
}
