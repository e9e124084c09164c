/** A line or an arrow in hand: each of its ends can be taken. */

import { t } from "@lingui/core/macro";
import { useEffect, useRef } from "react";
import type { ShapeLayer } from "../doc/layers";
import type { Point } from "../doc/matrix";
import { useStudio } from "../ui/context";
import { beginEnd, endsOf } from "./shape-gesture";
import type { Gesture } from "./tools";
import { type Placement, toDocument } from "./view";

interface Props {
  readonly layer: ShapeLayer;
  readonly at: Placement;
}

export function LineEnds({ layer, at }: Props) {
  const { x0, y0, x1, y1 } = endsOf(layer);
  if (layer.locked) return null;
  return (
    <>
      <End which="from" where={{ x: x0, y: y0 }} layer={layer} at={at} />
      <End which="to" where={{ x: x1, y: y1 }} layer={layer} at={at} />
    </>
  );
}

interface EndProps extends Props {
  readonly which: "from" | "to";
  /** Document units. */
  readonly where: Point;
}

function End({ which, where, layer, at }: EndProps) {
  const studio = useStudio();
  const gesture = useRef<Gesture | null>(null);
  useEffect(() => () => gesture.current?.end(), []);
  const point = (event: React.PointerEvent) => {
    const pane = event.currentTarget.closest("section")?.getBoundingClientRect();
    return {
      ...toDocument(at, event.clientX - (pane?.left ?? 0), event.clientY - (pane?.top ?? 0)),
      pressure: 0.5,
    };
  };
  const finish = (how: "end" | "cancel") => {
    gesture.current?.[how]();
    gesture.current = null;
  };
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={which === "from" ? t`Move the line's beginning` : t`Move the line's end`}
      data-end={which}
      className="absolute z-20 -m-3 grid size-6 cursor-move touch-none place-items-center pointer-coarse:-m-5 pointer-coarse:size-10"
      style={{ left: where.x * at.scale + at.dx, top: where.y * at.scale + at.dy }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        gesture.current = beginEnd(studio, which, layer);
      }}
      onPointerMove={(event) => gesture.current?.move([point(event)], [], event.shiftKey)}
      onPointerUp={() => finish("end")}
      onPointerCancel={() => finish("cancel")}
    >
      <span className="block size-3 rounded-full border border-black/60 bg-white" />
    </button>
  );
}
