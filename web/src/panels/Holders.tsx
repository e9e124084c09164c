import { t } from "@lingui/core/macro";
import { holdersOf } from "../rooms/people";
import { useSharing } from "../ui/context";

const MOST = 3;

/** Who else in the room has a layer in hand: a dot each. */
export function Holders({ layer }: { readonly layer: string }) {
  // A text: whoever only points somewhere else changes nothing here.
  const said = useSharing((s) =>
    holdersOf(s.people, layer)
      .map(({ color, name }) => `${color}${name}`)
      .join("\n"),
  );
  if (said === "") return null;
  const holders = said.split("\n").map((each) => ({ color: each.slice(0, 7), name: each.slice(7) }));
  const names = holders.map(({ name }) => name).join(", ");
  return (
    <span role="img" aria-label={t`In hand: ${names}`} title={names} className="ml-1.5 flex shrink-0 gap-1">
      {holders.slice(0, MOST).map(({ color, name }) => (
        <span
          key={color + name}
          className="size-2 rounded-full ring-1 ring-black/50"
          style={{ backgroundColor: color }}
        />
      ))}
    </span>
  );
}
