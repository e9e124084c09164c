import { i18n } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { useRef, useState } from "react";
import { type Hsv, hexOfHsv, hsvOf } from "../colour/spaces";

const SIDE_PX = 208;
const RING_PX = 20;
const MIDDLE_PX = SIDE_PX / 2;
/** The square inside of the ring, corner to corner a little less than its hole. */
const SQUARE_PX = 2 * Math.floor((MIDDLE_PX - RING_PX - 6) * Math.SQRT1_2);
const HUES = [
  msg`red`,
  msg`orange`,
  msg`yellow`,
  msg`green`,
  msg`cyan`,
  msg`blue`,
  msg`violet`,
  msg`magenta`,
] as const;
const HUE_FROM = [0, 20, 45, 75, 165, 200, 255, 290, 340] as const;
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

interface Props {
  readonly color: string;
  /** gesture: the same string for every change of one drag. */
  readonly onPick: (color: string, gesture: string) => void;
}

/** A ring of hues, and in it a square of saturation and brightness. Arrow keys move both; Shift takes big steps. */
export function ColourWheel({ color, onPick }: Props) {
  // A grey has no hue, black no saturation: what was picked last is kept.
  const [picked, setPicked] = useState<Hsv>(() => hsvOf(color));
  const now = hexOfHsv(picked) === color ? picked : hsvOf(color);
  const gestures = useRef(0);
  const pick = (patch: Partial<Hsv>) => {
    const next = { ...now, ...patch };
    setPicked(next);
    onPick(hexOfHsv(next), `wheel:${gestures.current}`);
  };
  const onRing = (event: React.PointerEvent) => {
    const { x, y } = within(event);
    const degrees = (Math.atan2(y - MIDDLE_PX, x - MIDDLE_PX) * 180) / Math.PI + 90;
    pick({ h: Math.round((degrees + 360) % 360) });
  };
  const onSquare = (event: React.PointerEvent) => {
    const { x, y } = within(event);
    pick({ s: clamp(x / SQUARE_PX), v: clamp(1 - y / SQUARE_PX) });
  };
  const drag = (act: (event: React.PointerEvent) => void) => ({
    onPointerDown: (event: React.PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      gestures.current += 1;
      act(event);
    },
    onPointerMove: (event: React.PointerEvent<HTMLElement>) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) act(event);
    },
  });
  const keys = (act: (across: number, up: number) => void) => (event: React.KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const by = event.shiftKey ? 10 : 1;
    gestures.current += 1;
    act(step[0] * by, step[1] * by);
  };
  const angle = ((now.h - 90) * Math.PI) / 180;
  const reach = MIDDLE_PX - RING_PX / 2;
  const [degrees, hue] = [Math.round(now.h) % 360, hueName(now.h)];
  const [saturation, brightness] = [Math.round(now.s * 100), Math.round(now.v * 100)];
  return (
    <div className="relative mx-auto touch-none" style={{ width: SIDE_PX, height: SIDE_PX }}>
      <div
        role="slider"
        tabIndex={0}
        aria-label={t`Hue`}
        aria-valuemin={0}
        aria-valuemax={359}
        aria-valuenow={degrees}
        aria-valuetext={t`${degrees} degrees, ${hue}`}
        className="absolute inset-0 cursor-pointer rounded-full"
        style={{
          background: `conic-gradient(${[0, 60, 120, 180, 240, 300, 360].map((h) => hexOfHsv({ h: h % 360, s: 1, v: 1 })).join()})`,
          mask: `radial-gradient(circle, transparent ${MIDDLE_PX - RING_PX - 0.5}px, #000 ${MIDDLE_PX - RING_PX + 0.5}px)`,
        }}
        {...drag(onRing)}
        onKeyDown={keys((across, up) => pick({ h: (now.h + across + up + 360) % 360 }))}
      />
      <span
        aria-hidden
        className="colour-thumb"
        style={{
          left: MIDDLE_PX + Math.cos(angle) * reach,
          top: MIDDLE_PX + Math.sin(angle) * reach,
          background: hexOfHsv({ h: now.h, s: 1, v: 1 }),
        }}
      />
      <div
        className="absolute"
        style={{
          left: MIDDLE_PX - SQUARE_PX / 2,
          top: MIDDLE_PX - SQUARE_PX / 2,
          width: SQUARE_PX,
          height: SQUARE_PX,
        }}
      >
        <div
          role="slider"
          tabIndex={0}
          aria-label={t`Saturation and brightness`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={saturation}
          aria-valuetext={t`saturation ${saturation} percent, brightness ${brightness} percent`}
          className="size-full cursor-crosshair rounded-md"
          style={{
            background: `linear-gradient(to top, #000, transparent), linear-gradient(to right, #fff, transparent), ${hexOfHsv({ h: now.h, s: 1, v: 1 })}`,
          }}
          {...drag(onSquare)}
          onKeyDown={keys((across, up) =>
            pick({ s: clamp(now.s + across / 100), v: clamp(now.v + up / 100) }),
          )}
        />
        <span
          aria-hidden
          className="colour-thumb"
          style={{ left: now.s * SQUARE_PX, top: (1 - now.v) * SQUARE_PX, background: color }}
        />
      </div>
    </div>
  );
}

function within(event: React.PointerEvent): { x: number; y: number } {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function hueName(h: number): string {
  const at = HUE_FROM.findLastIndex((from) => h >= from);
  return i18n._(HUES[at % HUES.length] ?? HUES[0]);
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));
