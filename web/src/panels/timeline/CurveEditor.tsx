import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { useRef } from "react";
import { type Bezier, curveOf, type Easing, eased, MAX_Y, MIN_Y } from "../../timeline/easing";

interface Props {
  readonly easing: Easing;
  readonly onChange: (easing: Bezier, gesture: string) => void;
}

const WIDE = 208;
const TALL = 148;
/** Above and below the square, for curves that swing beyond. */
const ROOM = 0.4;
const STEPS = 48;
const KEY_STEP = 0.02;

const toX = (x: number) => 12 + x * (WIDE - 24);
const toY = (y: number) => TALL - ((y + ROOM) / (1 + 2 * ROOM)) * TALL;
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const rounded = (value: number) => Number(value.toFixed(2)) || 0;

/** How the value goes on: time to the right, the value upwards. Its two handles are dragged, or moved by the arrows. */
export function CurveEditor({ easing, onChange }: Props) {
  const box = useRef<SVGSVGElement>(null);
  const gesture = useRef(0);
  const curve = curveOf(easing);
  const line = Array.from({ length: STEPS + 1 }, (_, i) => {
    const part = i / STEPS;
    return `${toX(part).toFixed(1)},${toY(eased(easing, part)).toFixed(1)}`;
  });
  const put = (which: 0 | 1, x: number, y: number) => {
    const [x1, y1, x2, y2] = curve;
    const at = [rounded(clamp(x, 0, 1)), rounded(clamp(y, MIN_Y, MAX_Y))] as const;
    onChange(which === 0 ? [...at, x2, y2] : [x1, y1, ...at], `curve:${gesture.current}`);
  };
  const drag = (which: 0 | 1, event: React.PointerEvent) => {
    const from = box.current?.getBoundingClientRect();
    if (from === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const x = (((event.clientX - from.left) / from.width) * WIDE - 12) / (WIDE - 24);
    const y = (1 - (event.clientY - from.top) / from.height) * (1 + 2 * ROOM) - ROOM;
    put(which, x, clamp(y, -ROOM, 1 + ROOM));
  };
  return (
    <div className="relative rounded-lg bg-veil/6" style={{ width: WIDE, height: TALL }}>
      <svg
        ref={box}
        viewBox={`0 0 ${WIDE} ${TALL}`}
        className="absolute inset-0 size-full"
        aria-hidden="true"
      >
        {[0, 1].map((y) => (
          <line
            key={y}
            x1={0}
            x2={WIDE}
            y1={toY(y)}
            y2={toY(y)}
            className="stroke-veil/15"
            strokeDasharray="2 3"
          />
        ))}
        <line x1={toX(0)} y1={toY(0)} x2={toX(curve[0])} y2={toY(curve[1])} className="stroke-faint" />
        <line x1={toX(1)} y1={toY(1)} x2={toX(curve[2])} y2={toY(curve[3])} className="stroke-faint" />
        <polyline points={line.join(" ")} className="fill-none stroke-ink" strokeWidth={1.5} />
      </svg>
      {([0, 1] as const).map((which) => {
        const [x, y] = which === 0 ? [curve[0], curve[1]] : [curve[2], curve[3]];
        const [time, value] = [i18n.number(x), i18n.number(y)];
        return (
          <button
            key={which}
            type="button"
            aria-label={
              which === 0
                ? t`First handle: time ${time}, value ${value}`
                : t`Second handle: time ${time}, value ${value}`
            }
            className="absolute -m-3 grid size-6 cursor-grab touch-none place-items-center rounded-full"
            style={{ left: toX(x), top: clamp(toY(y), 2, TALL - 2) }}
            onPointerDown={(event) => {
              gesture.current += 1;
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={(event) => drag(which, event)}
            onKeyDown={(event) => {
              const [dx, dy] = ARROWS[event.key] ?? [0, 0];
              if (dx === 0 && dy === 0) return;
              event.preventDefault();
              put(which, x + dx * KEY_STEP, y + dy * KEY_STEP);
            }}
          >
            <span className="block size-2.5 rounded-full bg-accent" />
          </button>
        );
      })}
    </div>
  );
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
