/** A field over the text layer that is being written: its caret and selection are the field's, its words the canvas's. */

import { t } from "@lingui/core/macro";
import { useEffect, useRef } from "react";
import { CENTRE } from "../doc/frame";
import { MAX_TEXT_CHARS, matrixOf } from "../doc/layers";
import { useDesk, useSheet, useStudio } from "../ui/context";
import { LINE_HEIGHT, TEXT_FAMILY, TEXT_WEIGHT, textBox } from "./text";
import type { Placement } from "./view";

export function TextEditor({ at }: { readonly at: Placement }) {
  const { layering } = useStudio();
  const editing = useDesk((d) => d.editing);
  const layer = useSheet((s) => s.layers.find(({ id }) => id === editing) ?? null);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = layer?.kind === "text" ? layer.id : null;
  // The press that opened it is not over yet: the browser would take the focus away again.
  useEffect(() => {
    if (id === null) return;
    const wait = requestAnimationFrame(() => field.current?.focus());
    return () => cancelAnimationFrame(wait);
  }, [id]);
  if (layer?.kind !== "text") return null;
  const { width, height } = textBox(layer);
  const [a, b, c, d, e, f] = matrixOf(layer);
  const { scale, dx, dy } = at;
  // Where the text's own corner, the layer's centre, lies in the pane.
  const x = (a * CENTRE + c * CENTRE + e) * scale + dx;
  const y = (b * CENTRE + d * CENTRE + f) * scale + dy;
  return (
    <textarea
      ref={field}
      aria-label={t`Text of the layer`}
      value={layer.text}
      maxLength={MAX_TEXT_CHARS}
      spellCheck={false}
      onChange={(event) => layering.write({ text: event.target.value })}
      onPointerDown={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        layering.endWriting();
      }}
      className="text-field absolute top-0 left-0 origin-top-left resize-none overflow-hidden whitespace-pre border-0 p-0 outline-2 outline-accent/70 outline-offset-4"
      style={{
        width: width + layer.size,
        height,
        transform: `matrix(${a * scale}, ${b * scale}, ${c * scale}, ${d * scale}, ${x}, ${y})`,
        font: `${TEXT_WEIGHT} ${layer.size}px / ${LINE_HEIGHT} ${TEXT_FAMILY}`,
        caretColor: layer.color,
        outlineWidth: 1.5 / scale,
      }}
    />
  );
}
