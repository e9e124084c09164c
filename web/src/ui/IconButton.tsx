import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes } from "react";
import { keysOf } from "../shortcuts";
import { Tip, type TipSide } from "./Tip";

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children"> {
  readonly icon: LucideIcon;
  readonly label: string;
  /** The id of a shortcut in shortcuts.ts, shown in the tooltip. */
  readonly shortcut?: string;
  readonly active?: boolean;
  readonly side?: TipSide;
}

/**
 * active: undefined for a plain button, otherwise a toggle whose state screen readers hear. disabled: it does nothing,
 * but keeps its tooltip and the focus.
 */
export function IconButton({
  icon: Icon,
  label,
  shortcut,
  active,
  side = "bottom",
  className = "",
  disabled = false,
  onClick,
  ...rest
}: Props) {
  const keys = shortcut === undefined ? undefined : keysOf(shortcut);
  return (
    <Tip label={label} keys={keys} side={side}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={active}
        aria-disabled={disabled || undefined}
        onClick={disabled ? undefined : onClick}
        aria-keyshortcuts={keys?.replace(" ", "+")}
        className={`grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg transition-colors duration-75 aria-disabled:cursor-default aria-disabled:opacity-35 pointer-coarse:size-11 ${
          active === true
            ? "bg-accent text-onaccent"
            : "text-soft hover:bg-veil/10 hover:text-ink aria-disabled:hover:bg-transparent aria-disabled:hover:text-soft"
        } ${className}`}
        {...rest}
      >
        <Icon size={17} strokeWidth={1.75} aria-hidden />
      </button>
    </Tip>
  );
}
