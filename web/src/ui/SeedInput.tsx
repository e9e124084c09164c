import { t } from "@lingui/core/macro";
import { useState } from "react";
import { MAX_SEED } from "../wire/shots";

interface Props {
  readonly seed: number;
  /** What a double-click restores. */
  readonly fallback: number;
  readonly disabled?: boolean;
  /** gesture: the same string while it is typed, "" for a jump. */
  readonly onSeed: (seed: number, gesture: string) => void;
}

/** A seed as a figure; what is typed and is none changes nothing. */
export function SeedInput({ seed, fallback, disabled = false, onSeed }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <input
      aria-label={t`Seed`}
      inputMode="numeric"
      value={draft ?? String(seed)}
      disabled={disabled}
      onFocus={(event) => event.target.select()}
      onChange={(event) => {
        setDraft(event.target.value);
        const value = Number(event.target.value);
        if (event.target.value !== "" && Number.isInteger(value) && value >= 0 && value <= MAX_SEED)
          onSeed(value, "seed:typing");
      }}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      onBlur={() => setDraft(null)}
      onDoubleClick={() => onSeed(fallback, "")}
      className="figures h-8 min-w-0 flex-1 rounded-lg bg-veil/8 px-2.5 text-ink outline-none focus-visible:ring-2 focus-visible:ring-accent disabled:text-soft pointer-coarse:h-11"
    />
  );
}
