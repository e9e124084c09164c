"""`python -m lightbrush.world.bench`: pictures a second, and a contact sheet to look at."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from lightbrush.world.renderer import render, render_into
from lightbrush.world.scene import sample_scenes
from lightbrush.world.sheet import contact_sheet


def on_cpu(count: int, size: int, samples: int) -> dict[str, float]:
    """Seconds of compiling and pictures a second on the CPU."""
    params = sample_scenes(1, count)
    began = time.perf_counter()
    render(params[:1], width=16, height=16, samples=samples)
    ready = time.perf_counter()
    render(params, width=size, height=size, samples=samples)
    return {"compile_s": ready - began, "pictures_per_s": count / (time.perf_counter() - ready)}


def on_cuda(count: int, size: int, samples: int, rounds: int) -> dict[str, float]:
    """The same on the GPU, timed with events around `rounds` batches of `count`, each of other scenes."""
    import torch

    batches = [torch.from_numpy(sample_scenes(k, count)).cuda() for k in range(rounds)]
    rgb = torch.empty((count, size, size, 3), dtype=torch.uint8, device="cuda")
    label = torch.empty((count, size, size), dtype=torch.uint8, device="cuda")
    depth = torch.empty((count, size, size), dtype=torch.float32, device="cuda")
    began = time.perf_counter()
    render_into(batches[0], rgb, label, depth, samples)
    torch.cuda.synchronize()
    compiled = time.perf_counter() - began
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for params in batches:
        render_into(params, rgb, label, depth, samples)
    end.record()
    torch.cuda.synchronize()
    return {"compile_s": compiled, "pictures_per_s": 1000.0 * count * rounds / start.elapsed_time(end)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="lightbrush.world.bench", description=__doc__)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--count", type=int, default=0, help="pictures a batch (default 8 on the CPU, 512 on the GPU)")
    parser.add_argument("--rounds", type=int, default=8, help="batches to time on the GPU")
    parser.add_argument("--size", type=int, default=256, help="side in pixels")
    parser.add_argument("--samples", type=int, default=2, help="samples a pixel")
    parser.add_argument("--out", type=Path, help="also write a contact sheet of 24 scenes (PNG)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    if args.device == "cuda":
        result = on_cuda(args.count or 512, args.size, args.samples, args.rounds)
    else:
        result = on_cpu(args.count or 8, args.size, args.samples)
    if args.out is not None:
        from PIL import Image

        pictures = render(sample_scenes(7, 24), width=args.size, height=args.size, device=args.device).rgb
        Image.fromarray(contact_sheet(pictures, 6)).save(args.out)
    report = {
        "device": args.device,
        "size_px": args.size,
        "samples": args.samples,
        **{k: float(np.round(v, 2)) for k, v in result.items()},
    }
    print(json.dumps(report) if args.json else "  ".join(f"{k} {v}" for k, v in report.items()))


if __name__ == "__main__":
    main()
