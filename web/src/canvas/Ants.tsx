import { useSelection } from "../ui/context";
import type { Placement } from "./view";

/** Beyond this many characters of outline the dashes stand still: to move them would cost more than a frame has. */
const MAX_MARCHING = 60_000;

/** The line around what is selected. The browser moves its dashes; the canvas below is not painted for them. */
export function Ants({ at }: { readonly at: Placement }) {
  const outline = useSelection((s) => s.outline);
  const draft = useSelection((s) => s.draft);
  const dx = useSelection((s) => s.dx);
  const dy = useSelection((s) => s.dy);
  if (outline === "" && draft === "") return null;
  return (
    <svg
      aria-hidden="true"
      data-testid="ants"
      className="ants pointer-events-none absolute inset-0 size-full overflow-hidden"
    >
      <g transform={`translate(${at.dx} ${at.dy}) scale(${at.scale})`}>
        {outline !== "" && (
          <g transform={`translate(${dx} ${dy})`}>
            <Line path={outline} />
          </g>
        )}
        {draft !== "" && <Line path={draft} />}
      </g>
    </svg>
  );
}

function Line({ path }: { readonly path: string }) {
  return (
    <>
      <path d={path} className="fill-none stroke-black" strokeWidth={1} vectorEffect="non-scaling-stroke" />
      <path
        d={path}
        className={`fill-none stroke-white ${path.length > MAX_MARCHING ? "" : "march"}`}
        strokeWidth={1}
        strokeDasharray="4 4"
        vectorEffect="non-scaling-stroke"
      />
    </>
  );
}
