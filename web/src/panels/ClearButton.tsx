import { t } from "@lingui/core/macro";
import { Trash2 } from "lucide-react";
import { useSheet, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import type { TipSide } from "../ui/Tip";

/** In the bar; on a phone, whose bar is full, behind the tools. */
export function ClearButton({ side }: { readonly side: TipSide }) {
  const studio = useStudio();
  const empty = useSheet((s) => s.empty);
  const many = useSheet((s) => s.layers.length > 1);
  return (
    <IconButton
      icon={Trash2}
      label={many ? t`Clear the layer` : t`Clear the sketch`}
      shortcut="clear"
      side={side}
      disabled={empty}
      onClick={() => studio.clear()}
    />
  );
}
