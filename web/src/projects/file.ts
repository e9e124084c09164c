/**
 * A project as one file, NAME.lightbrush: a zip that any tool opens.
 *
 *     manifest.json         what it is, what it is called, and of every other file its size and SHA-256
 *     document.yjs          the document: an update of Yjs, version 1
 *     history.bin           { moments, pieces } (history/), in lib0's "any" encoding, which Yjs uses too
 *     pictures/0.render     what moments looked like; which moment's it is, the manifest says
 *     pictures/0.sketch
 *     assets/SHA256         pictures that the document or its history names
 *     thumbnail
 *
 * Whoever made a file is a stranger. Sizes and counts are checked before anything is unpacked, every file against its
 * SHA-256, every picture by its first bytes; the document and the history are read whole before anything is kept.
 */

import { t } from "@lingui/core/macro";
import { strFromU8, strToU8, unzipSync, Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { createDecoder, hasContent, readAny } from "lib0/decoding";
import { createEncoder, toUint8Array, writeAny } from "lib0/encoding";
import { sha256 } from "../assets/hash";
import type { AssetFile } from "../assets/store";
import { MAX_NAME_CHARS as MAX_MOMENT_NAME_CHARS, type Moment } from "../history/moments";
import { Contents, type Piece } from "../history/pieces";
import type { Kept, MomentPictures } from "../history/store";
import { videoType } from "../sources/clip";
import { type Bundle, readOnly } from "./bundle";
import { cleanName, cleanWords, type Project, ProjectError } from "./project";

export const EXTENSION = "lightbrush";
export const FILE_TYPE = "application/x-lightbrush";
const FORMAT = "lightbrush-project";
const VERSION = 1;

export const LIMITS = {
  file_bytes: 1024 ** 3,
  unpacked_bytes: 1024 ** 3,
  document_bytes: 256 * 1024 ** 2,
  picture_bytes: 64 * 1024 ** 2,
  manifest_bytes: 8 * 1024 ** 2,
  files: 20_000,
  moments: 5_000,
  pieces: 1_000_000,
} as const;
export type Limits = { readonly [name in keyof typeof LIMITS]: number };

const MANIFEST = "manifest.json";
const DOCUMENT = "document.yjs";
const HISTORY = "history.bin";
const THUMBNAIL = "thumbnail";
const SHA256 = /^[0-9a-f]{64}$/;
const THUMBNAIL_URL = /^data:image\/(jpeg|png|webp);base64,[A-Za-z0-9+/=]*$/;

interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly name: string;
  readonly words: string;
  readonly created_ms: number;
  readonly changed_ms: number;
  /** Of moments' pictures, in the order of the files' numbers. */
  readonly pictures: readonly string[];
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

export interface Unpacked {
  readonly name: string;
  readonly words: string;
  readonly created_ms: number;
  readonly changed_ms: number;
  readonly thumbnail: AssetFile | null;
  readonly bundle: Bundle;
}

// -- writing ----------------------------------------------------------------------------------------------------------

/** The page's thread is given back between the files. */
export async function packProject(
  project: Project,
  thumbnail: AssetFile | null,
  bundle: Bundle,
): Promise<Blob> {
  // 1. What goes in. Pictures are packed already.
  const files = new Map<string, Uint8Array<ArrayBuffer>>([[DOCUMENT, bundle.document]]);
  const encoder = createEncoder();
  writeAny(encoder, { ...bundle.kept } as unknown as Parameters<typeof writeAny>[1]);
  files.set(HISTORY, toUint8Array(encoder).slice());
  const keys = [...bundle.pictures.keys()];
  keys.forEach((key, i) => {
    const pictures = bundle.pictures.get(key);
    if (pictures === undefined) return;
    if (pictures.render !== null) files.set(`pictures/${i}.render`, pictures.render.bytes);
    files.set(`pictures/${i}.sketch`, pictures.sketch.bytes);
  });
  for (const [hash, file] of bundle.assets) files.set(`assets/${hash}`, file.bytes);
  if (thumbnail !== null) files.set(THUMBNAIL, thumbnail.bytes);
  // 2. What they are.
  const listed: Record<string, { bytes: number; sha256: string }> = {};
  for (const [path, bytes] of files) listed[path] = { bytes: bytes.length, sha256: await sha256(bytes) };
  const manifest: Manifest = {
    format: FORMAT,
    version: VERSION,
    name: project.name,
    words: project.words,
    created_ms: project.created_ms,
    changed_ms: project.changed_ms,
    pictures: keys,
    files: listed,
  };
  // 3. The zip.
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, part) => {
    if (error) throw error;
    parts.push(part as Uint8Array<ArrayBuffer>);
  });
  const add = (path: string, bytes: Uint8Array) => {
    const packed = path === MANIFEST || path === DOCUMENT || path === HISTORY;
    const entry = packed ? new ZipDeflate(path, { level: 6 }) : new ZipPassThrough(path);
    entry.mtime = project.changed_ms;
    zip.add(entry);
    entry.push(bytes, true);
  };
  add(MANIFEST, strToU8(JSON.stringify(manifest, null, 1)));
  for (const [path, bytes] of files) {
    await new Promise((resolve) => setTimeout(resolve));
    add(path, bytes);
  }
  zip.end();
  return new Blob(parts, { type: FILE_TYPE });
}

