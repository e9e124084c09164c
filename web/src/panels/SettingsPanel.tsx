import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { Dices, Lock, LockOpen, Search, X } from "lucide-react";
import {
  DEFAULT_SEED,
  DEFAULT_STRENGTH,
  DEFAULT_VIDEO_STRENGTH,
  isVideo,
  keysFor,
  MIN_VIDEO_STRENGTH,
  parameterKey,
  sizeKey,
  sizeLabel,
  stepsKey,
} from "../doc/settings";
import { LANGUAGE_NAMES, LANGUAGES } from "../language/language";
import { fixed, signed } from "../language/numbers";
import { paramTarget, SEED } from "../timeline/targets";
import { Choice } from "../ui/Choice";
import {
  useCanEdit,
  useDesk,
  useDevice,
  useFilming,
  useLive,
  useSheet,
  useStudio,
  useVideo,
} from "../ui/context";
import { IconButton } from "../ui/IconButton";
import { LabelledSlider } from "../ui/LabelledSlider";
import { SeedInput } from "../ui/SeedInput";
import { THEME_NAMES, THEMES, themeOf } from "../ui/theme";
import { sentence } from "../ui/words";
import { offersBoth } from "../video-mode";
import { engineWord } from "../wire/engine-words";
import type { EngineCard, Parameter, ParameterValue } from "../wire/shots";
import { Home } from "./Home";
import { Morph } from "./Morph";
import { PerformButton } from "./perform/Light";
import { KeyDiamond } from "./timeline/KeyDiamond";

