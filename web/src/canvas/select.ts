/** What a press with a selection tool does, and with the move tool on what is selected. */

import type { Point } from "../doc/matrix";
import { rectangle } from "../doc/selection";
import type { Selecting, Side } from "../selecting";
import type { SelectTool } from "../ui/desk";
import type { Gesture } from "./tools";

/** Less than this is a click, which selects nothing. */
const MIN_UNITS = 2;
const MIN_LASSO_UNITS = 2;

/** Inside of what is selected the selection is moved, else another one begins. */
export function beginSelect(
  selecting: Selecting,
  tool: SelectTool,
  at: Point,
  shift: boolean,
  side: Side,
): Gesture | null {
  const how = selecting.how(shift);
  if (tool === "wand") {
    selecting.wand(at, how, side);
    return null;
  }
  if (how === "replace" && selecting.covers(at)) return moveOutline(selecting, at);
  return tool === "lasso" ? lasso(selecting, at, shift) : rect(selecting, at, shift);
}

function moveOutline(selecting: Selecting, at: Point): Gesture {
  let [dx, dy] = [0, 0];
  let moved = false;
  return {
    move(points) {
      const to = points.at(-1);
      if (to === undefined) return;
      [dx, dy] = [Math.round(to.x - at.x), Math.round(to.y - at.y)];
      moved ||= Math.hypot(dx, dy) >= MIN_UNITS;
      if (moved) selecting.offset(dx, dy);
    },
    end() {
      if (moved) selecting.shift(dx, dy);
      else selecting.none();
    },
    cancel: () => selecting.offset(0, 0),
  };
}

function rect(selecting: Selecting, at: Point, shift: boolean): Gesture {
  const how = selecting.how(shift);
  let to = at;
  const box = () => {
    const [x, y] = [Math.round(Math.min(at.x, to.x)), Math.round(Math.min(at.y, to.y))];
    const [right, bottom] = [Math.round(Math.max(at.x, to.x)), Math.round(Math.max(at.y, to.y))];
    return { x, y, width: right - x, height: bottom - y };
  };
  return {
    move(points) {
      to = points.at(-1) ?? to;
      const { x, y, width, height } = box();
      selecting.draft(`M${x} ${y}h${width}v${height}h${-width}Z`);
    },
    end() {
      selecting.draft("");
      const { width, height } = box();
      const some = width >= MIN_UNITS && height >= MIN_UNITS;
      if (some || how === "replace") selecting.take(some ? rectangle(box()) : null, how);
    },
    cancel: () => selecting.draft(""),
  };
}

function lasso(selecting: Selecting, at: Point, shift: boolean): Gesture {
  const how = selecting.how(shift);
  const points: Point[] = [at];
  return {
    move(more) {
      for (const { x, y } of more) {
        const last = points.at(-1) ?? at;
        if (Math.hypot(x - last.x, y - last.y) >= MIN_LASSO_UNITS) points.push({ x, y });
      }
      selecting.draft(`M${points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`);
    },
    end() {
      selecting.draft("");
      if (points.length > 2) selecting.lasso(points, how);
      else if (how === "replace") selecting.none();
    },
    cancel: () => selecting.draft(""),
  };
}

/** The move tool on what is selected. shift: along one axis. */
export function beginShift(selecting: Selecting, at: Point): Gesture | null {
  const move = selecting.beginMove();
  return (
    move && {
      move(points, _predicted, shift) {
        const to = points.at(-1);
        if (to === undefined) return;
        const [dx, dy] = [to.x - at.x, to.y - at.y];
        const across = Math.abs(dx) > Math.abs(dy);
        move.to(shift && !across ? 0 : dx, shift && across ? 0 : dy);
      },
      end: () => move.end(),
      cancel: () => move.cancel(),
    }
  );
}
