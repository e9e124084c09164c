import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { Download, LayersPlus } from "lucide-react";
import { useEffect, useRef } from "react";
import { partOfBlock } from "../live/stream";
import { EnhanceOnRender } from "../panels/Enhance";
import { Notice } from "../panels/Notice";
import { Recorder } from "../panels/Recorder";
import { keysOf } from "../shortcuts";
import { useCanEdit, useDesk, useFilming, useLive, useSheet, useStudio, useVideo } from "../ui/context";
import { activeTool, type Tool } from "../ui/desk";
import { Tip } from "../ui/Tip";
import { RENDER_DRAG_TYPE } from "./bring";
import type { Cursors } from "./cursors";
import { Look } from "./Look";
import type { PaneBox } from "./layout";
import type { LiveLayer } from "./live-layer";
import { listen } from "./pointer";
import { maskLook } from "./SketchPane";
import { FIT, frameTransform, type Placement, place } from "./view";

/** They look at the render where they are pressed on it. */
const PICKS: ReadonlySet<Tool> = new Set<Tool>(["eyedropper", "wand"]);

interface Props {
  readonly pane: PaneBox;
  readonly cursors: Cursors;
  readonly live: LiveLayer;
  /** On an upright phone, where the bar is short. */
  readonly stacked: boolean;
  /** The sketch is below, not at the left. */
  readonly upright: boolean;
}

/** Below the picture, a notice of three lines that covers nothing of it. */
const NOTICE_ROOM_PX = 108;

/** The render. It can be dragged out; when it has the window for itself, it can be drawn on. */
export function RenderPane({ pane, stacked, upright, cursors, live }: Props) {
  const studio = useStudio();
  const shownFrame = useSheet((s) => s.frame);
  const view = useDesk((d) => d.view) ?? FIT;
  const masks = useSheet((s) => s.card?.masks === true);
  const masking = useDesk((d) => activeTool(d) === "mask");
  const picking = useDesk((d) => PICKS.has(activeTool(d)));
  const canEdit = useCanEdit();
  const drawable = (useDesk((d) => d.divider <= 0) || masking) && canEdit;
  const hidden = useDesk((d) => d.chromeHidden);
  const working = useLive((l) => l.working);
  const hasPicture = useLive((l) => l.hasPicture);
  const filming = useFilming();
  const element = useRef<HTMLElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const at = place(pane.small ? FIT : view, pane.box, pane.insets, pane.fit);
  const placement = useRef<Placement>(at);
  placement.current = at;

  useEffect(() => {
    const { canvas } = studio.render;
    // Until a picture of a new size comes, the old one lies as marks do: full height, in the middle.
    canvas.className =
      "pointer-events-none absolute top-0 left-1/2 h-full w-auto max-w-none -translate-x-1/2";
    canvas.setAttribute("role", "img");
    canvas.dataset.testid = "render";
    const mask = studio.maskLayer.overlays[1].canvas;
    mask.setAttribute("aria-hidden", "true");
    mask.className = "mask-overlay pointer-events-none absolute inset-0";
    frame.current?.prepend(canvas, mask);
  }, [studio]);

  const name = t`Render of the sketch`;
  useEffect(() => studio.render.canvas.setAttribute("aria-label", name), [studio, name]);

  useEffect(() => {
    if (element.current === null) return;
    const { desk } = studio;
    return listen(element.current, {
      placement: () => placement.current,
      view: () => desk.get().view ?? FIT,
      setView: (next) => desk.set({ view: next }),
      tool: () => {
        if (!studio.canEdit) return "hand";
        const tool = activeTool(desk.get());
        if (tool === "mask" || PICKS.has(tool)) return tool;
        return desk.get().divider <= 0 && !desk.get().spaceHeld ? desk.get().tool : "hand";
      },
      begin: (point, shift) => live.begin(point, shift, "render", placement.current.scale),
      hover: (point) => {
        if (desk.get().divider <= 0 || activeTool(desk.get()) === "mask") cursors.move(point);
      },
    });
  }, [studio, cursors, live]);

  const dragOut = (event: React.DragEvent) => {
    const name = studio.shown.name;
    event.dataTransfer.setData(RENDER_DRAG_TYPE, name);
    event.dataTransfer.setData(
      "DownloadURL",
      `image/png:${name}:${studio.render.canvas.toDataURL("image/png")}`,
    );
    event.dataTransfer.effectAllowed = "copy";
  };

  const left = Math.max(at.dx + shownFrame.x * at.scale, 0);
  const right = Math.min(at.dx + (shownFrame.x + shownFrame.width) * at.scale, pane.box.width);
  const lower = at.dy + shownFrame.height * at.scale;
  const bottom = pane.box.height - pane.insets.bottom;
  const middle = (pane.insets.left + pane.box.width - pane.insets.right) / 2;
  return (
    <section
      ref={element}
      aria-label={t`Render`}
      aria-busy={working}
      onDoubleClick={() => !drawable && studio.desk.set({ view: null })}
      className={`group/render absolute touch-none overflow-hidden ${pane.small ? "float z-20" : ""}`}
      style={{
        left: pane.box.x,
        top: pane.box.y,
        width: pane.box.width,
        height: pane.box.height,
        cursor: masking && canEdit ? "none" : drawable || (picking && canEdit) ? "crosshair" : "default",
      }}
    >
      <div
        ref={frame}
        className={`absolute origin-top-left overflow-hidden bg-empty ${hasPicture ? "" : "[&>canvas]:invisible"} ${maskLook(masks, masking ? "mask" : "brush")}`}
        style={{
          width: shownFrame.width,
          height: shownFrame.height,
          transform: frameTransform(shownFrame, at),
        }}
      >
        <Compare />
        <Look side="render" />
      </div>
      {!pane.small && (
        <div
          aria-hidden
          className={`absolute h-0.5 transition-opacity ${filming ? "bg-veil/10" : "bg-accent"} ${working || filming ? "opacity-100 delay-75 duration-0" : "opacity-0 duration-100"}`}
          style={{ left, width: Math.max(0, right - left), top: Math.max(pane.insets.top - 4, at.dy - 2) }}
        >
          {filming && <BlockLine working={working} />}
        </div>
      )}
      {!pane.small && <PreparingLine left={left + 12} top={Math.max(pane.insets.top, at.dy) + 12} />}
      <div ref={cursors.attachGhost} />
      {!pane.small && (
        <div
          className="pointer-events-none absolute flex justify-center"
          style={{
            left: middle,
            width: 0,
            ...(bottom - lower >= NOTICE_ROOM_PX
              ? { top: lower + 12 }
              : { bottom: pane.box.height - Math.min(bottom, lower) + 16 }),
          }}
        >
          <Notice upright={upright} />
        </div>
      )}
      {!pane.small && hasPicture && !hidden && (
        <div
          className="on-picture absolute flex items-start gap-1.5 opacity-0 transition-opacity duration-100 focus-within:opacity-100 group-hover/render:opacity-100 has-[[data-state=open]]:opacity-100 has-[[role=timer]]:opacity-100 pointer-coarse:opacity-100"
          style={{ right: pane.box.width - right + 12, top: Math.max(pane.insets.top, at.dy) + 12 }}
        >
          {stacked && <Recorder onPicture />}
          {canEdit && <AsLayer />}
          <EnhanceOnRender />
          <TakeOut dragOut={dragOut} />
        </div>
      )}
    </section>
  );
}

