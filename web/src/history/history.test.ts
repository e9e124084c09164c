import { IDBFactory } from "fake-indexeddb";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "../doc/document";
import type { Mark } from "../doc/marks";
import { Air } from "../projects/browser.fixture";
import { joinTabs } from "../projects/tabs";
import { Store } from "../ui/store";
import type { Problem } from "../wire/shots";
import { History, type HistoryNow, LONGEST_MS, REST_MS } from "./history";
import { MomentStore } from "./store";

const fill = (x: number): Mark => ({ type: "fill", color: "#112233", opacity: 1, x, y: 0 });
const xs = (doc: LightDocument) => doc.visibleMarks().map(({ mark }) => (mark.type === "fill" ? mark.x : -1));

let ids = 0;
const newId = () => {
  ids += 1;
  return `id${ids}`;
};

/** A page with a clock that is turned by hand. */
async function page({
  factory = new IDBFactory(),
  y = new Y.Doc(),
  now_ms = 1_000_000,
  air = new Air(),
} = {}) {
  const doc = new LightDocument({ author: "me", newId }, y);
  joinTabs(y, air.join("doc"), null, () => {});
  const store = await MomentStore.open(factory, "h", air.join("h"));
  const writing: Promise<void>[] = [];
  const write = store.write.bind(store);
  store.write = (...what) => {
    const written = write(...what);
    writing.push(written);
    return written;
  };
  const now = new Store<HistoryNow>({ moments: [], head: null, looking: null, said: null });
  const said: Problem[] = [];
  const went: string[] = [];
  let settled = true;
  let timers: { at_ms: number; act: () => void }[] = [];
  const history = new History(
    {
      doc,
      store,
      now,
      capture: () => ({
        thumbnail: `data:,${xs(doc)}`,
        pictures: async () => ({ render: null, sketch: { mime: "image/jpeg", bytes: new Uint8Array(1) } }),
      }),
      settled: () => settled,
      say: (problem) => said.push(problem),
      newId,
      now_ms: () => now_ms,
      after: (delay_ms, act) => {
        const timer = { at_ms: now_ms + delay_ms, act };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
      wentTo: (moment) => went.push(moment.id),
    },
    await store.load(doc.restored()),
  );
  const wait = (ms: number) => {
    now_ms += ms;
    const due = timers.filter(({ at_ms }) => at_ms <= now_ms);
    timers = timers.filter((timer) => !due.includes(timer));
    for (const { act } of due) act();
  };
  return {
    doc,
    history,
    said,
    went,
    now,
    wait,
    draw(x: number) {
      doc.addMark(fill(x));
      wait(REST_MS);
    },
    unsettle() {
      settled = false;
    },
    settle() {
      settled = true;
      history.look();
    },
    moments: () => now.get().moments,
    /** Content by number of marks, as the thumbnails tell. */
    strip: () =>
      now.get().moments.map(({ thumbnail, restored }) => `${thumbnail.slice(6)}${restored ? "<" : ""}`),
    head: () => now.get().moments.findIndex(({ id }) => id === now.get().head),
    reload: async () => {
      await Promise.all(writing);
      const copy = new Y.Doc();
      Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc.y));
      return page({ factory, y: copy, now_ms: now_ms + 1 });
    },
  };
}

describe("moments are kept by themselves", () => {
  test("after a rest, and not again where nothing changed", async () => {
    const { doc, wait, strip } = await page();
    doc.addMark(fill(1));
    wait(REST_MS - 1);
    expect(strip()).toEqual([]);
    doc.addMark(fill(2));
    wait(REST_MS - 1);
    expect(strip()).toEqual([]);
    wait(1);
    expect(strip()).toEqual(["1,2"]);
    wait(10 * REST_MS);
    expect(strip()).toEqual(["1,2"]);
  });

  test("at the latest after a while of work without a rest", async () => {
    const { doc, wait, moments } = await page();
    for (let spent = 0; spent < LONGEST_MS; spent += 1000) {
      doc.addMark(fill(spent));
      wait(1000);
    }
    expect(moments()).toHaveLength(1);
  });

  test("when the pen is up and the render has come", async () => {
    const { doc, wait, strip, unsettle, settle } = await page();
    unsettle();
    doc.addMark(fill(1));
    wait(REST_MS);
    expect(strip()).toEqual([]);
    settle();
    expect(strip()).toEqual(["1"]);
  });

  test("at once where the present is about to go", async () => {
    const { doc, history, strip } = await page();
    doc.addMark(fill(1));
    history.keep();
    history.keep();
    expect(strip()).toEqual(["1"]);
  });

  test("and are there after a reload, as is what a killed tab had not kept yet", async () => {
    const one = await page();
    one.draw(1);
    one.doc.addMark(fill(2));
    const two = await one.reload();
    expect(two.strip()).toEqual(["1"]);
    two.wait(REST_MS);
    expect(two.strip()).toEqual(["1", "1,2"]);
    expect(two.moments()[1]?.from).toBe(two.moments()[0]?.id);
  });
});

