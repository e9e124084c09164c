import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg, plural, t } from "@lingui/core/macro";
import {
  Copy,
  FileDown,
  FolderOpen,
  Images,
  type LucideIcon,
  MoreHorizontal,
  Pencil,
  Plus,
  RotateCcw,
  Search,
  Trash2,
  Users,
  X,
} from "lucide-react";
import { Dialog, DropdownMenu } from "radix-ui";
import { useEffect, useRef, useState } from "react";
import { blobOf } from "../assets/assets";
import { saveFile } from "../live/save";
import { broughtProject, OPENS } from "../projects/bring";
import { useProjects, useProjectsNow } from "../projects/context";
import { arranged, MAX_NAME_CHARS, type Order, type Project } from "../projects/project";
import { agoText, sizeText } from "../projects/words";
import { savePsd } from "../psd/save";
import { projectHash } from "../rooms/address";
import { useStudio } from "../ui/context";
import { Tip } from "../ui/Tip";
import { capital } from "../ui/words";

const ORDERS: readonly (readonly [Order, MessageDescriptor])[] = [
  ["changed", msg`Last changed`],
  ["created", msg`Newest`],
  ["name", msg`Name`],
];
const BUTTON =
  "flex h-8 shrink-0 cursor-pointer items-center gap-1.5 whitespace-nowrap rounded-lg px-2.5 text-ink pointer-coarse:h-11";

