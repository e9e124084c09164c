import { expect, test } from "vitest";
import type { Problem } from "../wire/shots";
import { RecordingsClient } from "./client";
import type { Recording } from "./recording";
import { Recordings } from "./recordings";

const RECORDING: Recording = {
  id: "r-0123456789ab",
  state: "recording",
  started_ms: 1_795_000_000_000,
  duration_ms: 0,
  pictures: 0,
  bytes: 100,
  width_px: 0,
  height_px: 0,
};
const FULL: Problem = { code: "recording.full", message: "full", value: RECORDING.id, fix: "" };

/** A server that records, as short as it can be. */
function start() {
  const server = {
    asked: [] as string[],
    kept: [] as Recording[],
    refuse: [] as string[],
    offered: true,
    pictures: 3,
  };
  const ask: typeof fetch = async (url, init) => {
    const path = new URL(String(url)).pathname.replace("/api/recordings", "");
    const method = init?.method ?? "GET";
    const body = String(init?.body ?? "");
    server.asked.push(`${method} ${path}${body === "null" ? "" : body}`);
    const code = method === "GET" ? undefined : server.refuse.shift();
    if (code) return Response.json({ code, message: code, value: "", fix: "" }, { status: 409 });
    if (path === "" && method === "GET")
      return server.offered
        ? Response.json({ recordings: server.kept })
        : new Response("Not Found", { status: 404 });
    if (path.endsWith("/stop")) {
      const ended = { ...RECORDING, state: "ended" as const, pictures: server.pictures };
      server.kept = [ended];
      return Response.json(ended);
    }
    if (method === "DELETE") {
      server.kept = [];
      return new Response(null, { status: 204 });
    }
    return Response.json(RECORDING, { status: 201 });
  };
  const said: string[] = [];
  const world = { session: "s-1" as string | null, now_ms: 0, timer: null as (() => void) | null };
  const recordings = new Recordings({
    client: new RecordingsClient("http://host/", "secret", ask),
    session: () => world.session,
    again: () => said.push("again"),
    failed: ({ code }) => said.push(code),
    finished: () => said.push("finished"),
    now_ms: () => world.now_ms,
    after: (_, act) => {
      world.timer = act;
      return () => {
        world.timer = null;
      };
    },
  });
  return { recordings, server, world, said, state: () => recordings.now.get().state.name };
}

/** One that records. */
async function recording() {
  const all = start();
  await all.recordings.welcomed("s-1");
  await all.recordings.start();
  return all;
}

test("a recording begins with the picture that is shown, and its clock goes on", async () => {
  const { recordings, server, world, said, state } = await recording();
  expect(server.asked).toEqual(["GET ", 'POST {"session":"s-1"}']);
  expect([state(), said]).toEqual(["recording", ["again"]]);
  world.now_ms = 61_500;
  world.timer?.();
  expect(recordings.now.get().elapsed_s).toBe(61);
});

test("stopped, it is the first of the list, and something can be made of it", async () => {
  const { recordings, world, said, state } = await recording();
  await recordings.stop();
  expect([state(), world.timer]).toEqual(["idle", null]);
  expect(said.slice(1)).toEqual(["finished"]);
  expect(recordings.now.get().list.map(({ id }) => id)).toEqual([RECORDING.id]);
  await recordings.remove(RECORDING.id);
  expect(recordings.now.get().list).toEqual([]);
});

test("one without a picture is not kept, and it is said", async () => {
  const { recordings, server, said, state } = await recording();
  server.pictures = 0;
  await recordings.stop();
  expect(said.slice(1)).toEqual(["recording.empty"]);
  expect([state(), server.asked.includes(`DELETE /${RECORDING.id}`)]).toEqual(["idle", true]);
  expect(recordings.now.get().list).toEqual([]);
});

test("after a lost connection it goes on in the next session, else it says why", async () => {
  const { recordings, server, said, state } = await recording();
  recordings.lost();
  expect([state(), recordings.on]).toEqual(["lost", true]);
  await recordings.welcomed("s-2");
  expect(server.asked.at(-1)).toBe(`POST /${RECORDING.id}/resume{"session":"s-2"}`);
  expect([state(), said.at(-1)]).toEqual(["recording", "again"]);
  recordings.lost();
  server.refuse = ["recording.missing"];
  await recordings.welcomed("s-3");
  expect(state()).toBe("idle");
  expect(said).toContain("recording.missing");
});

test("one that the server ends is over, and is in the list", async () => {
  const { recordings, server, said, state } = await recording();
  server.kept = [{ ...RECORDING, state: "ended", pictures: 9 }];
  recordings.ended(FULL);
  expect([state(), said.includes("recording.full")]).toEqual(["idle", true]);
  await expect.poll(() => recordings.now.get().list.length).toBe(1);
});

test("nothing begins twice, without a connection, or where the server does not record", async () => {
  const { recordings, server, world, state } = start();
  await recordings.start();
  server.offered = false;
  await recordings.welcomed("s-1");
  await recordings.start();
  expect([recordings.now.get().offered, state()]).toEqual([false, "idle"]);
  server.offered = true;
  await recordings.welcomed("s-1");
  world.session = null;
  await recordings.start();
  expect(state()).toBe("idle");
  world.session = "s-1";
  await Promise.all([recordings.start(), recordings.start()]);
  expect(server.asked.filter((asked) => asked.startsWith("POST"))).toHaveLength(1);
});

test("a server that refuses is told where the picture is, and the button is ready again", async () => {
  const { recordings, server, said, state } = start();
  await recordings.welcomed("s-1");
  server.refuse = ["recording.full"];
  await recordings.start();
  expect([state(), said]).toEqual(["idle", ["recording.full"]]);
});
