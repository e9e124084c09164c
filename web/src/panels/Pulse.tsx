import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, t } from "@lingui/core/macro";
import { Popover } from "radix-ui";
import { useState } from "react";
import { fixed } from "../language/numbers";
import { type Group, SLOW_MS, SLOW_VIDEO_MS, sumByGroup } from "../live/meter";
import { useDevice, useFilming, useHere, useLive } from "../ui/context";
import type { LinkState } from "../wire/link";

const GROUPS: Readonly<Record<Group, { label: MessageDescriptor; why: MessageDescriptor }>> = {
  queue: { label: msg`Queue`, why: msg`The engine is busy with an earlier picture or another session.` },
  render: { label: msg`Render`, why: msg`The engine takes the time: fewer steps or a smaller size help.` },
  network: { label: msg`Network`, why: msg`The way to the server and back takes the time.` },
  page: { label: msg`This page`, why: msg`The browser takes the time: encoding, decoding or painting.` },
};
const VIDEO_QUEUE_WHY = msg`Frames that were made before are shown first, and a block that has begun is finished.`;
const ORDER: readonly Group[] = ["page", "network", "queue", "render"];

/** Of what the page measures itself, and of the embedded engine; another engine names its own stages. */
const STAGES: Readonly<Record<string, MessageDescriptor>> = {
  pack: msg`pack`,
  network: msg`network`,
  "blocks before": msg`blocks before`,
  unpack: msg`unpack`,
  paint: msg`paint`,
  queue: msg`queue`,
  decode: msg`decode`,
  render: msg`render`,
  encode: msg`encode`,
  text: msg`text`,
  noise: msg`noise`,
  smaller: msg`smaller first`,
  steps: msg`steps`,
  pixels: msg`pixels`,
};
const stageName = (name: string) => (STAGES[name] ? i18n._(STAGES[name]) : name);

const linkText = (link: LinkState): string => {
  switch (link.name) {
    case "open":
      return t`Connected`;
    case "idle":
    case "connecting":
      return t`Connecting`;
    case "waiting":
      return t`Offline`;
    case "refused":
      return t`Refused`;
  }
};

const ms = (value: number) => `${value < 9.95 ? fixed(value, 1) : Math.round(value)} ms`;
const latency = (value_ms: number) =>
  value_ms < 1000 ? `${Math.round(value_ms)} ms` : `${fixed(value_ms / 1000, 1)} s`;

/** The connection dot with the true latency and the pictures a second; where the time goes on hover or press. */
export function Pulse({ brief }: { readonly brief: boolean }) {
  const [open, setOpen] = useState(false);
  const link = useLive((l) => l.link);
  const status = useLive((l) => l.status);
  const reading = useLive((l) => l.reading);
  const welcome = useLive((l) => l.welcome);
  const here = useHere();
  const device = useDevice();
  const filming = useFilming();
  const up = link.name === "open";
  const starting = up && !here && status !== null && status.state !== "ready" && status.state !== "asleep";
  const slow = reading.latency_ms !== null && reading.latency_ms > (filming ? SLOW_VIDEO_MS : SLOW_MS);
  const sums = sumByGroup(reading.stages);
  const total = Object.values(sums).reduce((a, b) => a + b, 0);
  const dot = up ? (starting ? "bg-slow" : "bg-accent") : link.name === "connecting" ? "bg-faint" : "bg-bad";
  const place = up && !here ? (status?.place ?? 0) : 0;
  const state = place > 0 ? t`Place ${place} in line` : starting ? t`Engine starting` : linkText(link);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        onPointerEnter={(event) => event.pointerType === "mouse" && setOpen(true)}
        onPointerLeave={(event) => event.pointerType === "mouse" && setOpen(false)}
        className={`figures flex h-8 min-w-0 cursor-default items-center rounded-lg hover:bg-veil/5 pointer-coarse:h-11 ${brief ? "gap-1.5 px-1" : "gap-2 px-2"}`}
        data-testid="pulse"
        data-link={link.name}
      >
        <span className={`size-2 shrink-0 rounded-full ${dot}`} />
        {reading.latency_ms === null || !(up || here) ? (
          <span className={`truncate text-soft ${brief && up && !starting && place === 0 ? "sr-only" : ""}`}>
            {state}
          </span>
        ) : (
          <>
            <span className="sr-only">{t`${state}. Latency:`} </span>
            <span className={`min-w-[46px] whitespace-nowrap text-right ${slow ? "text-slow" : "text-ink"}`}>
              {latency(reading.latency_ms)}
            </span>
            {!brief && (
              <span className="min-w-[38px] text-right text-faint max-[999px]:pointer-coarse:hidden">
                {reading.pictures_per_s > 0
                  ? `${Math.round(reading.pictures_per_s)} ${filming ? "fps" : "/s"}`
                  : t`idle`}
              </span>
            )}
          </>
        )}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side="bottom"
          align="end"
          sideOffset={6}
          collisionPadding={8}
          onOpenAutoFocus={(event) => event.preventDefault()}
          className="float appear popover figures z-40 w-72 p-4"
        >
          <p className="flex justify-between gap-4">
            <span className="font-medium text-ink">{state}</span>
            <span className="text-right text-faint">{device}</span>
          </p>
          {reading.stages.length > 0 && (
            <>
              <div className="mt-3 flex h-1.5 gap-px overflow-hidden rounded-full" aria-hidden>
                {ORDER.map((group) => (
                  <span
                    key={group}
                    className={group === reading.slowest ? (slow ? "bg-slow" : "bg-accent") : "bg-veil/25"}
                    style={{ width: `${(sums[group] / Math.max(1, total)) * 100}%` }}
                  />
                ))}
              </div>
              <dl className="mt-3">
                {ORDER.map((group) => (
                  <div key={group}>
                    <div className="mt-1 flex justify-between">
                      <dt className={group === reading.slowest ? "text-ink" : "text-soft"}>
                        {i18n._(GROUPS[group].label)}
                      </dt>
                      <dd className={group === reading.slowest ? "text-ink" : "text-soft"}>
                        {ms(sums[group])}
                      </dd>
                    </div>
                    {(group === "render" || group === "page") &&
                      reading.stages
                        .filter((stage) => stage.group === group)
                        .map((stage) => (
                          <div key={stage.name} className="flex justify-between pl-3 text-faint text-small">
                            <dt>{stageName(stage.name)}</dt>
                            <dd>{ms(stage.ms)}</dd>
                          </div>
                        ))}
                  </div>
                ))}
              </dl>
              <p className="mt-2 flex justify-between border-line border-t pt-2">
                <span className="text-soft">{t`From your hand to the picture`}</span>
                <span className={slow ? "text-slow" : "text-ink"}>{ms(reading.latency_ms ?? 0)}</span>
              </p>
              {slow && reading.slowest && (
                <p className="mt-2 text-small text-soft">
                  {i18n._(
                    filming && reading.slowest === "queue" ? VIDEO_QUEUE_WHY : GROUPS[reading.slowest].why,
                  )}
                </p>
              )}
            </>
          )}
          <p className="mt-2 text-faint text-small">{welcome?.server}</p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
