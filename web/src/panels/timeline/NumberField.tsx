import { i18n } from "@lingui/core";
import { useEffect, useState } from "react";

interface Props {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly digits: number;
  readonly unit?: string;
  readonly disabled?: boolean;
  readonly onPick: (value: number) => void;
}

/** A number to type, or to step with the arrows; Shift for ten steps. */
export function NumberField({
  label,
  value,
  low,
  high,
  step,
  digits,
  unit,
  disabled = false,
  onPick,
}: Props) {
  const shown = i18n.number(value, { maximumFractionDigits: digits, useGrouping: false });
  const [draft, setDraft] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another value takes the place of what was being typed.
  useEffect(() => setDraft(null), [shown]);
  const pick = (wanted: number) => onPick(Number(Math.min(high, Math.max(low, wanted)).toFixed(digits)));
  const typed = (text: string) => {
    const number = Number(text.replace(",", ".").replace("−", "-"));
    if (text.trim() !== "" && Number.isFinite(number)) pick(number);
    setDraft(null);
  };
  return (
    <label className="flex min-h-8 items-center justify-between gap-3 text-soft pointer-coarse:min-h-11">
      {label}
      <span className="flex h-8 items-center rounded-lg bg-veil/8 pr-2 text-ink focus-within:ring-2 focus-within:ring-accent pointer-coarse:h-11">
        <input
          inputMode="decimal"
          disabled={disabled}
          value={draft ?? shown}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => draft !== null && typed(draft)}
          onKeyDown={(event) => {
            const by = event.key === "ArrowUp" ? step : event.key === "ArrowDown" ? -step : 0;
            if (by !== 0) {
              event.preventDefault();
              pick(value + by * (event.shiftKey ? 10 : 1));
            }
            if (event.key === "Enter" && draft !== null) typed(draft);
            if (event.key === "Escape" && draft !== null) {
              event.stopPropagation();
              setDraft(null);
            }
          }}
          className="figures h-full w-16 bg-transparent pl-2 text-right outline-none disabled:text-faint"
        />
        <span aria-hidden className="w-5 pl-1 text-faint">
          {unit}
        </span>
      </span>
    </label>
  );
}