// -- reading ----------------------------------------------------------------------------------------------------------

/** Rejects with a ProjectError: project.format, .version, .size, .damaged. */
export async function unpackProject(file: Blob, limits: Limits = LIMITS): Promise<Unpacked> {
  // 1. The zip, within bounds.
  if (file.size > limits.file_bytes) throw tooLarge(`${file.size} bytes`);
  const files = unzip(new Uint8Array(await file.arrayBuffer()), limits);
  const manifest = readManifest(files.get(MANIFEST));
  // 2. Every file that it lists, as it lists it.
  const listed = Object.entries(manifest.files);
  if (listed.length > limits.files) throw tooLarge(`${listed.length} files`);
  for (const [path, { bytes, sha256: hash }] of listed) {
    const found = files.get(path);
    if (found?.length !== bytes || (await sha256(found)) !== hash) throw damaged(path);
  }
  const get = (path: string) => (Object.hasOwn(manifest.files, path) ? (files.get(path) ?? null) : null);
  // 3. The document.
  const document = get(DOCUMENT);
  if (document === null) throw damaged(DOCUMENT);
  if (document.length > limits.document_bytes) throw tooLarge(`a document of ${document.length} bytes`);
  checkDocument(document);
  // 4. Its history, and what its moments looked like.
  const kept = readHistory(get(HISTORY), limits);
  const pictures = new Map<string, MomentPictures>();
  manifest.pictures.forEach((key, i) => {
    const [render, sketch] = [get(`pictures/${i}.render`), get(`pictures/${i}.sketch`)];
    if (sketch === null) return;
    const of = (bytes: Uint8Array<ArrayBuffer>) => picture(bytes, `pictures/${i}`, limits);
    pictures.set(key, { render: render && of(render), sketch: of(sketch) });
  });
  // 5. Pictures that it names.
  const assets = new Map<string, AssetFile>();
  for (const [path, { sha256: hash }] of listed) {
    const bytes = get(path);
    if (!path.startsWith("assets/") || bytes === null) continue;
    if (path !== `assets/${hash}`) throw damaged(path);
    assets.set(hash, picture(bytes, path, limits));
  }
  const thumbnail = get(THUMBNAIL);
  return {
    name: manifest.name,
    words: manifest.words,
    created_ms: manifest.created_ms,
    changed_ms: manifest.changed_ms,
    thumbnail: thumbnail && picture(thumbnail, THUMBNAIL, limits),
    bundle: { document, kept, pictures, assets },
  };
}

function unzip(bytes: Uint8Array, limits: Limits): Map<string, Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b)
    throw new ProjectError(
      "project.format",
      t`this is no project of Lightbrush`,
      t`Choose a file whose name ends in .lightbrush.`,
    );
  let [count, total] = [0, 0];
  try {
    const found = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        count++;
        total += originalSize;
        if (count > limits.files) throw tooLarge(`more than ${limits.files} files`);
        if (total > limits.unpacked_bytes) throw tooLarge(`more than ${limits.unpacked_bytes} bytes`);
        if (name === MANIFEST && originalSize > limits.manifest_bytes) throw tooLarge(name);
        return true;
      },
    });
    return new Map(Object.entries(found) as [string, Uint8Array<ArrayBuffer>][]);
  } catch (error) {
    throw error instanceof ProjectError ? error : damaged("the zip");
  }
}

function readManifest(bytes: Uint8Array | undefined): Manifest {
  const foreign = new ProjectError(
    "project.format",
    t`this is no project of Lightbrush`,
    t`Choose a file that Lightbrush exported.`,
  );
  if (bytes === undefined) throw foreign;
  let value: unknown;
  try {
    value = JSON.parse(strFromU8(bytes));
  } catch {
    throw damaged(MANIFEST);
  }
  if (!isRecord(value) || value.format !== FORMAT) throw foreign;
  const { version, name, words, created_ms, changed_ms, pictures, files } = value;
  if (typeof version !== "number") throw damaged(MANIFEST);
  if (version > VERSION)
    throw new ProjectError(
      "project.version",
      t`a newer Lightbrush made this file`,
      t`Open it there, or bring this server up to date.`,
      String(version),
    );
  const whole =
    typeof name === "string" &&
    isTime(created_ms) &&
    isTime(changed_ms) &&
    Array.isArray(pictures) &&
    pictures.every((key) => typeof key === "string") &&
    isRecord(files) &&
    Object.values(files).every(
      (file) =>
        isRecord(file) &&
        typeof file.bytes === "number" &&
        typeof file.sha256 === "string" &&
        SHA256.test(file.sha256),
    );
  if (!whole) throw damaged(MANIFEST);
  return {
    format: FORMAT,
    version,
    name: cleanName(name),
    words: cleanWords([typeof words === "string" ? words : ""]),
    created_ms,
    changed_ms,
    pictures: pictures as string[],
    files: files as unknown as Manifest["files"],
  };
}