describe("snapshots", () => {
  test("are kept at once, named and numbered, and renamed", async () => {
    const { doc, history, moments, now } = await page();
    doc.addMark(fill(1));
    history.snapshot();
    expect(moments().map(({ name }) => name)).toEqual(["Snapshot 1"]);
    expect(now.get().said?.name).toBe("Snapshot 1");
    const id = moments()[0]?.id ?? "";
    history.rename(id, "  the good one ");
    history.rename(id, "   ");
    expect(moments()[0]?.name).toBe("the good one");
  });

  test("name the moment that is there already, once", async () => {
    const { history, moments, draw } = await page();
    draw(1);
    history.snapshot();
    history.snapshot();
    expect(moments().map(({ name }) => name)).toEqual(["Snapshot 1"]);
  });

  test("are deleted for good, and the rest goes on without them", async () => {
    const { history, moments, draw, head } = await page();
    draw(1);
    draw(2);
    draw(3);
    history.remove(moments()[1]?.id ?? "");
    expect(moments().map(({ from }, i) => i === 0 || from === moments()[i - 1]?.id)).toEqual([true, true]);
    history.remove(moments()[1]?.id ?? "");
    expect(head()).toBe(0);
  });
});

describe("going back", () => {
  test("keeps the present first, and the strip tells of it", async () => {
    const { doc, history, moments, draw, strip, head, went } = await page();
    draw(1);
    doc.addMark(fill(2));
    history.restore(moments()[0]?.id ?? "");
    expect(xs(doc)).toEqual([1]);
    expect(strip()).toEqual(["1", "1,2", "1<"]);
    expect(head()).toBe(2);
    expect(moments()[2]?.from).toBe(moments()[0]?.id);
    expect(moments()[2]?.pictures).toBe(moments()[0]?.pictures);
    expect(went).toEqual([moments()[0]?.id]);
  });

  test("undo is where one was, redo goes there again", async () => {
    const { doc, history, moments, draw, strip, head } = await page();
    draw(1);
    draw(2);
    history.restore(moments()[0]?.id ?? "");
    doc.undo();
    expect(xs(doc)).toEqual([1, 2]);
    expect(strip()).toEqual(["1", "1,2"]);
    expect(head()).toBe(1);
    doc.redo();
    expect(xs(doc)).toEqual([1]);
    expect(strip()).toEqual(["1", "1,2", "1<"]);
  });

  test("undo finds where one was even if something had been undone there", async () => {
    const { doc, history, moments, draw, wait, head } = await page();
    draw(1);
    draw(2);
    draw(3);
    doc.undo();
    wait(REST_MS);
    history.restore(moments()[0]?.id ?? "");
    doc.undo();
    expect(xs(doc)).toEqual([1, 2]);
    expect(head()).toBe(3);
  });

  test("from one to the next leaves one entry, not a trail", async () => {
    const { doc, history, moments, draw, strip } = await page();
    for (const x of [1, 2, 3]) draw(x);
    history.restore(moments()[0]?.id ?? "");
    history.restore(moments()[1]?.id ?? "");
    expect(strip()).toEqual(["1", "1,2", "1,2,3", "1,2<"]);
    history.restore(moments()[2]?.id ?? "");
    expect(strip()).toEqual(["1", "1,2", "1,2,3"]);
    for (let i = 0; i < 3; i++) doc.undo();
    expect(xs(doc)).toEqual([1, 2, 3]);
  });

  test("and drawing on begins a branch", async () => {
    const { history, moments, draw, strip, doc, wait } = await page();
    for (const x of [1, 2]) draw(x);
    history.restore(moments()[0]?.id ?? "");
    draw(3);
    expect(strip()).toEqual(["1", "1,2", "1<", "1,3"]);
    doc.undo();
    doc.undo();
    expect(xs(doc)).toEqual([1, 2]);
    wait(REST_MS);
    expect(strip()).toEqual(["1", "1,2", "1<", "1,3", "1,2"]);
  });

  test("is undone after a reload", async () => {
    const one = await page();
    one.draw(1);
    one.draw(2);
    one.history.restore(one.moments()[0]?.id ?? "");
    const two = await one.reload();
    expect(two.head()).toBe(2);
    two.doc.undo();
    expect(xs(two.doc)).toEqual([1, 2]);
    expect(two.head()).toBe(1);
    expect(two.said).toEqual([]);
  });

  test("to a version that was kept elsewhere is a step of undo and redo, also after a reload", async () => {
    const elsewhere = await page();
    elsewhere.draw(7);
    const one = await page();
    one.draw(1);
    one.history.bringBack(elsewhere.doc.content());
    expect(xs(one.doc)).toEqual([7]);
    expect(one.strip()).toContain("1");
    one.doc.undo();
    expect(xs(one.doc)).toEqual([1]);
    const two = await one.reload();
    two.doc.redo();
    expect(xs(two.doc)).toEqual([7]);
    expect(two.said).toEqual([]);
  });

  test("to what is not there any more says so and changes nothing", async () => {
    const one = await page();
    one.draw(1);
    one.draw(2);
    one.history.restore(one.moments()[0]?.id ?? "");
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(one.doc.y));
    const two = await page({ y: copy });
    two.doc.undo();
    expect(two.said[0]?.code).toBe("client.history");
    expect(xs(two.doc)).toEqual([1]);
  });

  test("is only looked at while one points at it", async () => {
    const { doc, history, moments, draw, now } = await page();
    draw(1);
    draw(2);
    const before = Y.encodeStateVector(doc.y);
    history.lookAt(moments()[0]?.id ?? null);
    expect(now.get().looking).toBe(moments()[0]?.id);
    history.lookAt(null);
    expect(Y.encodeStateVector(doc.y)).toEqual(before);
  });
});

