import { useEffect, useState } from "react";

interface FigureProps {
  readonly label: string;
  readonly unit: string;
  /** The unit says enough. */
  readonly brief?: boolean;
  readonly value: number;
  readonly onPick: (value: number) => void;
}

/** A number to type, or to step with the arrows. */
export function Figure({ label, unit, brief = false, value, onPick }: FigureProps) {
  const shown = String(Math.round(value * 10) / 10);
  const [draft, setDraft] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another value takes the place of what was being typed.
  useEffect(() => setDraft(null), [shown]);
  const pick = (text: string) => {
    const number = Number(text.replace(",", "."));
    if (text.trim() !== "" && Number.isFinite(number)) onPick(number);
    setDraft(null);
  };
  return (
    <label
      className={`flex h-8 shrink-0 items-center gap-1.5 text-soft pointer-coarse:h-11 ${brief ? "" : "pl-2"}`}
    >
      <span className={brief ? "sr-only" : ""}>{label}</span>
      <span className="flex h-full items-center rounded-lg bg-veil/8 pr-2 text-ink focus-within:ring-2 focus-within:ring-accent">
        <input
          inputMode="decimal"
          value={draft ?? shown}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => draft !== null && pick(draft)}
          onKeyDown={(event) => {
            const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
            if (step !== 0) {
              event.preventDefault();
              onPick(Math.round(value) + step * (event.shiftKey ? 10 : 1));
            }
            if (event.key === "Enter") event.currentTarget.blur();
            if (event.key === "Escape") {
              setDraft(null);
              event.currentTarget.blur();
            }
          }}
          className="figures h-full w-12 bg-transparent pl-2 text-right outline-none"
        />
        {unit && <span className="text-faint">{unit}</span>}
      </span>
    </label>
  );
}
