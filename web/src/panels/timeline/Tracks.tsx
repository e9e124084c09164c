import { i18n } from "@lingui/core";
import { msg, plural, t } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trash2 } from "lucide-react";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { idOf, type KeyId, keyOfId } from "../../timeline/edit";
import { type Offer, sayValue } from "../../timeline/targets";
import { type Keyframe, snapTime, type Track, timeOfFrame } from "../../timeline/timeline";
import { idleness } from "../../timeline/timing";
import { useSheet, useStudio, useTiming } from "../../ui/context";
import { Tip } from "../../ui/Tip";
import { KeyDiamond } from "./KeyDiamond";
import { apart, PAD_PX, sayEasing, sayTick, sayTime, tickStep, timeAt, xOf } from "./words";

const DRAG_AFTER_PX = 3;
/** Nearer to each other keyframes hide each other. */
const APART_PX = 3;
const BESIDE_PX = 120;
export const MAX_ZOOM = 200;

interface Props {
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
  readonly narrow: boolean;
}

/** The ruler, the tracks with their keyframes, and the playhead over both. */
export function Tracks({ zoom, onZoom, narrow }: Props) {
  const { timing } = useStudio();
  const timeline = useTiming((t) => t.timeline);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [left, setLeft] = useState(0);
  const [marquee, setMarquee] = useState<Rect | null>(null);
  const names_px = narrow ? 116 : 200;
  const view = Math.max(80, width - names_px);
  const scale = ((view - 2 * PAD_PX) * zoom) / timeline.duration_ms;
  const whole = 2 * PAD_PX + timeline.duration_ms * scale;

  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  // Ctrl and the wheel zoom around the pointer, as everywhere.
  const held = useRef({ zoom, onZoom, names_px, scale, duration_ms: timeline.duration_ms, view });
  held.current = { zoom, onZoom, names_px, scale, duration_ms: timeline.duration_ms, view };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const now = held.current;
      const at = event.clientX - element.getBoundingClientRect().left - now.names_px;
      const time = timeAt(at + element.scrollLeft, now.scale);
      const next = Math.min(MAX_ZOOM, Math.max(1, now.zoom * Math.exp(-event.deltaY * 0.004)));
      now.onZoom(next);
      const scale = ((now.view - 2 * PAD_PX) * next) / now.duration_ms;
      requestAnimationFrame(() => {
        element.scrollLeft = xOf(time, scale) - at;
      });
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);

  const place = useCallback(
    (clientX: number) => {
      const { left = 0 } = box.current?.getBoundingClientRect() ?? {};
      return clientX - left - names_px + (box.current?.scrollLeft ?? 0);
    },
    [names_px],
  );

  /** A drag over empty ground picks what it covers. */
  const ground = (event: React.PointerEvent<HTMLDivElement>) => {
    const area = box.current;
    if (event.button !== 0 || event.pointerType === "touch" || area === null) return;
    if (event.target instanceof Element && event.target.closest("button, [role=slider]") !== null) return;
    const x = place(event.clientX);
    if (x < (box.current?.scrollLeft ?? 0)) return;
    const top = area.getBoundingClientRect().top;
    const y = event.clientY - top + area.scrollTop;
    const before = event.shiftKey ? timing.selection : [];
    let rect: Rect | null = null;
    follow(
      (moved) => {
        const [x2, y2] = [place(moved.clientX), moved.clientY - top + area.scrollTop];
        if (rect === null && Math.hypot(x2 - x, y2 - y) < DRAG_AFTER_PX) return;
        rect = { x: Math.min(x, x2), y: Math.min(y, y2), width: Math.abs(x2 - x), height: Math.abs(y2 - y) };
        setMarquee(rect);
        const from = timeAt(rect.x, scale);
        const to = timeAt(rect.x + rect.width, scale);
        const inside = [...area.querySelectorAll<HTMLElement>("[data-track]")].flatMap((row) => {
          const low = row.offsetTop;
          const hit = rect !== null && low + row.offsetHeight > rect.y && low < rect.y + rect.height;
          const track = hit ? timeline.tracks.find(({ target }) => target === row.dataset.track) : undefined;
          const keys = track?.keys.filter(({ at_ms }) => at_ms >= from && at_ms <= to) ?? [];
          return keys.map(({ at_ms }) => ({ target: track?.target ?? "", at_ms }));
        });
        timing.select([...before, ...inside]);
      },
      () => {
        setMarquee(null);
        if (rect === null) timing.select(before);
      },
    );
  };

  const keys = (event: React.KeyboardEvent) => {
    // What has a press of its own keeps it.
    const other = event.target instanceof Element && event.target.closest("button:not([data-key])") !== null;
    if (other && event.key === " ") return;
    const held = event.ctrlKey || event.metaKey;
    const act = held ? COMMANDS[event.key.toLowerCase()] : event.altKey ? ALT[event.key] : PLAIN[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(timing, event.shiftKey);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll both ways.
    <div
      ref={box}
      role="group"
      aria-label={t`Keyframes`}
      aria-describedby="timeline-keys"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys play, step and edit, wherever in it the focus is.
      tabIndex={0}
      className="relative min-h-0 flex-1 overflow-auto overscroll-contain outline-offset-[-2px] [scrollbar-width:thin]"
      onScroll={(event) => setLeft(event.currentTarget.scrollLeft)}
      onPointerDown={ground}
      onKeyDown={keys}
    >
      <p id="timeline-keys" className="sr-only">
        {t`Space plays. Left and right step a frame, with Shift ten. Page Up and Down go to the keyframes. Alt with left and right moves the picked keyframes. Delete, Ctrl C, X, V and A are as everywhere.`}
      </p>
      <div className="relative min-h-full" style={{ width: names_px + whole }}>
        <Ruler scale={scale} whole={whole} names_px={names_px} left={left} view={view} place={place} />
        {timeline.tracks.length === 0 ? (
          <Empty names_px={names_px} width={width} />
        ) : (
          <Rows scale={scale} names_px={names_px} left={left} view={view} narrow={narrow} />
        )}
        <Playhead scale={scale} names_px={names_px} box={box} view={view} />
        {marquee !== null && (
          <div
            className="pointer-events-none absolute z-20 border border-accent bg-accent/15"
            style={{
              left: names_px + marquee.x,
              top: marquee.y,
              width: marquee.width,
              height: marquee.height,
            }}
          />
        )}
      </div>
    </div>
  );
}

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Act = (timing: ReturnType<typeof useStudio>["timing"], shift: boolean) => void;

