"""The process that lays a job's files (`fleet.laying`), and what it says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from pathlib import Path

import msgspec

from lightbrush.errors import Problem
from lightbrush.fleet.jobs import Job


async def run_laying(folder: Path, job: Job, step: int) -> tuple[int, Problem | None]:
    """-> its exit status, and what it said was wrong, if it said so."""
    command = ["--kind", job.kind, "--folder", str(folder), "--step", str(step), "--parent", str(os.getpid())]
    # The request lies in a file: a pipe to a process that died at once raises, and what differs from loop to loop.
    with tempfile.TemporaryFile() as request:
        request.write(job.request)
        request.seek(0)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lightbrush.fleet.laying", *command, stdin=request, stdout=asyncio.subprocess.PIPE
        )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    assert process.returncode is not None
    problem = None
    if process.returncode:
        with contextlib.suppress(msgspec.DecodeError):
            problem = msgspec.json.decode(said, type=Problem)
    return process.returncode, problem
