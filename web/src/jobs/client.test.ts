import { expect, test } from "vitest";
import { JobsClient } from "./client";
import { JOB } from "./job.fixture";

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
}

function start(token: string, ...answers: (() => Response | Promise<Response>)[]) {
  const asked: Asked[] = [];
  const client = new JobsClient("http://host/studio/", token, async (url, init) => {
    const { method = "GET", body } = init ?? {};
    asked.push({ url: String(url), method, headers: new Headers(init?.headers), body });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("Failed to fetch");
    return answer();
  });
  return { client, asked };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });

test("the token goes in a header, never in the address", async () => {
  const { client, asked } = start("secret", json({ jobs: [JOB] }));
  expect(await client.list()).toEqual([JOB]);
  expect(asked[0]?.url).toBe("http://host/studio/api/jobs");
  expect(asked[0]?.headers.get("authorization")).toBe("Bearer secret");
});

test("a job is asked for with what it is to be", async () => {
  const { client, asked } = start("", json(JOB, 201));
  const request = { kind: "enhance", picture: "ab", to: "4k", model: "light", format: "png" } as const;
  expect(await client.create(request)).toEqual(JOB);
  expect(asked[0]).toMatchObject({ method: "POST", body: JSON.stringify(request) });
  expect(asked[0]?.headers.has("authorization")).toBe(false);
});

test("a server without jobs is no error; one that says something else is", async () => {
  const { client } = start("", () => new Response("Not Found", { status: 404 }), json({ tasks: [] }));
  expect(await client.list()).toBeNull();
  await expect(client.list()).rejects.toMatchObject({ code: "client.connection" });
});

test("a refusal is told as the server says it, a lost connection as what it is", async () => {
  const full = { code: "job.full", message: "as many jobs as may be", value: "64", fix: "Cancel one" };
  const { client } = start("", json(full, 503));
  await expect(client.pause("a")).rejects.toEqual(full);
  await expect(client.pause("a")).rejects.toMatchObject({ message: "the server cannot be reached" });
});

test("to remove a job that is under way it is cancelled first; one that is gone is no problem", async () => {
  const { client, asked } = start(
    "",
    json({ ...JOB, state: "cancelled" }),
    () => new Response(null, { status: 204 }),
    json({ code: "job.missing" }, 404),
  );
  await client.remove("a/b");
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(
    Array(2).fill("DELETE http://host/studio/api/jobs/a%2Fb"),
  );
  await client.remove("c");
});

test("a preview comes when it has changed", async () => {
  const { client, asked } = start(
    "",
    () => new Response("picture", { headers: { etag: '"7"' } }),
    () => new Response(null, { status: 304 }),
    json({ code: "job.missing" }, 404),
  );
  const preview = await client.preview("a", "");
  expect(preview).toMatchObject({ etag: '"7"' });
  expect(await client.preview("a", '"7"')).toBe("same");
  expect(asked[1]?.headers.get("if-none-match")).toBe('"7"');
  expect(await client.preview("a", "")).toBeNull();
});

test("an answer that is no stream of events is none", async () => {
  const { signal } = new AbortController();
  const { client } = start(
    "",
    () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    () => new Response("", { headers: { "content-type": "text/event-stream; charset=utf-8" } }),
  );
  expect(await client.events(signal)).toBeNull();
  expect(await client.events(signal)).toBeInstanceOf(ReadableStream);
});