/** Everything about the render besides its words, in one panel at the right. */
export function SettingsPanel({ stacked }: { readonly stacked: boolean }) {
  const studio = useStudio();
  const { doc, desk } = studio;
  const settings = useSheet((s) => s.settings);
  const card = useSheet((s) => s.card);
  const all = useLive((l) => l.welcome?.engines);
  const offered = useLive(offersBoth);
  const filming = useFilming();
  const engines = all?.filter((e) => isVideo(e) === filming);
  const keys = keysFor(filming);
  const crossFade = useDesk((d) => d.crossFade);
  const sharpens = useDesk((d) => d.sharpens);
  const theme = useDesk((d) => d.theme);
  const language = useDesk((d) => d.language);
  const canEdit = useCanEdit();
  const set = (patch: Record<string, ParameterValue>, gesture = "") => doc.setParams(patch, gesture);
  const control = (parameter: Parameter) => {
    const key = card === null ? "" : parameterKey(card.id, parameter.name);
    return (
      <ParameterControl
        key={parameter.name}
        parameter={parameter}
        track={paramTarget(key)}
        value={settings?.parameters[parameter.name] ?? parameter.default}
        onChange={(value, gesture) => set({ [key]: value }, gesture)}
      />
    );
  };
  return (
    <aside
      aria-label={t`Settings`}
      className={`float appear absolute z-30 flex flex-col gap-4 overflow-y-auto p-4 [scrollbar-width:thin] ${
        stacked
          ? `inset-x-2 max-h-[52dvh] ${filming ? "bottom-[calc(180px+var(--foot))]" : "bottom-[calc(124px+var(--foot))]"}`
          : "top-[52px] right-3 max-h-[calc(100dvh-64px-var(--foot))] w-[264px]"
      }`}
    >
      <div className="-mt-1 -mr-2 -mb-2 flex items-center justify-between">
        <h2 className="font-medium text-ink">{t`Settings`}</h2>
        <div className="flex">
          {/* Where there are no keys it is the way there. */}
          <IconButton
            icon={Search}
            label={t`Every command by name`}
            className="hidden pointer-coarse:grid"
            onClick={() => desk.set({ paletteOpen: true })}
          />
          {stacked && <PerformButton />}
          <IconButton
            icon={X}
            label={t`Close`}
            shortcut="panel"
            onClick={() => desk.set({ panelOpen: false })}
          />
        </div>
      </div>
      <div className="contents" inert={!canEdit}>
        {settings === null || card === null ? (
          <p className="text-soft">{t`The engine's settings appear when the server answers.`}</p>
        ) : (
          <>
            {offered && (
              <Choice
                label={t`Make`}
                value={filming ? "video" : "pictures"}
                options={[
                  ["pictures", t`Pictures`],
                  ["video", t`Video`],
                ]}
                onPick={(what) => (what === "video") !== filming && studio.video.toggle(null)}
              />
            )}
            {engines && engines.length > 1 && (
              <Choice
                label={t`Engine`}
                value={card.id}
                options={engines.map((e) => [e.id, e.name])}
                onPick={(engine) => set({ [keys.engine]: engine })}
              />
            )}
            {card.browser && <Home />}
            {filming ? (
              card.video_input && <VideoStrength value={settings.strength} onChange={set} />
            ) : (
              <LabelledSlider
                label={t`Strength`}
                value={settings.strength}
                low={0}
                high={1}
                step={0.01}
                fallback={DEFAULT_STRENGTH}
                format={(value) => fixed(value, 2)}
                ends={[t`only a hint`, t`every contour`]}
                track={paramTarget(keys.strength)}
                onChange={(strength, gesture) => set({ [keys.strength]: strength }, gesture)}
              />
            )}
            <Seed
              seed={settings.seed}
              locked={settings.seedLocked}
              onSeed={(seed, gesture) => set({ seed }, gesture)}
              onLock={() => studio.toggleLock()}
              onReroll={() => studio.reroll()}
            />
            {card.steps[1] > card.steps[0] && (
              <LabelledSlider
                label={t`Steps`}
                value={settings.steps}
                low={card.steps[0]}
                high={card.steps[1]}
                step={1}
                fallback={card.default_steps}
                ends={[t`fast`, t`fine`]}
                track={paramTarget(stepsKey(card.id))}
                onChange={(steps, gesture) => set({ [stepsKey(card.id)]: steps }, gesture)}
              />
            )}
            <Choice
              label={t`Size`}
              value={sizeKey(settings.size)}
              options={card.sizes.map((size) => [sizeKey(size), sizeLabel(size, card.sizes)])}
              onPick={(size) => set({ [keys.size]: size })}
            />
            {card.tweaks.length > 0 && (
              <fieldset className="flex flex-col gap-2 border-line border-t pt-3">
                <legend className="float-left w-full font-medium text-ink">{t`Light and season`}</legend>
                {card.tweaks.map((tweak) => (
                  <LabelledSlider
                    key={tweak.name}
                    label={engineWord(tweak.label)}
                    value={settings.tweaks[tweak.name] ?? 0}
                    low={tweak.low ?? -1}
                    high={tweak.high ?? 1}
                    step={0.01}
                    fallback={0}
                    middle={0}
                    format={(value) => signed(value, 2)}
                    help={engineWord(tweak.help)}
                    track={paramTarget(parameterKey(card.id, tweak.name))}
                    onChange={(value, gesture) =>
                      set({ [parameterKey(card.id, tweak.name)]: value }, gesture)
                    }
                  />
                ))}
              </fieldset>
            )}
            {card.parameters.filter((p) => !isLora(p)).map(control)}
            {card.parameters.some(isLora) && (
              <fieldset className="flex min-w-0 flex-col gap-3 border-line border-t pt-3">
                <legend className="float-left w-full font-medium text-ink">{t`LoRAs`}</legend>
                <p className="-mt-2 text-[11px] text-faint leading-4">{t`0 is without it, 1 as it was made.`}</p>
                {card.parameters.filter(isLora).map(control)}
              </fieldset>
            )}
            {!filming && (
              <>
                <Morph />
                {card.sharpens && (
                  <Switch
                    label={t`Sharpen at rest`}
                    checked={sharpens}
                    onChange={(value) => desk.set({ sharpens: value })}
                  />
                )}
                <Switch
                  label={t`Cross-fade`}
                  checked={crossFade}
                  onChange={(value) => desk.set({ crossFade: value })}
                />
              </>
            )}
          </>
        )}
      </div>
      <Choice
        label={t`Theme`}
        value={themeOf(theme)}
        options={THEMES.map((name) => [name, i18n._(THEME_NAMES[name])])}
        onPick={(name) => desk.set({ theme: name })}
      />
      <Choice
        label={t`Language`}
        value={language}
        options={[
          ["", i18n._(THEME_NAMES.system)],
          ...LANGUAGES.map((name) => [name, LANGUAGE_NAMES[name]] as const),
        ]}
        onPick={(name) => desk.set({ language: name })}
      />
      {card !== null && <About card={card} />}
    </aside>
  );
}

/** Low-rank changes of the engine's network, each a slider: a group of their own. */
const isLora = ({ name }: Parameter) => name.startsWith("lora-");

function About({ card }: { readonly card: EngineCard }) {
  const device = useDevice();
  return (
    <p className="border-line border-t pt-3 text-faint text-small">
      {card.name}. {sentence(engineWord(card.summary))} {[device, card.licence].filter(Boolean).join(" · ")}
    </p>
  );
}

