/** The brush ring on the sketch and its ghost on the render: moved directly, without React, as fast as the pointer. */

import type { Placement } from "./view";

export class Cursors {
  private brush: HTMLElement | null = null;
  private ghost: HTMLElement | null = null;
  private at: { x: number; y: number } | null = null;

  constructor(
    private readonly world: {
      /** Document units; 0 hides the ring. */
      brushSize(): number;
      sketch(): Placement;
      render(): Placement;
    },
  ) {}

  readonly attachBrush = (element: HTMLElement | null): void => {
    this.brush = element;
    if (element) dress(element, "brush-ring");
  };

  readonly attachGhost = (element: HTMLElement | null): void => {
    this.ghost = element;
    if (element) dress(element, "brush-ring ghost");
  };

  move(at: { x: number; y: number } | null): void {
    this.at = at;
    this.draw();
  }

  draw(): void {
    const size = this.world.brushSize();
    ring(this.brush, this.at, size, this.world.sketch());
    ring(this.ghost, this.at, Math.max(size, 10), this.world.render());
  }
}

function dress(element: HTMLElement, name: string): void {
  element.className = name;
  // It never begins. Of an element that may be animated Chromium moves the layer alone; of another one it arranges all
  // layers of the page anew, a millisecond before the ink of each move.
  element.animate({ transform: ["none", "none"] }, { delay: 1, duration: 1 }).pause();
}

function ring(
  element: HTMLElement | null,
  at: { x: number; y: number } | null,
  size: number,
  p: Placement,
): void {
  if (element === null) return;
  if (at === null || size <= 0) {
    element.style.display = "none";
    return;
  }
  const diameter = Math.max(4, size * p.scale);
  element.style.display = "block";
  element.style.width = `${diameter}px`;
  element.style.height = `${diameter}px`;
  const x = at.x * p.scale + p.dx - diameter / 2;
  const y = at.y * p.scale + p.dy - diameter / 2;
  element.style.transform = `translate(${x}px, ${y}px)`;
}
