/**
 * Server-sent events, read from fetch: EventSource cannot send the token in a header, and does not tell a refusal from
 * a lost connection.
 */

export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** A line has at most so many characters; a longer one is no event of ours. Overflow rule: the stream is given up. */
const MAX_BUFFER_CHARS = 1 << 20;

/** Text in any pieces -> whole events (the format is WHATWG HTML, 9.2.6). */
export class EventParser {
  private rest = "";
  private name = "";
  private data: string[] = [];

  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    if (this.rest.length > MAX_BUFFER_CHARS) throw new Error("a line of the events has no end");
    for (const line of lines) this.line(line, events);
    return events;
  }

  private line(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (this.data.length > 0) events.push({ name: this.name || "message", data: this.data.join("\n") });
      this.name = "";
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    if (field === "data") this.data.push(value);
  }
}

/** heard: after each piece, also one that holds no event, as those that keep the connection alive. */
export async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  heard: () => void,
): AsyncGenerator<ServerEvent> {
  const parser = new EventParser();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      yield* parser.push(value);
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}
