import { Slider } from "radix-ui";
import { useId, useRef } from "react";
import { KeyDiamond } from "../panels/timeline/KeyDiamond";

interface Props {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly fallback: number;
  readonly format?: (value: number) => string;
  /** What it does, in a few words, below. */
  readonly help?: string | undefined;
  /** What the ends mean, in a word each. */
  readonly ends?: readonly [string, string];
  /** The track fills from here instead of from its low end. */
  readonly middle?: number | undefined;
  /** What the timeline calls it: it can have keyframes (timeline/targets.ts). */
  readonly track?: string | undefined;
  /** gesture: the same string for every change of one drag. */
  readonly onChange: (value: number, gesture: string) => void;
}

/** A row: label, figure, track. Double-click restores the default. */
export function LabelledSlider(props: Props) {
  const {
    label,
    value,
    low,
    high,
    step,
    fallback,
    format = String,
    help,
    ends,
    middle,
    track,
    onChange,
  } = props;
  const id = useId();
  const gesture = useRef(0);
  const fraction = (at: number) => (at - low) / (high - low);
  return (
    <div className="group">
      <div className="flex items-baseline justify-between gap-2">
        <span id={id} title={label} className="min-w-0 truncate text-soft">
          {label}
        </span>
        <span className="flex items-center gap-1">
          <span className="figures text-ink">{format(value)}</span>
          {track !== undefined && <KeyDiamond target={track} name={label} className="-my-1 -mr-1" />}
        </span>
      </div>
      <Slider.Root
        className="relative flex h-5 w-full cursor-pointer touch-none items-center pointer-coarse:h-11"
        value={[value]}
        min={low}
        max={high}
        step={step}
        onPointerDown={() => {
          gesture.current += 1;
        }}
        onValueChange={([next]) => {
          if (next !== undefined) onChange(Number(next.toFixed(4)), `${id}:${gesture.current}`);
        }}
        onDoubleClick={() => onChange(fallback, "")}
      >
        <Slider.Track className="relative h-1 grow rounded-full bg-veil/15">
          {middle === undefined ? (
            <Slider.Range className="absolute h-full rounded-full bg-soft group-hover:bg-ink" />
          ) : (
            <>
              <span
                className="-translate-x-1/2 absolute -top-0.5 h-2 w-px bg-veil/30"
                style={{ left: `${fraction(middle) * 100}%` }}
              />
              <span
                className="absolute h-full rounded-full bg-soft group-hover:bg-ink"
                style={{
                  left: `${Math.min(fraction(middle), fraction(value)) * 100}%`,
                  width: `${Math.abs(fraction(value) - fraction(middle)) * 100}%`,
                }}
              />
            </>
          )}
        </Slider.Track>
        <Slider.Thumb
          aria-labelledby={id}
          aria-valuetext={format(value)}
          aria-describedby={help ? `${id}-help` : undefined}
          className="block size-3.5 rounded-full bg-ink shadow transition-transform duration-75 hover:scale-110 pointer-coarse:size-6"
        />
      </Slider.Root>
      {ends && (
        <div className="-mt-0.5 flex justify-between text-[11px] leading-4 text-faint" aria-hidden>
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </div>
      )}
      {help && (
        <p id={`${id}-help`} className="-mt-0.5 text-[11px] text-faint leading-4">
          {help}
        </p>
      )}
    </div>
  );
}
