import { encode } from "@msgpack/msgpack";
import { afterEach, describe, expect, test, vi } from "vitest";
import { frameOf } from "./doc/frame";
import { type Labelled, Labels, sameThing } from "./labels";

/** Four by four: sky over water, and a tree that stands in the water, with another one at the edge. */
const SEEN: Labelled = {
  width: 4,
  height: 4,
  names: ["sky", "water", "forest"],
  labels: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 2, 1, 1, 1, 1]),
};
const FRAME = frameOf([256, 256]);
const part = (cover: Uint8Array | null) =>
  (cover ?? new Uint8Array()).filter((value) => value === 255).length / FRAME.width / FRAME.height;
const inside = (column: number, row: number) =>
  [FRAME.x + ((column + 0.5) / 4) * FRAME.width, FRAME.y + ((row + 0.5) / 4) * FRAME.height] as const;

describe("the same thing", () => {
  test.each([
    ["the sky", inside(0, 0), false, 8 / 16],
    ["all trees", inside(1, 2), false, 2 / 16],
    ["one tree", inside(1, 2), true, 1 / 16],
    ["the water, around the tree", inside(0, 2), true, 6 / 16],
  ] as const)("%s", (_, [x, y], contiguous, expected) => {
    expect(part(sameThing(SEEN, FRAME, x, y, contiguous))).toBeCloseTo(expected, 6);
  });

  test("outside of the picture is nothing", () => {
    expect(sameThing(SEEN, FRAME, FRAME.x - 1, FRAME.y, false)).toBeNull();
  });
});

describe("asking", () => {
  afterEach(() => vi.unstubAllGlobals());

  function open(answer: () => Response) {
    let version = 1;
    const asked: { url: string; headers: Headers }[] = [];
    vi.stubGlobal("fetch", async (url: URL, { headers }: { headers: Headers }) => {
      asked.push({ url: url.href, headers });
      return answer();
    });
    const canvas = { toBlob: (take: (blob: Blob) => void) => take(new Blob(["png"])) };
    const labels = new Labels({
      root: "https://studio.example/",
      token: "secret",
      room: () => ({ id: "r-1", link: "invited" }),
      snapshot: () => canvas as unknown as HTMLCanvasElement,
      version: () => version,
    });
    const turn = () => {
      version += 1;
    };
    return { labels, asked, turn };
  }

  test("a picture is read once, and the next one anew, with what opens the room", async () => {
    const { labels, asked, turn } = open(() => new Response(encode(SEEN).slice()));
    expect(await labels.read()).toEqual(SEEN);
    await labels.read();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url).toBe("https://studio.example/labels?room=r-1");
    expect([asked[0]?.headers.get("authorization"), asked[0]?.headers.get("lightbrush-link")]).toEqual([
      "Bearer secret",
      "invited",
    ]);
    turn();
    await labels.read();
    expect(asked).toHaveLength(2);
  });

  test("what was refused is said, and asked again", async () => {
    const refused = { code: "asset.full", message: "others ask", value: "", fix: "Try again" };
    const { labels, asked } = open(() => Response.json(refused, { status: 400 }));
    await expect(labels.read()).rejects.toMatchObject(refused);
    await expect(labels.read()).rejects.toMatchObject({ code: "asset.full" });
    expect(asked).toHaveLength(2);
  });
});
