/** What the others in the room have in hand, each in their colour: around what they selected, and what they move. */

import { useEffect, useState } from "react";
import { outlineOf } from "../doc/selection";
import type { Person } from "../rooms/people";
import { useSharing, useSheet, useStudio } from "../ui/context";
import type { Placement } from "./view";

export function Held({ at }: { readonly at: Placement }) {
  const people = useSharing((s) => s.people);
  const holding = people.filter(({ holds }) => holds.clip !== null || holds.moving);
  if (holding.length === 0) return null;
  return (
    <svg
      aria-hidden="true"
      className="pointer-events-none absolute inset-0 size-full overflow-hidden"
      data-testid="held"
    >
      <g transform={`translate(${at.dx} ${at.dy}) scale(${at.scale})`}>
        {holding.map(({ client, color, holds: { clip, moving, layers } }) => (
          <g key={client}>
            {clip !== null && <Outline clip={clip} color={color} />}
            {moving && <Boxes layers={layers} color={color} />}
          </g>
        ))}
      </g>
    </svg>
  );
}

/** The document may come to know a selection after its name was heard. */
function Outline({ clip, color }: { readonly clip: string; readonly color: string }) {
  const { doc } = useStudio();
  const [path, setPath] = useState("");
  useEffect(() => {
    const read = () => {
      const selection = doc.selection(clip);
      setPath(selection === null ? "" : outlineOf(selection));
      return selection !== null;
    };
    setPath("");
    if (read()) return;
    const stop = doc.observe((parts) => {
      if (parts.has("selection") && read()) stop();
    });
    return stop;
  }, [doc, clip]);
  return path === "" ? null : <Line path={path} color={color} dashed />;
}

function Boxes({ layers, color }: { readonly layers: Person["holds"]["layers"]; readonly color: string }) {
  const { layering } = useStudio();
  // Both change where they lie.
  useSheet((s) => s.layers);
  useSheet((s) => s.look);
  const box = layering.held(new Set(layers))?.box;
  if (box === undefined) return null;
  return <Line path={`M${box.x} ${box.y}h${box.width}v${box.height}h${-box.width}Z`} color={color} />;
}

interface LineProps {
  readonly path: string;
  readonly color: string;
  readonly dashed?: boolean;
}

/** Seen on any picture: their colour on a dark line. */
function Line({ path, color, dashed = false }: LineProps) {
  return (
    <>
      <path
        d={path}
        className="fill-none stroke-black/60"
        strokeWidth={3}
        vectorEffect="non-scaling-stroke"
      />
      <path
        d={path}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        {...(dashed && { strokeDasharray: "5 4" })}
        vectorEffect="non-scaling-stroke"
      />
    </>
  );
}
