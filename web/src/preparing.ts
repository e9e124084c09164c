/**
 * At which size pictures are asked for: the document's, once the server is ready for it. The first picture of a size can take a
 * GPU seconds; until it is prepared for, pictures go on in the size that the engine had before.
 */

import type { Preparing as Shown } from "./state";
import type { Prepare } from "./wire/shots";

export interface PreparingWorld {
  /** Whether it is the server that renders, and its connection is open. */
  served(): boolean;
  ask(seq: number, prepare: Prepare): void;
  show(preparing: Shown | null): void;
  /** The size is ready: what is asked for is another shot now. */
  again(): void;
}

/** Numbers of their own, beyond those of shots. */
export const FIRST_SEQ = 2 ** 31;

export class Preparing {
  private asked = 0;
  /** Sizes of an engine that are ready, as "WxH". Bounded by the sizes that its card has. */
  private readonly ready = new Map<string, Set<string>>();
  private readonly last = new Map<string, Prepare>();
  private waiting: { readonly seq: number; readonly prepare: Prepare } | null = null;

  constructor(private readonly world: PreparingWorld) {}

  /** The size to ask for now. */
  sizeFor(wanted: Prepare): Prepare {
    const { engine } = wanted;
    const ready = this.ready.get(engine);
    const last = this.last.get(engine);
    // Of an engine's first size there is none before that could go on.
    if (!this.world.served() || ready === undefined || last === undefined || ready.has(keyOf(wanted))) {
      this.forget();
      this.took(wanted);
      return wanted;
    }
    if (this.waiting === null || !same(this.waiting.prepare, wanted)) {
      const seq = FIRST_SEQ + (this.asked++ % FIRST_SEQ);
      this.waiting = { seq, prepare: wanted };
      this.world.show({ width: wanted.width, height: wanted.height, share: 0 });
      this.world.ask(seq, wanted);
    }
    return last;
  }

  told(seq: number, share: number): void {
    if (this.waiting?.seq !== seq) return;
    const { prepare } = this.waiting;
    if (share < 1) {
      this.world.show({ width: prepare.width, height: prepare.height, share });
      return;
    }
    this.settle();
  }

  /** It was refused: the shot itself says why. */
  failed(seq: number): boolean {
    if (this.waiting?.seq !== seq) return false;
    this.settle();
    return true;
  }

  /** The connection was lost: other workers may be there when it is back. */
  lost(): void {
    this.ready.clear();
    this.last.clear();
    this.forget();
  }

  private settle(): void {
    if (this.waiting === null) return;
    this.took(this.waiting.prepare);
    this.forget();
    this.world.again();
  }

  private took(size: Prepare): void {
    const ready = this.ready.get(size.engine) ?? new Set();
    this.ready.set(size.engine, ready.add(keyOf(size)));
    this.last.set(size.engine, size);
  }

  private forget(): void {
    if (this.waiting === null) return;
    this.waiting = null;
    this.world.show(null);
  }
}

const keyOf = ({ width, height }: Prepare): string => `${width}x${height}`;

const same = (a: Prepare, b: Prepare): boolean => a.engine === b.engine && keyOf(a) === keyOf(b);
