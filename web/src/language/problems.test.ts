import { i18n } from "@lingui/core";
import { afterEach, expect, test } from "vitest";
import { messages as german } from "./de.po";
import { fixOf, messageOf } from "./problems";

const REFUSED = { code: "room.link", message: "the link was revoked", fix: "Ask for another link" };

afterEach(() => i18n.activate("en"));

test("in English the server's own words stand, and what a code means where it said none", () => {
  expect(messageOf(REFUSED)).toBe("the link was revoked");
  expect(messageOf({ code: "room.role", message: "" })).toBe("the role in the room does not allow this");
  expect(messageOf({ code: "new.one", message: "" })).toBe("new.one");
});

test("in another language the code says it, and the page's own words are kept", () => {
  i18n.load("de", german);
  i18n.activate("de");
  expect(messageOf(REFUSED)).toBe("der Link zum Raum wurde widerrufen oder ist abgelaufen");
  expect(fixOf(REFUSED)).toBe("Um einen anderen Link bitten");
  expect(messageOf({ code: "client.camera", message: "die Kamera wird schon benutzt" })).toBe(
    "die Kamera wird schon benutzt",
  );
  expect(messageOf({ code: "new.one", message: "something new" })).toBe("something new");
  expect(fixOf({ fix: "Use embedded" })).toBe("Use embedded");
});
