import { t } from "@lingui/core/macro";
import { Popover } from "radix-ui";
import { percent } from "../language/numbers";
import { useDesk, useStudio } from "../ui/context";
import { DEFAULT_SIZE } from "../ui/desk";
import { LabelledSlider } from "../ui/LabelledSlider";
import { Tip } from "../ui/Tip";
import { BrushPicker } from "./BrushPicker";
import { SIZES, sliderOf } from "./brush-sizes";

const LARGEST_DOT_PX = 22;

/** A dot as large and as opaque as the brush; pressing it opens the dials and the brushes. */
export function BrushDials({ side }: { readonly side: "right" | "top" }) {
  const { desk } = useStudio();
  const size = useDesk((d) => d.size);
  const opacity = useDesk((d) => d.opacity);
  const shown = percent(opacity);
  const whole = Math.round(opacity * 100);
  const dot = 3 + (sliderOf(size) / (SIZES.length - 1)) * (LARGEST_DOT_PX - 3);
  return (
    <Popover.Root>
      <Tip label={t`Size ${size}, opacity ${shown}, brushes`} keys="[ ]" side={side}>
        <Popover.Trigger
          aria-label={t`Brush size ${size}, opacity ${whole} percent`}
          className="flex w-9 shrink-0 cursor-pointer flex-col items-center rounded-lg py-1 hover:bg-veil/10 pointer-coarse:size-11 pointer-coarse:justify-center"
        >
          <span className="grid size-6 place-items-center">
            <span
              className="rounded-full bg-ink"
              style={{ width: dot, height: dot, opacity: 0.25 + opacity * 0.75 }}
            />
          </span>
          <span className="figures text-[11px] text-soft leading-3.5 pointer-coarse:hidden">{size}</span>
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side={side}
          sideOffset={18}
          collisionPadding={8}
          className="float appear popover z-40 flex w-80 flex-col gap-2 p-4"
        >
          <LabelledSlider
            label={t`Size`}
            value={sliderOf(size)}
            low={0}
            high={SIZES.length - 1}
            step={1}
            fallback={sliderOf(DEFAULT_SIZE)}
            format={() => String(size)}
            onChange={(at) => desk.set({ size: SIZES[at] ?? size })}
          />
          <LabelledSlider
            label={t`Opacity`}
            value={opacity}
            low={0.05}
            high={1}
            step={0.01}
            fallback={1}
            format={percent}
            onChange={(value) => desk.set({ opacity: value })}
          />
          <BrushPicker />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
