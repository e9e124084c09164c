import { beforeEach, describe, expect, test } from "vitest";
import { FIRST_SEQ, Preparing, type PreparingWorld } from "./preparing";
import type { Prepare } from "./wire/shots";

const of = (width: number, height = 512, engine = "flux2-klein"): Prepare => ({ engine, width, height });

let served: boolean;
let log: unknown[];
let preparing: Preparing;

beforeEach(() => {
  served = true;
  log = [];
  const world: PreparingWorld = {
    served: () => served,
    ask: (number, prepare) => log.push(["ask", number - FIRST_SEQ, prepare.width]),
    show: (shown) => log.push(["show", shown && [shown.width, shown.share]]),
    again: () => log.push("again"),
  };
  preparing = new Preparing(world);
});

describe("the size that is asked for", () => {
  test("an engine's first size is asked for at once", () => {
    expect(preparing.sizeFor(of(512))).toEqual(of(512));
    expect(preparing.sizeFor(of(256, 256, "embedded"))).toEqual(of(256, 256, "embedded"));
    expect(log).toEqual([]);
  });

  test("another is asked for when the server is ready for it, the old one goes on until then", () => {
    preparing.sizeFor(of(512));
    expect(preparing.sizeFor(of(1024))).toEqual(of(512));
    expect(preparing.sizeFor(of(1024))).toEqual(of(512));
    preparing.told(FIRST_SEQ, 0.25);
    expect(preparing.sizeFor(of(1024))).toEqual(of(512));
    preparing.told(FIRST_SEQ, 1);
    expect(preparing.sizeFor(of(1024))).toEqual(of(1024));
    expect(log).toEqual([
      ["show", [1024, 0]],
      ["ask", 0, 1024],
      ["show", [1024, 0.25]],
      ["show", null],
      "again",
    ]);
  });

  test("what is ready stays so, and going back needs nothing", () => {
    preparing.sizeFor(of(512));
    preparing.sizeFor(of(1024));
    preparing.told(FIRST_SEQ, 1);
    log = [];
    expect(preparing.sizeFor(of(512))).toEqual(of(512));
    expect(preparing.sizeFor(of(1024))).toEqual(of(1024));
    expect(log).toEqual([]);
  });

  test("going back while it is prepared for ends the wait, and its answer changes nothing", () => {
    preparing.sizeFor(of(512));
    preparing.sizeFor(of(1024));
    expect(preparing.sizeFor(of(512))).toEqual(of(512));
    preparing.told(FIRST_SEQ, 1);
    expect(log.slice(2)).toEqual([["show", null]]);
  });

  test("a third size meanwhile is the one that counts", () => {
    preparing.sizeFor(of(512));
    preparing.sizeFor(of(1024));
    expect(preparing.sizeFor(of(768))).toEqual(of(512));
    preparing.told(FIRST_SEQ, 1);
    expect(preparing.sizeFor(of(768))).toEqual(of(512));
    preparing.told(FIRST_SEQ + 1, 1);
    expect(preparing.sizeFor(of(768))).toEqual(of(768));
  });

  test("what is refused is asked for all the same: the shot says why", () => {
    preparing.sizeFor(of(512));
    preparing.sizeFor(of(1024));
    expect(preparing.failed(9)).toBe(false);
    expect(preparing.failed(FIRST_SEQ)).toBe(true);
    expect(preparing.sizeFor(of(1024))).toEqual(of(1024));
  });

  test("a lost connection forgets what was ready; without a server nothing is waited for", () => {
    preparing.sizeFor(of(512));
    preparing.sizeFor(of(1024));
    preparing.lost();
    expect(preparing.sizeFor(of(1024))).toEqual(of(1024));
    served = false;
    expect(preparing.sizeFor(of(768))).toEqual(of(768));
    expect(log.filter((entry) => Array.isArray(entry) && entry[0] === "ask")).toHaveLength(1);
  });
});
