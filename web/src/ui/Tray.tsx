/** What a button of the bar opens: a panel with a title and a cross, which takes the focus and none of its buttons. */

import { X } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, useRef } from "react";

interface TrayProps {
  readonly title: string;
  /** Of the cross. */
  readonly closeLabel: string;
  readonly width_px: number;
  /** It stays while one draws on; only its cross, its button or Escape closes it. */
  readonly stays?: boolean;
  readonly children: ReactNode;
}

/** Inside of a Popover.Root, beside its Popover.Trigger. */
export function Tray({ title, closeLabel, width_px, stays = false, children }: TrayProps) {
  const content = useRef<HTMLDivElement>(null);
  return (
    <Popover.Portal>
      <Popover.Content
        ref={content}
        side="bottom"
        align="end"
        sideOffset={8}
        collisionPadding={8}
        aria-label={title}
        tabIndex={-1}
        onInteractOutside={(event) => stays && event.preventDefault()}
        // The focus is on none of its buttons, so that Space presses none.
        onOpenAutoFocus={(event) => {
          event.preventDefault();
          content.current?.focus({ preventScroll: true });
        }}
        style={{ width: `min(${width_px}px, calc(100vw - 16px))` }}
        className="float appear popover z-40 flex flex-col outline-none"
      >
        <div className="flex items-center justify-between border-line border-b py-1.5 pr-1.5 pl-4">
          <h2 className="font-medium text-ink">{title}</h2>
          <Popover.Close
            aria-label={closeLabel}
            className="grid size-8 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
          >
            <X size={17} strokeWidth={1.75} aria-hidden />
          </Popover.Close>
        </div>
        {children}
      </Popover.Content>
    </Popover.Portal>
  );
}

interface TrayTroubleProps {
  readonly title: string;
  readonly text: string;
  /** The button's word, and what it does; none where there is nothing to do but wait. */
  readonly action?: string;
  readonly run?: () => void;
}

/** At the top of a tray: what is wrong. */
export function TrayTrouble({ title, text, action, run }: TrayTroubleProps) {
  return (
    <div className="flex items-start gap-3 border-line border-b bg-veil/3 px-4 py-3">
      <span aria-hidden className="mt-[7px] size-1.5 shrink-0 rounded-full bg-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-ink first-letter:uppercase">{title}</p>
        <p className="text-small text-soft">{text}</p>
      </div>
      {action !== undefined && (
        <button
          type="button"
          onClick={run}
          className="shrink-0 cursor-pointer self-center rounded-md bg-veil/10 px-2.5 py-1 text-ink hover:bg-veil/20 pointer-coarse:h-11 pointer-coarse:px-3.5"
        >
          {action}
        </button>
      )}
    </div>
  );
}
