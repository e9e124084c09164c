import { useSharing } from "../ui/context";
import type { Placement } from "./view";

/** The others' pointers on the sketch, with their names. */
export function Others({ at }: { readonly at: Placement }) {
  const people = useSharing((s) => s.people);
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0 overflow-hidden">
      {people.map(({ client, name, color, cursor }) =>
        cursor === null ? null : (
          <div
            key={client}
            data-testid="cursor"
            className="absolute top-0 left-0 flex items-start"
            style={{
              transform: `translate(${cursor.x * at.scale + at.dx}px, ${cursor.y * at.scale + at.dy}px)`,
            }}
          >
            <svg viewBox="0 0 16 16" className="size-4 shrink-0 drop-shadow" aria-hidden="true">
              <path
                d="M1.5 1.5 6 14l2.2-5.6L14 6.2Z"
                fill={color}
                stroke="#0a0a0a"
                strokeWidth="1"
                strokeLinejoin="round"
              />
            </svg>
            <span
              className="mt-3 max-w-40 truncate rounded-md px-1.5 font-medium text-black text-small leading-[18px]"
              style={{ backgroundColor: color }}
            >
              {name}
            </span>
          </div>
        ),
      )}
    </div>
  );
}
