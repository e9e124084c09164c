"""A network whose passes several GPUs share, called from one process as if it were on one.

That process leads and has the first GPU; each further one has a process that follows. Followers make every call that
the leader is called with: a pipe brings its name and its numbers, a broadcast its tensors. Of texts and contexts only
the last that was encoded counts (`fast_transformer`), so none is named. No call waits for the followers' answers: where
GPUs need each other is inside of a pass (`sequence`).

A follower that fails ends, and then the passes of the others never do: so the leading process is ended too, and a fleet
starts another. Followers end when their leader does, however that was.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Final, Protocol

import torch
import torch.distributed as dist
from torch import Tensor

from lightbrush.errors import LightbrushError, SettingsError
from lightbrush.nn.wan.config import LATENT_PX
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.sequence import Team
from lightbrush.nn.wan.transformer import Conditioning, Context, Text

log = logging.getLogger("lightbrush.nn")

_END_S: Final = 10.0
#: Nobody waits longer for the others: beyond it is no pass, and no kernel that is compiled before.
_ANSWER: Final = timedelta(minutes=5)
_Shapes = tuple[tuple[torch.Size, torch.dtype], ...]


class Make(Protocol):
    """Makes the network of one process: of that kind, on that device, of that team. It goes to others by pickle."""

    def __call__(self, kind: type[FastTransformer], device: torch.device, team: Team) -> FastTransformer: ...


class Followers:
    """The other processes of a team, as the leader sees them."""

    def __init__(self, make: Make, gpus: int, device: str, lost: Callable[[], None]) -> None:
        """Start them, and have this process join them. lost: called, from a thread, when one has ended."""
        self._folder = tempfile.TemporaryDirectory(prefix="lightbrush-")
        self._lost, self._leaving = lost, False
        self._pipes: list[Connection] = []
        self._processes: list[SpawnProcess] = []
        context, store = multiprocessing.get_context("spawn"), Path(self._folder.name) / "store"
        try:
            for rank in range(1, gpus):
                ours, theirs = context.Pipe()
                process = context.Process(target=_follow, args=(make, rank, gpus, device, store, theirs), daemon=True)
                process.start()
                theirs.close()
                self._pipes.append(ours)
                self._processes.append(process)
            self.hear()
            self.device, self.team = _join(0, gpus, device, store)
            for pipe in self._pipes:
                pipe.send("joined")
        except BaseException:
            self.end()
            raise

    def hear(self) -> None:
        """Wait for the next word of each: that it is there, then that its network is ready. Raises what one of them
        raised; SettingsError weights.gpus where one ended."""
        for rank, pipe in enumerate(self._pipes, 1):
            try:
                said = pipe.recv()
            except EOFError:
                raise SettingsError(
                    "weights.gpus",
                    "a process that was to share a model's passes ended",
                    value=f"GPU {rank}",
                    fix="The log has its last words; ask for fewer GPUs to go on without it",
                ) from None
            if isinstance(said, tuple):
                kind, problem = said
                raise kind.from_problem(problem)

    def watch(self) -> None:
        """From now on `lost` is called when one ends."""
        threading.Thread(target=self._watch, name="followers", daemon=True).start()

    def tell(self, name: str, tensors: Sequence[Tensor], given: dict[str, Any]) -> None:
        """Have all of them call this of their networks: with these tensors, and what is given besides."""
        held = [tensor.to(self.device).contiguous() for tensor in tensors]
        shapes: _Shapes = tuple((tensor.shape, tensor.dtype) for tensor in held)
        for pipe in self._pipes:
            pipe.send((name, shapes, given))
        for tensor in held:
            dist.broadcast(tensor, 0)

    def leave(self) -> None:
        """Have them end, and wait. Every captured pass must be gone by then: NCCL does not let go of a group before."""
        self._leaving = True
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.send(None)
        dist.destroy_process_group()
        for process in self._processes:
            process.join(_END_S)
        self.end()

    def end(self) -> None:
        """End them at once."""
        self._leaving = True
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.kill()
            process.join()
        if dist.is_initialized():
            dist.destroy_process_group()
        self._folder.cleanup()

    def _watch(self) -> None:
        wait([process.sentinel for process in self._processes])
        if not self._leaving:
            log.error("a process that shared a model's passes has ended; nothing can go on without it")
            self._lost()


class Leader(FastTransformer):
    """`FastTransformer`, whose followers are told of every call. See `lead`."""

    followers: Followers | None = None

    def take(self, options: Options) -> None:
        self._tell("take", options=options)
        super().take(options)

    def mean_keys(self) -> Tensor:
        self._tell("mean_keys")
        return super().mean_keys()

    def centre_keys(self, means: Tensor | None) -> None:
        self._tell("centre_keys", *(() if means is None else (means,)))
        super().centre_keys(means)

    def encode_text(self, embeddings: Tensor, length: int | None = None) -> Text:
        self._tell("encode_text", embeddings, length=length)
        return super().encode_text(embeddings, length)

    def encode_context(self, latents: Tensor, text: Text) -> Context:
        self._check_shared(latents)
        self._tell("encode_context", latents)
        return super().encode_context(latents, text)

    def denoise(self, latents: Tensor, t: Tensor, given: Conditioning) -> Tensor:
        self._check_shared(latents)
        self._tell("denoise", latents, t=t.tolist(), seen=given.context is not None, **given.numbers())
        return super().denoise(latents, t, given)

    def leave(self) -> None:
        """Let go of what the passes hold, and of the followers. It cannot be called again."""
        self._stage = self._context = self._text = None
        if self.followers is not None:
            self.followers.leave()

    def _check_shared(self, latents: Tensor) -> None:
        """Raises ShotError shot.size where tokens cannot be shared evenly: here, before any follower is told."""
        frames, height, width = latents.shape[2:]
        self.team.share(self.config.tokens(frames, LATENT_PX * height, LATENT_PX * width))

    def _tell(self, name: str, *tensors: Tensor, **given: Any) -> None:
        if self.followers is not None:
            self.followers.tell(name, tensors, given)


def lead(make: Make, gpus: int, device: str = "cuda", lost: Callable[[], None] | None = None, **own: Any) -> Leader:
    """A network whose passes so many GPUs share, ready to be called; this process has the first.

    make: see `Make`; own: what this process's is given besides. device: "cuda", or "cpu" for so many processes of one.
    lost: called, from a thread, when a follower has ended; None: this process is ended. Raises what making raises in
    any of the processes, and SettingsError weights.gpus.
    """
    followers = Followers(make, gpus, device, _end_this_process if lost is None else lost)
    try:
        network = make(Leader, followers.device, followers.team, **own)
        assert isinstance(network, Leader)
        followers.hear()
    except BaseException:
        followers.end()
        raise
    followers.watch()
    network.followers = followers
    return network


def _end_this_process() -> None:
    """At once: its threads may wait for a group that never answers."""
    os._exit(1)


def _join(rank: int, size: int, kind: str, store: Path) -> tuple[torch.device, Team]:
    device = torch.device(kind, rank) if kind == "cuda" else torch.device(kind)
    if kind == "cuda":
        torch.cuda.set_device(device)
    backend, own = ("nccl", device) if kind == "cuda" else ("gloo", None)
    dist.init_process_group(backend, f"file://{store}", rank=rank, world_size=size, device_id=own, timeout=_ANSWER)
    return device, Team(rank, size)


# A follower.


def _follow(make: Make, rank: int, size: int, kind: str, store: Path, pipe: Connection) -> None:
    """One process: makes its network, and then every call that it is told of, until there is nobody to tell."""
    torch.set_num_threads(1)  # they only tell a GPU what to do
    with contextlib.suppress(EOFError, OSError):
        try:
            if kind == "cuda":
                torch.cuda.get_device_properties(rank)  # raises where there is none
            pipe.send("there")
            device, team = _join(rank, size, kind, store)
            # Until the leader has joined too: one that ended meanwhile would leave it with half a group, and PyTorch
            # counts groups, by which processes find each other.
            pipe.recv()
            network = make(FastTransformer, device, team)
        except LightbrushError as error:
            pipe.send((type(error), error.problem))
            return
        pipe.send("ready")
        _repeat(network, pipe)
        del network
        dist.destroy_process_group()


def _repeat(network: FastTransformer, pipe: Connection) -> None:
    """Each call that the leader tells of, until it tells of none."""
    text: Text | None = None
    context: Context | None = None
    while (told := pipe.recv()) is not None:
        name, shapes, given = told
        tensors = [torch.empty(shape, dtype=dtype, device=network.device) for shape, dtype in shapes]
        for tensor in tensors:
            dist.broadcast(tensor, 0)
        match name, tensors:
            case "take", []:
                network.take(**given)
            case "mean_keys", []:
                network.mean_keys()
            case "centre_keys", []:
                network.centre_keys(None)
            case "centre_keys", [means]:
                network.centre_keys(means)
            case "encode_text", [embeddings]:
                text = network.encode_text(embeddings, **given)
            case "encode_context", [latents] if text is not None:
                context = network.encode_context(latents, text)
            case "denoise", [latents] if text is not None:
                t, seen = torch.tensor(given.pop("t")), context if given.pop("seen") else None
                network.denoise(latents, t, Conditioning(text, seen, **given))
            case _:
                raise ValueError(f"nobody leads so: {name} of {shapes}")
