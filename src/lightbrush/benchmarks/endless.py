"""`lightbrush bench endless`: that a stream of video holds no more after ten thousand blocks than after a thousand.

Blocks as a worker renders them, from request to frames and back to bytes, one after the other, of an engine whose parts
are all there and tiny. Every one has a prompt of its own, and they change their number of steps and their seed, so that
what is kept for one of these, and never let go, shows.

    blocks, seconds    rendered, and how long that took
    rss_mib            by block: what the process held, each tenth of the way, and after the first hundred
    growth_mib         at the end, against the first tenth
"""

from __future__ import annotations

import datetime
import gc
import time
from collections.abc import Callable
from typing import Any, Final

import psutil
import torch

from lightbrush.engines import video
from lightbrush.engines.wan_live import Live
from lightbrush.engines.wan_loading import tiny_random
from lightbrush.shots import Block, Prompt

_SIDE_PX: Final = 32
_WARM: Final = 100


def run(blocks: int, say: Callable[[str], None], device: str = "cpu") -> dict[str, Any]:
    """blocks: from 10 on."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # its pictures are too small for more
    try:
        return _run(blocks, say, Live(tiny_random(device), video.tiny_random.card))
    finally:
        torch.set_num_threads(threads)


def _run(blocks: int, say: Callable[[str], None], worker: Live) -> dict[str, Any]:
    process, context, held = psutil.Process(), b"", {}
    begun = time.monotonic()
    for index in range(blocks):
        asked = Block(
            engine=worker.card.id,
            width=_SIDE_PX,
            height=_SIDE_PX,
            prompts=(Prompt(f"wave {index} of a calm sea"),),
            seed=index // 100,
            steps=1 + index % 2,
            index=index,
            context=context,
        )
        context = worker.render_block(asked).context
        if (index + 1) % (blocks // 10) == 0 or index + 1 == _WARM:
            gc.collect()
            held[index + 1] = round(process.memory_info().rss / 2**20, 1)
            say(f"{index + 1} blocks: {held[index + 1]} MiB")
    first = held[blocks // 10]
    return {
        "blocks": blocks,
        "seconds": round(time.monotonic() - begun, 1),
        "rss_mib": held,
        "growth_mib": round(process.memory_info().rss / 2**20 - first, 1),
        "date": datetime.date.today().isoformat(),
    }
