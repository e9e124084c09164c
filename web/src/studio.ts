/** The studio: wires document, sketch, connection and render together. One for each page; panels reach it by context. */

import { Assets, upload } from "./assets/assets";
import { pngFile, thumbnailFile } from "./assets/picture";
import type { AssetFile, AssetStore } from "./assets/store";
import { Clips } from "./canvas/clips";
import { MaskLayer } from "./canvas/mask-layer";
import { Pictures } from "./canvas/pictures";
import { type Cover, RenderView } from "./canvas/render";
import { Sketch } from "./canvas/sketch";
import { loadTextFont } from "./canvas/text";
import { Clipboard } from "./clipboard";
import type { LightDocument } from "./doc/document";
import { EXAMPLE_PROMPT, exampleMarks, toHex } from "./doc/example";
import { frameOf } from "./doc/frame";
import { newId } from "./doc/keep";
import { lookOfLayers } from "./doc/layers";
import { splitMarks } from "./doc/marks";
import { isMaskPromptKey, keyOf, maskPromptKey, NO_MASK } from "./doc/mask";
import { MORPH_A, MORPH_B, parseLook } from "./doc/morph";
import { pickCard, readSettings, toShot } from "./doc/settings";
import { Enhancing } from "./enhancing";
import { Album } from "./history/album";
import { capture } from "./history/capture";
import type { Sides } from "./history/film";
import { History, type HistoryNow } from "./history/history";
import { Lab, newFilmWorker } from "./history/lab";
import type { Moment } from "./history/moments";
import type { Kept, MomentStore } from "./history/store";
import { JobsClient } from "./jobs/client";
import { Jobs } from "./jobs/jobs";
import { JobSources } from "./jobs/sources";
import { Layering } from "./layering";
import { Connection, type FromLink } from "./live/connection";
import { eventTime } from "./live/event-time";
import { Meter, NO_READING } from "./live/meter";
import { saveFile } from "./live/save";
import { Sender } from "./live/sender";
import type { LocalState } from "./local/channel";
import { canRender, LocalEngine, newWorker, OFF } from "./local/engine";
import { Looks } from "./looks";
import { Masking } from "./masking";
import { PicturePrompts } from "./picture-prompts";
import { Recording } from "./recording";
import { RecordingsClient } from "./recordings/client";
import { Recordings } from "./recordings/recordings";
import type { RoomKey } from "./rooms/address";
import { inviteUrl } from "./rooms/address";
import { RoomsClient } from "./rooms/client";
import { RoomSocket } from "./rooms/link";
import { Sharing } from "./rooms/sharing";
import { Selecting } from "./selecting";
import { ShownPicture } from "./shown-picture";
import type { Live, Sheet } from "./state";
import type { Desk } from "./ui/desk";
import { whenIdle } from "./ui/idle";
import { Store } from "./ui/store";
import { VideoMode } from "./video-mode";
import { assetUrl, rootUrl, socketUrl } from "./wire/address";
import type { Pixels, Trip } from "./wire/channel";
import {
  type EngineCard,
  MAX_PROMPT_CHARS,
  type PictureMeta,
  type Problem,
  type ShotMeta,
  type Status,
  type Welcome,
} from "./wire/shots";

const READING_EVERY_MS = 250;
/** Problems that mend themselves are told by the connection's state, not by a notice. */
const QUIET = new Set(["fleet.no_worker", "room.follows", "room.role"]);
const THUMBNAIL_PX = 96;
const MAX_COVERS = 64;

/** What this browser keeps, opened. */
export interface Keeping {
  readonly assets: AssetStore;
  readonly moments: MomentStore;
  readonly kept: Kept;
}

