/** Playing live: what is shown elsewhere, what sound moves, and what instruments and other programs turn. */

import { t } from "@lingui/core/macro";
import { Check, Copy, MonitorUp, Moon, X } from "lucide-react";
import { useRef, useState } from "react";
import { Choice } from "../../ui/Choice";
import { useFilming, useOutput, usePerformance, useStudio } from "../../ui/context";
import { IconButton } from "../../ui/IconButton";
import { Tip } from "../../ui/Tip";
import { Controls } from "./Controls";
import { SoundAndBeat } from "./Sound";

export default function PerformPanel({ stacked }: { readonly stacked: boolean }) {
  const { desk } = useStudio();
  const filming = useFilming();
  return (
    <aside
      aria-label={t`Perform`}
      className={`float appear absolute z-30 flex flex-col gap-4 overflow-y-auto p-4 [scrollbar-width:thin] ${
        stacked
          ? `inset-x-2 max-h-[52dvh] ${filming ? "bottom-[calc(180px+var(--foot))]" : "bottom-[calc(124px+var(--foot))]"}`
          : "top-[52px] right-3 max-h-[calc(100dvh-64px-var(--foot))] w-[264px]"
      }`}
    >
      <div className="-mt-1 -mr-2 -mb-2 flex items-center justify-between">
        <h2 className="font-medium text-ink">{t`Perform`}</h2>
        <IconButton
          icon={X}
          label={t`Close`}
          shortcut="perform"
          onClick={() => desk.set({ panelOpen: false })}
        />
      </div>
      <Output />
      <SoundAndBeat />
      <Controls />
    </aside>
  );
}

function Output() {
  const { output, openOutput, performing, outputAddress } = useStudio();
  const open = useOutput((o) => o.open);
  const fit = useOutput((o) => o.fit);
  const black = usePerformance((p) => p.black);
  const filled = fit === "fill" ? "fill" : "";
  const browserSource = () => {
    const url = new URL(outputAddress(""));
    if (filled !== "") url.searchParams.set("fit", filled);
    return url.href;
  };
  return (
    <section aria-label={t`Output`} className="flex flex-col gap-2">
      <div className="flex gap-2">
        <Big
          icon={MonitorUp}
          tip={open ? t`Close the second window` : t`The render in a second window`}
          label={open ? t`Close` : t`Window`}
          keys="Shift F"
          on={open}
          onClick={openOutput}
        />
        <Big
          icon={Moon}
          tip={black ? t`Show the render again` : t`The second window and other programs show black`}
          label={t`Blackout`}
          keys="."
          on={black}
          alarming
          onClick={() => performing.blackout()}
        />
      </div>
      {open && (
        <Choice
          label={t`Where the shapes differ`}
          value={fit}
          options={[
            ["whole", t`Show all`],
            ["fill", t`Fill`],
          ]}
          onPick={(picked) => output.setFit(picked === "fill" ? "fill" : "whole")}
        />
      )}
      <div className="flex flex-col gap-1">
        <Address label={t`Browser source, for OBS`} url={browserSource} />
        <Address label={t`MJPEG stream`} url={() => outputAddress(".mjpeg")} />
        <p className="text-[11px] text-faint leading-4">
          {t`Whoever has an address sees what the server renders here.`}
        </p>
      </div>
    </section>
  );
}

interface BigProps {
  readonly icon: typeof X;
  readonly label: string;
  readonly tip: string;
  readonly keys: string;
  readonly on: boolean;
  /** While it is on, something is missing elsewhere. */
  readonly alarming?: boolean;
  readonly onClick: () => void;
}

function Big({ icon: Icon, label, tip, keys, on, alarming = false, onClick }: BigProps) {
  const lit = alarming ? "bg-bad text-onaccent" : "bg-veil/16 text-ink";
  return (
    <Tip label={tip} keys={keys}>
      <button
        type="button"
        aria-pressed={on}
        onClick={onClick}
        className={`flex h-9 min-w-0 flex-1 cursor-pointer items-center justify-center gap-2 rounded-lg px-2 pointer-coarse:h-11 ${on ? lit : "bg-veil/8 text-ink hover:bg-veil/16"}`}
      >
        <Icon size={15} strokeWidth={1.75} aria-hidden className="shrink-0" />
        <span className="truncate">{label}</span>
      </button>
    </Tip>
  );
}

const SAID_MS = 1600;

/** An address to be copied: it is long, and nobody types it. */
function Address({ label, url }: { readonly label: string; readonly url: () => string }) {
  const [copied, setCopied] = useState(false);
  const hidden = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url());
    } catch {
      // On a page over plain http there is no other way.
      if (hidden.current !== null) hidden.current.value = url();
      hidden.current?.select();
      document.execCommand("copy");
    }
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_MS);
  };
  return (
    <>
      <button
        type="button"
        aria-label={t`Copy the address: ${label}`}
        onClick={() => void copy()}
        className="-mx-2 flex min-h-8 cursor-pointer items-center justify-between gap-2 rounded-lg px-2 text-left text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:min-h-11"
      >
        <span className="truncate">{label}</span>
        <span className="flex shrink-0 items-center gap-1.5 text-faint text-small" role="status">
          {copied ? t`Copied` : ""}
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        </span>
      </button>
      <input ref={hidden} readOnly tabIndex={-1} aria-hidden aria-label={label} className="sr-only" />
    </>
  );
}
