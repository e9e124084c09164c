/** Where a camera, a screen or a video lies that shows nothing here: whose it is, and the way to start it. */

import { t } from "@lingui/core/macro";
import { hiddenBy } from "../doc/groups";
import { cropOf, isMoving, type MovingLayer, matrixOf } from "../doc/layers";
import { apply, cornersOf } from "../doc/matrix";
import { startLabel, whose } from "../panels/MovingLook";
import { useMoving, useSheet, useStudio } from "../ui/context";
import { wholeBox } from "./crop";
import type { Placement } from "./view";

export function MovingPlaces({ at }: { readonly at: Placement }) {
  const { moving } = useStudio();
  const layers = useSheet((s) => s.layers);
  const states = useMoving((m) => m.states);
  const blank = layers
    .filter(isMoving)
    .filter((layer) => hiddenBy(layers, layer) === null && moving.picture(layer) === null)
    .filter((layer) => states.get(layer.id) !== "loading");
  return blank.map((layer) => <Place key={layer.id} layer={layer} at={at} />);
}

function Place({ layer, at }: { readonly layer: MovingLayer; readonly at: Placement }) {
  const { moving } = useStudio();
  const whole = wholeBox(layer);
  const crop = cropOf(layer);
  const corners = cornersOf({
    x: whole.x + crop.x * whole.width,
    y: whole.y + crop.y * whole.height,
    width: crop.width * whole.width,
    height: crop.height * whole.height,
  }).map((corner) => {
    const { x, y } = apply(matrixOf(layer), corner);
    return { x: x * at.scale + at.dx, y: y * at.scale + at.dy };
  });
  const middle = (of: "x" | "y") => corners.reduce((sum, corner) => sum + corner[of], 0) / corners.length;
  return (
    <>
      <svg aria-hidden="true" className="pointer-events-none absolute inset-0 size-full overflow-hidden">
        <polygon
          points={corners.map(({ x, y }) => `${x},${y}`).join(" ")}
          className="fill-black/8 stroke-black/45"
          strokeDasharray="6 5"
        />
      </svg>
      <div
        className="-translate-x-1/2 -translate-y-1/2 pointer-events-none absolute max-w-60 text-center"
        style={{ left: middle("x"), top: middle("y") }}
      >
        {layer.kind === "live" && moving.mayStart(layer) ? (
          <button
            type="button"
            onPointerDown={(event) => event.stopPropagation()}
            onClick={() => void moving.start(layer)}
            className="float pointer-events-auto h-9 cursor-pointer truncate px-4 text-ink hover:bg-raised pointer-coarse:h-11"
          >
            {startLabel(layer)}
          </button>
        ) : (
          <p className="float truncate px-4 py-2 text-ink">
            {layer.kind === "live" ? whose(layer) : t`“${{ name: layer.name }}” is not in this browser`}
          </p>
        )}
      </div>
    </>
  );
}

/** That a camera or a screen is on, whatever else is hidden, and the way to end it. */
export function CaptureLight() {
  const { moving } = useStudio();
  const layers = useSheet((s) => s.layers);
  const on = useMoving((m) => m.on);
  if (on.length === 0) return null;
  const sources = new Set(
    layers.flatMap((layer) => (layer.kind === "live" && on.includes(layer.id) ? layer.source : [])),
  );
  const [camera, screen] = [sources.has("camera"), sources.has("screen")];
  return (
    <div
      role="status"
      className="float appear pointer-events-auto absolute z-20 flex h-9 max-w-full items-center gap-2 rounded-full pr-1 pl-3 text-ink pointer-coarse:h-12"
    >
      <span aria-hidden className="recording size-2 shrink-0 rounded-full bg-bad" />
      <span className="truncate">
        {camera ? (screen ? t`Camera and screen on` : t`Camera on`) : t`Screen on`}
      </span>
      <button
        type="button"
        onClick={() => moving.stopAll()}
        className="h-7 shrink-0 cursor-pointer rounded-full bg-white/12 px-3 hover:bg-white/20 pointer-coarse:h-10"
      >
        {t`Stop`}
      </button>
    </div>
  );
}