export class Studio {
  readonly sheet: Store<Sheet>;
  readonly live: Store<Live>;
  readonly sketch: Sketch;
  readonly render = new RenderView(document.createElement("canvas"));
  private readonly connection: Connection;
  private readonly local: LocalEngine;
  private readonly sender: Sender;
  private readonly meter = new Meter();
  readonly assets: Assets;
  readonly layering: Layering;
  private readonly layerPictures: Pictures;
  readonly selecting: Selecting;
  readonly clipboard: Clipboard;
  readonly masking: Masking;
  readonly maskLayer: MaskLayer;
  readonly looks: Looks;
  readonly pictures: PicturePrompts;
  readonly video: VideoMode;
  readonly shown: ShownPicture;
  readonly jobs: Jobs;
  readonly enhancing: Enhancing;
  readonly historyNow = new Store<HistoryNow>({ moments: [], head: null, looking: null, said: null });
  readonly history: History;
  readonly album: Album;
  readonly lab: Lab;
  readonly recording: Recording;
  /** Rises when what is drawn, or what is asked for, is another thing. */
  private touches = 0;
  readonly sharing: Sharing;
  readonly recordings: Recordings;
  /** Shot -> what hides its picture outside of the mask. Bounded: the oldest entry goes first. */
  private readonly covers = new Map<number, Cover>();
  private sketchKey = "";
  private preparing = false;
  private shownSeq = 0;
  /** A problem of the last shot is over when a picture comes; others stay until they are dismissed. */
  private shotProblem: Problem | null = null;
  private problemSeq = 0;
  private readingTimer = 0;
  private engines: readonly EngineCard[] = [];
  private defaultEngine = "";

