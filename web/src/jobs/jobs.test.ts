import { expect, test } from "vitest";
import { JobsClient } from "./client";
import type { Job } from "./job";
import { JOB } from "./job.fixture";
import { Jobs } from "./jobs";
import { JobSources } from "./sources";

const FILE = { mime: "image/png", bytes: new Uint8Array([1, 2, 3]) };
const picture = async () => ({ file: FILE, title: "dusk", name: "dusk-seed-7" });

/** A server with jobs, as short as it can be. Its stream of events is one that the test speaks into. */
function start() {
  const server = {
    jobs: new Map<string, Job>(),
    refuse: [] as string[],
    uploads: 0,
    asked: [] as string[],
    say: (_name: string, _data: unknown) => {},
  };
  const ask: typeof fetch = async (url, init) => {
    const path = new URL(String(url)).pathname.replace("/api/jobs", "");
    const method = init?.method ?? "GET";
    server.asked.push(`${method} ${path}`);
    if (path === "/events") {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          server.say = (name, data) =>
            controller.enqueue(new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
          init?.signal?.addEventListener("abort", () => controller.error(new DOMException("", "AbortError")));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    }
    const code = method === "GET" ? undefined : server.refuse.shift();
    if (code) return Response.json({ code, message: code, value: "", fix: "" }, { status: 400 });
    if (method === "POST" && path === "") {
      const job = { ...JOB, id: `j${server.jobs.size + 1}`, created_ms: server.jobs.size };
      server.jobs.set(job.id, job);
      return Response.json(job, { status: 201 });
    }
    if (path === "") return Response.json({ jobs: [...server.jobs.values()] });
    if (path.endsWith("/result")) return new Response("pixels");
    return new Response(null, { status: 204 });
  };
  let kept: string | null = null;
  const sources = new JobSources({
    getItem: () => kept,
    setItem: (_, value) => {
      kept = value;
    },
  });
  const jobs = new Jobs({
    client: new JobsClient("http://host/", "", ask),
    sources,
    keep: async () => "sha",
    upload: async () => {
      server.uploads += 1;
      return null;
    },
    after: () => () => {},
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next));
  };
  const ids = () => jobs.now.get().jobs.map(({ id }) => id);
  return { jobs, server, sources, settle, ids };
}

test("one press: the picture is put, the job begins, and what it is made from is remembered", async () => {
  const { jobs, server, sources, ids } = start();
  const begun = jobs.enhance(picture, "4k", "png");
  expect(jobs.now.get().starting).toBe(true);
  await jobs.enhance(picture, "4k", "png"); // a second press meanwhile is none
  await begun;
  expect(jobs.now.get().starting).toBe(false);
  expect(server.uploads).toBe(1);
  expect(ids()).toEqual(["j1"]);
  expect(sources.get("j1")).toEqual({ sha256: "sha", title: "dusk", name: "dusk-seed-7" });
  expect(jobs.fileName({ ...JOB, id: "j1", format: "jpeg" })).toBe("dusk-seed-7-4k.jpg");
});

test("a picture that the server forgot in between is put once more, and not for ever", async () => {
  const { jobs, server } = start();
  server.refuse = ["asset.missing"];
  await jobs.enhance(picture, "4k", "png");
  expect(server.uploads).toBe(2);
  server.refuse = ["asset.missing", "asset.missing"];
  await expect(jobs.enhance(picture, "4k", "png")).rejects.toMatchObject({ code: "asset.missing" });
  expect(jobs.now.get().starting).toBe(false);
});

test("the newest is first, an end is news until it is looked at, and what is gone is gone", async () => {
  const { jobs, server, settle, ids } = start();
  server.jobs.set("a", { ...JOB, id: "a", created_ms: 1 });
  server.jobs.set("b", { ...JOB, id: "b", created_ms: 2, state: "done" });
  jobs.seen(true);
  await settle();
  expect(jobs.now.get()).toMatchObject({ offered: true, feed: "open", news: [] });
  expect(ids()).toEqual(["b", "a"]);
  server.say("job", { ...JOB, id: "a", created_ms: 1, units_done: 20 });
  await settle();
  expect(jobs.get("a")?.units_done).toBe(20);
  server.say("job", { ...JOB, id: "a", created_ms: 1, state: "done" });
  await settle();
  expect(jobs.now.get().news).toEqual(["a"]);
  jobs.look("a");
  expect(jobs.now.get().news).toEqual([]);
  server.say("gone", { id: "b" });
  await settle();
  expect(ids()).toEqual(["a"]);
  jobs.seen(false);
});

test("what the server refuses is said at the jobs, and the job stays", async () => {
  const { jobs, server, ids } = start();
  await jobs.enhance(picture, "4k", "png");
  server.refuse = ["job.state"];
  await jobs.remove("j1");
  expect(jobs.now.get().problem).toMatchObject({ code: "job.state" });
  expect(ids()).toEqual(["j1"]);
  await jobs.remove("j1");
  expect(jobs.now.get()).toMatchObject({ problem: null, jobs: [] });
});

test("a result that is looked at is fetched once", async () => {
  const { jobs, server } = start();
  jobs.look("a");
  expect(await (await jobs.file("a")).text()).toBe("pixels");
  await jobs.file("a");
  expect(server.asked).toEqual(["GET /a/result"]);
  jobs.look("b");
  await jobs.file("a");
  expect(server.asked).toHaveLength(2);
});
