/**
 * The studio: what the page is made of, and who is given what. One for each page; panels reach it by context.
 *
 *     hands --> doc --> showing --> sheet, sketch, mask
 *                          \--touches--> asking --> home --> answers --> render, live
 *
 * What something does is in its own module. A new part is a module, its line here, and its name in what is returned
 * where panels use it.
 */

import { t } from "@lingui/core/macro";
import { Answers } from "./answers";
import { Asking } from "./asking";
import { Assets, blobOf, upload } from "./assets/assets";
import { pictureFile, pngFile } from "./assets/picture";
import type { AssetFile, AssetStore } from "./assets/store";
import { attend } from "./attention";
import { Board } from "./board/board";
import { BrushBox } from "./brushes/box";
import { Clips } from "./canvas/clips";
import { MaskLayer } from "./canvas/mask-layer";
import { Pictures } from "./canvas/pictures";
import { RegionView } from "./canvas/regions";
import { RenderView } from "./canvas/render";
import { Sketch } from "./canvas/sketch";
import { loadTextFont } from "./canvas/text";
import { Clipboard } from "./clipboard";
import { RecentColours } from "./colour/recent";
import type { LightDocument } from "./doc/document";
import { newId } from "./doc/keep";
import { Enhancing } from "./enhancing";
import { Album } from "./history/album";
import type { Sides } from "./history/film";
import { History, type HistoryNow } from "./history/history";
import { Lab, newFilmWorker } from "./history/lab";
import type { Kept, MomentStore } from "./history/store";
import { tellHolding } from "./holding";
import { Home } from "./home";
import { JobsClient } from "./jobs/client";
import { Jobs } from "./jobs/jobs";
import { JobSources } from "./jobs/sources";
import { Labels } from "./labels";
import { LaidOut } from "./laid-out";
import { Layering } from "./layering";
import { Connection, type FromLink } from "./live/connection";
import { Numbers } from "./live/numbers";
import { Readings } from "./live/readings";
import { saveFile } from "./live/save";
import { newWorker } from "./local/engine";
import { Looks } from "./looks";
import { MaskCommands } from "./mask-commands";
import { Masking } from "./masking";
import { MovingLayers } from "./moving-layers";
import { putValue } from "./perform/hand";
import { Instruments } from "./perform/instruments";
import { Listening } from "./perform/listening";
import { outputName } from "./perform/name";
import { Performing } from "./perform/performing";
import { Output } from "./perform/window";
import { PicturePrompts } from "./picture-prompts";
import { Preparing } from "./preparing";
import { Recording } from "./recording";
import { RecordingsClient } from "./recordings/client";
import { Recordings } from "./recordings/recordings";
import { openHistory } from "./remembering";
import { inviteUrl, type RoomKey } from "./rooms/address";
import { RoomsClient } from "./rooms/client";
import { RoomSocket } from "./rooms/link";
import { Sharing } from "./rooms/sharing";
import { sharedStore } from "./rooms/store";
import { Selecting } from "./selecting";
import { Sharpening } from "./sharpening";
import { Showing } from "./showing";
import { ShownPicture } from "./shown-picture";
import { openSource } from "./sources/camera";
import { freshLive, freshSheet, type Live, type Sheet } from "./state";
import { openRendering } from "./timeline/stage";
import { Timing } from "./timeline/timing";
import { Touches } from "./touches";
import { type Desk, putAwayTools } from "./ui/desk";
import { whenIdle } from "./ui/idle";
import { after, afterFrame, nextFrame } from "./ui/later";
import { Store } from "./ui/store";
import { VideoMode } from "./video-mode";
import { assetUrl, outputUrl, rootUrl, socketUrl } from "./wire/address";
import type { Problem } from "./wire/shots";

/** What this browser keeps, opened. */
export interface Keeping {
  readonly assets: AssetStore;
  readonly moments: MomentStore;
  readonly kept: Kept;
  /** The one that is open; null: somebody else's room. */
  readonly project: string | null;
}

export type Studio = ReturnType<typeof openStudio>;

