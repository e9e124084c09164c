/**
 * The page for browser sources: what a session shows, on nothing. It says nothing when there is nothing to show, since
 * an audience would read it; it looks again until there is. ?fit=fill cuts what does not fit.
 */

import { PartReader } from "./parts";

const AGAIN_MS = 1000;
const canvas = document.querySelector("canvas");
const query = new URLSearchParams(location.search);
const name = query.get("name") ?? "";
if (canvas !== null) {
  canvas.style.objectFit = query.get("fit") === "fill" ? "cover" : "contain";
  void showForEver(canvas);
}

async function showForEver(canvas: HTMLCanvasElement): Promise<void> {
  for (;;) {
    await show(canvas).catch(() => {});
    canvas.width = 1; // nothing
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Until the session is over. */
async function show(canvas: HTMLCanvasElement): Promise<void> {
  const address = new URL(`output/${encodeURIComponent(name)}.mjpeg`, new URL(".", location.href));
  for (const key of ["token", "room", "link"]) {
    const value = query.get(key);
    if (value !== null) address.searchParams.set(key, value);
  }
  const answer = await fetch(address);
  if (!answer.ok || answer.body === null) return;
  const parts = new PartReader();
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // The newest of what has come.
    const picture = parts.push(value).at(-1);
    if (picture !== undefined) await draw(canvas, picture);
  }
}

async function draw(canvas: HTMLCanvasElement, picture: Uint8Array<ArrayBuffer>): Promise<void> {
  const bitmap = await createImageBitmap(new Blob([picture], { type: "image/jpeg" }));
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height)
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
}