/** How far the video leaves the pictures that it starts from. */
function VideoStrength({
  value,
  onChange,
}: {
  readonly value: number;
  readonly onChange: (patch: Record<string, ParameterValue>, gesture: string) => void;
}) {
  const input = useVideo((v) => v.input.name);
  return (
    <LabelledSlider
      label={t`Strength`}
      value={value}
      low={MIN_VIDEO_STRENGTH}
      high={1}
      step={0.01}
      fallback={DEFAULT_VIDEO_STRENGTH}
      format={(strength) => fixed(strength, 2)}
      ends={[t`the input`, t`the words`]}
      help={input === "none" ? t`Counts while the video starts from pictures` : undefined}
      track={paramTarget(keysFor(true).strength)}
      onChange={(strength, gesture) => onChange({ [keysFor(true).strength]: strength }, gesture)}
    />
  );
}

interface SeedProps {
  readonly seed: number;
  readonly locked: boolean;
  readonly onSeed: (seed: number, gesture: string) => void;
  readonly onLock: () => void;
  readonly onReroll: () => void;
}

function Seed({ seed, locked, onSeed, onLock, onReroll }: SeedProps) {
  return (
    <div>
      <div className="flex items-center justify-between">
        <span className="text-soft">{t`Seed`}</span>
        <KeyDiamond target={SEED} name={t`Seed`} className="-my-1 -mr-1" />
      </div>
      <div className="mt-1 flex items-center gap-1">
        <SeedInput seed={seed} fallback={DEFAULT_SEED} disabled={locked} onSeed={onSeed} />
        <IconButton icon={Dices} label={t`New seed`} shortcut="reroll" disabled={locked} onClick={onReroll} />
        <IconButton
          icon={locked ? Lock : LockOpen}
          label={locked ? t`Unlock the seed` : t`Lock the seed`}
          shortcut="lock"
          active={locked}
          onClick={onLock}
        />
      </div>
    </div>
  );
}

interface ParameterProps {
  readonly parameter: Parameter;
  readonly track: string;
  readonly value: ParameterValue;
  readonly onChange: (value: ParameterValue, gesture: string) => void;
}

/** One of the engine's own parameters, drawn from what its card says. */
function ParameterControl({ parameter, track, value, onChange }: ParameterProps) {
  const { choices, low, high } = parameter;
  const [label, help] = [engineWord(parameter.label), engineWord(parameter.help)];
  const diamond = <KeyDiamond target={track} name={label} className="absolute -top-0.5 -right-1" />;
  if (choices.length > 0)
    return (
      <div className="relative">
        {diamond}
        <Choice
          label={label}
          value={String(value)}
          options={choices.map((choice) => [choice, engineWord(choice)])}
          help={help}
          onPick={(choice) => onChange(choice, "")}
        />
      </div>
    );
  if (typeof parameter.default === "boolean")
    return (
      <div className="flex items-center gap-1 [&>:first-child]:flex-1">
        <Switch label={label} checked={value === true} onChange={(on) => onChange(on, "")} />
        <KeyDiamond target={track} name={label} className="-mr-1" />
      </div>
    );
  if (typeof parameter.default !== "number" || typeof value !== "number")
    return (
      <label className="flex flex-col gap-1 text-soft">
        {label}
        <input
          value={String(value)}
          onChange={(event) => onChange(event.target.value, `typing:${parameter.name}`)}
          className="h-8 rounded-lg bg-veil/8 px-2.5 text-ink pointer-coarse:h-11"
        />
      </label>
    );
  const step = numberStep(parameter);
  const middle = Number(low) < 0 && Number(high) > 0 ? 0 : undefined;
  return (
    <LabelledSlider
      label={label}
      value={value}
      low={low ?? 0}
      high={high ?? Math.max(1, parameter.default * 2)}
      step={step}
      fallback={parameter.default}
      middle={middle}
      format={(v) => (middle === undefined ? fixed(v, step < 0.1 ? 2 : step < 1 ? 1 : 0) : signed(v, 2))}
      help={help}
      track={track}
      onChange={onChange}
    />
  );
}

/** MessagePack does not tell 1.0 from 1, so whole numbers over a wide range are taken for counts, and no others. */
export function numberStep({ default: value, low, high }: Parameter): number {
  const span = Number(high) - Number(low);
  if (span >= 20 && [value, low, high].every((v) => Number.isInteger(v))) return 1;
  return span > 4 ? 0.1 : 0.01;
}

interface SwitchProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Switch({ label, checked, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      onClick={() => onChange(!checked)}
      className="flex cursor-pointer items-center justify-between text-soft hover:text-ink pointer-coarse:h-11"
    >
      {label}
      <span
        className={`flex h-4 w-7 items-center rounded-full p-0.5 transition-colors duration-75 ${checked ? "bg-accent" : "bg-veil/45"}`}
      >
        <span
          className={`size-3 rounded-full bg-white transition-transform duration-75 ${checked ? "translate-x-3" : ""}`}
        />
      </span>
    </button>
  );
}