/** room: what the address named; guest: it is another's. */
export function openStudio(
  doc: LightDocument,
  desk: Store<Desk>,
  { assets: store, moments, kept, project }: Keeping,
  token: string,
  room: RoomKey | null = null,
  guest = false,
) {
  const root = rootUrl(location);
  const sheet = new Store<Sheet>(freshSheet(doc));
  const live = new Store<Live>(freshLive());
  const render = new RenderView(document.createElement("canvas"));
  const touches = new Touches();
  const page = { doc, desk, sheet, live, render, touches };
  const say = (problem: Problem) => live.set({ problem });

  // -- the server, and others ---------------------------------------------------------------------------------------

  const numbers = new Numbers();
  const readings = new Readings({
    show: (reading) => live.set({ reading }),
    now_ms: () => performance.now(),
    after,
  });
  const receive = (message: FromLink) => answers.receive(message);
  const connection = new Connection(receive);
  const random = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes);
  const output = outputName(localStorage, project ?? room?.id ?? "", random);
  const sharing = new Sharing(
    {
      project,
      y: doc.y,
      client: new RoomsClient(root, token),
      storage: localStorage,
      history: window.history,
      socket: (key, me, events) => new RoomSocket(root, key, token, me, doc.y, events),
      inviteUrl: (id, link) => inviteUrl(location, id, link),
      assets: () => doc.assets(),
      file: (sha256) => store.get(sha256),
      bared: async (sha256, file) => {
        const made = await pictureFile(blobOf(file));
        doc.renameAsset(sha256, await assets.keep(made, true));
      },
      moved: (key) => connection.open(socketUrl(location, token, key, output)),
      nextFrame,
    },
    room,
  );
  sharing.now.subscribe(() => {
    if (!sharing.canEdit) putAwayTools(desk);
  });
  const send = (sha256: string, file: AssetFile) =>
    upload(assetUrl(location, sha256, sharing.room), token, file, sharing.room?.link);
  const assets = new Assets({
    store: sharedStore(store, sharing),
    upload: send,
    changed: (again) => {
      pictures.read();
      if (again) touches.again();
      else touches.touch(null);
    },
    failed: (sha256, problem) => {
      if (!pictures.failed(sha256, problem)) say(problem);
    },
  });
  const recordings = new Recordings({
    client: new RecordingsClient(root, token),
    session: () => (live.get().link.name === "open" ? (live.get().welcome?.session ?? null) : null),
    again: () => touches.again(),
    failed: say,
    finished: () => desk.set({ recordingsOpen: true }),
    now_ms: () => performance.now(),
    after,
  });

  // -- what is drawn, and what is said ------------------------------------------------------------------------------

  const { frame } = sheet.get();
  const redraw = () => showing.redraw();
  const layerPictures = new Pictures({ image: (sha256) => doc.image(sha256), changed: redraw });
  const clips = new Clips((id) => doc.selection(id));
  const sketch = new Sketch(frame, {
    picture: layerPictures.get,
    moving: (layer) => moving.picture(layer),
    clips,
    regionDrawn: () => regions.draw(),
    changed: redraw,
  });
  const regions = new RegionView(sketch);
  const snapshot = () => render.snapshotOf(sheet.get().frame);
  const timing = new Timing({
    ...page,
    changed: (parts) => showing.played(parts),
    streams: () => video.on,
    middleOf: (layer) => sketch.middleOf(layer),
    save: (file) => saveFile(video.fileName("timeline.json"), file),
    nextFrame,
  });
  const performing = new Performing({
    ...page,
    listening: new Listening(),
    mayEdit: () => sharing.canEdit,
    offers: () => timing.offers(),
    param: timing.param,
    put: (target, value, gesture) => putValue({ doc, layering, looks }, target, value, gesture),
    act: (deed) => (deed === "reroll" ? reroll() : timing.toggle()),
    blacken: (black) => blacken(black),
    changed: (layers) => (layers ? showing.redraw() : touches.touch(null)),
    streams: () => video.on,
    nextFrame,
    now_ms: () => performance.now(),
  });
  doc.observe((parts) => performing.docChanged(parts));
  const layering = new Layering({ ...page, sketch, snapshot, timing });
  const moving = new MovingLayers({
    ...page,
    layering,
    timing,
    sharing,
    files: store,
    moved: () => showing.moved(),
    open: openSource,
    seen: () => document.visibilityState === "visible",
    after,
  });
  const maskLayer = new MaskLayer(frame, clips);
  const masking = new Masking({
    layer: maskLayer,
    snapshot,
    encode: pngFile,
    keep: (file) => assets.keep(file, true),
    load: (sha256) => assets.get(sha256),
    usable: assets.usable,
    base: (mark) => doc.base(mark),
    setBase: (mark, sha256) => sharing.canEdit && doc.setBase(mark, sha256),
    alone: () => !sharing.shared,
    changed: () => touches.touch(null),
  });
  const brushes = new BrushBox(localStorage, newId);
  const recent = new RecentColours(localStorage);
  const looks = new Looks({ ...page, assets, timing, performing });
  const pictures = new PicturePrompts({ ...page, assets });
  const board = new Board({ doc, pictures, storage: localStorage, snapshot: () => render.snapshot(), say });

  // -- what is asked for, and what comes back -----------------------------------------------------------------------

  const video = new VideoMode({
    ...page,
    looks,
    performing,
    canvas: { moving: false, grab: (width, height) => sketch.compose(width, height) },
    numbers,
    connection,
    painted: (frame, at_ms) => answers.painted(frame, at_ms),
    switched: () => answers.switched(),
  });
  const home = new Home({
    ...page,
    connection,
    sharing,
    recordings,
    video,
    readings,
    assets,
    engine: { root, token, worker: newWorker, receive },
  });
  const preparing = new Preparing({
    served: () => home.served && live.get().link.name === "open" && live.get().status?.state === "ready",
    ask: (seq, prepare) => connection.prepare(seq, prepare),
    show: (preparing) => live.set({ preparing }),
    again: () => touches.again(),
  });
  const asking = new Asking({
    ...page,
    preparing,
    sketch,
    regions,
    maskLayer,
    masking,
    looks,
    assets,
    video,
    home,
    numbers,
    performing,
    afterFrame,
  });
  const showing = new Showing({
    ...page,
    sketch,
    regions,
    layerPictures,
    layering,
    maskLayer,
    masking,
    looks,
    video,
    timing,
    performing,
    moving,
  });
  const sharpening = new Sharpening({
    shot: () => (sketch.busy || recordings.on || recording.on ? null : asking.asked()),
    card: () => sheet.get().card,
    current: () => answers.current,
    ask: (size) => asking.askAt(size),
    again: () => touches.again(),
    now_ms: () => performance.now(),
    after,
  });
  touches.listen(() => sharpening.touched());
  desk.subscribe(() => sharpening.turn(desk.get().sharpens));
  sharpening.turn(desk.get().sharpens);
  const shown = new ShownPicture({ ...page, video, masking, assets, asking, sharing, sharpening });
  const mask = new MaskCommands({ doc, masking, asking, mayEdit: () => sharing.canEdit });
  const asker = { root, token, room: () => sharing.room };
  const laidOut = new LaidOut({ ...page, ...asker, layering, asking, video, sharing, sketch, say, whenIdle });
  const labels = new Labels({
    ...asker,
    snapshot,
    version: () => render.frames,
  });
  const selecting = new Selecting({
    ...page,
    sketch,
    layering,
    maskLayer,
    masking,
    video,
    snapshot,
    labels,
    say,
  });
  tellHolding({ desk, layering, selecting, sharing });
  const clipboard = new Clipboard({ ...page, sketch, layering, selecting, storage: localStorage });

  // -- what is played, and where it is shown ------------------------------------------------------------------------

  const instruments = new Instruments({
    root,
    token,
    storage: localStorage,
    moved: (moved) => performing.control(moved),
    named: (knob, value) => performing.byName(knob, value),
    after,
    navigator,
    fetch: (...request) => fetch(...request),
  });
  const stage = new Output({
    canvas: render.canvas,
    drawn: (act) => render.drawn(act),
    key: (event) => window.dispatchEvent(new KeyboardEvent(event.type, event)),
  });
  /** For programs that mix pictures: kind is ".mjpeg", or "" for a transparent page. */
  const outputAddress = (kind: "" | ".mjpeg") => outputUrl(location, token, sharing.room, output + kind);
  const blacken = (black: boolean) => {
    stage.setBlack(black);
    const { link } = live.get();
    if (link.name === "open")
      void fetch(outputAddress(""), { method: "PUT", body: JSON.stringify({ black }) }).catch(() => {});
  };
  const openOutput = async () => {
    if (await stage.toggle()) return;
    say({
      code: "client.window",
      message: t`the browser opened no window`,
      value: "",
      fix: t`Allow windows beside the page's address, then press again.`,
    });
  };
  const reroll = () => {
    const { settings } = sheet.get();
    if (settings === null || settings.seedLocked) return;
    doc.setParams({ seed: Math.floor(Math.random() * 1_000_000) }, "");
  };

  // -- what is made of it -------------------------------------------------------------------------------------------

  const sources = new JobSources(localStorage);
  const jobs = new Jobs({
    client: new JobsClient(root, token),
    sources,
    keep: (file) => assets.keep(file, false),
    upload: send,
    after,
  });
  const enhancing = new Enhancing({ ...page, jobs, looks, shown });
  const save = (file: Blob, extension: string) => saveFile(video.fileName(extension), file);
  const album = new Album(moments);
  const lab = new Lab({ store: moments, worker: newFilmWorker, save });
  /** What recordings and films show. */
  const sides = (): Sides => (desk.get().sides === "both" ? "both" : "render");
  const recording = new Recording({
    live,
    sides,
    render: () => (live.get().hasPicture ? render.canvas : null),
    sketch: (width, height) => sketch.compose(width, height),
    version: () => render.frames + touches.version,
    resting: () => video.on && video.now.get().stream.name !== "playing",
    save,
    say,
    nextFrame,
  });
  const rendering = openRendering({
    ...page,
    timing,
    masking,
    maskLayer,
    assets,
    asking,
    video,
    sharing,
    moving,
    clip: async (sha256) => {
      const file = await store.get(sha256);
      return file && blobOf(file);
    },
    save,
    after,
  });
  const historyNow = new Store<HistoryNow>({ moments: [], head: null, looking: null, said: null });
  const history = openHistory({ ...page, moments, kept, album, now: historyNow, sketch, video, timing });
  const answers = new Answers({
    ...page,
    showing,
    preparing,
    sharpening,
    asking,
    home,
    numbers,
    readings,
    assets,
    masking,
    looks,
    video,
    jobs,
    recordings,
    sharing,
    timing,
    // Also that it is not: the page may have been loaded anew meanwhile.
    welcomed: () => sharing.canEdit && blacken(performing.now.get().black),
  });
  if (!guest)
    void store.keepOnly(
      new Set([...doc.assets(), ...doc.clips(), ...sources.assets(), ...History.assets(kept)]),
    );

  return {
    doc,
    desk,
    sheet,
    live,
    render,
    sketch,
    regions,
    layering,
    laidOut,
    moving,
    board,
    brushes,
    recent,
    maskLayer,
    masking,
    mask,
    selecting,
    clipboard,
    looks,
    pictures,
    assets,
    shown,
    video,
    sharing,
    recordings,
    jobs,
    enhancing,
    album,
    lab,
    timing,
    rendering,
    recording,
    historyNow,
    history,
    performing,
    instruments,
    output: stage,
    outputAddress,
    openOutput: () => void openOutput(),
    reroll,

    start(): void {
      connection.open(socketUrl(location, token, sharing.room, output));
      void instruments.start();
      void sharing.start();
      attend({ connection, sharing, video, jobs, recording, history, layering, moving });
      void loadTextFont().then(() => {
        sketch.fontsCame();
        redraw();
      });
    },

    get canEdit(): boolean {
      return sharing.canEdit;
    },

    get sides(): Sides {
      return sides();
    },

    /** Something that a shot depends on changed, at that moment. */
    touch: (at_ms?: number | null) => touches.touch(at_ms),

    /** Without a connection: try at once. */
    retry: () => connection.wake(),

    dismiss: () => live.set({ problem: null }),

    /** What stands is a moment of its own first. */
    clear(): void {
      if (sheet.get().empty) return;
      history.keep();
      layering.clear();
    },

    toggleLock(): void {
      const locked = sheet.get().settings?.seedLocked === true;
      doc.setParams({ seedLocked: !locked }, "");
    },
  };
}