  constructor(
    readonly doc: LightDocument,
    readonly desk: Store<Desk>,
    { assets: store, moments, kept }: Keeping,
    private readonly token: string,
    room: RoomKey | null = null,
    guest = false,
  ) {
    const frame = frameOf(keptSize(doc.param("size")));
    this.sheet = new Store<Sheet>({
      prompts: doc.promptList(),
      references: doc.referenceList(),
      settings: null,
      card: null,
      canUndo: doc.canUndo,
      canRedo: doc.canRedo,
      frame,
      layers: [],
      layer: null,
      look: "",
      empty: true,
      mask: NO_MASK,
      maskPrompt: "",
      lookA: parseLook(doc.param(MORPH_A)),
      lookB: parseLook(doc.param(MORPH_B)),
      morphAt: null,
    });
    this.live = new Store<Live>({
      link: { name: "idle" },
      welcome: null,
      status: null,
      local: OFF,
      problem: null,
      working: false,
      hasPicture: false,
      reading: NO_READING,
      saving: false,
      recorded_s: null,
      held: false,
      playing: null,
      dockProblem: null,
      unusable: new Set(),
    });
    this.layerPictures = new Pictures({
      image: (sha256) => doc.image(sha256),
      changed: () => this.redraw(),
    });
    const clips = new Clips((id) => doc.selection(id));
    this.sketch = new Sketch(frame, {
      picture: this.layerPictures.get,
      clips,
      changed: () => this.redraw(),
    });
    this.layering = new Layering({
      doc,
      desk,
      sheet: this.sheet,
      live: this.live,
      sketch: this.sketch,
      snapshot: () => this.shownPicture(),
    });
    this.maskLayer = new MaskLayer(frame, clips);
    this.sharing = new Sharing(
      {
        y: doc.y,
        client: new RoomsClient(rootUrl(location), token),
        storage: localStorage,
        history,
        socket: (key, me, events) => new RoomSocket(rootUrl(location), key, token, me, doc.y, events),
        inviteUrl: (id, link) => inviteUrl(location, id, link),
        assets: () => doc.assets(),
        file: (sha256) => store.get(sha256),
        moved: (key) => {
          this.settleHome();
          this.connection.open(socketUrl(location, token, key));
        },
        nextFrame: (act) => requestAnimationFrame(act),
      },
      room,
    );
    const send = (sha256: string, file: AssetFile) =>
      upload(assetUrl(location, sha256, this.sharing.room), token, file, this.sharing.room?.link);
    this.assets = new Assets({
      store: {
        get: async (sha256) => (await store.get(sha256)) ?? (await this.fetchAsset(store, sha256)),
        put: async (sha256, file) => {
          await store.put(sha256, file);
          void this.sharing.putAssets([sha256]);
        },
      },
      upload: send,
      changed: (again) => this.assetsChanged(again),
      failed: (sha256, problem) => {
        if (!this.pictures.failed(sha256, problem)) this.live.set({ problem });
      },
    });
    this.masking = new Masking({
      layer: this.maskLayer,
      snapshot: () => this.shownPicture(),
      encode: pngFile,
      keep: (file) => this.assets.keep(file, true),
      load: (sha256) => this.assets.get(sha256),
      usable: this.assets.usable,
      base: (mark) => doc.base(mark),
      setBase: (mark, sha256) => this.canEdit && doc.setBase(mark, sha256),
      alone: () => !this.sharing.shared,
      changed: () => this.touch(null),
    });
    this.selecting = new Selecting({
      doc,
      desk,
      sketch: this.sketch,
      layering: this.layering,
      maskLayer: this.maskLayer,
      beginMask: () => this.masking.begin(),
      drawn: () => {
        this.video.drawn();
        this.touch();
      },
    });
    this.clipboard = new Clipboard({
      doc,
      sketch: this.sketch,
      layering: this.layering,
      selecting: this.selecting,
      storage: localStorage,
      write: async (png) => navigator.clipboard.write([new ClipboardItem({ "image/png": png })]),
    });
    this.looks = new Looks({
      doc,
      sheet: this.sheet,
      live: this.live,
      thumbnail: () => this.thumbnail(),
      nextFrame: (act) => requestAnimationFrame(act),
      changed: () => this.touch(null),
    });
    this.pictures = new PicturePrompts({
      doc,
      sheet: this.sheet,
      live: this.live,
      assets: this.assets,
      snapshot: () => this.render.snapshot(),
    });
    this.connection = new Connection((message) => this.receive(message));
    this.local = new LocalEngine({
      root: rootUrl(location),
      token,
      worker: newWorker,
      asset: (sha256) => this.assets.get(sha256),
      receive: (message) => this.receive(message),
      state: (state) => this.localState(state),
    });
    this.sender = new Sender({
      shot: () => (this.video.on || this.follows || this.held() !== null ? null : this.shot()),
      compose: (width, height) => this.sketch.compose(width, height),
      composeMask: (shot) => this.composeMask(shot),
      send: (job) => {
        const cover = job.shot.base === "" ? null : this.masking.cover(job.shot.base);
        if (cover !== null) this.covers.set(job.seq, cover);
        if (this.covers.size > MAX_COVERS)
          for (const oldest of this.covers.keys()) if (this.covers.delete(oldest)) break;
        this.home.send(job);
      },
      nextFrame: (act) => requestAnimationFrame(act),
    });
    this.video = new VideoMode({
      sheet: this.sheet,
      live: this.live,
      render: this.render,
      looks: this.looks,
      canvas: { moving: false, grab: (width, height) => this.sketch.compose(width, height) },
      stamp: (at_ms) => this.sender.stamp(at_ms),
      send: (job) => this.connection.follow(job),
      painted: ({ seq, picture, trip }, at_ms) => {
        if (seq > this.problemSeq) this.settled();
        this.measure(seq, picture, trip, at_ms);
      },
      switched: () => this.switched(),
    });
    this.shown = new ShownPicture({
      live: this.live,
      video: this.video,
      render: this.render,
      masking: this.masking,
      assets: this.assets,
      shot: () => this.shot(),
      canAsk: () => this.canEdit,
      export: (shot) =>
        this.home.export({
          seq: this.sender.nextSeq(),
          shot,
          pixels: this.sketch.compose(shot.width, shot.height),
          mask: this.composeMask(shot),
        }),
    });
    const sources = new JobSources(localStorage);
    this.jobs = new Jobs({
      client: new JobsClient(rootUrl(location), token),
      sources,
      keep: (file) => this.assets.keep(file, false),
      upload: send,
      after: (delay_ms, act) => {
        const timer = window.setTimeout(act, delay_ms);
        return () => window.clearTimeout(timer);
      },
    });
    this.enhancing = new Enhancing({
      desk,
      sheet: this.sheet,
      live: this.live,
      jobs: this.jobs,
      shown: this.shown,
      title: () => this.looks.now(() => false).prompts.find(([, weight]) => weight > 0)?.[0] ?? "",
    });
    this.recordings = new Recordings({
      client: new RecordingsClient(rootUrl(location), token),
      session: () =>
        this.live.get().link.name === "open" ? (this.live.get().welcome?.session ?? null) : null,
      again: () => {
        this.sender.forgetShot();
        this.touch(null);
      },
      switched: () => this.settleHome(),
      failed: (problem) => this.live.set({ problem }),
      finished: () => desk.set({ recordingsOpen: true }),
      now_ms: () => performance.now(),
      after: (delay_ms, act) => {
        const timer = window.setTimeout(act, delay_ms);
        return () => window.clearTimeout(timer);
      },
    });
    desk.subscribe(() => {
      this.settleHome();
      this.layering.follow();
      if (desk.get().layer !== this.sheet.get().layer) this.showMarks();
    });
    this.sharing.now.subscribe(() => this.lookOn());
    if (!guest) void store.keepOnly(new Set([...doc.assets(), ...sources.assets(), ...History.assets(kept)]));
    this.album = new Album(moments);
    this.lab = new Lab({
      store: moments,
      worker: newFilmWorker,
      save: (file, extension) => saveFile(this.video.fileName(extension), file),
    });
    this.recording = new Recording({
      live: this.live,
      sides: () => this.sides,
      render: () => (this.live.get().hasPicture ? this.render.canvas : null),
      sketch: (width, height) => this.sketch.compose(width, height),
      version: () => this.render.frames + this.touches,
      resting: () => this.video.on && this.video.now.get().stream.name !== "playing",
      save: (file, extension) => saveFile(this.video.fileName(extension), file),
      say: (problem) => this.live.set({ problem }),
      nextFrame: (act) => requestAnimationFrame(act),
    });
    this.showMarks();
    this.selecting.read();
    doc.observe((parts) => {
      if (parts.has("selection")) this.selecting.read();
      if (parts.has("prompts")) this.sheet.set({ prompts: doc.promptList() });
      if (parts.has("references")) this.sheet.set({ references: doc.referenceList() });
      if (parts.has("params")) this.readParams();
      if (parts.has("prompts") || parts.has("references") || parts.has("params")) this.looks.read();
      this.sheet.set({ canUndo: doc.canUndo, canRedo: doc.canRedo });
      if (parts.has("marks") || parts.has("layers") || parts.has("images")) this.redraw();
      else this.touch();
    });
    this.history = new History(
      {
        doc,
        store: moments,
        now: this.historyNow,
        capture: () => {
          const [width, height] = this.sheet.get().settings?.size ?? [512, 512];
          const render = this.live.get().hasPicture ? this.render.snapshot() : null;
          return capture(render, this.sketch.compose(width, height));
        },
        settled: () => {
          const { working, link, hasPicture } = this.live.get();
          const coming = working || (link.name === "open" && !hasPicture);
          return !this.sketch.busy && (this.video.on || !coming);
        },
        say: (problem) => this.live.set({ problem }),
        newId,
        now_ms: () => Date.now(),
        after: (delay_ms, act) => {
          const timer = window.setTimeout(act, delay_ms);
          return () => window.clearTimeout(timer);
        },
        wentTo: (moment) => void this.wentTo(moment),
      },
      kept,
    );
    this.live.subscribe(() => this.history.look());
  }

