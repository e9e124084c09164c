import { t } from "@lingui/core/macro";
import type { Extent } from "../canvas/view";
import { inLens, lensAt, type Point } from "./split";

interface Props {
  /** What is looked at: of the pane, and of the picture. */
  readonly at: Point;
  readonly point: Point;
  readonly pane: Extent;
  readonly picture: Extent;
  readonly dpr: number;
  /** Null: there is only the result. */
  readonly before: string | null;
  readonly after: string;
}

/** Each of the two lenses, CSS pixels. */
const LENS: Extent = { width: 160, height: 160 };
const SEAM_PX = 1;
/** Clear of a finger. */
const GAP_PX = 28;

/** The same spot of both pictures, one pixel of the result on one of the screen. */
export function Loupe({ at, point, pane, picture, dpr, before, after }: Props) {
  const width = before === null ? LENS.width : 2 * LENS.width + SEAM_PX;
  const corner = lensAt(at, { ...LENS, width }, pane, GAP_PX);
  return (
    <div className="pointer-events-none absolute inset-0">
      <span
        className="absolute size-3 -translate-x-1/2 -translate-y-1/2 rounded-full border border-white shadow-[0_0_0_1px_#000a]"
        style={{ left: at.x, top: at.y }}
      />
      <div
        data-testid="loupe"
        className="absolute flex gap-px overflow-hidden rounded-xl bg-white/70 shadow-[0_0_0_1px_#fffb,0_0_0_2px_#000a,0_8px_24px_#000a]"
        style={{ left: corner.x, top: corner.y }}
      >
        {before !== null && <Lens url={before} name={t`Before`} point={point} picture={picture} dpr={dpr} />}
        <Lens url={after} name={t`After`} point={point} picture={picture} dpr={dpr} />
      </div>
    </div>
  );
}

interface LensProps {
  readonly url: string;
  readonly name: string;
  readonly point: Point;
  readonly picture: Extent;
  readonly dpr: number;
}

function Lens({ url, name, point, picture, dpr }: LensProps) {
  const { x, y } = inLens(point, LENS, dpr);
  return (
    <div className="relative overflow-hidden bg-ground" style={LENS}>
      <img
        src={url}
        alt=""
        draggable={false}
        className="absolute top-0 left-0 max-w-none origin-top-left"
        style={{
          width: picture.width / dpr,
          height: picture.height / dpr,
          transform: `translate(${x}px, ${y}px)`,
        }}
      />
      <span className="absolute bottom-1.5 left-1.5 rounded bg-black/65 px-1.5 text-[11px] text-white leading-4">
        {name}
      </span>
    </div>
  );
}
