/** A job as the gateway tells it: what is made in the background, and how far it is. Nothing else is let in. */

import type { Creative } from "./creative";

export const JOB_STATES = ["waiting", "running", "paused", "done", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

export const FORMATS = ["png", "jpeg", "webp"] as const;
export type Format = (typeof FORMATS)[number];

export const FILM_FORMATS = ["mp4", "png"] as const;
export type FilmFormat = (typeof FILM_FORMATS)[number];

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly units: number;
  readonly units_done: number;
  /** Null: nobody can tell yet. */
  readonly seconds_left: number | null;
  readonly created_ms: number;
  readonly width_px: number;
  readonly height_px: number;
  readonly source_width_px: number;
  readonly source_height_px: number;
  /** As it was asked for: "4k", "x2". */
  readonly to: string;
  readonly model: string;
  readonly format: string;
  /** Of the result's file; null before there is one. */
  readonly bytes: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly priority: number;
  /** Of a recording; null where nothing is filmed. */
  readonly premiere: { readonly recording: string; readonly seconds: number } | null;
  /** 0: it is made larger, and nothing of it made up. */
  readonly creativity: number;
}

/** What `POST /api/jobs` takes. picture: the SHA-256 of one that was put under /assets. */
export interface EnhanceRequest extends Partial<Creative> {
  readonly kind: "enhance";
  readonly picture: string;
  readonly to: string;
  readonly model: string;
  readonly format: Format;
}

/** recording: its id. fps: 0 for the times at which its pictures were seen. */
export interface PremiereRequest {
  readonly kind: "premiere";
  readonly recording: string;
  readonly to: string;
  readonly model: string;
  readonly format: FilmFormat;
  readonly fps: number;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0;
const isFigure = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isState = (value: unknown): value is JobState => JOB_STATES.some((state) => state === value);

/** Null for what is no job, or one of a later version with a state that is not known here. */
export function readJob(value: unknown): Job | null {
  if (!isFields(value)) return null;
  const { id, kind, state, units, units_done, seconds_left, created_ms } = value;
  const { width_px, height_px, source_width_px, source_height_px } = value;
  const { to, model, format, bytes, error, priority, creative, premiere } = value;
  if (!isText(id) || id === "" || !isText(kind) || !isState(state)) return null;
  if (!isCount(units) || !isCount(units_done) || !isFigure(created_ms)) return null;
  if (!isCount(width_px) || !isCount(height_px) || !isCount(source_width_px) || !isCount(source_height_px))
    return null;
  return {
    id,
    kind,
    state,
    units,
    units_done: Math.min(units, units_done),
    seconds_left: isFigure(seconds_left) && seconds_left >= 0 ? seconds_left : null,
    created_ms,
    width_px,
    height_px,
    source_width_px,
    source_height_px,
    to: isText(to) ? to : "",
    model: isText(model) ? model : "",
    format: isText(format) ? format : "",
    bytes: isCount(bytes) ? bytes : null,
    error: readError(error),
    priority: isFigure(priority) ? priority : 1,
    premiere: readPremiere(premiere),
    creativity: isFields(creative) && isFigure(creative.creativity) ? creative.creativity : 0,
  };
}

/** Null for what is no list of jobs. What in it is no job is left out. */
export function readJobs(value: unknown): readonly Job[] | null {
  if (!isFields(value) || !Array.isArray(value.jobs)) return null;
  return value.jobs.map(readJob).filter((job) => job !== null);
}

/** The id in what the event `gone` says. */
export const readGone = (value: unknown): string | null =>
  isFields(value) && isText(value.id) ? value.id : null;

function readPremiere(value: unknown): Job["premiere"] {
  if (!isFields(value) || !isText(value.recording) || !isFigure(value.seconds)) return null;
  return { recording: value.recording, seconds: value.seconds };
}

function readError(value: unknown): Job["error"] {
  if (!isFields(value) || !isText(value.code)) return null;
  return { code: value.code, message: isText(value.message) ? value.message : "" };
}

/** It will go on by itself, now or later. */
export const isUnderWay = ({ state }: Job): boolean => state === "waiting" || state === "running";
export const isOver = ({ state }: Job): boolean =>
  state === "done" || state === "failed" || state === "cancelled";
/** 0 to 1. */
export const partDone = ({ state, units, units_done }: Job): number =>
  state === "done" ? 1 : units === 0 ? 0 : units_done / units;