/** The projects of this browser: open, make, find, copy, take away, throw away. */
export default function Gallery() {
  const { desk } = useStudio();
  const projects = useProjects();
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => void projects.keepCover().catch(() => {}), [projects]);
  return (
    <Dialog.Root open onOpenChange={(projectsOpen) => desk.set({ projectsOpen })}>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          ref={content}
          tabIndex={-1}
          // No keyboard comes up by itself on a phone.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            content.current?.focus();
          }}
          // Keys are the gallery's while it is open.
          onKeyDown={(event) => event.stopPropagation()}
          className="appear fixed inset-0 z-50 flex flex-col bg-page outline-none"
        >
          <Shelf />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Shelf() {
  const studio = useStudio();
  const projects = useProjects();
  const all = useProjectsNow((p) => p.all);
  const current = useProjectsNow((p) => p.current);
  const [search, setSearch] = useState("");
  const [order, setOrder] = useState<Order>("changed");
  const [inTrash, setInTrash] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const trashed = all.filter(({ trashed_ms }) => trashed_ms !== null);
  const live = all.filter(({ trashed_ms }) => trashed_ms === null);
  const shown = arranged(inTrash ? trashed : live, search, order);
  return (
    <>
      <header className="flex min-h-14 flex-wrap items-center gap-2 border-line border-b bg-bar px-4 py-2.5">
        <Dialog.Title className="mr-2 font-semibold text-[15px] text-ink">
          {inTrash ? t`Trash` : t`Projects`}
        </Dialog.Title>
        <label className="flex h-8 min-w-32 flex-1 sm:max-w-72 items-center gap-2 rounded-lg bg-veil/8 px-2.5 text-soft focus-within:ring-2 focus-within:ring-accent pointer-coarse:h-11">
          <Search size={15} strokeWidth={1.75} aria-hidden className="shrink-0" />
          <input
            type="search"
            aria-label={t`Search projects`}
            placeholder={t`Search`}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            className="min-w-0 flex-1 bg-transparent text-ink outline-none placeholder:text-faint"
          />
        </label>
        <Dialog.Close
          aria-label={t`Close`}
          className="grid sm:order-last size-8 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
        >
          <X size={17} aria-hidden />
        </Dialog.Close>
        <select
          aria-label={t`Sort by`}
          value={order}
          onChange={(event) => setOrder(event.target.value as Order)}
          className="h-8 rounded-lg bg-raised px-2 text-ink pointer-coarse:h-11"
        >
          {ORDERS.map(([value, label]) => (
            <option key={value} value={value}>
              {i18n._(label)}
            </option>
          ))}
        </select>
        <div className="hidden flex-1 sm:block" />
        <button
          type="button"
          aria-pressed={inTrash}
          onClick={() => setInTrash(!inTrash)}
          className={`${BUTTON} ${inTrash ? "bg-veil/16" : "hover:bg-veil/10"}`}
        >
          <Trash2 size={16} strokeWidth={1.75} aria-hidden />
          <span className="max-lg:sr-only">{t`Trash`}</span>
          {trashed.length > 0 && <span className="figures text-soft">{trashed.length}</span>}
        </button>
        <button
          type="button"
          onClick={() => picker.current?.click()}
          className={`${BUTTON} hover:bg-veil/10`}
        >
          <FolderOpen size={16} strokeWidth={1.75} aria-hidden />
          <span className="max-lg:sr-only">{t`Open file…`}</span>
        </button>
        <input
          ref={picker}
          type="file"
          accept={OPENS}
          aria-label={t`A project's file`}
          className="hidden"
          onChange={(event) => {
            broughtProject([...(event.target.files ?? [])], projects, studio);
            event.target.value = "";
          }}
        />
        <button
          type="button"
          aria-label={t`New project`}
          onClick={() => void projects.create()}
          className={`${BUTTON} bg-accent px-3 font-medium text-onaccent hover:brightness-110 max-sm:ml-auto`}
        >
          <Plus size={16} strokeWidth={2} aria-hidden className="text-onaccent" />
          <span className="text-onaccent sm:hidden">{t`New`}</span>
          <span className="text-onaccent max-sm:hidden">{t`New project`}</span>
        </button>
      </header>
      <Said />
      {inTrash && trashed.length > 0 && <EmptyTrash trashed={trashed} />}
      <div className="min-h-0 flex-1 overflow-y-auto p-4 [scrollbar-width:thin]">
        {shown.length === 0 ? (
          <Nothing search={search} inTrash={inTrash} />
        ) : (
          <ul
            aria-label={inTrash ? t`Trash` : t`Projects`}
            className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,148px),1fr))] gap-3 sm:grid-cols-[repeat(auto-fill,minmax(208px,1fr))] sm:gap-4"
          >
            {shown.map((project) => (
              <Card key={project.id} project={project} here={project.id === current} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

/** What is under way, went wrong, or could not be kept. */
function Said() {
  const projects = useProjects();
  const busy = useProjectsNow((p) => p.busy);
  const problem = useProjectsNow((p) => p.problem);
  const notes = useProjectsNow((p) => p.notes);
  const line = "flex items-start gap-3 border-line border-b bg-veil/3 px-4 py-2.5";
  return (
    <div role="status" className="empty:hidden">
      {busy !== "" && <p className={`${line} text-soft`}>{busy}</p>}
      {busy === "" && (problem !== null || notes.length > 0) && (
        <div className={line}>
          <span
            aria-hidden
            className={`mt-[7px] size-1.5 shrink-0 rounded-full ${problem ? "bg-bad" : "bg-faint"}`}
          />
          <div className="min-w-0 flex-1">
            <p className="font-medium text-ink">
              {problem ? capital(problem.message) : t`Not everything could be kept`}
            </p>
            <p className="text-soft">{problem ? problem.fix : notes.join(" ")}</p>
          </div>
          <button
            type="button"
            onClick={() => projects.dismiss()}
            className="shrink-0 cursor-pointer self-center rounded-md bg-veil/10 px-2.5 py-1 text-ink hover:bg-veil/20"
          >
            {t`Dismiss`}
          </button>
        </div>
      )}
    </div>
  );
}

function Nothing({ search, inTrash }: { readonly search: string; readonly inTrash: boolean }) {
  const [title, text] =
    search !== ""
      ? [t`Nothing found`, t`The search looks at names and prompts.`]
      : inTrash
        ? [t`The trash is empty`, t`Projects that you throw away wait here until you delete them for good.`]
        : [t`No projects yet`, t`Make one, or drop a .lightbrush or .psd file here.`];
  return (
    <div className="flex flex-col items-center px-8 py-24 text-center">
      <Images size={28} strokeWidth={1.5} aria-hidden className="text-faint" />
      <p className="mt-3 font-medium text-ink">{title}</p>
      <p className="mt-1 text-soft">{text}</p>
    </div>
  );
}

function EmptyTrash({ trashed }: { readonly trashed: readonly Project[] }) {
  const projects = useProjects();
  const [bytes, setBytes] = useState<number | null>(null);
  const [asked, setAsked] = useState(false);
  const key = trashed.map(({ id }) => id).join();
  useEffect(() => {
    let stale = false;
    setBytes(null);
    const ids = key.split(",");
    projects.bytes(ids).then(
      (found) => stale || setBytes(found),
      () => {},
    );
    return () => {
      stale = true;
    };
  }, [projects, key]);
  const count = trashed.length;
  const size = bytes === null ? "" : sizeText(bytes);
  return (
    <div className="flex min-h-12 flex-wrap items-center gap-3 border-line border-b px-4 py-2 text-soft">
      <p className="figures min-w-0 flex-1">
        {asked
          ? plural(count, {
              one: "Delete # project for good? There is no way back.",
              other: "Delete # projects for good? There is no way back.",
            })
          : size === ""
            ? plural(count, { one: "# project", other: "# projects" })
            : plural(count, { one: `# project, ${size}`, other: `# projects, ${size}` })}
      </p>
      {asked ? (
        <>
          <button
            type="button"
            onClick={() => setAsked(false)}
            className={`${BUTTON} bg-veil/10 hover:bg-veil/20`}
          >
            {t`Cancel`}
          </button>
          <button
            type="button"
            onClick={() => void projects.purge(trashed.map(({ id }) => id)).then(() => setAsked(false))}
            className={`${BUTTON} bg-bad font-medium hover:brightness-110`}
          >
            <span className="text-onaccent">
              {size === "" ? t`Delete for good` : t`Delete for good (frees ${size})`}
            </span>
          </button>
        </>
      ) : (
        <button
          type="button"
          onClick={() => setAsked(true)}
          className={`${BUTTON} bg-veil/10 hover:bg-veil/20`}
        >
          {t`Empty the trash…`}
        </button>
      )}
    </div>
  );
}

function Card({ project, here }: { readonly project: Project; readonly here: boolean }) {
  const { desk } = useStudio();
  const projects = useProjects();
  const [renaming, setRenaming] = useState(false);
  const { id, name, trashed_ms } = project;
  const open = async () => {
    if (trashed_ms !== null) return;
    await projects.open(id);
    if (here) desk.set({ projectsOpen: false });
  };
  const when = agoText(trashed_ms ?? project.changed_ms, Date.now());
  return (
    <li className="group flex min-w-0 flex-col">
      {trashed_ms === null ? (
        <a
          href={projectHash(id)}
          aria-label={t`Open ${name}`}
          aria-current={here || undefined}
          draggable={false}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            void open();
          }}
          className={`overflow-hidden rounded-xl bg-surface outline-offset-2 transition-shadow duration-75 hover:ring-2 hover:ring-veil/40 ${here ? "ring-2 ring-accent hover:ring-accent" : "ring-1 ring-line"}`}
        >
          <Cover project={project} />
        </a>
      ) : (
        <div className="overflow-hidden rounded-xl bg-surface opacity-60 ring-1 ring-line">
          <Cover project={project} />
        </div>
      )}
      <div className="flex items-center gap-1 pt-1.5">
        <div className="min-w-0 flex-1 pl-1">
          {renaming ? (
            <NameField
              name={name}
              onDone={(said) => {
                setRenaming(false);
                if (said !== null) void projects.rename(id, said);
              }}
            />
          ) : (
            <p className="truncate font-medium text-ink" title={name} onDoubleClick={() => setRenaming(true)}>
              {name}
            </p>
          )}
          <p className="figures flex items-center gap-1.5 truncate text-small text-soft">
            {trashed_ms === null ? (here ? t`Open now` : when) : t`Thrown away ${when}`}
            {projects.isShared(id) && (
              <Tip label={t`Shared`}>
                <span role="img" aria-label={t`Shared`} className="text-faint">
                  <Users size={13} strokeWidth={1.75} aria-hidden />
                </span>
              </Tip>
            )}
          </p>
        </div>
        {trashed_ms === null ? (
          <Menu project={project} here={here} onRename={() => setRenaming(true)} />
        ) : (
          <TrashedActions project={project} />
        )}
      </div>
    </li>
  );
}

function Cover({ project: { id, changed_ms } }: { readonly project: Project }) {
  const projects = useProjects();
  const [url, setUrl] = useState<string | null>(null);
  const all = useProjectsNow((p) => p.all);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the catalogue may bring another cover.
  useEffect(() => {
    let made: string | null = null;
    let stale = false;
    void projects.cover(id).then((file) => {
      if (stale) return;
      made = file && URL.createObjectURL(blobOf(file));
      setUrl(made);
    });
    return () => {
      stale = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [projects, id, changed_ms, all]);
  return (
    <span className="block aspect-[4/3]">
      {url === null ? (
        <span aria-hidden className="paper block size-full opacity-20" />
      ) : (
        <img src={url} alt="" draggable={false} className="size-full object-cover" />
      )}
    </span>
  );
}

interface MenuProps {
  readonly project: Project;
  readonly here: boolean;
  readonly onRename: () => void;
}

function Menu({ project: { id, name }, here, onRename }: MenuProps) {
  const studio = useStudio();
  const projects = useProjects();
  const exported = async () => {
    const made = await projects.export(id);
    if (made !== null) saveFile(made.name, made.file);
  };
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        aria-label={t`More for ${name}`}
        className="grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink data-[state=open]:bg-veil/10 data-[state=open]:text-ink pointer-coarse:size-11"
      >
        <MoreHorizontal size={17} strokeWidth={1.75} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          // The field for the name takes the focus itself.
          onCloseAutoFocus={(event) => event.preventDefault()}
          className="float appear z-[60] min-w-48 p-1"
        >
          <Item icon={Pencil} label={t`Rename`} onSelect={onRename} />
          <Item icon={Copy} label={t`Duplicate`} onSelect={() => void projects.duplicate(id)} />
          <Item icon={FileDown} label={t`Export .lightbrush`} onSelect={() => void exported()} />
          {here && (
            <Item
              icon={FileDown}
              label={t`Export .psd`}
              onSelect={() => void savePsd(projects, studio, name)}
            />
          )}
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <Item icon={Trash2} label={t`Move to the trash`} onSelect={() => void projects.trash(id)} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ItemProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly onSelect: () => void;
}

function Item({ icon: Icon, label, onSelect }: ItemProps) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className="flex h-8 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-ink outline-none data-[highlighted]:bg-veil/10 pointer-coarse:h-11"
    >
      <Icon size={15} strokeWidth={1.75} aria-hidden className="text-soft" />
      {label}
    </DropdownMenu.Item>
  );
}

function TrashedActions({ project: { id, name } }: { readonly project: Project }) {
  const projects = useProjects();
  return (
    <Tip label={t`Restore`}>
      <button
        type="button"
        aria-label={t`Restore ${name}`}
        onClick={() => void projects.restore(id)}
        className="grid size-8 shrink-0 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
      >
        <RotateCcw size={16} strokeWidth={1.75} aria-hidden />
      </button>
    </Tip>
  );
}

interface NameFieldProps {
  readonly name: string;
  /** Null: as it was. */
  readonly onDone: (name: string | null) => void;
}

function NameField({ name, onDone }: NameFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => {
    // After the menu has given the focus back.
    const frame = requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.select();
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  const finish = (said: string | null) => {
    if (done.current) return;
    done.current = true;
    onDone(said?.trim() || null);
  };
  return (
    <input
      ref={field}
      aria-label={t`Name of ${name}`}
      defaultValue={name}
      maxLength={MAX_NAME_CHARS}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(event.currentTarget.value);
        if (event.key === "Escape") finish(null);
      }}
      className="-ml-1.5 h-6 w-full rounded-md bg-veil/8 px-1.5 font-medium text-ink outline-none focus-visible:ring-2 focus-visible:ring-accent"
    />
  );
}
