/** A project: one document with its history and its pictures, and what the gallery says of it. Values and rules. */

import { t } from "@lingui/core/macro";
import type { Problem } from "../wire/shots";

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly created_ms: number;
  /** When it was worked on last. */
  readonly changed_ms: number;
  /** When it was put into the trash; null: it was not. */
  readonly trashed_ms: number | null;
  /** Its prompts: the search looks there too. */
  readonly words: string;
  /** Every picture that it names is claimed for it (catalogue.ts). */
  readonly claimed: boolean;
}

/** The document from before there were projects is this one: it stays where it is. */
export const FIRST = "first";
export const MAX_NAME_CHARS = 80;
const MAX_WORDS_CHARS = 400;
const DATABASE = "lightbrush";
const PROJECT_ID = /^(first|p-[0-9a-f]{16})$/;

export const isProjectId = (id: unknown): id is string => typeof id === "string" && PROJECT_ID.test(id);

/** Under which name a browser's database has its document. */
export const databaseOf = (id: string): string => (id === FIRST ? DATABASE : `${DATABASE}-${id}`);
/** Another room's document, beside one's own. */
export const roomDatabase = (room: string): string => `${DATABASE}-${room}`;
/** The history of the document in that database. */
export const historyOf = (database: string): string => `${database}-history`;

export function newProject(id: string, name: string, now_ms: number): Project {
  return {
    id,
    name: cleanName(name) || t`Untitled`,
    created_ms: now_ms,
    changed_ms: now_ms,
    trashed_ms: null,
    words: "",
    claimed: true,
  };
}

/** One line without control characters, of a length that can be shown. */
export const cleanName = (name: string): string =>
  [...name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim()].slice(0, MAX_NAME_CHARS).join("");

export const cleanWords = (words: readonly string[]): string =>
  cleanLine(words.join(", ")).slice(0, MAX_WORDS_CHARS);
const cleanLine = (text: string) => text.replace(/\s+/g, " ").trim();

/** "Untitled", then "Untitled 2": a name that none of them has. */
export function freeName(wanted: string, taken: readonly Pick<Project, "name">[]): string {
  const names = new Set(taken.map(({ name }) => name));
  const base = cleanName(wanted).replace(/ \d{1,4}$/, "") || t`Untitled`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${[...base].slice(0, MAX_NAME_CHARS - 5).join("")} ${number}`;
    if (!names.has(name)) return name;
  }
}

export type Order = "changed" | "created" | "name";

/** Those that have all of the words in their name or their prompts, in that order. */
export function arranged(projects: readonly Project[], search: string, order: Order): Project[] {
  const wanted = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = projects.filter(({ name, words }) => {
    const text = `${name} ${words}`.toLocaleLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const compare: Record<Order, (a: Project, b: Project) => number> = {
    changed: (a, b) => b.changed_ms - a.changed_ms,
    created: (a, b) => b.created_ms - a.created_ms,
    name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: "base" }),
  };
  return found.sort((a, b) => compare[order](a, b) || (a.id < b.id ? -1 : 1));
}

export type ProjectCode =
  | "project.format"
  | "project.version"
  | "project.damaged"
  | "project.size"
  | "project.missing"
  | "project.open"
  | "project.storage"
  | "project.psd";

/** What went wrong with a project or a file of one; told as it is. */
export class ProjectError extends Error {
  constructor(
    readonly code: ProjectCode,
    message: string,
    readonly fix: string,
    readonly value = "",
  ) {
    super(message);
  }

  get problem(): Problem {
    const { code, message, value, fix } = this;
    return { code, message, value, fix };
  }
}

export const problemOf = (error: unknown): Problem =>
  error instanceof ProjectError
    ? error.problem
    : {
        code: "project.storage",
        message: t`the browser could not do that with the project`,
        value: error instanceof Error ? error.message : String(error),
        fix: t`Make room on the disk, or allow this site to keep data, and try again.`,
      };
