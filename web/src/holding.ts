/** What this page has in hand, told to the others in the room. */

import type { Layering } from "./layering";
import { NOTHING } from "./rooms/people";
import type { Sharing } from "./rooms/sharing";
import type { Selecting } from "./selecting";
import { activeTool, type Desk } from "./ui/desk";
import type { Store } from "./ui/store";

export interface HoldingWorld {
  readonly desk: Store<Desk>;
  readonly layering: Layering;
  readonly selecting: Selecting;
  readonly sharing: Sharing;
}

export function tellHolding({ desk, layering, selecting, sharing }: HoldingWorld): void {
  const tell = () =>
    sharing.hold(
      sharing.canEdit
        ? {
            layers: [...layering.picked],
            moving: activeTool(desk.get()) === "move",
            clip: selecting.clip ?? null,
          }
        : NOTHING,
    );
  for (const store of [desk, selecting.now, sharing.now]) store.subscribe(tell);
  tell();
}
