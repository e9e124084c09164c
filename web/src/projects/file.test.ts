import { createHash } from "node:crypto";
import { strToU8, unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "../doc/document";
import { momentOf } from "../history/moment.fixture";
import { nodesOf, pieceOf } from "../history/pieces";
import type { Bundle } from "./bundle";
import { LIMITS, packProject, type Unpacked, unpackProject } from "./file";
import { newProject, ProjectError } from "./project";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 1, 2, 3]);
const png = { mime: "image/png", bytes: PNG };
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const project = { ...newProject("p-1", "Peaks", Date.UTC(2026, 0, 1)), words: "snow" };

function bundle(): Bundle {
  const y = new Y.Doc();
  let ids = 0;
  const doc = new LightDocument({ newId: () => `id${ids++}`, author: "a" }, y);
  doc.addMark({ type: "clear" });
  doc.setPrompts(() => [doc.newPrompt("snow"), doc.newPrompt("x".repeat(9000))], "");
  doc.putImage("f".repeat(64), { mime: "image/png", bytes: new Uint8Array(9000).fill(7) });
  const content = doc.content();
  const thumbnail = "data:image/jpeg;base64,/9j/";
  return {
    document: Y.encodeStateAsUpdate(y).slice(),
    kept: {
      moments: [momentOf("m1", { content: content.hash, thumbnail, name: "Snapshot 1" })],
      pieces: nodesOf(content).map(pieceOf),
    },
    pictures: new Map([["m1", { render: png, sketch: png }]]),
    assets: new Map([[hashOf(PNG), png]]),
  };
}

const packed = () => packProject(project, png, bundle());
const refused = (file: Blob, limits?: Parameters<typeof unpackProject>[1]): Promise<string> =>
  unpackProject(file, limits).then(
    () => "opened",
    (error: unknown) => (error instanceof ProjectError ? error.code : `threw ${error}`),
  );

type Files = Record<string, Uint8Array>;

/** The same file with other contents; sizes and hashes are put right, as whoever forges one would. */
async function forged(change: (files: Files, manifest: Record<string, unknown>) => void): Promise<Blob> {
  const files: Files = unzipSync(new Uint8Array(await (await packed()).arrayBuffer()));
  const manifest = JSON.parse(new TextDecoder().decode(files["manifest.json"])) as Record<string, unknown>;
  delete files["manifest.json"];
  change(files, manifest);
  manifest.files ??= {};
  const listed = manifest.files as Record<string, unknown>;
  for (const path of Object.keys(listed)) if (!(path in files)) delete listed[path];
  for (const [path, bytes] of Object.entries(files))
    listed[path] = { bytes: bytes.length, sha256: hashOf(bytes) };
  return new Blob([zipSync({ "manifest.json": strToU8(JSON.stringify(manifest)), ...files }) as BlobPart]);
}

test("what is packed comes out: the document, its history to the byte, pictures and assets", async () => {
  const packedBundle = bundle();
  const out: Unpacked = await unpackProject(await packProject(project, png, packedBundle));
  expect(out).toMatchObject({ name: "Peaks", words: "snow", created_ms: project.created_ms });
  expect(out.thumbnail).toEqual(png);
  expect(out.bundle).toEqual(packedBundle);
  for (const piece of out.bundle.kept.pieces)
    if (piece.kind === "large")
      for (const value of Object.values(piece.value))
        if (value instanceof Uint8Array) expect(value.buffer.byteLength).toBe(value.length);
});

test("it is a zip that any tool opens", async () => {
  const files = unzipSync(new Uint8Array(await (await packed()).arrayBuffer()));
  expect(Object.keys(files).sort()).toEqual([
    `assets/${hashOf(PNG)}`,
    "document.yjs",
    "history.bin",
    "manifest.json",
    "pictures/0.render",
    "pictures/0.sketch",
    "thumbnail",
  ]);
});

