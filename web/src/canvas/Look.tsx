import { useEffect, useState } from "react";
import type { Shown } from "../history/album";
import { useHistory, useStudio } from "../ui/context";

/** While a moment of the history is looked at: what it looked like, over what is there now. */
export function Look({ side }: { readonly side: "sketch" | "render" }) {
  const { album } = useStudio();
  const moment = useHistory(({ moments, looking }) =>
    looking === null ? null : (moments.find(({ id }) => id === looking) ?? null),
  );
  const [shown, setShown] = useState<Shown | null>(null);
  const key = moment?.pictures ?? null;
  useEffect(() => {
    let current = true;
    if (key === null) setShown(null);
    else void album.get(key).then((found) => current && setShown(found));
    return () => {
      current = false;
    };
  }, [album, key]);
  if (moment === null || shown === null) return null;
  const url = side === "sketch" ? shown.sketch : shown.render;
  return (
    <div
      aria-hidden
      data-testid={`look-${side}`}
      className="pointer-events-none absolute inset-0 z-10 bg-ground"
    >
      {url && <img src={url} alt="" draggable={false} className="size-full object-contain" />}
    </div>
  );
}
