"""The local fleet: worker processes on this machine.

They stay in our process group and also die with their parent and with their link, so none is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from typing import Final

from lightbrush.engines.video import DTYPE_VARIABLE, FOLDER_VARIABLE
from lightbrush.fleet import link
from lightbrush.fleet.launcher import Fleet, Slot, Worker

_GPUS_VARIABLE: Final = "CUDA_VISIBLE_DEVICES"


class LocalFleet(Fleet):
    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that run."""
        workers = [slot.worker for slot in self._slots]
        return tuple(w.pid for w in workers if isinstance(w, _Child) and w.runs)

    async def _spawn(self, slot: Slot) -> Worker:
        plan = self._plan
        arguments = ["--gateway", plan.address, "--device", plan.device, "--name", slot.name]
        arguments += ["--parent", str(os.getpid()), "--nice", str(plan.nice), "--beat-s", str(plan.beat_s)]
        for engine in plan.pools[slot.pool]:
            arguments += ["--engine", engine]
        gpu = {_GPUS_VARIABLE: plan.gpus[(slot.number - 1) % len(plan.gpus)]} if plan.gpus else {}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "lightbrush.fleet.worker",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            env={
                **os.environ,
                **gpu,
                link.TOKEN_VARIABLE: plan.token,
                FOLDER_VARIABLE: plan.models_folder,
                DTYPE_VARIABLE: plan.video_dtype,
            },
        )
        return _Child(process)


async def gpus(environment: Mapping[str, str]) -> tuple[str, ...]:
    """NVIDIA's, as CUDA_VISIBLE_DEVICES names them; none where the driver's tool finds none."""
    if _GPUS_VARIABLE in environment:
        return tuple(name.strip() for name in environment[_GPUS_VARIABLE].split(",") if name.strip())
    try:
        asked = await asyncio.create_subprocess_exec(
            "nvidia-smi", "-L", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        listed, _ = await asked.communicate()
    except OSError:
        return ()
    return tuple(str(number) for number, _ in enumerate(line for line in listed.splitlines() if line[:4] == b"GPU "))


class _Child:
    """A worker that is a process of ours."""

    def __init__(self, process: Process) -> None:
        self.pid = process.pid
        self._process = process

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> str:
        return f"status {await self._process.wait()}"

    def terminate(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