/** The size that comes next, while pictures go on in the one before. Of what is ready at once nothing is seen. */
function PreparingLine({ left, top }: { readonly left: number; readonly top: number }) {
  const preparing = useLive((l) => l.preparing);
  if (preparing === null) return null;
  const { width, height, share } = preparing;
  const percent = Math.round(share * 100);
  return (
    <div
      role="progressbar"
      aria-label={t`Preparing ${width} × ${height}`}
      aria-valuenow={percent}
      className="float pointer-events-none absolute overflow-hidden px-2.5 py-1.5 text-xs tabular-nums transition-opacity delay-200 starting:opacity-0"
      style={{ left, top }}
    >
      {t`Preparing ${width} × ${height}`}
      <span className="ml-2 inline-block w-[4ch] text-right opacity-70">
        {i18n.number(share, { style: "percent" })}
      </span>
      <div
        aria-hidden
        className="absolute bottom-0 left-0 h-0.5 w-full origin-left bg-accent transition-transform"
        style={{ transform: `scaleX(${share})` }}
      />
    </div>
  );
}

/** How much of its block a video has shown; in the accent while what was asked for is not seen yet. */
function BlockLine({ working }: { readonly working: boolean }) {
  const frame = useVideo((v) => v.frame);
  const part = frame === null ? 0 : partOfBlock(frame);
  return (
    <div
      className={`h-full origin-left ${working ? "bg-accent" : "bg-veil/40"}`}
      style={{ transform: `scaleX(${part})` }}
    />
  );
}

/** One press: what is shown here is a layer over there. */
function AsLayer() {
  const { layering } = useStudio();
  return (
    <Tip label={t`Make it a layer of the sketch`} keys={keysOf("render-layer")} side="left">
      <button
        type="button"
        aria-label={t`Make the render a layer`}
        onClick={() => void layering.addRender()}
        className="grid size-9 cursor-pointer place-items-center rounded-lg bg-black/55 text-white hover:bg-black/75 pointer-coarse:size-11"
      >
        <LayersPlus size={17} strokeWidth={1.75} aria-hidden />
      </button>
    </Tip>
  );
}

/** The render's own button: press to download it, or drag it to the desktop or onto the sketch. */
function TakeOut({ dragOut }: { readonly dragOut: (event: React.DragEvent) => void }) {
  const studio = useStudio();
  const saving = useLive((l) => l.saving);
  return (
    <Tip label={t`Download, or drag it out`} keys={keysOf("download")} side="left">
      <button
        type="button"
        aria-label={t`Download the render, or drag it out`}
        draggable
        disabled={saving}
        onDragStart={dragOut}
        onClick={() => void studio.shown.save()}
        className="grid size-9 cursor-grab place-items-center rounded-lg bg-black/55 text-white hover:bg-black/75 pointer-coarse:size-11"
      >
        <Download size={17} strokeWidth={1.75} aria-hidden />
      </button>
    </Tip>
  );
}

/** While C is held: the sketch in the render's place. */
function Compare() {
  const studio = useStudio();
  const comparing = useDesk((d) => d.comparing);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const target = canvas.current;
    if (!comparing || target === null) return;
    const { raster } = studio.sketch;
    target.width = raster.canvas.width;
    target.height = raster.canvas.height;
    target.getContext("2d")?.drawImage(raster.canvas, 0, 0);
  }, [comparing, studio]);
  return <canvas ref={canvas} aria-hidden className={`absolute inset-0 ${comparing ? "" : "hidden"}`} />;
}
