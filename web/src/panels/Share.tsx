import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, plural, t } from "@lingui/core/macro";
import { Check, Copy, Eye, Pencil, UserPlus } from "lucide-react";
import { Popover } from "radix-ui";
import { useRef, useState } from "react";
import { fixOf, messageOf } from "../language/problems";
import type { Role, RoomLink } from "../rooms/client";
import { initialOf, MAX_NAME_CHARS, type Me } from "../rooms/people";
import { Choice } from "../ui/Choice";
import { useDesk, useSharing, useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";
import { Tray, TrayTrouble } from "../ui/Tray";

const MOST_AVATARS = 3;
const DAY_S = 86_400;
const EXPIRIES: readonly (readonly [value: string, label: MessageDescriptor])[] = [
  [String(DAY_S), msg`A day`],
  [String(7 * DAY_S), msg`A week`],
  ["never", msg`Always`],
];
const WHAT: Readonly<Record<Role, MessageDescriptor>> = {
  owner: msg`Owner`,
  editor: msg`Can draw`,
  viewer: msg`Can look`,
};
const ME: Readonly<Record<Role, MessageDescriptor>> = {
  owner: msg`you · owner`,
  editor: msg`you · can draw`,
  viewer: msg`you · can look`,
};

/** Says why nothing can be drawn, where one would look for the tools. */
export function ViewOnly({ brief }: { readonly brief: boolean }) {
  const state = useSharing((s) => s.state);
  const label =
    state === "joining" ? t`Joining…` : t`This link lets you look. Ask for one that lets you draw.`;
  return (
    <Tip label={label}>
      <span
        role="status"
        className="ml-1 flex h-6 shrink-0 items-center gap-1.5 rounded-full bg-veil/10 px-2.5 text-ink text-small"
      >
        <Eye size={14} strokeWidth={1.75} aria-hidden />
        {state === "joining" ? t`Joining…` : brief ? t`View` : t`View only`}
      </span>
    </Tip>
  );
}

/** The others' avatars in the bar, and the panel behind the button: invitations, who is here, an end to it. */
export function Share({ stacked }: { readonly stacked: boolean }) {
  const { desk } = useStudio();
  const open = useDesk((d) => d.shareOpen);
  const state = useSharing((s) => s.state);
  const others = useSharing((s) => s.people.length);
  const label =
    state === "alone"
      ? t`Share`
      : others === 0
        ? t`Shared: nobody else is here`
        : plural(others, { one: "Shared with # here", other: "Shared with # here" });
  return (
    <Popover.Root open={open} onOpenChange={(shareOpen) => desk.set({ shareOpen })}>
      <Tip label={label}>
        <Popover.Trigger
          aria-label={label}
          data-testid="share"
          data-state-of={state}
          className={`flex h-8 min-w-8 shrink-0 cursor-pointer items-center justify-center gap-1.5 rounded-lg px-1.5 transition-colors duration-75 hover:bg-veil/10 hover:text-ink pointer-coarse:h-11 pointer-coarse:min-w-11 ${open ? "bg-veil/10 text-ink" : "text-soft"}`}
        >
          {state !== "alone" && <Avatars most={stacked ? 1 : MOST_AVATARS} />}
          <span className={`relative ${stacked && state !== "alone" ? "-ml-3 size-0" : ""}`}>
            {(!stacked || state === "alone") && <UserPlus size={17} strokeWidth={1.75} aria-hidden />}
            {(state === "offline" || state === "refused") && (
              <span
                aria-hidden
                className="absolute -top-1 -right-1 size-2 rounded-full bg-bad ring-2 ring-bar"
              />
            )}
          </span>
        </Popover.Trigger>
      </Tip>
      <Tray title={t`Share`} closeLabel={t`Close`} width_px={360}>
        <Troubles />
        {state === "alone" ? <Begin /> : <Shared />}
      </Tray>
    </Popover.Root>
  );
}

function Avatars({ most }: { readonly most: number }) {
  const me = useSharing((s) => s.me);
  const people = useSharing((s) => s.people);
  const shown = people.slice(0, most);
  return (
    <span className="flex -space-x-1.5" data-testid="avatars">
      {shown.map(({ client, name, color }) => (
        <Avatar key={client} name={name} color={color} />
      ))}
      {people.length > shown.length && (
        <span className="figures grid size-6 place-items-center rounded-full bg-raised font-medium text-[11px] text-ink ring-2 ring-bar">
          +{people.length - shown.length}
        </span>
      )}
      {people.length === 0 && <Avatar name={me.name} color={me.color} />}
    </span>
  );
}

function Avatar({ name, color }: Me) {
  return (
    <span
      title={name}
      className="grid size-6 shrink-0 place-items-center rounded-full font-semibold text-[11px] text-black ring-2 ring-bar"
      style={{ backgroundColor: color }}
    >
      {initialOf(name)}
    </span>
  );
}

/** What is wrong with the room, or with what was asked of it. */
function Troubles() {
  const { sharing } = useStudio();
  const state = useSharing((s) => s.state);
  const problem = useSharing((s) => s.problem);
  const refused = state === "refused";
  const fix = problem === null ? "" : fixOf(problem);
  return (
    <div role="status" className="flex flex-col empty:hidden">
      {problem !== null && (
        <TrayTrouble
          title={messageOf(problem)}
          text={refused ? t`${fix} What you see stays in this browser.` : fix}
          action={refused ? t`Try again` : t`Dismiss`}
          run={() => (refused ? sharing.wake() : sharing.dismiss())}
        />
      )}
      {problem === null && state === "offline" && (
        <TrayTrouble
          title={t`Offline`}
          text={t`What you draw is kept in this browser, and joins the others' when the server is back.`}
        />
      )}
    </div>
  );
}

function Begin() {
  const { sharing } = useStudio();
  const busy = useSharing((s) => s.busy);
  return (
    <div className="flex flex-col gap-3 p-4">
      <p className="text-ink">{t`Draw together: everybody with a link sees this document and its render.`}</p>
      <p className="text-small text-soft">
        {t`The document and its pictures are then kept on the server, until you stop sharing.`}
      </p>
      <Primary disabled={busy} onClick={() => void sharing.share()}>
        {busy ? t`Sharing…` : t`Share this document`}
      </Primary>
    </div>
  );
}

function Shared() {
  const role = useSharing((s) => s.role);
  const state = useSharing((s) => s.state);
  return (
    <>
      {state !== "refused" && <People />}
      {state !== "refused" && <VersionsRow />}
      {role === "owner" && state !== "refused" && (
        <>
          <Invite />
          <Links />
          <End />
        </>
      )}
    </>
  );
}

function People() {
  const me = useSharing((s) => s.me);
  const role = useSharing((s) => s.role);
  const people = useSharing((s) => s.people);
  return (
    <section aria-label={t`Here now`} className="border-line border-b p-4">
      <h3 className="text-faint text-small">{t`Here now`}</h3>
      <ul className="mt-2 flex flex-col gap-2">
        <li className="flex items-center gap-2.5">
          <Avatar name={me.name} color={me.color} />
          <MyName key={me.name} name={me.name} />
          <span className="shrink-0 text-faint text-small">{i18n._(ME[role])}</span>
        </li>
        {people.map(({ client, name, color, viewer }) => (
          <li key={client} className="flex items-center gap-2.5">
            <Avatar name={name} color={color} />
            <span className="min-w-0 flex-1 truncate text-ink">{name}</span>
            <span className="shrink-0 text-faint text-small">{viewer ? t`looks` : t`draws`}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function VersionsRow() {
  const { desk } = useStudio();
  return (
    <div className="flex items-center justify-between gap-3 border-line border-b px-4 py-3">
      <span className="min-w-0 text-small text-soft">{t`The server keeps how it was.`}</span>
      <Small onClick={() => desk.set({ versionsOpen: true })}>{t`Versions…`}</Small>
    </div>
  );
}

function MyName({ name }: { readonly name: string }) {
  const { sharing } = useStudio();
  const [text, setText] = useState(name);
  return (
    <input
      aria-label={t`Your name`}
      value={text}
      maxLength={MAX_NAME_CHARS}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => sharing.rename(text)}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      className="h-8 min-w-0 flex-1 rounded-lg bg-veil/8 px-2 text-ink pointer-coarse:h-11"
    />
  );
}

function Invite() {
  const { sharing } = useStudio();
  const busy = useSharing((s) => s.busy);
  const made = useSharing((s) => s.made);
  const [role, setRole] = useState<Role>("editor");
  const [expiry, setExpiry] = useState(String(7 * DAY_S));
  const invite = () => void sharing.invite(role, "", expiry === "never" ? null : Number(expiry));
  return (
    <section aria-label={t`Invite`} className="flex flex-col gap-3 border-line border-b p-4">
      <div className="flex flex-col gap-3">
        <Choice
          label={t`A link to`}
          value={role}
          options={[
            ["editor", t`Draw`],
            ["viewer", t`Look`],
          ]}
          onPick={(value) => setRole(value as Role)}
        />
        <Choice
          label={t`It works for`}
          value={expiry}
          options={EXPIRIES.map(([value, name]) => [value, i18n._(name)])}
          onPick={setExpiry}
        />
      </div>
      <Primary disabled={busy} onClick={invite}>
        {t`Create the link`}
      </Primary>
      {made !== null && <Made key={made.url} role={made.role} url={made.url} />}
    </section>
  );
}

function Made({ role, url }: { readonly role: Role; readonly url: string }) {
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(url);
    } catch {
      document.execCommand("copy"); // on a page over plain http
    }
    setCopied(true);
  };
  return (
    <div>
      <div className="flex gap-1.5">
        <input
          ref={field}
          aria-label={t`The link`}
          readOnly
          value={url}
          onFocus={(event) => event.currentTarget.select()}
          className="h-8 min-w-0 flex-1 rounded-lg bg-veil/8 px-2 text-ink text-small pointer-coarse:h-11"
        />
        <button
          type="button"
          onClick={() => void copy()}
          className="flex h-8 w-24 shrink-0 cursor-pointer items-center justify-center gap-1.5 rounded-lg bg-veil/10 text-ink hover:bg-veil/20 pointer-coarse:h-11"
        >
          {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
          {copied ? t`Copied` : t`Copy`}
        </button>
      </div>
      <p className="mt-1.5 text-small text-soft">
        {role === "viewer"
          ? t`Whoever has it can look. It is shown this once.`
          : t`Whoever has it can draw. It is shown this once.`}
      </p>
    </div>
  );
}

function Links() {
  const links = useSharing((s) => s.links);
  if (links.length === 0) return null;
  return (
    <section aria-label={t`Links`} className="border-line border-b p-4">
      <h3 className="text-faint text-small">{t`Links that work`}</h3>
      <ul className="mt-2 flex flex-col gap-1.5">
        {links.map((link) => (
          <LinkRow key={link.id} link={link} />
        ))}
      </ul>
    </section>
  );
}

function LinkRow({ link }: { readonly link: RoomLink }) {
  const { sharing } = useStudio();
  const busy = useSharing((s) => s.busy);
  const Icon = link.role === "viewer" ? Eye : Pencil;
  return (
    <li className="flex items-center gap-2.5">
      <Icon size={15} strokeWidth={1.75} aria-hidden className="shrink-0 text-soft" />
      <span className="min-w-0 flex-1 truncate text-ink">
        {i18n._(WHAT[link.role])}
        <span className="text-faint"> · {untilWords(link.expires_s, Date.now() / 1000)}</span>
      </span>
      <Small disabled={busy} onClick={() => void sharing.revoke(link.id)}>
        {t`Revoke`}
      </Small>
    </li>
  );
}

/** "2 days left", "expired", "no end". */
export function untilWords(expires_s: number | null, now_s: number): string {
  if (expires_s === null) return t`no end`;
  const left_s = expires_s - now_s;
  if (left_s <= 0) return t`expired`;
  const [days, hours] = [Math.round(left_s / DAY_S), Math.round(left_s / 3600)];
  const minutes = Math.max(1, Math.round(left_s / 60));
  if (left_s > 2 * DAY_S) return plural(days, { one: "# day left", other: "# days left" });
  if (left_s > 7200) return plural(hours, { one: "# hour left", other: "# hours left" });
  return plural(minutes, { one: "# minute left", other: "# minutes left" });
}

/** Asked twice: it ends for everybody. */
function End() {
  const { sharing } = useStudio();
  const [sure, setSure] = useState(false);
  const busy = useSharing((s) => s.busy);
  return (
    <div className="flex items-center justify-between gap-3 px-4 py-3">
      <span className="min-w-0 text-small text-soft">
        {sure
          ? t`It ends for everybody, and is deleted from the server. Yours stays here.`
          : t`Shared until you stop.`}
      </span>
      {sure ? (
        <span className="flex shrink-0 gap-1.5">
          <Small onClick={() => setSure(false)}>{t`Keep`}</Small>
          <Small disabled={busy} onClick={() => void sharing.end()}>
            {t`End it`}
          </Small>
        </span>
      ) : (
        <Small onClick={() => setSure(true)}>{t`Stop sharing`}</Small>
      )}
    </div>
  );
}

interface PressProps {
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}

function Primary({ disabled = false, onClick, children }: PressProps) {
  return (
    <button
      type="button"
      disabled={disabled}
      onClick={onClick}
      className="h-8 cursor-pointer rounded-lg bg-accent px-3 font-medium text-onaccent hover:brightness-110 disabled:cursor-default disabled:opacity-50 pointer-coarse:h-11"
    >
      {children}
    </button>
  );
}

function Small({ disabled = false, onClick, children }: PressProps) {
  return (
    <button
      type="button"
      disabled={disabled}
      onClick={onClick}
      className="shrink-0 cursor-pointer self-center rounded-md bg-veil/10 px-2.5 py-1 text-ink hover:bg-veil/20 disabled:cursor-default disabled:opacity-50 pointer-coarse:h-11 pointer-coarse:px-3.5"
    >
      {children}
    </button>
  );
}