const PLAIN: Readonly<Record<string, Act>> = {
  " ": (timing) => timing.toggle(),
  ArrowLeft: (timing, shift) => timing.step(shift ? -10 : -1),
  ArrowRight: (timing, shift) => timing.step(shift ? 10 : 1),
  PageUp: (timing) => timing.jump(-1),
  PageDown: (timing) => timing.jump(1),
  Home: (timing) => timing.seek(0),
  End: (timing) => timing.seek(timing.timeline.duration_ms),
  Delete: (timing) => timing.remove(timing.selection),
  Backspace: (timing) => timing.remove(timing.selection),
  Escape: (timing) => timing.select([]),
};
const ALT: Readonly<Record<string, Act>> = {
  ArrowLeft: (timing, shift) => timing.nudge(shift ? -10 : -1),
  ArrowRight: (timing, shift) => timing.nudge(shift ? 10 : 1),
};
const COMMANDS: Readonly<Record<string, Act>> = {
  c: (timing) => timing.copy(),
  x: (timing) => timing.cut(),
  v: (timing) => timing.paste(),
  a: (timing) => timing.select(allOf(timing.timeline.tracks)),
};
const allOf = (tracks: readonly Track[]): KeyId[] =>
  tracks.flatMap(({ target, keys }) => keys.map(({ at_ms }) => ({ target, at_ms })));

/** Until the button is lifted, wherever the pointer goes. */
function follow(move: (event: PointerEvent) => void, end: () => void): void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const finish = () => {
    stop.abort();
    end();
  };
  window.addEventListener("pointermove", move, options);
  window.addEventListener("pointerup", finish, options);
  window.addEventListener("pointercancel", finish, options);
}

function Empty({ names_px, width }: { readonly names_px: number; readonly width: number }) {
  return (
    <p
      className="sticky left-0 max-w-2xl text-balance py-3 pr-4 text-soft"
      style={{ width: width - names_px, marginLeft: names_px, paddingLeft: PAD_PX + 12 }}
    >
      {t`Nothing moves yet. Press a diamond beside a slider or a prompt, or record: play, and move what you like.`}
    </p>
  );
}

interface RulerProps {
  readonly scale: number;
  readonly whole: number;
  readonly names_px: number;
  readonly left: number;
  readonly view: number;
  readonly place: (clientX: number) => number;
}

