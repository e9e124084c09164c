import { t } from "@lingui/core/macro";
import { Bookmark, GitBranch, Undo2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { HISTORY_PX } from "../canvas/layout";
import { branchedFrom, type Moment, slotAt, slotWidth, timeOf } from "../history/moments";
import { useDesk, useFilming, useHistory, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { FilmButton } from "./FilmButton";
import { RecordButton } from "./RecordButton";
import { SnapshotsButton } from "./Snapshots";
import { TimelineButton } from "./timeline/TimelineButton";

/** A thumbnail with the air beside it, at most. */
const SLOT_PX = 60;
/** Narrower ones have no room for air. */
const AIR_FROM_PX = 20;

/** The whole session across the window: look at any moment, go back to it with a click. */
export function Filmstrip({ stacked }: { readonly stacked: boolean }) {
  const studio = useStudio();
  const open = useDesk((d) => d.historyOpen);
  const filming = useFilming();
  if (!open) return null;
  const buttons = (
    <div className="flex shrink-0 items-center gap-0.5 pointer-coarse:gap-0">
      <IconButton
        icon={Bookmark}
        label={t`Keep a snapshot`}
        shortcut="snapshot"
        side="top"
        onClick={() => studio.history.snapshot()}
      />
      <SnapshotsButton />
      {!filming && <RecordButton />}
      <FilmButton />
    </div>
  );
  return (
    <section
      aria-label={t`History`}
      className={
        stacked
          ? "flex h-[108px] flex-col border-line border-t px-2"
          : "absolute inset-x-0 bottom-0 z-20 flex items-center gap-3 border-line border-t bg-bar pr-2 pl-3"
      }
      style={stacked ? undefined : { height: HISTORY_PX }}
    >
      {stacked && (
        <div className="flex h-11 items-center justify-between">
          {buttons}
          <TimelineButton side="top" />
        </div>
      )}
      <Strip tall={!stacked} />
      {!stacked && buttons}
    </section>
  );
}

function Strip({ tall }: { readonly tall: boolean }) {
  const { history } = useStudio();
  const { moments, head, looking } = useHistory((all) => all);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const empty = moments.length === 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the box is there when the strip is not empty.
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [empty]);
  useEffect(() => () => history.lookAt(null), [history]);
  if (empty)
    return (
      <p className="min-w-0 flex-1 self-center text-soft">
        {t`Moments gather here by themselves as you draw. Point at one to look at it, click to go back.`}
      </p>
    );

  const slot = slotWidth(moments.length, width, SLOT_PX);
  const air = slot < AIR_FROM_PX ? 0 : 2;
  const headAt = moments.findIndex(({ id }) => id === head);
  const lookAt = moments.findIndex(({ id }) => id === looking);
  const at = lookAt >= 0 ? lookAt : headAt;
  const origin = lookAt >= 0 ? branchedFrom(moments, lookAt) : null;
  const momentAt = (event: React.PointerEvent) => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    const x = event.clientX - left;
    return x > moments.length * slot ? null : (moments[slotAt(x, slot, moments.length)] ?? null);
  };
  const inside = (event: React.PointerEvent) => {
    const { top = 0, bottom = 0 } = box.current?.getBoundingClientRect() ?? {};
    return event.clientY > top - 40 && event.clientY < bottom + 40;
  };
  const step = (to: number) =>
    history.lookAt(moments[Math.min(moments.length - 1, Math.max(0, to))]?.id ?? null);
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => step(at - 1),
    ArrowRight: () => step(at + 1),
    PageUp: () => step(at + 10),
    PageDown: () => step(at - 10),
    Home: () => step(0),
    End: () => step(moments.length - 1),
    Escape: () => history.lookAt(null),
    Enter: () => looking !== null && history.restore(looking),
  };
  const here = moments[at];
  const title = here?.name || t`moment`;
  return (
    <div
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label={t`Moments of this session`}
      aria-valuemin={1}
      aria-valuemax={moments.length}
      aria-valuenow={at + 1}
      aria-valuetext={here && `${title}, ${timeOf(here.at_ms, Date.now())}`}
      data-head={headAt + 1}
      className={`relative min-w-0 flex-1 cursor-pointer touch-none rounded-sm ${tall ? "h-[72px]" : "h-16"}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        history.lookAt(momentAt(event)?.id ?? null);
      }}
      onPointerMove={(event) => history.lookAt(inside(event) ? (momentAt(event)?.id ?? null) : null)}
      onPointerUp={(event) => {
        if (event.button !== 0) return;
        const moment = inside(event) ? momentAt(event) : null;
        if (moment !== null) history.restore(moment.id);
        event.currentTarget.blur();
      }}
      onPointerCancel={() => history.lookAt(null)}
      onPointerLeave={() => history.lookAt(null)}
      onBlur={() => history.lookAt(null)}
      onKeyDown={(event) => {
        const act = keys[event.key];
        if (act === undefined) return;
        event.preventDefault();
        act();
      }}
    >
      {moments.map((moment, i) => (
        <Slot
          key={moment.id}
          moment={moment}
          left={i * slot}
          width={slot - air}
          branch={branchedFrom(moments, i) !== null}
          here={i === headAt}
          looked={i === lookAt}
          origin={moment.id === origin?.id}
        />
      ))}
      {lookAt >= 0 && here && (
        <Card moment={here} x={(lookAt + 0.5) * slot} room={width} branch={origin} here={lookAt === headAt} />
      )}
    </div>
  );
}

interface SlotProps {
  readonly moment: Moment;
  readonly left: number;
  readonly width: number;
  /** A branch begins here. */
  readonly branch: boolean;
  readonly here: boolean;
  readonly looked: boolean;
  /** What is looked at went on from here. */
  readonly origin: boolean;
}

/** Above it what it is: a snapshot, the beginning of a branch. */
function Slot({ moment, left, width, branch, here, looked, origin }: SlotProps) {
  const named = moment.name !== "";
  const ring = here
    ? "z-10 outline-2 outline-accent"
    : looked
      ? "z-10 outline-2 outline-ink"
      : origin
        ? "z-10 outline-2 outline-soft outline-dashed"
        : "";
  return (
    <div className="absolute inset-y-0" style={{ left, width: Math.max(1, width) }}>
      {(named || branch) && (
        <span className="-translate-x-1/2 absolute top-0 left-1/2 flex h-3 items-center text-soft">
          {named ? (
            <Bookmark size={11} strokeWidth={2} aria-hidden className="fill-current text-ink" />
          ) : moment.restored ? (
            <Undo2 size={11} strokeWidth={2} aria-hidden />
          ) : (
            <GitBranch size={11} strokeWidth={2} aria-hidden />
          )}
        </span>
      )}
      <img
        src={moment.thumbnail}
        alt=""
        draggable={false}
        className={`absolute inset-x-0 top-3.5 bottom-0.5 h-[calc(100%-16px)] w-full object-cover ${width > 20 ? "rounded-[3px]" : ""} ${moment.restored && !here && !looked ? "opacity-55" : ""} ${ring}`}
      />
    </div>
  );
}

interface CardProps {
  readonly moment: Moment;
  readonly x: number;
  readonly room: number;
  readonly branch: Moment | null;
  readonly here: boolean;
}

const CARD_PX = 168;

/** What is looked at, large enough to tell it from its neighbours. */
function Card({ moment, x, room, branch, here }: CardProps) {
  const now = Date.now();
  return (
    <div
      className="float pointer-events-none absolute bottom-full z-30 mb-2 overflow-hidden p-1.5"
      style={{ width: CARD_PX, left: Math.min(Math.max(0, room - CARD_PX), Math.max(0, x - CARD_PX / 2)) }}
    >
      <img src={moment.thumbnail} alt="" className="max-h-36 w-full rounded-lg object-contain" />
      <p className="truncate px-1 pt-1 text-ink">{moment.name || timeOf(moment.at_ms, now)}</p>
      <p className="truncate px-1 pb-0.5 text-small text-soft">
        {here ? t`You are here` : cameText(moment, branch, now)}
      </p>
    </div>
  );
}

function cameText({ restored }: Moment, branch: Moment | null, now: number): string {
  if (branch === null) return restored ? t`Went back to an earlier one` : t`Click to go back`;
  const time = timeOf(branch.at_ms, now);
  if (restored) return t`Went back to ${time}`;
  const origin = branch.name || time;
  return t`Went on from ${origin}`;
}

/** Where the hand cannot see it, that a snapshot was kept. */
export function SnapshotSaid() {
  const said = useHistory((h) => h.said);
  const name = said?.name ?? "";
  const open = useDesk((d) => d.historyOpen);
  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 top-14 z-30 flex justify-center">
      {said && (
        <p
          key={said.id}
          className="float appear flex items-center gap-2.5 rounded-full py-1.5 pr-4 pl-1.5 text-ink"
        >
          <img src={said.thumbnail} alt="" className="size-7 rounded-full object-cover" />
          {open ? t`${name} is kept` : t`${name} is kept in the history`}
        </p>
      )}
    </div>
  );
}
