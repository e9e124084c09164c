import { t } from "@lingui/core/macro";
import { ImagePlus, Images, Maximize2, Pin, Trash2, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { type BoardWindow, HEAD_PX, MIN_WINDOW_PX } from "../board/board";
import { images, RENDER_DRAG_TYPE } from "../canvas/bring";
import { type BoardPicture, MAX_PICTURE, MIN_PICTURE } from "../doc/board";
import { newId } from "../doc/keep";
import { useCanEdit, useDesk, useSheet, useStudio } from "../ui/context";
import { activeTool } from "../ui/desk";
import { IconButton } from "../ui/IconButton";
import { useStore } from "../ui/store";

const TOP_BAR_PX = 40;
const NUDGE = 8;
const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function BoardButton() {
  const { board } = useStudio();
  const open = useStore(board.window, (w) => w.open);
  return (
    <IconButton
      icon={Pin}
      label={t`Reference board`}
      shortcut="board"
      aria-expanded={open}
      className={open ? "bg-veil/10 text-ink" : ""}
      onClick={() => board.toggle()}
    />
  );
}

/** Pictures to look at while one draws: dropped, pasted, moved, zoomed, and colours taken from them. */
export function Board() {
  const { board } = useStudio();
  const open = useStore(board.window, (w) => w.open);
  return open ? <OpenBoard /> : null;
}

function OpenBoard() {
  const { board } = useStudio();
  const at = useStore(board.window, (w) => w);
  const pictures = useStore(board.now, ({ pictures }) => pictures);
  const canEdit = useCanEdit();
  const picking = useDesk((d) => activeTool(d) === "eyedropper");
  const root = useRef<HTMLElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const ground = useRef<HTMLDivElement>(null);
  const drag = useDrag();

  // Ahead of the page, which would make it a layer.
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = images(event.clipboardData);
      if (files.length === 0 || !root.current?.matches(":hover, :focus-within") || !canEdit) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      void board.add(files, null);
    };
    window.addEventListener("paste", paste, { capture: true });
    return () => window.removeEventListener("paste", paste, { capture: true });
  }, [board, canEdit]);

  // React listens to the wheel passively, and the browser would zoom the page.
  useEffect(() => {
    const element = ground.current;
    if (element === null) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      event.stopPropagation();
      const box = element.getBoundingClientRect();
      const pixels = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
      board.zoomAt(event.clientX - box.left, event.clientY - box.top, Math.exp(-pixels * 0.0016));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [board]);

  const inside = fitted(at);
  const toBoard = (event: { clientX: number; clientY: number }) => {
    const box = ground.current?.getBoundingClientRect();
    const { panX, panY, zoom } = board.window.get();
    return {
      x: (event.clientX - (box?.left ?? 0) - panX) / zoom,
      y: (event.clientY - (box?.top ?? 0) - panY) / zoom,
    };
  };
  const drop = (event: React.DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!canEdit) return;
    if (event.dataTransfer.types.includes(RENDER_DRAG_TYPE)) void board.addRender(toBoard(event));
    else void board.add(images(event.dataTransfer), toBoard(event));
  };
  return (
    <section
      ref={root}
      aria-label={t`Reference board`}
      data-board
      className="float appear absolute z-30 flex flex-col overflow-hidden"
      style={{ left: inside.x, top: inside.y, width: inside.width, height: inside.height }}
      onDragOver={(event) => {
        event.preventDefault();
        event.stopPropagation();
      }}
      onDrop={drop}
    >
      <div
        className="flex shrink-0 cursor-move touch-none items-center gap-0.5 border-line border-b pr-1 pl-3"
        style={{ height: HEAD_PX }}
        {...drag(({ dx, dy }) => {
          const { x, y } = fitted(board.window.get());
          board.window.set({ x: x + dx, y: y + dy });
        })}
      >
        <h2 className="mr-auto truncate font-medium text-ink">{t`References`}</h2>
        {canEdit && (
          <IconButton icon={ImagePlus} label={t`Add pictures`} onClick={() => input.current?.click()} />
        )}
        <IconButton icon={Maximize2} label={t`Show all of them`} onClick={() => board.fit()} />
        <IconButton icon={X} label={t`Close the board`} onClick={() => board.toggle()} />
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={(event) => {
          void board.add([...(event.target.files ?? [])], null);
          event.target.value = "";
        }}
      />
      <div
        ref={ground}
        className={`relative min-h-0 flex-1 touch-none overflow-hidden bg-ground ${picking ? "cursor-crosshair" : "cursor-grab"}`}
        {...drag(({ dx, dy }) => {
          const { panX, panY } = board.window.get();
          board.window.set({ panX: panX + dx, panY: panY + dy });
        })}
      >
        {pictures.length === 0 && (
          <p className="pointer-events-none absolute inset-0 grid place-items-center p-6 text-center text-ink">
            {canEdit
              ? t`Drop or paste pictures here, to look at and to take colours from.`
              : t`No pictures are pinned here.`}
          </p>
        )}
        <ul
          className="absolute top-0 left-0 origin-top-left"
          style={{ transform: `translate(${at.panX}px, ${at.panY}px)` }}
        >
          {pictures.map((picture) => (
            <Picture key={picture.id} picture={picture} zoom={at.zoom} picking={picking} canEdit={canEdit} />
          ))}
        </ul>
      </div>
      <span
        aria-hidden
        className="absolute right-0 bottom-0 size-4 cursor-nwse-resize touch-none pointer-coarse:size-8"
        {...drag(({ dx, dy }) => {
          const { width, height } = fitted(board.window.get());
          board.window.set({
            width: Math.max(MIN_WINDOW_PX, width + dx),
            height: Math.max(MIN_WINDOW_PX, height + dy),
          });
        })}
      >
        <svg viewBox="0 0 16 16" className="absolute right-0 bottom-0 size-4 stroke-soft" aria-hidden="true">
          <path d="M13 6 6 13M13 10.5 10.5 13" strokeLinecap="round" />
        </svg>
      </span>
    </section>
  );
}