  /** What recordings and films show. */
  get sides(): Sides {
    return this.desk.get().sides === "both" ? "both" : "render";
  }

  start(): void {
    this.connection.open(socketUrl(location, this.token, this.sharing.room));
    void this.sharing.start();
    const wake = () => {
      if (document.visibilityState !== "visible") return;
      this.connection.wake();
      this.sharing.wake();
    };
    window.addEventListener("online", wake);
    const look = () => {
      this.connection.seat(document.visibilityState === "visible");
      this.video.seen(document.visibilityState === "visible");
      this.jobs.seen(document.visibilityState === "visible");
      this.recording.seen(document.visibilityState === "visible");
      if (document.visibilityState === "hidden") this.history.keep();
    };
    look();
    document.addEventListener("visibilitychange", wake);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("pagehide", () => this.layering.endWriting());
    void loadTextFont().then(() => {
      this.sketch.fontsCame();
      this.redraw();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.recording.on) event.preventDefault();
    });
  }

  retry(): void {
    this.connection.wake();
  }

  /** Something that a shot depends on changed at that moment. */
  touch(at_ms: number | null = eventTime()): void {
    this.touches++;
    if (this.video.on) {
      this.video.touch(at_ms);
      return;
    }
    const held = this.held();
    if (held !== null && held !== "loading") {
      this.render.hold(held);
      this.live.set({ held: true, hasPicture: true, working: false });
      return;
    }
    if (this.live.get().held) {
      this.live.set({ held: false });
      this.sender.forgetShot();
    }
    this.sender.touch(at_ms);
  }

  dismiss(): void {
    this.live.set({ problem: null });
  }

  private assetsChanged(again: boolean): void {
    this.pictures.read();
    if (again) this.sender.forgetShot();
    this.touch(null);
  }

  /** From pictures to video or back. What either was stays in the document; nothing measured counts any longer. */
  private switched(): void {
    this.meter.forget();
    this.sender.forgetShot();
    this.live.set({ reading: NO_READING, working: false, problem: null, held: false });
    this.readParams();
    this.looks.read();
    this.touch();
  }

  // -- with others --------------------------------------------------------------------------------------------------

  get canEdit(): boolean {
    return this.sharing.canEdit;
  }

  /** Another member of the room renders: what it gets is shown here. */
  get follows(): boolean {
    return this.live.get().status?.follows === true;
  }

  private async fetchAsset(store: AssetStore, sha256: string): Promise<AssetFile | null> {
    const file = await this.sharing.asset(sha256);
    if (file !== null) await store.put(sha256, file);
    return file;
  }

  private status(status: Status): void {
    const before = this.follows;
    if (status.follows && this.video.on) this.video.toggle(null);
    this.live.set({ status });
    if (this.follows === before) return;
    this.live.set({ working: false, reading: NO_READING });
    this.meter.forget();
    this.sender.forgetShot();
    this.touch(null);
  }

  /** What another member rendered, of a document that is here too: so is what hides the rest of it. */
  private roomPicture({ bitmap }: Extract<FromLink, { type: "picture" }>): void {
    if (!this.follows || this.live.get().held) {
      bitmap.close();
      return;
    }
    this.masking.settle();
    const base = this.sheet.get().card?.masks === true ? this.masking.base() : null;
    const cover = base === null ? null : this.masking.cover(base);
    this.live.set({ hasPicture: true, working: false });
    this.render.canvas.dataset.seq = "0";
    this.render.show(bitmap, cover, false, () => {});
  }

  // -- where it renders ---------------------------------------------------------------------------------------------

  /** Until the engine of this browser is ready, the server renders. */
  private get home(): LocalEngine | Connection {
    return this.local.ready && this.sheet.get().card?.browser === true && !this.sharing.shared
      ? this.local
      : this.connection;
  }

  private settleHome(): void {
    if (this.video.on) return;
    // What the server keeps the log of, and what a room sees, the server renders.
    const here = this.desk.get().inBrowser && !this.sharing.shared && !this.recordings.on;
    if (here && this.sheet.get().card?.browser && canRender()) this.local.open();
    else this.local.close();
  }

  /** What only changes things is put away for those who may not. */
  private lookOn(): void {
    if (this.canEdit) return;
    const { panel, panelOpen } = this.desk.get();
    this.desk.set({ historyOpen: false, editing: null, panelOpen: panelOpen && panel !== "layers" });
  }

  private localState(state: LocalState): void {
    const before = this.live.get().local.name;
    this.live.set({ local: state });
    if (state.name === "failed") {
      this.desk.set({ inBrowser: false });
      this.live.set({ problem: state.problem });
    }
    if (before === state.name || (before !== "ready" && state.name !== "ready")) return;
    this.meter.forget();
    this.live.set({ reading: NO_READING });
    this.sender.forgetShot();
    this.touch(null);
  }

  // -- mask ---------------------------------------------------------------------------------------------------------

  invertMask(): void {
    this.doc.addMark({ type: "mask-invert" });
  }

  /** Without the mask, and without a kept picture. */
  clearMask(): void {
    this.doc.addMark({ type: "mask-clear" });
  }

  /** What is shown stays until something else is asked for. */
  keepMask(): void {
    const shot = this.shotKey();
    if (shot !== null && this.masking.take()) this.doc.addMark({ type: "mask-keep", shot });
  }

  setMaskPrompt(text: string, gesture: string): void {
    const { mask } = this.sheet.get();
    if (mask.name !== "masking") return;
    const others = this.doc.paramNames().filter(isMaskPromptKey);
    this.doc.setParams(
      {
        ...Object.fromEntries(others.map((name) => [name, undefined])),
        [maskPromptKey(mask.first)]: text === "" ? undefined : text,
      },
      gesture,
    );
  }

  private held() {
    return this.masking.held(() => (this.sketch.busy ? "" : (this.shotKey() ?? "")));
  }

  /** What a kept picture is kept for: everything that a shot without a mask would be made of. */
  private shotKey(): string | null {
    const { settings, card } = this.sheet.get();
    if (settings === null || card === null) return null;
    const shot = toShot(
      settings,
      card,
      this.looks.now(() => true),
    );
    return keyOf(JSON.stringify([shot, this.sketchKey]));
  }

  /** A copy of the picture that is shown; null while none is, or one of another shape than is asked for now. */
  private shownPicture(): HTMLCanvasElement | null {
    const canvas = this.render.snapshot();
    const { frame } = this.sheet.get();
    const asked = frame.width / frame.height;
    return canvas !== null && Math.abs(canvas.width / canvas.height - asked) < 0.01 * asked ? canvas : null;
  }

  private composeMask(shot: ShotMeta): Pixels | null {
    return shot.base === "" ? null : this.maskLayer.compose(shot.width, shot.height);
  }

  // -- what is rendered ---------------------------------------------------------------------------------------------

  private shot(): ShotMeta | null {
    const { settings, card, maskPrompt } = this.sheet.get();
    if (settings === null || card === null) return null;
    const shot = toShot(settings, card, this.looks.now(this.assets.usable));
    const base = card.masks ? this.masking.base() : null;
    if (base === null) return shot;
    const said = maskPrompt.trim().slice(0, MAX_PROMPT_CHARS);
    return { ...shot, base, prompts: said === "" ? shot.prompts : [[said, 1]] };
  }

  /** What stands is a moment of its own first. */
  clear(): void {
    if (this.sheet.get().empty) return;
    this.history.keep();
    this.layering.clear();
  }

  /** Its picture at once, as it was kept; the render, which is the same to the pixel, follows. */
  private async wentTo(moment: Moment): Promise<void> {
    const pictures = await this.album.get(moment.pictures);
    if (pictures?.render == null || this.video.on || !this.live.get().working) return;
    const image = new Image();
    image.src = pictures.render;
    await image.decode();
    const picture = await createImageBitmap(image);
    const { moments, head } = this.historyNow.get();
    const there = moments.find(({ id }) => id === head)?.pictures === moment.pictures;
    if (there && this.live.get().working) this.render.hold(picture);
    else picture.close();
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

  private async thumbnail(): Promise<string> {
    const canvas = this.render.snapshot();
    return canvas === null ? "" : this.assets.keep(await thumbnailFile(canvas, THUMBNAIL_PX), false);
  }

  private redraw(): void {
    this.showMarks();
    this.touch();
  }

  private showMarks(): void {
    const { layers, mask } = splitMarks(this.doc.visibleMarks());
    this.layering.read();
    const all = this.layering.all;
    const { active } = this.layering;
    this.sketch.show(all, layers, active?.id ?? null);
    this.prepareSoon();
    this.layerPictures.keepOnly(new Set(all.flatMap((layer) => (layer.kind === "image" ? layer.image : []))));
    this.sketchKey = keyOf(lookOfLayers(all, (id) => layers.get(id) ?? []));
    this.masking.show(mask);
    this.render.refresh();
    this.sheet.set({
      look: this.sketchKey,
      empty: active?.kind !== "paint" || this.sketch.isEmpty(active.id),
      mask: this.masking.state,
      maskPrompt: this.readMaskPrompt(),
    });
  }

  /** When nothing else is to be done. */
  private prepareSoon(): void {
    if (this.preparing) return;
    this.preparing = true;
    whenIdle(() => {
      this.preparing = false;
      if (!this.sketch.busy) this.sketch.prepare();
    });
  }

  private readMaskPrompt(): string {
    const { state } = this.masking;
    return state.name === "masking" ? String(this.doc.param(maskPromptKey(state.first)) ?? "") : "";
  }

  private readParams(): void {
    const read = (name: string) => this.doc.param(name);
    const card = pickCard(read, this.engines, this.defaultEngine, this.video.on);
    if (card === null) return;
    const settings = readSettings(read, card);
    const frame = frameOf(settings.size);
    this.sheet.set({ card, settings, maskPrompt: this.readMaskPrompt() });
    this.settleHome();
    if (!card.masks && this.desk.get().tool === "mask") this.desk.set({ tool: "brush" });
    if (!this.sketch.reframe(frame)) return;
    this.maskLayer.reframe(frame);
    this.sheet.set({ frame });
    this.redraw();
  }

  private receive(message: FromLink): void {
    switch (message.type) {
      case "state":
        this.live.set({ link: message.state });
        if (message.state.name === "open") return;
        this.live.set({ working: false });
        this.sender.forgetMoments();
        this.video.lost();
        this.recordings.lost();
        return;
      case "welcome":
        this.welcome(message.welcome);
        return;
      case "status":
        this.status(message.status);
        return;
      case "sent":
        if (!this.video.on) this.live.set({ working: message.seq > this.shownSeq });
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
    void this.recordings.welcomed(welcome.session);
    this.assets.retry();
    if (document.visibilityState === "visible") this.jobs.wake();
    this.video.settle(welcome.engines);
    this.video.opened();
    this.readParams();
    // With the browser's engine it may have failed for want of the server; in a room the others wait for it.
    if (this.local.ready || this.sharing.shared) this.sender.forgetShot();
    this.looks.read();
    const { card } = this.sheet.get();
    if (!this.doc.begun && card !== null && !this.video.on && !this.sharing.shared) {
      this.doc.plant(exampleMarks(card), [EXAMPLE_PROMPT]);
      const first = card.materials.find((m) => m.name === "mountain") ?? card.materials[0];
      this.desk.set({ inviting: true, ...(first ? { color: toHex(first.rgb) } : {}) });
    }
    this.touch();
  }

  private failed(seq: number, problem: Problem): void {
    if (problem.code === "asset.missing") {
      void this.assets.missing(problem.value);
      return;
    }
    if (seq === 0 && problem.code.startsWith("recording.")) {
      this.recordings.ended(problem);
      return;
    }
    if (this.video.on) this.video.failed(seq, problem);
    else if (seq > 0 && seq < this.sender.newestSeq) return;
    this.shotProblem = problem;
    this.problemSeq = seq;
    this.live.set({ working: false, ...(QUIET.has(problem.code) ? {} : { problem }) });
  }

  private picture(message: Extract<FromLink, { type: "picture" }>): void {
    const { seq, picture, bitmap, trip } = message;
    if (seq === 0) {
      this.roomPicture(message);
      return;
    }
    if (this.video.on && picture.frame !== null) {
      this.video.frame(message);
      return;
    }
    if (this.video.on || picture.frame !== null || seq <= this.shownSeq) {
      bitmap.close();
      return;
    }
    this.shownSeq = seq;
    this.assets.proven();
    this.masking.settle();
    const cover = this.covers.get(seq) ?? null;
    for (const old of this.covers.keys()) if (old <= seq) this.covers.delete(old);
    if (this.live.get().held) {
      bitmap.close();
      this.live.set({ working: false });
      return;
    }
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.settled();
    this.live.set({ hasPicture: true, working: seq < this.sender.newestSeq });
    this.render.canvas.dataset.seq = String(seq);
    this.render.show(bitmap, cover, this.desk.get().crossFade && !calm, (painted_ms) =>
      this.measure(seq, picture, trip, painted_ms),
    );
  }

  private settled(): void {
    if (this.live.get().problem === this.shotProblem) this.live.set({ problem: null });
  }

  private measure(seq: number, { times_ms, frame }: PictureMeta, trip: Trip, painted_ms: number): void {
    const moment_ms = this.sender.momentOf(seq);
    const sample =
      moment_ms === null ? null : { total_ms: painted_ms - moment_ms, trip, times_ms, video: frame !== null };
    this.meter.add(painted_ms, sample);
    this.read();
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

/** Before the server's card is known the kept size gives the aspect, so that nothing jumps. */
function keptSize(size: unknown): readonly [number, number] {
  const [width, height] = String(size ?? "1x1")
    .split("x")
    .map(Number);
  return width && height ? [width, height] : [1, 1];
}
