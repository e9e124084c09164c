/**
 * The log of edits, which is part of the document (document.ts): who did what, in order. An edit is a map of
 *
 *     kind      what it is about: `EditKind`
 *     by        its author; undo takes back only one's own
 *     undone    whether it is taken back
 *     gesture   changes of one gesture (a drag, a focus) are one edit; "" of none
 *     step      edits in a row that share one are undone together; absent of none
 *     mark      the mark that was drawn, of kind "mark"
 *     before, after   what it was and became, of all others: a selection's id, a content's hash, or JSON
 *
 * What an edit means, and what taking it back does, is the document's.
 */

import * as Y from "yjs";

export type Edit = Y.Map<unknown>;
/** Edits of a flat map, which remember the fields that they changed. */
export type FieldsKind = "layers" | "timeline";
export type EditKind = "mark" | "restore" | "select" | FieldsKind | "params" | "prompts" | "references";
/** Where an edit is walked to: "before" is undo, "after" redo. */
export type Side = "before" | "after";
/** Fields of a flat map by their keys; null: there is none. */
export type FieldValues = Record<string, unknown>;

export class EditLog {
  /** The step that edits belong to which name none, marks excepted; "" is none. */
  step = "";

  constructor(
    /** Everyone's. */
    readonly all: Y.Array<Edit>,
    /** Who adds to it here; `nextUndo`, `nextRedo` and `dropUndone` are about their edits alone. */
    private readonly author: string,
  ) {}

  push(kind: EditKind, fields: Readonly<Record<string, string>>, gesture: string, step = ""): void {
    const together = step || (kind === "mark" ? "" : this.step);
    const entries = Object.entries({
      kind,
      by: this.author,
      undone: false,
      gesture,
      ...(together && { step: together }),
      ...fields,
    });
    this.all.push([new Y.Map<unknown>(entries)]);
  }

  /** The newest edit that is not undone. */
  get nextUndo(): Edit | null {
    for (const edit of this.fromNewest()) if (edit.get("undone") !== true) return edit;
    return null;
  }

  /** The oldest of those that were undone since the last new one. */
  get nextRedo(): Edit | null {
    let found: Edit | null = null;
    for (const edit of this.fromNewest()) {
      if (edit.get("undone") !== true) break;
      found = edit;
    }
    return found;
  }

  /** The newest edit, where a change of this gesture goes on with it instead of being another one. */
  goingOn(gesture: string): Edit | null {
    const last = this.nextUndo;
    return gesture !== "" && last?.get("gesture") === gesture && this.nextRedo === null ? last : null;
  }

  /** Take out what redo could have brought back. Returns that, as it was, from the newest to the oldest. */
  dropUndone(): ReadonlyMap<string, unknown>[] {
    const dropped: ReadonlyMap<string, unknown>[] = [];
    for (let i = this.all.length - 1; i >= 0; i--) {
      const edit = this.all.get(i);
      if (edit.get("by") !== this.author) continue;
      if (edit.get("undone") !== true) break;
      dropped.push(new Map(edit.entries()));
      this.all.delete(i);
    }
    return dropped;
  }

  private *fromNewest(): Generator<Edit> {
    for (const edit of this.all.toArray().reverse()) if (edit.get("by") === this.author) yield edit;
  }
}

/** An edit, or what it was before it was dropped. */
type Readable = Pick<ReadonlyMap<string, unknown>, "get">;

/** The fields that an edit of a flat map changed. */
export const fieldsOf = (edit: Readable, side: Side) => JSON.parse(String(edit.get(side))) as FieldValues;

/** What an edit of a whole list or map leads from and to. */
export function sides<T>(edit: Readable, to: Side): [from: T, to: T] {
  const from = to === "before" ? "after" : "before";
  return [JSON.parse(String(edit.get(from))) as T, JSON.parse(String(edit.get(to))) as T];
}

/** The layers that were not there before an edit. */
export function layersMadeBy(edit: Readable): string[] {
  const made = Object.entries(fieldsOf(edit, "before")).filter(
    ([key, value]) => key.endsWith(".kind") && value === null,
  );
  return made.map(([key]) => key.slice(0, -".kind".length));
}