interface PictureProps {
  readonly picture: BoardPicture;
  readonly zoom: number;
  /** A press takes a colour. */
  readonly picking: boolean;
  readonly canEdit: boolean;
}

function Picture({ picture, zoom, picking, canEdit }: PictureProps) {
  const { board, desk } = useStudio();
  const prompts = useSheet((s) => (s.card?.references ?? 0) > 0);
  const image = useRef<HTMLImageElement>(null);
  const gesture = useRef("");
  const { id, name, x, y, width, aspect } = picture;
  const url = board.url(picture.image);
  const drag = useDrag();
  const latest = () => board.pictures.find((known) => known.id === id) ?? picture;
  const pick = (event: { clientX: number; clientY: number }) => {
    const color = image.current && colorAt(image.current, event);
    if (color) desk.set({ color });
  };
  const title = name || t`Reference`;
  const move = (dx: number, dy: number) => {
    const now = latest();
    board.change(id, { x: now.x + dx / zoom, y: now.y + dy / zoom }, gesture.current);
  };
  const resize = (by: number) => {
    const wanted = Math.min(MAX_PICTURE, Math.max(MIN_PICTURE, latest().width + by));
    board.change(id, { width: wanted }, gesture.current);
  };
  const begin = () => {
    gesture.current = newId();
    board.raise(id, gesture.current);
  };
  return (
    <li
      className="group/picture absolute"
      style={{ left: x * zoom, top: y * zoom, width: width * zoom, height: width * aspect * zoom }}
    >
      <button
        type="button"
        aria-label={t`${title}, picture on the board`}
        aria-keyshortcuts={canEdit ? "Delete" : undefined}
        className={`block size-full touch-none ${picking ? "cursor-crosshair" : canEdit ? "cursor-move" : "cursor-default"}`}
        {...drag(
          ({ dx, dy, event, first }) => {
            if (picking) pick(event);
            else if (canEdit && (dx !== 0 || dy !== 0 || !first)) move(dx, dy);
          },
          canEdit && !picking ? begin : undefined,
        )}
        onKeyDown={(event) => {
          const way = WAYS[event.key];
          if (!canEdit || event.ctrlKey || event.metaKey || event.altKey) return;
          gesture.current = `board:${id}:${event.key}`;
          if (way !== undefined) move(way[0] * NUDGE, way[1] * NUDGE);
          else if (event.key === "+" || event.key === "=") resize(NUDGE * 2);
          else if (event.key === "-") resize(-NUDGE * 2);
          else if (event.key === "Delete" || event.key === "Backspace") board.remove(id);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        {url === null ? (
          <span className="block size-full rounded bg-veil/8" />
        ) : (
          <img ref={image} src={url} alt="" draggable={false} className="block size-full rounded" />
        )}
      </button>
      {canEdit && !picking && (
        <>
          <span className="absolute top-1 right-1 on-picture flex gap-1 opacity-0 transition-opacity duration-75 focus-within:opacity-100 group-focus-within/picture:opacity-100 group-hover/picture:opacity-100 pointer-coarse:opacity-100">
            {prompts && (
              <IconButton
                icon={Images}
                label={t`Use this picture as a prompt`}
                side="top"
                className="bg-black/60 text-white hover:bg-black/80"
                onClick={() => void board.asPrompt(picture)}
              />
            )}
            <IconButton
              icon={Trash2}
              label={t`Take it off the board`}
              side="top"
              className="bg-black/60 text-white hover:bg-black/80"
              onClick={() => board.remove(id)}
            />
          </span>
          <span
            aria-hidden
            data-resize
            className="absolute right-0 bottom-0 size-4 cursor-nwse-resize touch-none rounded-tl bg-black/60 opacity-0 group-focus-within/picture:opacity-100 group-hover/picture:opacity-100 pointer-coarse:size-8 pointer-coarse:opacity-100"
            {...drag(({ dx, dy }) => resize((dx + dy / aspect) / 2 / zoom), begin)}
          >
            <svg viewBox="0 0 16 16" className="size-full stroke-white" aria-hidden="true">
              <path d="M13 6 6 13M13 10.5 10.5 13" strokeLinecap="round" />
            </svg>
          </span>
        </>
      )}
    </li>
  );
}

interface Drag {
  readonly dx: number;
  readonly dy: number;
  readonly event: React.PointerEvent;
  /** The press itself. */
  readonly first: boolean;
}

/** What is pressed here is dragged from here: nothing around it moves with it. */
function useDrag() {
  const last = useRef<{ readonly pointer: number; readonly x: number; readonly y: number } | null>(null);
  return (act: (drag: Drag) => void, begin?: () => void) => ({
    onPointerDown: (event: React.PointerEvent<HTMLElement>) => {
      const control = event.target instanceof Element && event.target.closest("button");
      if (event.button !== 0 || (control && control !== event.currentTarget)) return;
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      last.current = { pointer: event.pointerId, x: event.clientX, y: event.clientY };
      begin?.();
      act({ dx: 0, dy: 0, event, first: true });
    },
    onPointerMove: (event: React.PointerEvent<HTMLElement>) => {
      const from = last.current;
      if (from?.pointer !== event.pointerId) return;
      event.stopPropagation();
      last.current = { pointer: event.pointerId, x: event.clientX, y: event.clientY };
      act({ dx: event.clientX - from.x, dy: event.clientY - from.y, event, first: false });
    },
    onPointerUp: () => {
      last.current = null;
    },
    onPointerCancel: () => {
      last.current = null;
    },
  });
}

/** "#rrggbb" of the picture's pixel there; null beside it. */
function colorAt(image: HTMLImageElement, { clientX, clientY }: { clientX: number; clientY: number }) {
  const box = image.getBoundingClientRect();
  const [u, v] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  if (u < 0 || v < 0 || u >= 1 || v >= 1 || image.naturalWidth === 0) return null;
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  const [px, py] = [Math.floor(u * image.naturalWidth), Math.floor(v * image.naturalHeight)];
  context?.drawImage(image, px, py, 1, 1, 0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, a = 0] = context?.getImageData(0, 0, 1, 1).data ?? [];
  return a < 128 ? null : `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
}

/** Wherever it was left, in a window of whatever size, all of it is in sight. */
function fitted({ x, y, width, height }: BoardWindow) {
  const wide = Math.min(width, window.innerWidth);
  const high = Math.min(height, window.innerHeight - TOP_BAR_PX);
  return {
    width: wide,
    height: high,
    x: Math.min(window.innerWidth - wide, Math.max(0, x)),
    y: Math.min(window.innerHeight - high, Math.max(TOP_BAR_PX, y)),
  };
}
