import { useEffect, useState } from "react";
import type { Job } from "../jobs/job";
import { useStudio } from "./context";
import { useStore } from "./store";

interface JobPicture {
  /** Addresses for <img>: what it is made from, and what is seen of the result. */
  readonly before: string | null;
  readonly after: string | null;
}

export function useJobPicture(job: Job): JobPicture {
  const { assets, jobs } = useStudio();
  const [before, setBefore] = useState<string | null>(null);
  const after = useStore(jobs.previews.now, (now) => now.urls.get(job.id) ?? null);
  const film = job.premiere !== null; // it is made from no picture
  const sha256 = jobs.source(job.id)?.sha256 ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: who watches hears of the moves of the same job.
  useEffect(() => jobs.previews.watch(job), [jobs, job.id]);
  useEffect(() => {
    let current = true;
    let fetched: string | null = null;
    setBefore(null);
    const find = async () => {
      const here = sha256 === null ? null : await assets.url(sha256);
      const file = here === null && current && !film ? await jobs.before(job.id) : null;
      if (!current) return;
      if (file !== null) fetched = URL.createObjectURL(file);
      setBefore(here ?? fetched);
    };
    find().catch(() => {}); // without a connection the result is seen alone
    return () => {
      current = false;
      if (fetched !== null) URL.revokeObjectURL(fetched);
    };
  }, [assets, jobs, job.id, sha256, film]);
  return { before, after };
}

/** The whole result, once it is there; `small` where it is larger than a browser shows. */
export type Whole =
  | { readonly name: "none" }
  | { readonly name: "small" }
  | { readonly name: "loading" }
  | { readonly name: "ready"; readonly url: string }
  | { readonly name: "failed" };

/** Decoded, a pixel takes 4 bytes: beyond 256 MiB browsers show nothing, or fall over. */
const MAX_SHOWN_PIXELS = 2 ** 26;
const NONE: Whole = { name: "none" };

export function useWhole(job: Job): Whole {
  const { jobs } = useStudio();
  const [whole, setWhole] = useState<Whole>(NONE);
  const { id, width_px, height_px } = job;
  const done = job.state === "done";
  const small = width_px * height_px > MAX_SHOWN_PIXELS;
  useEffect(() => {
    if (!done || small) {
      setWhole(done ? { name: "small" } : NONE);
      return;
    }
    let url: string | null = null;
    let current = true;
    setWhole({ name: "loading" });
    const load = async () => {
      const file = await jobs.file(id);
      if (!current) return;
      const address = URL.createObjectURL(file);
      url = address;
      const image = new Image();
      image.src = address;
      await image.decode();
      if (current) setWhole({ name: "ready", url: address });
    };
    load().catch(() => current && setWhole({ name: "failed" }));
    return () => {
      current = false;
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [jobs, id, done, small]);
  return whole;
}
