import { Slider } from "radix-ui";
import { useId, useRef } from "react";

interface Props {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly fallback: number;
  readonly format?: (value: number) => string;
  readonly help?: string;
  /** What the ends mean, in a word each. */
  readonly ends?: readonly [string, string];
  /** gesture: the same string for every change of one drag. */
  readonly onChange: (value: number, gesture: string) => void;
}

/** A row: label, figure, track. Double-click restores the default. */
export function LabelledSlider(props: Props) {
  const { label, value, low, high, step, fallback, format = String, help, ends, onChange } = props;
  const id = useId();
  const gesture = useRef(0);
  return (
    <div className="group" title={help}>
      <div className="flex items-baseline justify-between">
        <span id={id} className="text-soft">
          {label}
        </span>
        <span className="figures text-ink">{format(value)}</span>
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
        <Slider.Track className="relative h-1 grow rounded-full bg-white/15">
          <Slider.Range className="absolute h-full rounded-full bg-soft group-hover:bg-ink" />
        </Slider.Track>
        <Slider.Thumb
          aria-labelledby={id}
          aria-valuetext={format(value)}
          className="block size-3.5 rounded-full bg-ink shadow transition-transform duration-75 hover:scale-110 pointer-coarse:size-6"
        />
      </Slider.Root>
      {ends && (
        <div className="-mt-0.5 flex justify-between text-[11px] leading-4 text-faint" aria-hidden>
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </div>
      )}
    </div>
  );
}
