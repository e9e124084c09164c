import { t } from "@lingui/core/macro";
import { Film, ImageIcon, ImagePlus, type LucideIcon, MonitorUp, Webcam } from "lucide-react";
import { Popover } from "radix-ui";
import { useRef, useState } from "react";
import { unreadable } from "../assets/picture";
import { addressOf } from "../sources/elsewhere";
import { useCanEdit, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";

/** What comes from outside and becomes a layer. */
export function BringMenu() {
  const studio = useStudio();
  const { layering, moving, desk } = studio;
  const canEdit = useCanEdit();
  const [open, setOpen] = useState(false);
  const [address, setAddress] = useState("");
  const pictures = useRef<HTMLInputElement>(null);
  const video = useRef<HTMLInputElement>(null);
  const bring = async (files: readonly File[]) => {
    for (const picture of files)
      try {
        await layering.addImage(picture, picture.name);
        desk.set({ tool: "move" });
      } catch {
        studio.live.set({ problem: unreadable(picture.name) });
      }
  };
  /** Something was chosen: what it opens has the eye, not this button. */
  const chosen = useRef(false);
  const choose = (act: () => void) => () => {
    chosen.current = true;
    setOpen(false);
    act();
  };
  const wanted = addressOf(address);
  const label = t`Bring a picture, a video, a camera or a screen`;
  return (
    <>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Tip label={label} side="top">
          <Popover.Trigger
            aria-label={label}
            disabled={!canEdit}
            className="grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink disabled:opacity-35 data-[state=open]:bg-veil/10 data-[state=open]:text-ink pointer-coarse:size-11"
          >
            <ImagePlus size={17} strokeWidth={1.75} aria-hidden />
          </Popover.Trigger>
        </Tip>
        <Popover.Portal>
          <Popover.Content
            side="top"
            sideOffset={10}
            collisionPadding={8}
            aria-label={label}
            onCloseAutoFocus={(event) => {
              if (chosen.current) event.preventDefault();
              chosen.current = false;
            }}
            className="float appear popover z-40 w-64 p-1.5"
          >
            <Item icon={ImageIcon} label={t`Picture…`} onClick={choose(() => pictures.current?.click())} />
            <Item icon={Film} label={t`Video file…`} onClick={choose(() => video.current?.click())} />
            <Item icon={Webcam} label={t`Camera`} onClick={choose(() => void moving.add("camera"))} />
            <Item
              icon={MonitorUp}
              label={t`Screen or window`}
              onClick={choose(() => void moving.add("screen"))}
            />
            <form
              className="mt-1.5 flex gap-1.5 border-line border-t px-1.5 pt-2.5 pb-1"
              onSubmit={(event) => {
                event.preventDefault();
                if (wanted === null) return;
                setAddress("");
                choose(() => void moving.addFrom(wanted))();
              }}
            >
              <input
                type="url"
                value={address}
                onChange={(event) => setAddress(event.target.value)}
                placeholder={t`Address of a picture`}
                aria-label={t`Address of a picture`}
                className="h-8 min-w-0 flex-1 rounded-lg bg-veil/8 px-2 text-ink outline-none placeholder:text-faint focus-visible:ring-2 focus-visible:ring-accent pointer-coarse:h-11"
              />
              <button
                type="submit"
                disabled={wanted === null}
                className="h-8 shrink-0 cursor-pointer rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 disabled:cursor-default disabled:opacity-35 pointer-coarse:h-11"
              >
                {t`Get`}
              </button>
            </form>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      <input
        ref={pictures}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label={t`Picture for a layer`}
        onChange={(event) => {
          void bring([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <input
        ref={video}
        type="file"
        accept="video/*"
        hidden
        aria-label={t`Video for a layer`}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) void moving.addClip(file);
          event.target.value = "";
        }}
      />
    </>
  );
}

interface ItemProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly onClick: () => void;
}

const Item = ({ icon: Icon, label, onClick }: ItemProps) => (
  <button
    type="button"
    onClick={onClick}
    className="flex h-8 w-full cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-left text-ink hover:bg-veil/10 pointer-coarse:h-11"
  >
    <Icon size={16} strokeWidth={1.75} aria-hidden className="text-soft" />
    {label}
  </button>
);