/** Press it to go there; its two ends are what is played. */
function Ruler({ scale, whole, names_px, left, view, place }: RulerProps) {
  const { timing } = useStudio();
  const { duration_ms, range_ms, fps } = useTiming((t) => t.timeline);
  const at_ms = useTiming((t) => t.at_ms);
  const recording = useTiming((t) => t.recording);
  const step = tickStep(scale);
  const first = Math.max(0, Math.floor(timeAt(left - 80, scale) / step));
  const last = Math.min(Math.floor(duration_ms / step), Math.ceil(timeAt(left + view + 80, scale) / step));
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
  const edge = (which: 0 | 1, to_ms: number) => {
    const at = Math.min(duration_ms, Math.max(0, snapTime(to_ms, fps)));
    timing.setPace(
      {
        range_ms:
          which === 0
            ? [Math.min(at, range_ms[1] - 100), range_ms[1]]
            : [range_ms[0], Math.max(at, range_ms[0] + 100)],
      },
      "range",
    );
  };
  return (
    <div className="sticky top-0 z-20 flex h-7 border-line border-b bg-bar">
      <div className="sticky left-0 z-10 shrink-0 border-line border-r bg-bar" style={{ width: names_px }} />
      <div className="relative shrink-0" style={{ width: whole }}>
        <div
          role="slider"
          tabIndex={-1}
          aria-label={t`Playhead`}
          aria-valuemin={0}
          aria-valuemax={duration_ms}
          aria-valuenow={at_ms}
          aria-valuetext={sayTime(at_ms)}
          className="absolute inset-0 cursor-pointer touch-none"
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            timing.seek(timeAt(place(event.clientX), scale));
            follow(
              (moved) => timing.seek(timeAt(place(moved.clientX), scale)),
              () => {},
            );
          }}
        >
          <span
            aria-hidden
            className="absolute bottom-0 h-[3px] bg-veil/25"
            style={{ left: xOf(range_ms[0], scale), width: (range_ms[1] - range_ms[0]) * scale }}
          />
          {ticks.map((ms) => (
            <span
              key={ms}
              aria-hidden
              className="figures absolute top-0 h-full border-veil/15 border-l pl-1 text-[11px] text-faint leading-5"
              style={{ left: xOf(ms, scale) }}
            >
              {whole - xOf(ms, scale) > 34 || ms === 0 ? sayTick(ms) : ""}
            </span>
          ))}
          <span
            aria-hidden
            className={`-translate-x-1/2 pointer-events-none absolute bottom-0 size-2.5 rotate-45 rounded-[2px] ${recording ? "bg-bad" : "bg-accent"}`}
            style={{ left: xOf(at_ms, scale) + 0.5 }}
          />
        </div>
        {([0, 1] as const).map((which) => (
          <div
            key={which}
            role="slider"
            tabIndex={0}
            aria-label={which === 0 ? t`Plays from` : t`Plays to`}
            aria-valuemin={0}
            aria-valuemax={duration_ms}
            aria-valuenow={range_ms[which]}
            aria-valuetext={sayTime(range_ms[which])}
            className="absolute bottom-0 h-3 w-2.5 cursor-ew-resize touch-none pointer-coarse:h-full pointer-coarse:w-5"
            style={
              which === 0 ? { right: whole - xOf(range_ms[0], scale) } : { left: xOf(range_ms[1], scale) }
            }
            onPointerDown={(event) => {
              event.stopPropagation();
              if (event.button !== 0) return;
              follow(
                (moved) => edge(which, timeAt(place(moved.clientX), scale)),
                () => {},
              );
            }}
            onKeyDown={(event) => {
              const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
              if (by === 0) return;
              event.preventDefault();
              event.stopPropagation();
              edge(which, range_ms[which] + (by * 1000 * (event.shiftKey ? 10 : 1)) / fps);
            }}
          >
            <span
              aria-hidden
              className={`absolute bottom-0 h-2.5 w-1.5 bg-soft ${which === 0 ? "right-0 rounded-l-sm" : "left-0 rounded-r-sm"}`}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

interface PlayheadProps {
  readonly scale: number;
  readonly names_px: number;
  readonly view: number;
  readonly box: React.RefObject<HTMLDivElement | null>;
}

function Playhead({ scale, names_px, view, box }: PlayheadProps) {
  const at_ms = useTiming((t) => t.at_ms);
  const playing = useTiming((t) => t.playing);
  const recording = useTiming((t) => t.recording);
  const x = xOf(at_ms, scale);
  useEffect(() => {
    const area = box.current;
    if (area === null || !playing) return;
    if (x < area.scrollLeft || x > area.scrollLeft + view - PAD_PX) area.scrollLeft = x - PAD_PX;
  }, [x, playing, view, box]);
  const colour = recording ? "bg-bad" : "bg-accent";
  return (
    <div
      aria-hidden
      // Under the names, over everything else.
      className={`pointer-events-none absolute inset-y-0 z-[15] w-px ${colour}`}
      style={{ left: names_px + x }}
    />
  );
}

interface RowsProps {
  readonly scale: number;
  readonly names_px: number;
  readonly left: number;
  readonly view: number;
  readonly narrow: boolean;
}

function Rows({ scale, names_px, left, view, narrow }: RowsProps) {
  const { timing } = useStudio();
  const tracks = useTiming((t) => t.timeline.tracks);
  const selected = useTiming((t) => t.selected);
  const released = useTiming((t) => t.released);
  // Whatever changes these changes what there is to drive, and what it is.
  useSheet((s) => s.prompts);
  useSheet((s) => s.references);
  useSheet((s) => s.settings);
  useSheet((s) => s.layers);
  const offers = new Map(timing.offers().map((offer) => [offer.target, offer]));
  const here = new Set(offers.keys());

  const press = useCallback(
    (id: KeyId, event: React.PointerEvent) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      const name = idOf(id);
      const adds = event.shiftKey || event.ctrlKey || event.metaKey;
      const { selected } = timing.now.get();
      if (!selected.has(name)) timing.select(adds ? [...timing.selection, id] : [id]);
      const from = timing.timeline;
      const ids = timing.selection;
      const gesture = `keys:${event.timeStamp}`;
      const start = event.clientX;
      let dragged = false;
      follow(
        (moved) => {
          if (!dragged && Math.abs(moved.clientX - start) < DRAG_AFTER_PX) return;
          dragged = true;
          timing.move(from, ids, (moved.clientX - start) / scale, gesture);
        },
        () => {
          if (dragged) return;
          if (adds && selected.has(name)) timing.select(ids.filter((other) => idOf(other) !== name));
          else if (!adds) timing.select([id]);
        },
      );
    },
    [timing, scale],
  );

  return tracks.map((track) => (
    <Row
      key={track.target}
      track={track}
      offer={offers.get(track.target)}
      idle={idleness(track.target, here)}
      held={released.has(track.target)}
      selected={selected}
      scale={scale}
      names_px={names_px}
      left={left}
      view={view}
      narrow={narrow}
      onPress={press}
    />
  ));
}

interface RowProps extends RowsProps {
  readonly track: Track;
  readonly offer: Offer | undefined;
  readonly idle: "gone" | "unused" | null;
  /** Somebody holds it: what the document says counts. */
  readonly held: boolean;
  readonly selected: ReadonlySet<string>;
  readonly onPress: (id: KeyId, event: React.PointerEvent) => void;
}

const WHY = {
  gone: msg`What this moved is gone: it is left out`,
  unused: msg`This engine has no such setting: it is left out`,
} as const;
const IDLE = { gone: msg`gone`, unused: msg`unused` } as const;

function Row({ track, offer, idle, held, selected, scale, names_px, left, view, narrow, onPress }: RowProps) {
  const { timing } = useStudio();
  const { target, keys, motion } = track;
  const fps = useTiming((t) => t.timeline.fps);
  const name = offer?.name ?? track.name;
  const count = keys.length;
  const frame_ms = i18n.number(timeOfFrame(1, fps));
  const [from, to] = [timeAt(left - BESIDE_PX, scale), timeAt(left + view + BESIDE_PX, scale)];
  const picked = useMemo(
    () => new Set([...selected].map(keyOfId).flatMap((id) => (id.target === target ? id.at_ms : []))),
    [selected, target],
  );
  const shown = apart(
    keys.filter(({ at_ms }) => at_ms >= from && at_ms <= to),
    ({ at_ms }) => at_ms * scale,
    APART_PX,
    ({ at_ms }) => picked.has(at_ms),
  );
  const title = narrow && target.startsWith("layer:") ? (name.split(": ").at(-1) ?? name) : name;
  return (
    <div data-track={target} className="group/row flex h-7 border-line border-b pointer-coarse:h-10">
      <div
        className="sticky left-0 z-[16] flex shrink-0 items-center gap-0.5 border-line border-r bg-bar pr-1 pl-2"
        style={{ width: names_px }}
      >
        <Tip label={idle === null ? t`${name}: pick all of its keyframes` : i18n._(WHY[idle])} side="top">
          <button
            type="button"
            onClick={() => timing.select(keys.map(({ at_ms }) => ({ target, at_ms })))}
            className={`min-w-0 flex-1 cursor-pointer truncate rounded text-left first-letter:uppercase hover:text-ink ${idle === null ? "text-soft" : "text-faint line-through"}`}
          >
            {title}
          </button>
        </Tip>
        {!narrow && (
          <Tip label={t`Delete the track ${name}`} side="top">
            <button
              type="button"
              aria-label={t`Delete the track ${name}`}
              onClick={() => timing.removeTrack(target)}
              className="grid size-6 shrink-0 cursor-pointer place-items-center rounded-md text-faint opacity-0 hover:bg-veil/10 hover:text-ink focus-visible:opacity-100 group-hover/row:opacity-100 pointer-coarse:opacity-100"
            >
              <Trash2 size={13} aria-hidden />
            </button>
          </Tip>
        )}
        {!narrow && (
          <span
            className={`figures shrink-0 text-[11px] ${held ? "text-slow" : idle === null ? "text-faint" : "pr-1.5 text-soft"}`}
          >
            {idle !== null ? i18n._(IDLE[idle]) : offer ? sayValue(offer.value) : ""}
          </span>
        )}
        {motion === null && offer !== undefined && <KeyDiamond target={target} name={name} />}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a double-click is a shorter way to what the diamond does. */}
      <div
        className={`relative flex-1 ${idle === null ? "" : "opacity-50"}`}
        onDoubleClick={(event) => {
          if (event.target !== event.currentTarget || offer === undefined) return;
          const { left: edge } = event.currentTarget.getBoundingClientRect();
          timing.seek(timeAt(event.clientX - edge, scale));
          timing.setKey(target);
        }}
      >
        <span
          aria-hidden
          className="pointer-events-none absolute top-1/2 h-px bg-veil/20"
          style={{
            left: xOf(keys[0]?.at_ms ?? 0, scale),
            width: ((keys.at(-1)?.at_ms ?? 0) - (keys[0]?.at_ms ?? 0)) * scale,
          }}
        />
        {shown.map((key) => (
          <KeyMark
            key={key.at_ms}
            target={target}
            name={name}
            frame={key}
            x={xOf(key.at_ms, scale)}
            picked={picked.has(key.at_ms)}
            onPress={onPress}
          />
        ))}
        <span className="sr-only">
          {plural(count, {
            one: `# keyframe, ${frame_ms} ms a frame`,
            other: `# keyframes, ${frame_ms} ms a frame`,
          })}
        </span>
      </div>
    </div>
  );
}

interface MarkProps {
  readonly target: string;
  readonly name: string;
  readonly frame: Keyframe;
  readonly x: number;
  readonly picked: boolean;
  readonly onPress: (id: KeyId, event: React.PointerEvent) => void;
}

/** A diamond goes on evenly, a square holds, a circle eases. */
const KeyMark = memo(function KeyMark({ target, name, frame, x, picked, onPress }: MarkProps) {
  const { timing } = useStudio();
  useLingui();
  const { at_ms, value, easing } = frame;
  const [time, said, ease] = [sayTime(at_ms), sayValue(value), sayEasing(easing)];
  const shape =
    easing === "linear"
      ? "size-[9px] rotate-45"
      : easing === "hold"
        ? "size-[9px]"
        : "size-[10px] rounded-full";
  return (
    <button
      type="button"
      data-key={at_ms}
      aria-pressed={picked}
      aria-label={t`${name} at ${time}: ${said}, ${ease}`}
      className="-translate-x-1/2 absolute inset-y-0 grid w-5 cursor-ew-resize touch-none place-items-center rounded pointer-coarse:w-9"
      style={{ left: x }}
      onPointerDown={(event) => onPress({ target, at_ms }, event)}
      onDoubleClick={() => timing.seek(at_ms)}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        event.stopPropagation();
        const id = { target, at_ms };
        const others = timing.selection.filter((other) => idOf(other) !== idOf(id));
        if (event.shiftKey) timing.select(picked ? others : [...others, id]);
        else timing.select([id]);
      }}
    >
      <span
        aria-hidden
        className={`border ${shape} ${picked ? "border-accent bg-accent" : "border-bar bg-ink"}`}
      />
    </button>
  );
});
