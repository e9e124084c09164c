import { plural, t } from "@lingui/core/macro";
import { Blend, Brush, FileVideo, type LucideIcon, Pause, Play, RotateCcw, Type, Webcam } from "lucide-react";
import { Popover } from "radix-ui";
import { useRef } from "react";
import { DEFAULT_TRANSITION, MAX_TRANSITION, TRANSITION } from "../doc/settings";
import { fixed } from "../language/numbers";
import { BLOCK_FRAMES } from "../live/stream";
import { useSheet, useStudio, useVideo } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { LabelledSlider } from "../ui/LabelledSlider";
import { Tip } from "../ui/Tip";
import { RecordButton } from "./RecordButton";

/** While there is a video: its transport, what it starts from, how fast it follows other words, and the recorder. */
export function VideoBar({ stacked }: { readonly stacked: boolean }) {
  const studio = useStudio();
  const stream = useVideo((v) => v.stream.name);
  const takesInput = useSheet((s) => s.card?.video_input === true);
  if (stream === "off") return null;
  const still = stream === "paused" || stream === "ended";
  return (
    <fieldset
      aria-label={t`Video`}
      className={
        stacked
          ? "flex h-14 items-center justify-between overflow-x-auto px-1 [scrollbar-width:none]"
          : "float appear pointer-events-auto flex max-w-full items-center gap-1 p-1.5"
      }
    >
      <div className="flex shrink-0 gap-0.5 pointer-coarse:gap-0">
        <IconButton
          icon={still ? Play : Pause}
          label={still ? t`Play` : t`Pause: nothing is rendered meanwhile`}
          shortcut="play"
          side="top"
          disabled={stream === "wordless"}
          onClick={() => studio.video.playPause()}
        />
        <IconButton
          icon={RotateCcw}
          label={t`Start over`}
          shortcut="restart"
          side="top"
          disabled={stream === "wordless"}
          onClick={() => studio.video.restart()}
        />
      </div>
      {takesInput && <Inputs />}
      <Transition />
      <RecordButton />
    </fieldset>
  );
}

/** What the video starts from. */
function Inputs() {
  const { video } = useStudio();
  const input = useVideo((v) => v.input);
  const file = useRef<HTMLInputElement>(null);
  return (
    <fieldset
      aria-label={t`Starts from`}
      className="flex shrink-0 gap-0.5 rounded-[10px] bg-veil/6 pointer-coarse:gap-0"
    >
      <Choice
        icon={Type}
        label={t`From the words alone`}
        chosen={input.name === "none"}
        onClick={() => video.startFrom("none")}
      />
      <Choice
        icon={Brush}
        label={t`From the canvas, as it is drawn`}
        chosen={input.name === "canvas"}
        onClick={() => video.startFrom("canvas")}
      />
      <Choice
        icon={Webcam}
        label={input.asking ? t`The browser asks for the camera` : t`From the camera`}
        chosen={input.name === "camera"}
        busy={input.asking}
        onClick={() => video.startFrom("camera")}
      />
      <Choice
        icon={FileVideo}
        label={t`From a video file: pick one, or drop it anywhere`}
        chosen={input.name === "clip"}
        onClick={() => file.current?.click()}
      />
      <input
        ref={file}
        type="file"
        accept="video/*"
        hidden
        aria-label={t`Video file`}
        onChange={(event) => {
          const [picked] = event.target.files ?? [];
          if (picked !== undefined) video.startFromClip(picked);
          event.target.value = "";
        }}
      />
    </fieldset>
  );
}

interface ChoiceProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly chosen: boolean;
  readonly busy?: boolean;
  readonly onClick: () => void;
}

function Choice({ icon, label, chosen, busy = false, onClick }: ChoiceProps) {
  return (
    <IconButton
      icon={icon}
      label={label}
      side="top"
      aria-pressed={chosen}
      aria-busy={busy}
      className={chosen ? "bg-veil/16 text-ink" : ""}
      onClick={onClick}
    />
  );
}

const blocks = (count: number) =>
  count <= 1 ? t`cut` : plural(count, { one: "# block", other: "# blocks" });

/** Over how many blocks other words take over; the figure opens its slider. */
function Transition() {
  const { doc } = useStudio();
  const count = useSheet((s) => s.settings?.transition ?? DEFAULT_TRANSITION);
  const fps = useSheet((s) => s.card?.video_fps ?? 0);
  const seconds = fps > 0 ? fixed((count * BLOCK_FRAMES) / fps, 1) : "";
  return (
    <Popover.Root>
      <Tip label={t`Transition: how fast it follows other words`} side="top">
        <Popover.Trigger
          aria-label={t`Transition: ${{ length: blocks(count) }}`}
          className="figures flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-lg px-2 text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11 pointer-coarse:flex-col pointer-coarse:justify-center pointer-coarse:gap-0.5 pointer-coarse:px-0"
        >
          <Blend size={17} strokeWidth={1.75} aria-hidden />
          <span className="min-w-[2ch] pointer-coarse:text-[11px] pointer-coarse:leading-3">
            {count <= 1 ? t`cut` : count}
          </span>
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side="top"
          sideOffset={12}
          collisionPadding={8}
          className="float appear popover z-40 w-64 p-4"
        >
          <LabelledSlider
            label={t`Transition`}
            value={count}
            low={1}
            high={MAX_TRANSITION}
            step={1}
            fallback={DEFAULT_TRANSITION}
            format={(value) => (value <= 1 ? t`cut` : `${blocks(value)} · ${seconds} s`)}
            help={t`How long it takes to other words; the next block is the first to turn`}
            onChange={(value, gesture) => doc.setParams({ [TRANSITION]: value }, gesture)}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
