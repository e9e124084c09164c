import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { GalleryHorizontalEnd, Trash2 } from "lucide-react";
import { Popover } from "radix-ui";
import { MAX_NAME_CHARS, type Moment, timeOf } from "../history/moments";
import { useHistory, useStudio } from "../ui/context";
import { Keys, Tip } from "../ui/Tip";

/** The moments that have a name: rename, go back, delete. */
export function SnapshotsButton() {
  const moments = useHistory((h) => h.moments);
  const named = moments.filter(({ name }) => name !== "").reverse();
  return (
    <Popover.Root>
      <Tip label={t`Snapshots`} side="top">
        <Popover.Trigger
          aria-label={t`Snapshots: ${named.length}`}
          className="figures flex h-8 min-w-8 shrink-0 cursor-pointer items-center justify-center gap-1.5 rounded-lg px-2 text-soft hover:bg-veil/10 hover:text-ink data-[state=open]:bg-veil/10 data-[state=open]:text-ink pointer-coarse:h-11 pointer-coarse:min-w-11"
        >
          <GalleryHorizontalEnd size={17} strokeWidth={1.75} aria-hidden />
          {named.length > 0 && named.length}
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side="top"
          align="end"
          sideOffset={24}
          collisionPadding={8}
          aria-label={t`Snapshots`}
          className="float appear popover z-40 w-80 max-w-[calc(100vw-16px)]"
        >
          {named.length === 0 ? (
            <div className="px-8 py-7 text-center">
              <p className="font-medium text-ink">{t`No snapshots yet`}</p>
              <p className="mt-1 text-small text-soft">
                <Trans>
                  Press{" "}
                  <span className="inline-flex align-middle">
                    <Keys keys="S" />
                  </span>{" "}
                  to keep the picture as it is now. It stays until you delete it.
                </Trans>
              </p>
            </div>
          ) : (
            <ul aria-label={t`Snapshots`} className="flex flex-col py-1.5">
              {named.map((moment) => (
                <Row key={moment.id} moment={moment} />
              ))}
            </ul>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Row({ moment }: { readonly moment: Moment }) {
  const { history } = useStudio();
  const here = useHistory((h) => h.head === moment.id);
  const { id, name } = moment;
  return (
    <li className="flex items-center gap-2 px-2 py-1 hover:bg-veil/5">
      <button
        type="button"
        aria-label={t`Go back to ${name}`}
        onClick={() => history.restore(id)}
        onPointerEnter={(event) => event.pointerType === "mouse" && history.lookAt(id)}
        onPointerLeave={() => history.lookAt(null)}
        className={`size-12 shrink-0 cursor-pointer overflow-hidden rounded-md ${here ? "outline-2 outline-accent" : ""}`}
      >
        <img src={moment.thumbnail} alt="" className="size-full object-cover" />
      </button>
      <div className="min-w-0 flex-1">
        <input
          key={name}
          aria-label={t`Name of ${name}`}
          defaultValue={name}
          maxLength={MAX_NAME_CHARS}
          onBlur={(event) => {
            history.rename(id, event.currentTarget.value);
            if (event.currentTarget.value.trim() === "") event.currentTarget.value = name;
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.value = name;
            if (event.key !== "Enter" && event.key !== "Escape") return;
            event.preventDefault();
            event.stopPropagation();
            event.currentTarget.blur();
          }}
          className="h-7 w-full rounded-md bg-transparent px-1.5 text-ink outline-none hover:bg-veil/8 focus-visible:bg-veil/8 focus-visible:ring-2 focus-visible:ring-accent"
        />
        <p className="figures px-1.5 text-small text-soft">{timeOf(moment.at_ms, Date.now())}</p>
      </div>
      <Tip label={t`Delete`} side="left">
        <button
          type="button"
          aria-label={t`Delete ${name}`}
          onClick={() => history.remove(id)}
          className="grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-faint hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
        >
          <Trash2 size={15} aria-hidden />
        </button>
      </Tip>
    </li>
  );
}
