import { t } from "@lingui/core/macro";
import { TriangleAlert } from "lucide-react";
import type { ReferenceValue } from "../doc/references";
import { pictureTarget } from "../timeline/targets";
import { AssetImage } from "../ui/AssetImage";
import { WeightChip } from "./WeightChip";

interface Props {
  readonly reference: ReferenceValue;
  readonly dim: boolean;
  readonly scrolls: boolean;
  /** No shot can name it: the server refused it, or its bytes are gone. */
  readonly broken: boolean;
  readonly onWeight: (weight: number, gesture: string) => void;
  readonly onRemove: () => void;
}

/** A picture as a prompt: its thumbnail is the chip. */
export function ImageChip({ reference, dim, scrolls, broken, onWeight, onRemove }: Props) {
  const { id, sha256, name, weight } = reference;
  return (
    <WeightChip
      id={id}
      kind="picture"
      track={pictureTarget(id)}
      name={name}
      weight={weight}
      dim={dim || broken}
      scrolls={scrolls}
      onWeight={onWeight}
      onRemove={onRemove}
    >
      <span
        title={broken ? t`${name}: cannot be used` : name}
        className="relative mx-1 h-6 w-10 shrink-0 pointer-coarse:h-9 pointer-coarse:w-14"
      >
        <AssetImage sha256={sha256} className="size-full rounded-[5px]" />
        {broken && (
          <span className="on-picture absolute inset-0 grid place-items-center rounded-[5px] bg-black/60 text-slow">
            <TriangleAlert size={15} aria-label={t`This picture cannot be used`} />
          </span>
        )}
      </span>
    </WeightChip>
  );
}
