import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { LightDocument } from "./document";
import { hiddenBy, leavesOf, lockedBy, outermost, withInside } from "./groups";
import { BASE, fieldKey, type Layer } from "./layers";
import { splitMarks } from "./marks";

let ids = 0;
const open = (author = "me", y = new Y.Doc()) =>
  new LightDocument(
    {
      author,
      newId: () => {
        ids += 1;
        return `id${ids}`;
      },
    },
    y,
  );
/** The base and four more, from the bottom: Sketch, a, b, c, d. */
const stack = () => {
  const doc = open();
  for (const name of ["a", "b", "c", "d"]) doc.addLayer({ kind: "paint", name }, null);
  return doc;
};
const named = (doc: LightDocument, name: string): Layer => {
  const layer = doc.layerList().find((each) => each.name === name);
  if (layer === undefined) throw new Error(`no layer ${name}`);
  return layer;
};
const idsOf = (doc: LightDocument, ...names: string[]) => new Set(names.map((name) => named(doc, name).id));
/** "a b [c d]G" from the bottom. */
const shape = (doc: LightDocument, parent?: string): string =>
  doc
    .layerList()
    .filter((layer) => layer.parent === parent)
    .map((layer) => (layer.kind === "group" ? `[${shape(doc, layer.id)}]${layer.name}` : layer.name))
    .join(" ");

describe("groups", () => {
  test("are made where the topmost of their layers lies, in the same order, and dissolved in place", () => {
    const doc = stack();
    const group = doc.groupLayers(idsOf(doc, "c", "a"), "G") ?? "";
    expect(shape(doc)).toBe("Sketch b [a c]G d");
    expect(doc.layerList().map(({ name }) => name)).toEqual(["Sketch", "b", "a", "c", "G", "d"]);
    const outer = doc.groupLayers(new Set([group, named(doc, "a").id, BASE]), "H") ?? "";
    expect(shape(doc)).toBe("b [Sketch [a c]G]H d");
    doc.ungroupLayer(outer);
    expect(shape(doc)).toBe("b Sketch [a c]G d");
    doc.ungroupLayer(group);
    expect(shape(doc)).toBe("b Sketch a c d");
    for (const before of [
      "b Sketch [a c]G d",
      "b [Sketch [a c]G]H d",
      "Sketch b [a c]G d",
      "Sketch a b c d",
    ]) {
      doc.undo();
      expect(shape(doc)).toBe(before);
    }
    doc.redo();
    expect(shape(doc)).toBe("Sketch b [a c]G d");
    expect(doc.groupLayers(new Set(["nobody"]), "G")).toBeNull();
  });

  test("take layers in and let them out, each as one step", () => {
    const doc = stack();
    const group = doc.groupLayers(idsOf(doc, "b"), "G") ?? "";
    doc.moveLayer(named(doc, "d").id, null, named(doc, "b").id, group);
    expect(shape(doc)).toBe("Sketch a [d b]G c");
    doc.moveLayer(named(doc, "b").id, null, BASE);
    expect(shape(doc)).toBe("b Sketch a [d]G c");
    doc.undo();
    expect(shape(doc)).toBe("Sketch a [d b]G c");
    const fresh = doc.addLayer({ kind: "paint", name: "new" }, group);
    expect(shape(doc)).toBe("Sketch a [d b new]G c");
    doc.addLayer({ kind: "paint", name: "next" }, fresh);
    expect(shape(doc)).toBe("Sketch a [d b new next]G c");
  });

  test("are copied with all that is in them", () => {
    const doc = stack();
    const inner = doc.groupLayers(idsOf(doc, "a"), "I") ?? "";
    const group = doc.groupLayers(new Set([inner, named(doc, "b").id]), "G") ?? "";
    doc.addMark({ type: "fill", color: "#112233", opacity: 1, x: 1, y: 1, layer: named(doc, "a").id });
    const copy = doc.duplicateLayer(group, "G copy") ?? "";
    expect(shape(doc)).toBe("Sketch [[a]I b]G [[a]I b]G copy c d");
    const [first] = withInside(doc.layerList(), copy);
    expect(first?.name).toBe("a");
    expect(splitMarks(doc.visibleMarks()).layers.get(first?.id ?? "")).toHaveLength(1);
    doc.undo();
    expect(shape(doc)).toBe("Sketch [[a]I b]G c d");
  });

  test("that two people put into each other, or that are gone, hold nothing back", () => {
    const doc = stack();
    const [a, b] = [doc.groupLayers(idsOf(doc, "a"), "A") ?? "", doc.groupLayers(idsOf(doc, "b"), "B") ?? ""];
    const other = open("other", new Y.Doc());
    Y.applyUpdate(other.y, Y.encodeStateAsUpdate(doc.y));
    doc.moveLayer(a, null, null, b);
    other.moveLayer(b, null, null, a);
    Y.applyUpdate(doc.y, Y.encodeStateAsUpdate(other.y));
    Y.applyUpdate(other.y, Y.encodeStateAsUpdate(doc.y));
    expect(shape(doc)).toBe(shape(other));
    for (const name of ["Sketch", "a", "b", "c", "d", "A", "B"]) expect(shape(doc)).toContain(name);
    doc.changeLayer(a, { gone: true }, "");
    expect(shape(doc)).toContain("a");
    doc.y.getMap("layers").set(fieldKey(BASE, "parent"), named(doc, "c").id);
    expect(named(doc, "Sketch").parent).toBeUndefined();
  });

  test("hide and lock what lies in them", () => {
    const doc = stack();
    const inner = doc.groupLayers(idsOf(doc, "a"), "I") ?? "";
    const group = doc.groupLayers(new Set([inner, named(doc, "b").id]), "G") ?? "";
    doc.changeLayer(group, { visible: false }, "");
    doc.changeLayer(inner, { locked: true }, "");
    const layers = doc.layerList();
    expect(hiddenBy(layers, named(doc, "a"))?.id).toBe(group);
    expect(lockedBy(layers, named(doc, "a"))?.id).toBe(inner);
    expect(lockedBy(layers, named(doc, "b"))).toBeNull();
    expect(leavesOf(layers, new Set([group])).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(outermost(layers, new Set([group, inner, BASE])).map(({ name }) => name)).toEqual(["Sketch", "G"]);
  });
});