describe("two pages with the same document", () => {
  const two = async () => {
    const shared = { factory: new IDBFactory(), air: new Air() };
    return [await page(shared), await page(shared)] as const;
  };

  test("have the same moments, their names and what was deleted", async () => {
    const [one, other] = await two();
    one.draw(1);
    await expect.poll(other.strip).toEqual(["1"]);
    expect(other.head()).toBe(0);
    // What one has kept is not due at the other one any more.
    other.wait(10 * REST_MS);
    expect(other.strip()).toEqual(["1"]);
    other.draw(2);
    await expect.poll(one.strip).toEqual(["1", "1,2"]);
    one.history.rename(one.moments()[0]?.id ?? "", "First");
    await expect.poll(() => other.moments()[0]?.name).toBe("First");
    other.history.remove(other.moments()[0]?.id ?? "");
    await expect.poll(one.strip).toEqual(["1,2"]);
    expect(one.said).toEqual([]);
  });

  test("keep what they come to keep at the same time once", async () => {
    const [one, other] = await two();
    one.doc.addMark(fill(1));
    one.wait(REST_MS);
    other.wait(REST_MS);
    const [first] = [...one.moments(), ...other.moments()].map(({ id }) => id).sort();
    const kept = () => [one, other].map((page) => page.moments().map(({ id }) => id));
    await expect.poll(kept).toEqual([[first], [first]]);
    expect([one.head(), other.head()]).toEqual([0, 0]);
  });

  test("go back to what the other one has kept, and undo that", async () => {
    const [one, other] = await two();
    one.draw(1);
    one.draw(2);
    await expect.poll(other.strip).toEqual(["1", "1,2"]);
    other.history.restore(other.moments()[0]?.id ?? "");
    expect(xs(one.doc)).toEqual([1]);
    await expect.poll(one.strip).toEqual(["1", "1,2", "1<"]);
    await expect.poll(other.strip).toEqual(["1", "1,2", "1<"]);
    one.doc.undo();
    expect(xs(other.doc)).toEqual([1, 2]);
    expect([...one.said, ...other.said]).toEqual([]);
  });
});
