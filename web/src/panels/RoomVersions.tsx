import { t } from "@lingui/core/macro";
import { History as HistoryIcon, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useRef, useState } from "react";
import { Clips } from "../canvas/clips";
import { Pictures } from "../canvas/pictures";
import { Sketch } from "../canvas/sketch";
import type { LightDocument } from "../doc/document";
import { frameOf } from "../doc/frame";
import { splitMarks } from "../doc/marks";
import { timeOf } from "../history/moments";
import { fixOf, messageOf } from "../language/problems";
import { changesText, namesText, type VersionRow, type Versions } from "../rooms/versions";
import { keptSize } from "../state";
import { useCanEdit, useStudio } from "../ui/context";
import { sentence } from "../ui/words";
import type { Problem } from "../wire/shots";

/** What the server kept of the room: who changed what and when, to look at, and to bring back. */
export default function RoomVersions() {
  const { desk } = useStudio();
  return (
    <Dialog.Root open onOpenChange={(versionsOpen) => desk.set({ versionsOpen })}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-black/55" />
        <Dialog.Content
          aria-describedby={undefined}
          onKeyDown={(event) => event.stopPropagation()}
          className="float appear fixed inset-2 z-50 flex flex-col overflow-hidden outline-none sm:inset-x-[max(16px,calc(50vw-520px))] sm:inset-y-[max(16px,calc(50vh-360px))]"
        >
          <header className="flex items-center justify-between border-line border-b py-1.5 pr-1.5 pl-4">
            <Dialog.Title className="font-medium text-ink">{t`Versions of this room`}</Dialog.Title>
            <Dialog.Close
              aria-label={t`Close`}
              className="grid size-8 cursor-pointer place-items-center rounded-lg text-soft hover:bg-veil/10 hover:text-ink pointer-coarse:size-11"
            >
              <X size={17} strokeWidth={1.75} aria-hidden />
            </Dialog.Close>
          </header>
          <Shelf />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Shelf() {
  const { sharing } = useStudio();
  const canEdit = useCanEdit();
  const [versions] = useState(() => sharing.versions());
  const [rows, setRows] = useState<readonly VersionRow[] | null>(null);
  const [picked, setPicked] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let stale = false;
    versions?.list(canEdit).then(
      (found) => {
        if (stale) return;
        setRows(found);
        setPicked(found[0]?.seq ?? null);
      },
      (error: Problem) => stale || setProblem(error),
    );
    return () => {
      stale = true;
    };
  }, [versions, canEdit]);
  const at = rows?.findIndex(({ seq }) => seq === picked) ?? -1;
  if (problem !== null || versions === null)
    return (
      <p role="status" className="p-8 text-center text-soft">
        <span className="text-ink">
          {problem === null ? t`This document is not shared.` : sentence(messageOf(problem))}
        </span>{" "}
        {problem && fixOf(problem)}
      </p>
    );
  return (
    <div className="flex min-h-0 flex-1 flex-col-reverse sm:flex-row">
      <ul
        aria-label={t`Versions`}
        className="min-h-0 flex-1 overflow-y-auto border-line py-1.5 [scrollbar-width:thin] max-sm:border-t sm:w-72 sm:flex-none sm:border-r"
      >
        {rows?.map((row) => (
          <Row key={row.seq} row={row} picked={row.seq === picked} onPick={() => setPicked(row.seq)} />
        ))}
      </ul>
      {rows !== null && at >= 0 && (
        <Look
          key={picked}
          versions={versions}
          seq={rows[at]?.seq ?? 0}
          before={rows[at + 1]?.seq ?? null}
          onProblem={setProblem}
        />
      )}
    </div>
  );
}

interface RowProps {
  readonly row: VersionRow;
  readonly picked: boolean;
  readonly onPick: () => void;
}

function Row({ row: { at_s, names }, picked, onPick }: RowProps) {
  return (
    <li>
      <button
        type="button"
        aria-current={picked || undefined}
        onClick={onPick}
        className={`flex w-full cursor-pointer flex-col px-4 py-2 text-left outline-offset-[-2px] ${picked ? "bg-veil/10" : "hover:bg-veil/5"}`}
      >
        <span className="figures text-ink">{timeOf(at_s * 1000, Date.now())}</span>
        {names !== null && (
          <span className="w-full truncate text-small text-soft">
            {names.length === 0 ? t`Nobody by name` : namesText(names)}
          </span>
        )}
      </button>
    </li>
  );
}

interface LookProps {
  readonly versions: Versions;
  readonly seq: number;
  readonly before: number | null;
  readonly onProblem: (problem: Problem) => void;
}

/** One of them, what was changed in it, and the way back. */
function Look({ versions, seq, before, onProblem }: LookProps) {
  const { desk, history } = useStudio();
  const canEdit = useCanEdit();
  const [doc, setDoc] = useState<LightDocument | null>(null);
  const [changed, setChanged] = useState("");
  useEffect(() => {
    let stale = false;
    const read = async () => {
      const now = await versions.document(seq);
      if (stale) return;
      setDoc(now);
      const old = before === null ? null : await versions.document(before);
      if (!stale)
        setChanged(before === null ? t`How it began` : changesText(old, now) || t`Nothing that is seen`);
    };
    read().catch((error: Problem) => stale || onProblem(error));
    return () => {
      stale = true;
    };
  }, [versions, seq, before, onProblem]);
  const bringBack = () => {
    if (doc === null) return;
    history.bringBack(doc.content());
    desk.set({ versionsOpen: false });
  };
  return (
    <section aria-label={t`The version`} className="flex min-h-0 min-w-0 flex-[2] flex-col sm:flex-1">
      <div className="grid min-h-0 flex-1 place-items-center bg-ground p-4">
        {doc !== null && <Picture doc={doc} />}
      </div>
      <footer className="flex min-h-14 items-center gap-3 border-line border-t px-4 py-2.5">
        <p className="min-w-0 flex-1 text-soft">
          <span className="block truncate text-ink first-letter:uppercase">{changed}</span>
          <span className="block text-small">
            {canEdit
              ? t`Brought back for everybody; undo takes it back again.`
              : t`Whoever may draw can bring it back.`}
          </span>
        </p>
        {canEdit && (
          <button
            type="button"
            disabled={doc === null}
            onClick={bringBack}
            className="flex h-8 shrink-0 cursor-pointer items-center gap-1.5 rounded-lg bg-accent px-3 font-medium text-onaccent hover:brightness-110 disabled:opacity-50 pointer-coarse:h-11"
          >
            <HistoryIcon size={15} strokeWidth={2} aria-hidden />
            {t`Bring it back`}
          </button>
        )}
      </footer>
    </section>
  );
}

function Picture({ doc }: { readonly doc: LightDocument }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const frame = frameOf(keptSize(doc.param("size")));
    const show = () => {
      const { layers } = splitMarks(doc.visibleMarks());
      sketch.show(doc.layerList(), layers, null);
    };
    const pictures = new Pictures({ image: (sha256) => doc.image(sha256), changed: () => show() });
    const clips = new Clips((id) => doc.selection(id));
    const sketch = new Sketch(frame, {
      picture: pictures.get,
      moving: () => null,
      clips,
      regionDrawn: () => {},
      changed: () => show(),
    });
    show();
    const { canvas } = sketch.raster;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t`The sketch as it was`);
    canvas.className = "paper max-h-full max-w-full rounded-md";
    place.current?.replaceChildren(canvas);
    return () => pictures.keepOnly(new Set());
  }, [doc]);
  return <div ref={place} className="flex size-full min-h-0 items-center justify-center" />;
}
