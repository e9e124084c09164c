import { useId } from "react";

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly help?: string | undefined;
  readonly onPick: (value: string) => void;
}

const SEGMENTS = 3;

/** Few options as segments, many as a list. */
export function Choice({ label, value, options, help, onPick }: ChoiceProps) {
  const id = useId();
  const told = help ? (
    <p id={id} className="mt-1 text-[11px] text-faint leading-4">
      {help}
    </p>
  ) : null;
  if (options.length > SEGMENTS)
    return (
      <label className="flex flex-col gap-1 text-soft">
        {label}
        <select
          value={value}
          aria-describedby={told ? id : undefined}
          onChange={(event) => onPick(event.target.value)}
          className="h-8 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
        >
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
        {told}
      </label>
    );
  return (
    <fieldset className="min-w-0" aria-describedby={told ? id : undefined}>
      <legend className="text-soft">{label}</legend>
      <div className="figures mt-1 flex gap-0.5 rounded-lg bg-veil/8 p-0.5">
        {options.map(([option, text]) => (
          <button
            key={option}
            type="button"
            title={text}
            aria-pressed={option === value}
            onClick={() => onPick(option)}
            className={`h-7 min-w-0 flex-1 cursor-pointer truncate rounded-md px-1 text-small first-letter:uppercase pointer-coarse:h-10 ${option === value ? "bg-veil/16 text-ink" : "text-soft hover:text-ink"}`}
          >
            {text}
          </button>
        ))}
      </div>
      {told}
    </fieldset>
  );
}
