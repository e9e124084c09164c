import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { Camera, MonitorUp, Pause, Play, Repeat, Square, Webcam } from "lucide-react";
import type { LiveLayer, MovingLayer, VideoLayer } from "../doc/layers";
import { RATES, SPEEDS } from "../doc/moving";
import { fixed } from "../language/numbers";
import { clock } from "../ui/clock";
import { useCanEdit, useMoving, useStudio } from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { LabelledSlider } from "../ui/LabelledSlider";

/** Of a camera, a screen or a video in hand: whether it goes on, how fast it is taken, where it is. */
export function MovingLook({ layer, stacked }: { readonly layer: MovingLayer; readonly stacked: boolean }) {
  return (
    <fieldset
      aria-label={layer.kind === "live" ? t`Live source` : t`Video file`}
      className={`flex min-w-0 flex-col gap-2 ${stacked ? "col-span-2" : ""}`}
    >
      {layer.kind === "live" ? (
        <LiveRow layer={layer} stacked={stacked} />
      ) : (
        <VideoRows layer={layer} stacked={stacked} />
      )}
    </fieldset>
  );
}

function LiveRow({ layer, stacked }: { readonly layer: LiveLayer; readonly stacked: boolean }) {
  const { moving } = useStudio();
  const state = useMoving((m) => m.states.get(layer.id) ?? "off");
  const on = state === "on";
  const may = useCanEdit() && moving.mayStart(layer);
  const screen = layer.source === "screen";
  const owner = whose(layer);
  const Start = screen ? MonitorUp : Webcam;
  const stop = screen ? t`Stop sharing the screen` : t`Stop the camera`;
  const label = on ? stop : state === "asking" ? t`The browser asks…` : startLabel(layer);
  return (
    <div className={`flex min-w-0 gap-2 ${stacked ? "items-center" : "flex-col"}`}>
      {may ? (
        <button
          type="button"
          aria-label={label}
          aria-busy={state === "asking"}
          disabled={!layer.visible}
          onClick={() => (on ? moving.stop(layer.id) : void moving.start(layer))}
          className="flex h-8 min-w-0 cursor-pointer items-center justify-center gap-2 rounded-lg bg-veil/10 px-3 text-ink hover:bg-veil/16 disabled:cursor-default disabled:opacity-35 pointer-coarse:h-11 pointer-coarse:grow"
        >
          {on ? (
            <Square size={13} aria-hidden className="fill-current text-bad" />
          ) : (
            <Start size={16} strokeWidth={1.75} aria-hidden />
          )}
          {!stacked && label}
          {stacked && (on ? t`Stop` : state === "asking" ? t`Asking…` : t`Start`)}
        </button>
      ) : (
        <p className="text-small text-soft">{t`${owner}: its picture stays in their browser.`}</p>
      )}
      <div className="flex items-center justify-between gap-2">
        <Rate layer={layer} brief={stacked} />
        <StillButton layer={layer} />
      </div>
    </div>
  );
}

export const startLabel = ({ source }: LiveLayer) =>
  source === "camera" ? t`Start the camera` : t`Share a screen`;
export function whose({ by, source }: LiveLayer): string {
  if (source === "camera") return by ? t`${by}’s camera` : t`Somebody’s camera`;
  return by ? t`${by}’s screen` : t`Somebody’s screen`;
}

function VideoRows({ layer, stacked }: { readonly layer: VideoLayer; readonly stacked: boolean }) {
  const { moving, layering } = useStudio();
  const state = useMoving((m) => m.states.get(layer.id) ?? "off");
  // Where it is changes with its pictures.
  useMoving((m) => m.pictures);
  const { by } = layer;
  if (state === "away")
    return (
      <p className="text-small text-soft">
        {by
          ? t`The file is in ${by}’s browser. Videos stay in the browser that brought them.`
          : t`The file is in another browser. Videos stay in the browser that brought them.`}
      </p>
    );
  if (state === "broken")
    return <p className="text-small text-soft">{t`This browser cannot play the file.`}</p>;
  const playing = state === "playing";
  const at_s = Math.min(layer.seconds, playing || state === "led" ? moving.at_s(layer.id) : layer.at_s);
  const set = (patch: { loop: boolean } | { speed: number }) => layering.change(layer.id, patch);
  return (
    <>
      <LabelledSlider
        label={state === "led" ? t`Begins at` : t`Position`}
        value={state === "led" ? layer.at_s : at_s}
        low={0}
        high={Math.max(0.01, layer.seconds)}
        step={0.01}
        fallback={0}
        format={(value) => timeText(value, layer.seconds)}
        help={state === "led" ? t`The timeline says where it is` : undefined}
        onChange={(value, gesture) => moving.seek(layer.id, value, gesture && `${layer.id}:at:${gesture}`)}
      />
      <div className="-ml-1.5 flex items-center gap-0.5">
        <IconButton
          icon={playing ? Pause : Play}
          label={playing ? t`Pause the video` : t`Play the video`}
          side="top"
          disabled={state === "led" || state === "loading"}
          onClick={() => moving.playPause(layer.id)}
        />
        <IconButton
          icon={Repeat}
          label={t`Over and over`}
          side="top"
          aria-pressed={layer.loop}
          className={layer.loop ? "bg-veil/16 text-ink" : ""}
          onClick={() => set({ loop: !layer.loop })}
        />
        <StillButton layer={layer} />
        <select
          aria-label={t`Speed`}
          value={layer.speed}
          onChange={(event) => set({ speed: Number(event.target.value) })}
          className="ml-auto h-8 min-w-0 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
        >
          {[...new Set([...SPEEDS, layer.speed])].map((speed) => (
            <option key={speed} value={speed}>
              {`${i18n.number(speed)}×`}
            </option>
          ))}
        </select>
        {stacked && <Rate layer={layer} brief />}
      </div>
      {!stacked && <Rate layer={layer} brief={false} />}
    </>
  );
}

/** "1.2 of 4.0 s", "1:05 of 2:10" */
function timeText(at_s: number, seconds: number): string {
  const say = (s: number) => (seconds < 60 ? fixed(s, 1) : clock(s));
  const [at, all] = [say(at_s), say(seconds)];
  return seconds < 60 ? t`${at} of ${all} s` : t`${at} of ${all}`;
}

function Rate({ layer, brief }: { readonly layer: MovingLayer; readonly brief: boolean }) {
  const { layering } = useStudio();
  return (
    <label className="flex min-w-0 grow items-center justify-between gap-3 text-soft">
      <span className={brief ? "sr-only" : ""}>{t`Pictures a second`}</span>
      <select
        value={layer.rate}
        onChange={(event) => layering.change(layer.id, { rate: Number(event.target.value) })}
        className="figures h-8 min-w-0 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
      >
        {[...new Set([...RATES, layer.rate])].map((rate) => (
          <option key={rate} value={rate}>
            {brief ? `${rate}/s` : rate}
          </option>
        ))}
      </select>
    </label>
  );
}

/** In the document, so that everybody has it. */
function StillButton({ layer }: { readonly layer: MovingLayer }) {
  const { moving } = useStudio();
  const has = useMoving(() => moving.picture(layer) !== null);
  return (
    <IconButton
      icon={Camera}
      label={t`Keep this picture as a layer`}
      side="top"
      disabled={!has}
      onClick={() => void moving.keepStill(layer)}
    />
  );
}
