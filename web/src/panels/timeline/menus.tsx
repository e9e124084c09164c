/** What opens from the timeline's bar. */

import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronDown, Diamond, Ellipsis, FileDown, FileUp, Route, Spline } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { NAMED_EASINGS } from "../../timeline/easing";
import { keyAt } from "../../timeline/edit";
import { fits, type Group, layerTarget, type Offer, parseTarget, sayValue } from "../../timeline/targets";
import {
  findTrack,
  isPair,
  MAX_DURATION_MS,
  MAX_FPS,
  MAX_SPEED,
  MIN_DURATION_MS,
  MIN_FPS,
  MIN_SPEED,
  type Pair,
  type Value,
} from "../../timeline/timeline";
import { Choice } from "../../ui/Choice";
import { useSheet, useStudio, useTiming } from "../../ui/context";
import { Tip } from "../../ui/Tip";
import { engineWord } from "../../wire/engine-words";
import { CurveEditor } from "./CurveEditor";
import { NumberField } from "./NumberField";
import { EASING_NAMES, sayEasing } from "./words";

interface MenuProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly wide?: string;
  readonly disabled?: boolean;
  readonly children: ReactNode;
}

export function Menu({ label, icon, wide = "w-64", disabled = false, children }: MenuProps) {
  return (
    <Popover.Root>
      <Tip label={label} side="top">
        <Popover.Trigger
          aria-label={label}
          disabled={disabled}
          className="relative flex h-8 min-w-8 shrink-0 cursor-pointer items-center justify-center gap-0.5 rounded-lg px-1 text-soft hover:bg-veil/10 hover:text-ink disabled:cursor-default disabled:opacity-35 data-[state=open]:bg-veil/10 data-[state=open]:text-ink pointer-coarse:h-11 pointer-coarse:min-w-11"
        >
          {icon}
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content
          side="top"
          sideOffset={10}
          collisionPadding={8}
          aria-label={label}
          className={`float appear popover z-40 flex flex-col gap-3 p-4 ${wide}`}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Whatever can have keyframes: a press sets one where the playhead is. */
export function AddMenu() {
  const { timing } = useStudio();
  return (
    <Menu
      label={t`Set a keyframe of…`}
      icon={
        <>
          <Diamond size={15} strokeWidth={1.75} aria-hidden />
          <ChevronDown size={12} aria-hidden className="text-faint" />
        </>
      }
    >
      <Offers offers={timing.offers()} />
    </Menu>
  );
}

const GROUP_NAMES: Readonly<Record<Group, MessageDescriptor>> = {
  Prompts: msg`Prompts`,
  Render: msg`Render`,
  Layers: msg`Layers`,
};

function Offers({ offers }: { readonly offers: readonly Offer[] }) {
  const { timing } = useStudio();
  const layer = useSheet((s) => s.layer);
  const timeline = useTiming((t) => t.timeline);
  const at_ms = useTiming((t) => t.at_ms);
  const here = offers.filter(({ group, target }) => group !== "Layers" || target.split(":")[1] === layer);
  return (["Prompts", "Render", "Layers"] as const).map((group) => {
    const of = here.filter((offer) => offer.group === group);
    if (of.length === 0) return null;
    return (
      <section key={group} aria-label={i18n._(GROUP_NAMES[group])} className="-mx-2 flex flex-col">
        <h3 className="px-2 pb-1 text-faint text-small">
          {group === "Layers" ? t`The layer in hand` : i18n._(GROUP_NAMES[group])}
        </h3>
        {of.map(({ target, name, value }) => {
          const set = findTrack(timeline, target)?.keys.some((key) => key.at_ms === at_ms) === true;
          return (
            <button
              key={target}
              type="button"
              aria-pressed={set}
              onClick={() => timing.toggleKey(target)}
              className="flex min-h-7 cursor-pointer items-center gap-2 rounded-md px-2 text-left text-ink hover:bg-veil/10 pointer-coarse:min-h-11"
            >
              <span
                aria-hidden
                className={`size-2 shrink-0 rotate-45 border ${set ? "border-accent bg-accent" : findTrack(timeline, target) ? "border-accent" : "border-faint"}`}
              />
              <span className="min-w-0 flex-1 truncate first-letter:uppercase">
                {group === "Layers" ? name.split(": ").at(-1) : name}
              </span>
              <span className="figures shrink-0 text-faint text-small">{sayValue(value)}</span>
            </button>
          );
        })}
      </section>
    );
  });
}

/** The keyframes that are picked: their value, their time, and how they go on. */
export function KeyMenu() {
  const { timing } = useStudio();
  const selected = useTiming((t) => t.selected);
  const timeline = useTiming((t) => t.timeline);
  const ids = timing.selection;
  const [first] = ids;
  const count = ids.length;
  const key = first === undefined ? null : keyAt(timeline, first);
  const easings = new Set(ids.map((id) => JSON.stringify(keyAt(timeline, id)?.easing)));
  const easing = key?.easing ?? "linear";
  const said = selected.size === 0 ? "" : easings.size > 1 ? t`Several` : sayEasing(easing);
  return (
    <Menu
      label={selected.size === 0 ? t`Keyframe: pick one first` : t`The keyframe: value and easing`}
      disabled={selected.size === 0}
      icon={
        <>
          <Spline size={16} strokeWidth={1.75} aria-hidden />
          <span className="max-w-24 truncate pl-1 text-small">{said}</span>
        </>
      }
      wide="w-60"
    >
      {ids.length === 1 && first !== undefined && key !== null ? (
        <ValueFields
          target={first.target}
          value={key.value}
          onPick={(value) => timing.setValue([first], value)}
        />
      ) : (
        <p className="text-soft">{plural(count, { one: "# keyframe", other: "# keyframes" })}</p>
      )}
      <label className="flex items-center justify-between gap-3 text-soft">
        {t`Easing`}
        <select
          value={easings.size > 1 ? "several" : typeof easing === "string" ? easing : "curve"}
          onChange={(event) => {
            const name = NAMED_EASINGS.find((each) => each === event.target.value);
            if (name !== undefined) timing.ease(name);
          }}
          className="h-8 min-w-0 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
        >
          {easings.size > 1 && <option value="several">{t`Several`}</option>}
          {NAMED_EASINGS.map((name) => (
            <option key={name} value={name}>
              {i18n._(EASING_NAMES[name])}
            </option>
          ))}
          {typeof easing !== "string" && <option value="curve">{t`Curve`}</option>}
        </select>
      </label>
      <CurveEditor easing={easing} onChange={(curve, gesture) => timing.ease(curve, gesture)} />
      <p className="-mt-1 text-[11px] text-faint leading-4">
        {t`How it goes on to the next keyframe. Drag the handles.`}
      </p>
    </Menu>
  );
}

interface ValueProps {
  readonly target: string;
  readonly value: Value;
  readonly onPick: (value: Value) => void;
}

function ValueFields({ target, value, onPick }: ValueProps) {
  const { timing } = useStudio();
  const parsed = parseTarget(target);
  const offer = timing.offers().find((each) => each.target === target);
  const [low, high] = target.endsWith(":motion") ? [0, 1] : [offer?.low ?? -1e5, offer?.high ?? 1e5];
  const whole = target === "seed" || (high - low > 20 && Number.isInteger(value));
  const pick = (next: Value) => parsed !== null && fits(parsed, next) && onPick(next);
  if (typeof value === "boolean")
    return (
      <Choice
        label={t`Value`}
        value={String(value)}
        options={[
          ["true", t`On`],
          ["false", t`Off`],
        ]}
        onPick={(next) => pick(next === "true")}
      />
    );
  if (typeof value === "string")
    return offer !== undefined && offer.choices.length > 0 ? (
      <Choice
        label={t`Value`}
        value={value}
        options={offer.choices.map((choice) => [choice, engineWord(choice)])}
        onPick={pick}
      />
    ) : (
      <p className="text-soft">{value}</p>
    );
  const field = (label: string, number: number, set: (next: number) => void, digits: number) => (
    <NumberField
      label={label}
      value={number}
      low={low}
      high={high}
      step={whole || high - low > 1000 ? 1 : 0.01}
      digits={digits}
      onPick={set}
    />
  );
  if (isPair(value))
    return (
      <>
        {field(
          target.endsWith("scale") ? t`Width` : t`To the right`,
          value[0],
          (x) => pick([x, value[1]]),
          3,
        )}
        {field(target.endsWith("scale") ? t`Height` : t`Down`, value[1], (y) => pick([value[0], y]), 3)}
      </>
    );
  return field(t`Value`, value, pick, target === "seed" ? 0 : 3);
}

/** The layer in hand along a path that is drawn on the sketch. */
export function PathMenu() {
  const { timing } = useStudio();
  const drawing = useTiming((t) => t.drawing);
  const layer = useSheet((s) => s.layers.find(({ id }) => id === s.layer) ?? null);
  const target = layerTarget(layer?.id ?? "", "motion");
  const motion = useTiming((t) => findTrack(t.timeline, target)?.motion ?? null);
  const name = layer?.name || t`the layer in hand`;
  return (
    <Menu
      label={drawing ? t`Draw the path on the sketch` : t`Path: draw where the layer in hand moves`}
      disabled={layer === null}
      icon={
        <Route size={16} strokeWidth={1.75} aria-hidden className={drawing || motion ? "text-accent" : ""} />
      }
    >
      <p className="text-soft">
        <Trans>
          Draw on the sketch: <span className="text-ink">{name}</span> moves along it as the timeline plays.
        </Trans>
      </p>
      <Popover.Close
        onClick={() => timing.beginPath()}
        className="h-8 cursor-pointer rounded-lg bg-veil/12 px-3 text-ink hover:bg-veil/20 pointer-coarse:h-11"
      >
        {drawing ? t`Do not draw` : motion ? t`Draw another path` : t`Draw a path`}
      </Popover.Close>
      {motion !== null && (
        <>
          <Choice
            label={t`Speed`}
            value={motion.pace}
            options={[
              ["drawn", t`As drawn`],
              ["even", t`Even`],
            ]}
            onPick={(pace) => timing.changePath(target, { pace: pace === "even" ? "even" : "drawn" })}
          />
          <Choice
            label={t`Turns with the path`}
            value={motion.orient ? "yes" : "no"}
            options={[
              ["no", t`No`],
              ["yes", t`Yes`],
            ]}
            onPick={(turns) => timing.changePath(target, { orient: turns === "yes" })}
          />
          <button
            type="button"
            onClick={() => timing.removeTrack(target)}
            className="h-8 cursor-pointer rounded-lg bg-veil/8 px-3 text-soft hover:bg-veil/15 hover:text-ink pointer-coarse:h-11"
          >
            {t`Delete the path`}
          </button>
        </>
      )}
    </Menu>
  );
}

/** Length, pace, range, and files. */
export function MoreMenu() {
  const { timing } = useStudio();
  const { duration_ms, fps, speed, range_ms } = useTiming((t) => t.timeline);
  const file = useRef<HTMLInputElement>(null);
  const range = (next: Pair) => timing.setPace({ range_ms: next });
  return (
    <>
      <Menu label={t`Length, pace and files`} icon={<Ellipsis size={17} strokeWidth={1.75} aria-hidden />}>
        <div className="flex flex-col gap-1">
          <NumberField
            label={t`Length`}
            unit="s"
            value={duration_ms / 1000}
            low={MIN_DURATION_MS / 1000}
            high={MAX_DURATION_MS / 1000}
            step={1}
            digits={2}
            onPick={(s) => timing.setPace({ duration_ms: Math.round(s * 1000) })}
          />
          <NumberField
            label={t`Frames a second`}
            value={fps}
            low={MIN_FPS}
            high={MAX_FPS}
            step={1}
            digits={0}
            onPick={(next) => timing.setPace({ fps: next })}
          />
          <NumberField
            label={t`Speed`}
            unit="×"
            value={speed}
            low={MIN_SPEED}
            high={MAX_SPEED}
            step={0.1}
            digits={2}
            onPick={(next) => timing.setPace({ speed: next })}
          />
          <NumberField
            label={t`Plays from`}
            unit="s"
            value={range_ms[0] / 1000}
            low={0}
            high={(range_ms[1] - MIN_DURATION_MS) / 1000}
            step={0.1}
            digits={2}
            onPick={(s) => range([Math.round(s * 1000), range_ms[1]])}
          />
          <NumberField
            label={t`to`}
            unit="s"
            value={range_ms[1] / 1000}
            low={(range_ms[0] + MIN_DURATION_MS) / 1000}
            high={duration_ms / 1000}
            step={0.1}
            digits={2}
            onPick={(s) => range([range_ms[0], Math.round(s * 1000)])}
          />
        </div>
        <div className="flex gap-2 border-line border-t pt-3">
          <FileButton
            icon={<FileDown size={15} aria-hidden />}
            label={t`Export`}
            onClick={() => timing.exportFile()}
          />
          <FileButton
            icon={<FileUp size={15} aria-hidden />}
            label={t`Import`}
            onClick={() => file.current?.click()}
          />
        </div>
      </Menu>
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={t`Timeline file`}
        onChange={(event) => {
          const [picked] = event.target.files ?? [];
          if (picked !== undefined) void timing.importFile(picked);
          event.target.value = "";
        }}
      />
    </>
  );
}

function FileButton({
  icon,
  label,
  onClick,
}: {
  readonly icon: ReactNode;
  readonly label: string;
  readonly onClick: () => void;
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="flex h-8 flex-1 cursor-pointer items-center justify-center gap-1.5 rounded-lg bg-veil/8 text-soft hover:bg-veil/15 hover:text-ink pointer-coarse:h-11"
    >
      {icon}
      {label}
    </button>
  );
}
