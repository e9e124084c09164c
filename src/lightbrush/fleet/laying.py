"""A process that lays a job's files: reads the source, joins tiles, writes the picture (`kinds.Request.lay`).

    python -m lightbrush.fleet.laying --kind enhance --folder FOLDER --step 0 --parent PID < request

A process of its own, so that neither what a damaged file does to its reader nor the memory and the time of a large
picture are the gateway's; it steps back for everything else. The request comes as MessagePack. Exit status 0, or 1 with
a problem in JSON on the standard output.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from pathlib import Path

import msgspec

from lightbrush.errors import EnhanceError, LightbrushError, Problem, shorten
from lightbrush.fleet import kinds
from lightbrush.fleet.child import die_with
from lightbrush.fleet.kinds import KINDS

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NICE = 15


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lightbrush.fleet.laying", description=__doc__)
    parser.add_argument("--kind", choices=tuple(KINDS), required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--step", type=int, required=True)
    parser.add_argument("--parent", type=int, default=0, help="end when this process does")
    values = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the gateway decides
    die_with(values.parent)
    os.nice(_NICE)
    try:
        request = kinds.read(values.kind, sys.stdin.buffer.read())
        request.lay(values.folder, values.step)
    except LightbrushError as error:
        return _tell(error.problem)
    except OSError as error:
        if error.errno in _FULL:
            return _tell(EnhanceError("enhance.disk", "the disk is full", value=str(error), fix="Make room").problem)
        return _tell(EnhanceError("enhance.write", "a file of the job cannot be used", value=str(error)).problem)
    except MemoryError as error:
        return _tell(Problem("fleet.memory", "there is not enough memory to join the picture", shorten(repr(error))))
    return 0


def _tell(problem: Problem) -> int:
    sys.stdout.write(msgspec.json.encode(problem).decode())
    return 1


if __name__ == "__main__":
    sys.exit(main())
