/** The right-hand picture: draws each render in the next frame, with an optional short cross-fade. */

export const CROSS_FADE_MS = 60;
/** A new picture is plainly visible from its first frame on, which is what the latency figure counts. */
const FIRST_FRAME_ALPHA = 0.6;

export class RenderView {
  private context: CanvasRenderingContext2D | null = null;
  private pending: { bitmap: ImageBitmap; painted: (at_ms: number) => void } | null = null;
  private front: ImageBitmap | null = null;
  private back: ImageBitmap | null = null;
  private fadeFrom_ms = 0;
  private scheduled = false;

  constructor(readonly canvas: HTMLCanvasElement) {
    canvas.width = 256;
    canvas.height = 256;
    this.context = canvas.getContext("2d", { alpha: false });
  }

  /** fade: cross-fade from what is shown. painted: called once, after the frame with this picture went out. */
  show(bitmap: ImageBitmap, fade: boolean, painted: (at_ms: number) => void): void {
    this.pending?.bitmap.close();
    this.pending = { bitmap, painted };
    this.schedule(fade);
  }

  private schedule(fade: boolean): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame((now_ms) => {
      this.scheduled = false;
      this.frame(now_ms, fade);
    });
  }

  private frame(now_ms: number, fade: boolean): void {
    if (this.pending !== null) {
      const { bitmap, painted } = this.pending;
      this.pending = null;
      this.back?.close();
      this.back = this.front;
      this.front = bitmap;
      this.fadeFrom_ms = now_ms;
      afterPaint(painted);
    }
    const { context, front, canvas } = this;
    if (context === null || front === null) return;
    if (canvas.width !== front.width || canvas.height !== front.height) {
      canvas.width = front.width;
      canvas.height = front.height;
    }
    const progress = (now_ms - this.fadeFrom_ms) / CROSS_FADE_MS;
    const fading = fade && this.back !== null && progress < 1;
    if (fading && this.back !== null) {
      context.globalAlpha = 1;
      context.drawImage(this.back, 0, 0, canvas.width, canvas.height);
      context.globalAlpha = Math.max(FIRST_FRAME_ALPHA, progress);
    }
    context.drawImage(front, 0, 0);
    context.globalAlpha = 1;
    if (fading) this.schedule(fade);
    else {
      this.back?.close();
      this.back = null;
    }
  }
}

/** A task queued in a frame callback runs after that frame was painted. */
function afterPaint(act: (at_ms: number) => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    act(performance.now());
  };
  port2.postMessage(null);
}
