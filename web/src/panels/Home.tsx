import { t } from "@lingui/core/macro";
import type { LocalState } from "../local/channel";
import { canRender } from "../local/engine";
import { Choice } from "../ui/Choice";
import { useDesk, useLive, useStudio } from "../ui/context";

/** Where the engine runs: on the server, or in this browser where that can. */
export function Home() {
  const { desk } = useStudio();
  const inBrowser = useDesk((d) => d.inBrowser);
  const local = useLive((l) => l.local);
  if (!canRender()) return null;
  return (
    <div className="flex flex-col gap-1.5">
      <Choice
        label={t`Render`}
        value={inBrowser ? "browser" : "server"}
        options={[
          ["server", t`On the server`],
          ["browser", t`In this browser`],
        ]}
        onPick={(where) => desk.set({ inBrowser: where === "browser" })}
      />
      {local.name === "loading" && <Progress {...local} />}
      <p role="status" className="figures text-faint text-small empty:-mt-1.5">
        {said(local)}
      </p>
    </div>
  );
}

function Progress({ loaded_bytes, total_bytes }: Extract<LocalState, { name: "loading" }>) {
  const percent = Math.floor((100 * loaded_bytes) / total_bytes);
  return (
    <div
      role="progressbar"
      aria-label={t`Loading the engine`}
      aria-valuenow={percent}
      className="h-1 overflow-hidden rounded-full bg-veil/10"
    >
      <div className="h-full bg-accent" style={{ width: `${percent}%` }} />
    </div>
  );
}

function pace(picture_ms: number): string {
  const rounded_ms = Math.round(picture_ms);
  return t`${rounded_ms} ms a picture`;
}

function said(local: LocalState): string {
  switch (local.name) {
    case "loading":
      return t`Loading the engine. The server renders until it is here.`;
    case "starting":
      return t`Starting the engine. The server renders until then.`;
    case "ready":
      return [local.device, local.picture_ms !== null && pace(local.picture_ms)].filter(Boolean).join(" · ");
    default:
      return "";
  }
}