test("a file that is cut off or changed anywhere is refused, or opened as what it was", async () => {
  const original = bundle();
  const whole = new Uint8Array(await (await packProject(project, png, original)).arrayBuffer());
  for (let length = 0; length < whole.length; length += 211)
    expect(["project.damaged", "project.format"]).toContain(
      await refused(new Blob([whole.slice(0, length)])),
    );
  for (let at = 0; at < whole.length; at += 67) {
    const other = whole.slice();
    other[at] = (other[at] ?? 0) ^ 0x55;
    const file = new Blob([other]);
    const code = await refused(file);
    expect(code).toMatch(/^(opened|project\.(damaged|format|size|version))$/);
    if (code !== "opened") continue; // else it was a date, say: what counts has a hash
    const { document, kept, assets } = (await unpackProject(file)).bundle;
    expect({ document, kept, assets }).toEqual({
      document: original.document,
      kept: original.kept,
      assets: original.assets,
    });
  }
}, 30_000);

describe("a file that somebody forged", () => {
  test("is of another kind, or of a later version", async () => {
    expect(await refused(new Blob(["%PDF"]))).toBe("project.format");
    expect(await refused(new Blob([zipSync({ "a.txt": strToU8("a") }) as BlobPart]))).toBe("project.format");
    expect(await refused(await forged((_, manifest) => Object.assign(manifest, { version: 2 })))).toBe(
      "project.version",
    );
  });

  test("says it has more than is opened: nothing is unpacked", async () => {
    const bomb = await forged((files) => {
      files["assets/bomb"] = new Uint8Array(3_000_000);
    });
    expect(bomb.size).toBeLessThan(100_000);
    expect(await refused(bomb, { ...LIMITS, unpacked_bytes: 1_000_000 })).toBe("project.size");
    expect(await refused(bomb, { ...LIMITS, files: 3 })).toBe("project.size");
    expect(await refused(bomb, { ...LIMITS, file_bytes: 100 })).toBe("project.size");
    expect(await refused(await packed(), { ...LIMITS, moments: 0 })).toBe("project.size");
    expect(await refused(await packed(), { ...LIMITS, document_bytes: 10 })).toBe("project.size");
    expect(await refused(await packed(), { ...LIMITS, picture_bytes: 10 })).toBe("project.size");
  });

  test("lies about how much it has: no more is unpacked than it said", async () => {
    const bytes = new Uint8Array(
      await (
        await forged((files) => {
          files.zeros = new Uint8Array(2_000_000);
        })
      ).arrayBuffer(),
    );
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length - 4; at++)
      if (view.getUint32(at, true) === 2_000_000) view.setUint32(at, 10, true);
    expect(await refused(new Blob([bytes]))).toBe("project.damaged");
  });

  test.each<[string, (files: Files, manifest: Record<string, unknown>) => void]>([
    ["no document", (files) => delete files["document.yjs"]],
    [
      "a document that is none",
      (files) => {
        files["document.yjs"] = new Uint8Array([9, 9, 9]);
      },
    ],
    [
      "a page instead of a picture",
      (files) => {
        const page = strToU8("<script>alert(1)</script>");
        files[`assets/${hashOf(page)}`] = page;
      },
    ],
    [
      "a picture under another one's name",
      (files) => {
        files[`assets/${"0".repeat(64)}`] = PNG;
      },
    ],
    [
      "a history that is none",
      (files) => {
        files["history.bin"] = new Uint8Array([118, 1, 1, 97]);
      },
    ],
    [
      "a manifest whose names are numbers",
      (_, manifest) => {
        manifest.name = 7;
      },
    ],
    [
      "moments' pictures that are no texts",
      (_, manifest) => {
        manifest.pictures = [{}];
      },
    ],
  ])("has %s", async (_, change) => {
    expect(await refused(await forged(change))).toBe("project.damaged");
  });

  test("has a name that would break the page's lines", async () => {
    const file = await forged((_, manifest) => {
      manifest.name = `<img src=x>\u202e\n${"y".repeat(500)}`;
    });
    const { name } = await unpackProject(file);
    expect(name.startsWith("<img src=x> y")).toBe(true);
    expect(name).toHaveLength(80);
  });
});
