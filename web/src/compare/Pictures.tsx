import { t } from "@lingui/core/macro";
import { useEffect, useRef } from "react";
import { panBy, toDocument, type View, zoomAt } from "../canvas/view";
import { percent } from "../language/numbers";
import { listenToCompare } from "./gestures";
import { Loupe } from "./Loupe";
import {
  type Compared,
  clamped,
  FITTED,
  isFitted,
  lineAt,
  type Point,
  partAt,
  pixelZoom,
  placed,
  spanOf,
} from "./split";

interface Props {
  readonly compared: Compared;
  /** Null: fitted. */
  readonly view: View | null;
  readonly setView: (view: View | null) => void;
  /** Where the line between both is, 0 to 1. */
  readonly part: number;
  readonly setPart: (part: number) => void;
  /** Where the loupe is, as parts of the pane; null: there is none. */
  readonly loupe: Point | null;
  readonly setLoupe: (at: Point) => void;
  readonly before: string | null;
  readonly after: string | null;
  readonly beforeLabel: string;
  readonly afterLabel: string;
}

export const STEP = 0.02;
const LARGE_STEP = 0.1;
/** What a label needs beside the line. */
const LABEL_ROOM_PX = 156;

/** Both pictures, one over the other, and the line between them. */
export function Pictures(props: Props) {
  const { compared, view, part, loupe, before, after, beforeLabel, afterLabel } = props;
  const element = useRef<HTMLDivElement>(null);
  const now = useRef(props);
  now.current = props;

  useEffect(() => {
    if (element.current === null) return;
    return listenToCompare(element.current, {
      drag: (to, by) => {
        const { compared, view, setView, setPart, before, loupe } = now.current;
        if (loupe !== null && matchMedia("(pointer: coarse)").matches) return;
        const shown = view ?? FITTED(compared);
        const at = placed(compared, shown);
        if (shown.zoom > 1) setView(clamped(compared, panBy(shown, at, by.x, by.y)));
        else if (before !== null) setPart(partAt(to.x, spanOf(at, compared)));
      },
      point: (at) => {
        const { loupe, setLoupe, compared } = now.current;
        if (loupe !== null && at !== null)
          setLoupe({ x: at.x / compared.pane.width, y: at.y / compared.pane.height });
      },
      zoom: (at, factor, by) => {
        const { compared, view, setView } = now.current;
        const shown = view ?? FITTED(compared);
        const moved = panBy(shown, placed(compared, shown), by.x, by.y);
        const next = clamped(compared, zoomAt(moved, placed(compared, moved), at.x, at.y, factor));
        setView(isFitted(next) ? null : next);
      },
    });
  }, []);

  const at = placed(compared, view ?? FITTED(compared));
  const span = spanOf(at, compared);
  const line = before === null ? span.left : lineAt(part, span);
  const size = {
    width: compared.picture.width,
    height: compared.picture.height,
    transform: `translate(${at.dx}px, ${at.dy}px) scale(${at.scale})`,
  };
  const image = "absolute top-0 left-0 max-w-none origin-top-left";
  const toggleZoom = (event: React.MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const { setView } = props;
    if (view !== null) {
      setView(null);
      return;
    }
    const fitted = FITTED(compared);
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    setView(clamped(compared, zoomAt(fitted, at, x, y, pixelZoom(compared))));
  };
  const looked = loupe && {
    x: loupe.x * compared.pane.width,
    y: loupe.y * compared.pane.height,
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what a double-click does, the buttons and keys do too.
    <div
      ref={element}
      onDoubleClick={toggleZoom}
      data-testid="compared"
      className={`absolute inset-0 touch-none overflow-hidden ${loupe !== null ? "cursor-none" : view !== null && view.zoom > 1 ? "cursor-grab active:cursor-grabbing" : before === null ? "" : "cursor-ew-resize"}`}
    >
      {before !== null && (
        <img
          src={before}
          alt={t`Before`}
          draggable={false}
          data-testid="before"
          className={`${image} object-cover`}
          style={size}
        />
      )}
      <div
        className="absolute inset-0"
        style={{ clipPath: before === null ? undefined : `inset(0 0 0 ${line}px)` }}
      >
        {after !== null && (
          <img
            src={after}
            alt={t`After`}
            draggable={false}
            data-testid="after"
            className={image}
            style={size}
          />
        )}
      </div>
      <div
        className="pointer-events-none absolute flex justify-between p-2"
        style={{ left: span.left, top: span.top, width: Math.max(0, span.right - span.left) }}
      >
        <Label hidden={before === null || line - span.left < LABEL_ROOM_PX}>{beforeLabel}</Label>
        <Label hidden={span.right - line < LABEL_ROOM_PX}>{afterLabel}</Label>
      </div>
      {before !== null && <Line {...props} at={line} top={span.top} height={span.bottom - span.top} />}
      {looked && after !== null && (
        <Loupe
          at={looked}
          point={toDocument(at, looked.x, looked.y)}
          pane={compared.pane}
          picture={compared.picture}
          dpr={compared.dpr}
          before={before}
          after={after}
        />
      )}
    </div>
  );
}

const Label = ({ hidden, children }: { readonly hidden: boolean; readonly children: string }) => (
  <span
    className={`figures rounded-md bg-black/65 px-2 py-0.5 text-small text-white ${hidden ? "invisible" : ""}`}
  >
    {children}
  </span>
);

interface LineProps extends Props {
  readonly at: number;
  readonly top: number;
  readonly height: number;
}

function Line({ at, top, height, part, setPart, compared, view, loupe }: LineProps) {
  const slide = (event: React.PointerEvent) => {
    const pane = event.currentTarget.closest("[data-testid=compared]")?.getBoundingClientRect();
    if (pane === undefined) return;
    const span = spanOf(placed(compared, view ?? FITTED(compared)), compared);
    setPart(partAt(event.clientX - pane.left, span));
  };
  const keys = (event: React.KeyboardEvent) => {
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: part - STEP,
      ArrowDown: part - STEP,
      ArrowRight: part + STEP,
      ArrowUp: part + STEP,
      PageDown: part - LARGE_STEP,
      PageUp: part + LARGE_STEP,
      Home: 0,
      End: 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setPart(Math.min(1, Math.max(0, next)));
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={t`Before and after`}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(part * 100)}
      aria-valuetext={t`${{ before: percent(part) }} before, ${{ after: percent(1 - part) }} after`}
      onKeyDown={keys}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) slide(event);
      }}
      onDoubleClick={(event) => {
        event.stopPropagation();
        setPart(0.5);
      }}
      className={`group absolute flex w-11 -translate-x-1/2 cursor-ew-resize touch-none items-center justify-center outline-none ${loupe !== null ? "pointer-events-none" : ""}`}
      style={{ left: at, top, height }}
    >
      <span className="absolute inset-y-0 w-0.5 bg-white shadow-[0_0_0_1px_#0006]" />
      <span
        className={`z-10 grid h-9 w-6 place-items-center rounded-full bg-white text-[#111] shadow-[0_0_0_1px_#0006,0_2px_8px_#0008] group-focus-visible:outline-2 group-focus-visible:outline-accent group-focus-visible:outline-offset-2 ${loupe !== null ? "opacity-0 group-focus-visible:opacity-100" : ""}`}
      >
        <svg viewBox="0 0 12 12" className="size-3" aria-hidden="true">
          <path d="M4 2 1.5 6 4 10M8 2l2.5 4L8 10" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </span>
    </div>
  );
}