/** It is read whole, as the page will: what makes no sense there is replaced, what cannot be read at all throws. */
function checkDocument(update: Uint8Array): void {
  try {
    const doc = readOnly(update);
    if (doc.y.store.pendingStructs !== null || doc.y.store.pendingDs !== null)
      throw new Error("a part is missing");
    doc.layerList();
    doc.visibleMarks();
    doc.promptList();
    doc.referenceList();
    doc.assets();
    doc.restored();
    doc.content();
  } catch {
    throw damaged(DOCUMENT);
  }
}

function readHistory(bytes: Uint8Array | null, limits: Limits): Kept {
  if (bytes === null) return { moments: [], pieces: [] };
  try {
    const decoder = createDecoder(bytes);
    const value: unknown = own(readAny(decoder));
    if (hasContent(decoder) || !isRecord(value)) throw damaged(HISTORY);
    const { moments, pieces } = value;
    if (!Array.isArray(moments) || !Array.isArray(pieces)) throw damaged(HISTORY);
    if (moments.length > limits.moments) throw tooLarge(`${moments.length} moments`);
    if (pieces.length > limits.pieces) throw tooLarge(`${pieces.length} pieces of history`);
    if (!moments.every(isMoment) || !pieces.every(isPiece)) throw damaged(HISTORY);
    const contents = new Contents(pieces);
    if (moments.some(({ content }) => contents.get(content) === null)) throw damaged(HISTORY);
    return { moments, pieces };
  } catch (error) {
    throw error instanceof ProjectError ? error : damaged(HISTORY);
  }
}

function isMoment(value: unknown): value is Moment {
  if (!isRecord(value)) return false;
  const { id, at_ms, name, content, thumbnail, pictures, from, restored } = value;
  return (
    [id, content, pictures].every((text) => typeof text === "string" && text.length <= 64) &&
    isTime(at_ms) &&
    typeof name === "string" &&
    name.length <= MAX_MOMENT_NAME_CHARS &&
    typeof thumbnail === "string" &&
    THUMBNAIL_URL.test(thumbnail) &&
    (from === null || typeof from === "string") &&
    typeof restored === "boolean"
  );
}

function isPiece(value: unknown): value is Piece {
  if (!isRecord(value) || typeof value.hash !== "string") return false;
  const { kind, parts } = value;
  if (kind === "text") return Array.isArray(value.delta);
  if (kind === "large") return typeof value.value === "object" && value.value !== null;
  if (!Array.isArray(parts)) return false;
  if (kind === "list") return parts.every(isPart);
  return (
    kind === "map" &&
    parts.every((part) => Array.isArray(part) && typeof part[0] === "string" && isPart(part[1]))
  );
}

const isPart = (value: unknown) =>
  isRecord(value) && ("piece" in value ? typeof value.piece === "string" : "value" in value);

/** Bytes that were read are a window onto the whole file, all of which a database would keep. */
function own(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(own);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, own(item)]));
  return value;
}

function picture(bytes: Uint8Array<ArrayBuffer>, path: string, limits: Limits): AssetFile {
  if (bytes.length > limits.picture_bytes) throw tooLarge(path);
  const mime = pictureType(bytes) ?? (path.startsWith("assets/") ? videoType(bytes) : null);
  if (mime === null) throw damaged(path);
  return { mime, bytes };
}

/** By its first bytes; null for what is no picture that is kept. */
export function pictureType(bytes: Uint8Array): string | null {
  const starts = (...expected: number[]) => expected.every((byte, i) => bytes[i] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return "image/png";
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  if (starts(0x47, 0x49, 0x46, 0x38)) return "image/gif";
  return starts(0x52, 0x49, 0x46, 0x46) && bytes[8] === 0x57 && bytes[9] === 0x45 ? "image/webp" : null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTime = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= 8.64e15;

const damaged = (where: string) =>
  new ProjectError(
    "project.damaged",
    t`the file is damaged`,
    t`Copy it again from where it came, or export the project again.`,
    where,
  );
const tooLarge = (value: string) =>
  new ProjectError(
    "project.size",
    t`the file holds more than is opened here`,
    t`Export the project with less history, or in parts.`,
    value,
  );
