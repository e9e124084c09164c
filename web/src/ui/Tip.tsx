import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";

export type TipSide = "top" | "right" | "bottom" | "left";

interface Props {
  readonly label: string;
  readonly keys?: string | undefined;
  readonly side?: TipSide;
  readonly children: ReactNode;
}

export function Tip({ label, keys, side = "bottom", children }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={8}
          collisionPadding={8}
          className="tip appear z-50 flex max-w-64 [@media(hover:none)]:hidden items-center gap-2 rounded-md border border-line bg-raised px-2 py-1 text-small text-ink shadow-lg"
        >
          {label}
          {keys !== undefined && <Keys keys={keys} />}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** What is printed on them differs. */
const KEY_NAMES: ReadonlyMap<string, MessageDescriptor> = new Map([
  ["Ctrl", msg`Ctrl`],
  ["Shift", msg`Shift`],
  ["Space", msg`Space`],
  ["Delete", msg({ message: "Delete", context: "key" })],
  ["Backspace", msg`Backspace`],
  ["Arrows", msg`Arrows`],
]);

function keyName(key: string): string {
  const known = KEY_NAMES.get(key);
  return known === undefined ? key : i18n._(known);
}

export function Keys({ keys }: { readonly keys: string }) {
  const parts = keys.includes("–") ? [keys] : keys.split(" ");
  return (
    <span className="flex gap-1">
      {parts.map((part) => (
        <kbd
          key={part}
          className="figures min-w-5 rounded border border-veil/15 bg-veil/8 px-1 text-center font-sans text-[11px] leading-[18px] text-soft"
        >
          {keyName(part)}
        </kbd>
      ))}
    </span>
  );
}
