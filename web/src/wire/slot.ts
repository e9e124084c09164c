/** A one-slot inbox in front of an asynchronous step: one item in the step, one waiting; the newest waiting item wins. */
export class Slot<T> {
  private waiting: T | null = null;
  private busy = false;

  constructor(
    private readonly step: (item: T) => Promise<void>,
    private readonly ready: () => boolean = () => true,
  ) {}

  put(item: T): void {
    this.waiting = item;
    this.pump();
  }

  /** Start the waiting item if the step is free and `ready` allows it. */
  pump(): void {
    if (this.busy || this.waiting === null || !this.ready()) return;
    const item = this.waiting;
    this.waiting = null;
    this.busy = true;
    void this.step(item).finally(() => {
      this.busy = false;
      this.pump();
    });
  }
}
