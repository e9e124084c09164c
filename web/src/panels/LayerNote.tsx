import { t } from "@lingui/core/macro";
import { titleOf } from "../layering";
import { useDesk, useSheet, useStudio } from "../ui/context";

/** Why a press did nothing, where it was pressed, with the way out; it goes by itself. */
export function LayerNote() {
  const { layering, desk } = useStudio();
  const note = useDesk((d) => d.note);
  const layer = useSheet((s) => s.layers.find(({ id }) => id === (note?.of ?? s.layer)) ?? null);
  const name = layer === null ? "" : titleOf(layer);
  const mend = (patch: { locked: boolean } | { visible: boolean }) => {
    if (layer !== null) layering.change(layer.id, patch);
    desk.set({ note: null });
  };
  return (
    <div role="status" className="contents">
      {note !== null && layer !== null && (
        <p
          // The same note again is a new one: its time starts over.
          key={note.id}
          className="float leave mx-2 flex min-w-0 items-center gap-3 rounded-full py-1.5 pr-1.5 pl-4 text-ink"
        >
          <span className="min-w-0 max-w-52 truncate">
            {note.why === "locked" && t`“${name}” is locked`}
            {note.why === "hidden" && t`“${name}” is hidden`}
            {note.why === "nothing" && t`Nothing of “${name}” is selected`}
            {note.why === "unrendered" && t`There is no render to look at yet`}
            {note.why === "paintless" && t`There is no paint on “${name}”`}
          </span>
          {(note.why === "locked" || note.why === "hidden") && (
            <button
              type="button"
              onClick={() => mend(note.why === "locked" ? { locked: false } : { visible: true })}
              className="pointer-events-auto h-7 shrink-0 cursor-pointer rounded-full bg-veil/12 px-3 hover:bg-veil/20 pointer-coarse:h-11"
            >
              {note.why === "locked" ? t`Unlock` : t`Show`}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
