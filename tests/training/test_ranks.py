"""Two processes that train as one: a real torchrun, on the CPU."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.distributed.run import get_args_parser

from lightbrush.training.ranks import Gradients, Ranks

TOGETHER = """
import sys, time, torch
from pathlib import Path
from lightbrush.training.ranks import Gradients, Ranks
ranks = Ranks.join("cpu")
weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
idle = torch.nn.Parameter(torch.zeros(3))
gradients = Gradients([weight, idle])
(weight * torch.tensor([1.0, 3.0]) * (ranks.rank + 1)).sum().backward()
gradients.settle(ranks, longest=10.0)
agreed = ranks.agree(10.0 + ranks.rank)
torch.save((weight.grad, agreed, ranks.leads, idle.grad), Path(sys.argv[1]) / f"{ranks.rank}.pt")
ranks.leave()
"""


def test_ranks_share_gradients_and_the_first_ones_clock(tmp_path: Path) -> None:
    script = tmp_path / "together.py"
    script.write_text(TOGETHER)
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*start, str(script), str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    for rank in range(2):
        gradient, agreed, leads, idle = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert gradient.tolist() == [1.5, 4.5]
        assert (agreed, leads, idle.tolist()) == (10.0, rank == 0, [0, 0, 0])


@pytest.mark.parametrize("recipe", ["embedded", "distil"])
def test_torchrun_hands_every_option_on_to_the_recipe(recipe: str) -> None:
    module = f"lightbrush.training.{recipe}"
    told = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True)
    options = sorted(set(re.findall(r"--[a-z-]+", told.stdout.split("options:")[1])) - {"--help"})
    assert "--weights" in options
    given = [part for option in options for part in (option, "x")]
    parsed = get_args_parser().parse_args(["--nproc-per-node", "2", "-m", module, *given])
    assert parsed.training_script_args == given, "torchrun takes what begins as one of its own options does"


def test_one_alone_changes_nothing() -> None:
    ranks = Ranks.join("cpu")
    weight = torch.nn.Parameter(torch.ones(2))
    gradients = Gradients([weight])
    weight.sum().backward()
    gradients.settle(ranks, longest=2.0)
    ranks.leave()
    assert (ranks.count, ranks.leads, ranks.agree(3.5)) == (1, True, 3.5)
    assert weight.grad is not None
    assert weight.grad.tolist() == [1, 1]


def test_gradients_are_clipped_together_and_cleared() -> None:
    weights = [torch.nn.Parameter(torch.zeros(1)), torch.nn.Parameter(torch.zeros(2, 1))]
    gradients = Gradients(weights)
    (3 * weights[0].sum() + 4 * weights[1][0].sum()).backward()
    gradients.settle(Ranks.join("cpu"), longest=1.0)
    torch.testing.assert_close(gradients.values, torch.tensor([0.6, 0.8, 0.0]))
    gradients.clear()
    assert all(w.grad is not None and not w.grad.any() for w in weights)
