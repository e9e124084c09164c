"""Wan's transformer for one viewer in few kernels: the same function as `transformer`, as fast as a GPU allows.

Where the time goes at 14B is matrices, then attention, then what stands between them. So matrices multiply in 8 bits
(`quantise`), attention is the fastest that is right (`fast_attention`), and everything between two of them is one pass
over its rows (`fused`). Shapes never change while a stream keeps its size, so each kind of pass is one captured graph.

Keys and values of the context stand in front of those of the block. The frames whose weight is lowered stand first,
then the context's first frame, then the block: [2, 3, 1 | block]. Attention does not mind the order, and so what is
weighted and what is not are each one range of keys: attention that takes a bias adds it to the first, any other attends
to them apart, and the two are merged, which is exact. A text's padding is rows that are all the same: one key, the
first, to which the logarithm of their number is added. Attention in 8 bits may want values by lane (`fused.values`):
they are written so once, when a frame's tokens are projected.

Several GPUs share a pass as `sequence` says. A pass is the same code for one and for many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.nn.wan import fast_attention
from lightbrush.nn.wan.checkpoints import open_transformer
from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.fast_weights import Linear, Read, read_weights, told_by_time
from lightbrush.nn.wan.fused import ALL, KEY_GROUP, Fused, Operations, Place
from lightbrush.nn.wan.quantise import FLOAT8, Rows, available, product
from lightbrush.nn.wan.rope import rope_table
from lightbrush.nn.wan.sequence import ALONE, Team
from lightbrush.nn.wan.tensors import Progress
from lightbrush.nn.wan.transformer import Conditioning, Context, Text, WanTransformer

#: Frames of a block and of a context, at most: what there are slots for.
BLOCK_FRAMES: Final = 3
CONTEXT_FRAMES: Final = 3


@dataclass(frozen=True)
class Options:
    """What makes it fast; each can be left out, to see what it brings and what it costs in numbers."""

    fp8: bool = True
    """Matrices of the blocks are in 8 bits; else in the network's dtype."""
    rows: bool = True
    """So is what they are multiplied with; without, that is not rounded, which shows what rounding costs."""
    kernels: tuple[Fused, ...] = ALL
    """The operations that are Triton's; the others are PyTorch's."""
    attention: str = "auto"
    """A name of `fast_attention.BACKENDS`; "auto", which takes none in 8 bits; or "auto-fp8", which does where it can
    (`attention_choice` says where it should). To the text it is never in 8 bits."""
    graphs: bool = True
    """Passes are captured."""
    whole: bool = True
    """One attention to the frames that weigh less and to the others, where it takes a bias, and wherever values lie by
    lane."""
    folded: bool = True
    """A text's padding is one key, where an attention takes that."""
    overlap: bool = False
    """Where it is not one, attention to the frames that weigh less runs beside attention to the others: the last waves
    of one leave room for the other."""

    @staticmethod
    def best(device: torch.device) -> Options:
        """All that a device and its libraries have."""
        if device.type != "cuda":
            return Options(fp8=False, kernels=(), graphs=False)
        return Options(fp8=available(device), kernels=ALL if find_spec("triton") else ())


Kind = tuple[str, int] | tuple[str, int, int]
"""Of a pass: its name, its frames, and those of its context."""


class FastTransformer:
    """What `engines.wan_stream.Transformer` asks for, for one stream at a time.

    A text or a context is good until the next is encoded: it is a view of what the network holds, not a copy. Batches
    are of one. The first pass of a kind at a size captures it, which takes a moment.
    """

    def __init__(
        self,
        config: WanConfig,
        read: Read,
        device: torch.device | str,
        dtype: torch.dtype = torch.bfloat16,
        options: Options | None = None,
        team: Team = ALONE,
    ) -> None:
        """read: gives each parameter, once. Raises SettingsError where the attention asked for is not to be had, and
        ValueError where the heads cannot be shared by the team."""
        self.config = c = replace(config, vace_layers=())
        self.device, self.dtype, self.team = torch.device(device), dtype, team
        if c.heads % team.size:
            raise ValueError(f"{c.heads} heads cannot be shared evenly by {team.size} GPUs")
        self._stage: _Stage | None = None
        self._context: Context | None = None
        self._embeddings: Tensor | None = None
        self._text: Text | None = None
        self._side: torch.cuda.Stream | None = None
        self._key_means: Tensor | None = None
        self.options = options if options is not None else Options.best(self.device)
        self.take(self.options)
        self._weights = read_weights(c, read, self.device, dtype, self.options.fp8)

        # What the passes read: the text's keys and values [layers, text_len, heads, d], how many of them count, what is
        # added to the first, and how much the past weighs.
        shape = c.layers, c.text_len, c.heads, c.head_dim
        self._text_keys, self._text_values = (torch.zeros(shape, dtype=dtype, device=self.device) for _ in range(2))
        self._text_count = torch.full((1,), c.text_len, dtype=torch.int32, device=self.device)
        self._padding, self._log_weight = (torch.zeros(1, device=self.device) for _ in range(2))

    def take(self, options: Options) -> None:
        """Go on with these, of the same `fp8`: weights are read with it. Texts and contexts are to be encoded again.
        Raises SettingsError where the attention asked for is not to be had, ValueError for another `fp8`."""
        if options.fp8 != self.options.fp8:
            raise ValueError("weights that are read stay in 8 bits, or not")
        c, device, dtype = self.config, self.device, self.dtype
        self.attention, backend = fast_attention.choose(options.attention, c.head_dim, device, dtype)
        self.options, self._do = options, Operations(options.kernels)
        self._fp8_rows = options.fp8 and options.rows
        self._attend, self.slot_dtype, self.by_lane = backend.attend, backend.dtype or dtype, backend.by_lane
        self._attend_biased = backend.biased if options.whole or backend.by_lane else None
        self._attend_folded = fast_attention.text_attention(c.head_dim, device, dtype) if options.folded else None
        self._attend_text = fast_attention.choose("auto", c.head_dim, device, dtype)[1].attend
        self._stage = self._context = self._text = None

    def mean_keys(self) -> Tensor:
        """Of a block and its context, three frames each, that were seen last: [layers, D]. In 16 bits."""
        assert self._stage is not None
        keys, _ = self._stage.context(CONTEXT_FRAMES + BLOCK_FRAMES)
        own = keys.mean(1, dtype=torch.float32).flatten(1).to(self.dtype)  # of this GPU's heads
        means: Tensor = self.team.gathered(own).unflatten(0, (self.team.size, -1)).transpose(0, 1).flatten(1)
        return means

    def centre_keys(self, means: Tensor | None) -> None:
        """Subtract these, [layers, D], from keys in 8 bits, from the next `take` on. Whichever they are, softmax does
        not see what all keys have in common; the nearer they are, the less is rounded with it (Zhang et al.,
        "SageAttention", 2025). So they may be those of any block, as long as they are the same for all."""
        self._key_means = means

    @classmethod
    def of(
        cls,
        network: WanTransformer,
        options: Options | None = None,
        device: torch.device | str | None = None,
        team: Team = ALONE,
    ) -> FastTransformer:
        """From a loaded network, which may be on another device and stays as it is."""
        read = network.state_dict().__getitem__
        return cls(network.config, read, device or network.device, network.dtype, options, team)

    @classmethod
    def load(
        cls,
        path: Path,
        device: torch.device | str,
        options: Options | None = None,
        team: Team = ALONE,
        *,
        config: WanConfig | None = None,
        progress: Progress | None = None,
    ) -> FastTransformer:
        """From a checkpoint, as `checkpoints.load_transformer` has it, in bfloat16 and 8 bits: never is more than a few
        matrices there in full precision. Raises SettingsError."""
        config, stored = open_transformer(path, config)
        total = sum(tensor.size_bytes for tensor in stored.values())
        done = 0

        def read(name: str) -> Tensor:
            nonlocal done
            done += stored[name].size_bytes
            if progress is not None:
                progress(done, total)
            return stored[name].read().to(device, copy=True)  # the file may be replaced afterwards

        return cls(config, read, device, torch.bfloat16, options, team)

    @torch.no_grad()
    def encode_text(self, embeddings: Tensor, length: int | None = None) -> Text:
        """See `WanTransformer.encode_text`. The same embeddings again cost nothing."""
        if embeddings.shape[0] != 1:
            raise ValueError(f"one text at a time; got {embeddings.shape[0]}")
        given = embeddings.to(self.device, self.dtype)
        if self._text is not None and self._embeddings is not None and torch.equal(given, self._embeddings):
            return self._text
        self._text = None
        words = given[0]
        if self._attend_folded is not None:
            words = words.roll(1, 0)  # of the padding, one comes first
            padding = 0 if length is None else self.config.text_len - length
            self._text_count.fill_(self.config.text_len - max(padding - 1, 0))
            self._padding.fill_(math.log(max(padding, 1)))
        first, second = self._weights.text
        text = F.linear(F.gelu(F.linear(words, *first), approximate="tanh"), *second)  # [K, D]
        for layer, keys, values in zip(self._weights.layers, self._text_keys, self._text_values, strict=True):
            weight, bias = layer.cross_kv
            outs = keys[None], values[None]
            self._do.heads(F.linear(text, weight), bias, layer.cross_norm_k, None, self.config.eps, outs)
        self._embeddings = given.clone()
        self._text = Text(tuple(self._text_keys[:, None]), tuple(self._text_values[:, None]))
        return self._text

    @torch.no_grad()
    def encode_context(self, latents: Tensor, text: Text) -> Context:
        """See `WanTransformer.encode_context`. latents: [1, C, 1 to 3, H, W]; -> with the first frame last; where GPUs
        share passes, of this one's heads."""
        self._check(latents, text, CONTEXT_FRAMES)
        frames, stage = latents.shape[2], self._at(latents)
        self._context = None
        stage.run(("context", frames), self._encode, latents.roll(-1, 2))
        keys, values = stage.context(frames)
        self._context = Context(tuple(keys[:, None]), tuple(values[:, None]), frames)
        return self._context

    @torch.no_grad()
    def denoise(self, latents: Tensor, t: Tensor, given: Conditioning) -> Tensor:
        """See `WanTransformer.denoise`. latents: [1, C, 1 to 3, H, W]. It follows no control."""
        self._check(latents, given.text, BLOCK_FRAMES)
        if given.control is not None:
            raise ValueError("this network has no VACE path; take WanTransformer for it")
        stage, context = self._at(latents), given.context
        if context is not None and context is not self._context:
            raise ValueError("this context is not the last that was encoded, at this size; encode it again")
        past = 0 if context is None else context.frames
        weighted = past > 1 and given.context_weight != 1.0
        if weighted:
            self._log_weight.fill_(math.log(given.context_weight))
        kind = "weighted" if weighted else "block", latents.shape[2], past
        velocity = stage.run(kind, partial(self._denoise, past=past, weighted=weighted), latents, t)
        assert velocity is not None
        return velocity

    def _check(self, latents: Tensor, text: Text, most: int) -> None:
        if latents.shape[0] != 1 or not 1 <= latents.shape[2] <= most:
            raise ValueError(f"latents are [1, C, 1 to {most}, H, W]; got {list(latents.shape)}")
        if text is not self._text:
            raise ValueError("this text is not the last that was encoded; encode it again")

    def _at(self, latents: Tensor) -> _Stage:
        """What this size needs. Another size's is let go first."""
        height, width = latents.shape[3:]
        if self._stage is None or self._stage.size != (height, width):
            self._stage = self._context = None
            self._stage = _Stage(self, height, width)
        return self._stage

    # The two passes, of one GPU's share. What they read and write stays in its place, so that they can be captured.

    def _encode(self, stage: _Stage, latents: Tensor) -> None:
        """Clean frames, the first one last -> their keys and values, in the slots before the block's."""
        frames = latents.shape[2]
        _, e = self._times(torch.zeros(1, frames, device=self.device))
        tables = self._weights.modulation + e  # [layers, F, 6, D]
        own = slice(0, frames * stage.frame)
        share = self.team.share(frames * stage.frame)
        span = _Span(own, own, 0, stage.turns(0, frames, rolled=True), Place(share.start, stage.frame))
        x = self._patched(latents)[share]
        h = self._norm(x, tables[0, :, 1], tables[0, :, 0], span.place)
        for i in range(self.config.layers - 1):
            attended = self._self_attention(h, i, stage, span)
            following = tables[i + 1, :, 1], tables[i + 1, :, 0]
            x, h = self._finish(x, attended, i, tables[i], following, span.place, self._fp8_rows)
        # The last layer: nothing but keys and values.
        qkv, norms = self._weights.layers[-1].qkv, self._weights.layers[-1].norms
        kv = Linear(qkv.weight.after(self.config.dim), qkv.bias[self.config.dim :])
        self._project(h, kv, norms[1:], span.turns, (stage.keys[-1, own],), stage.values[-1], own, self._centre(-1))

    def _denoise(self, stage: _Stage, latents: Tensor, t: Tensor, *, past: int, weighted: bool) -> Tensor:
        """Noisy frames after a context of `past` -> velocity. weighted: all but the context's first weigh less."""
        frames = latents.shape[2]
        time, e = self._times(t)
        tables = self._weights.modulation + e  # [layers, F, 6, D]
        head = self._weights.head_modulation + time[:, None]  # [F, 2, D]
        begin = stage.block_begin(past)
        end = begin + frames * stage.frame
        share = self.team.share(frames * stage.frame)
        span = _Span(
            slice(begin, end),
            slice(begin - past * stage.frame, end),
            (past - 1) * stage.frame if weighted else 0,
            stage.turns(past, frames),
            Place(share.start, stage.frame),
        )
        x = self._patched(latents)[share]
        h = self._norm(x, tables[0, :, 1], tables[0, :, 0], span.place)
        for i in range(self.config.layers):
            attended = self._self_attention(h, i, stage, span)
            last = i + 1 == self.config.layers
            following = (head[:, 1], head[:, 0]) if last else (tables[i + 1, :, 1], tables[i + 1, :, 0])
            x, h = self._finish(x, attended, i, tables[i], following, span.place, self._fp8_rows and not last)
        return self._unpatched(self.team.gathered(F.linear(h.values, *self._weights.head)), latents)

    def _self_attention(self, h: Rows, index: int, stage: _Stage, span: _Span) -> Rows:
        """h: [l, D] -> [l, D]. Writes the tokens' keys and values where they belong first."""
        team, fp8, layer = self.team, self._fp8_rows, self._weights.layers[index]
        k, v = stage.keys[index], stage.values[index]
        q = torch.empty_like(k[span.own])
        self._project(h, layer.qkv, layer.norms, span.turns, (q, k[span.own]), v, span.own, self._centre(index))
        k, v = k[span.seen], self._values_at(v, span.seen)
        other, all_sums = None, None
        if span.lowered and self._attend_biased is not None:
            attended, _ = self._attend_biased(q, k, v, span.lowered, self._log_weight, None)
        elif span.lowered:
            with self._beside() as join:
                past, past_sums = self._attend(q, k[: span.lowered], v[: span.lowered])
            attended, sums = self._attend(q, k[span.lowered :], v[span.lowered :])
            join()
            other, all_sums = past[None], (sums, past_sums, self._log_weight)
        else:
            attended, sums = self._attend(q, k, v)
        if team.size == 1:
            return self._do.rows(attended[None], fp8, other, all_sums)
        merged = self._do.rows(attended[None], False, other, all_sums).values
        return self._do.rows(team.to_tokens(merged.view_as(attended)), fp8)

    @contextmanager
    def _beside(self) -> Iterator[Callable[[], None]]:
        """What is done inside may go on beside what comes after, until the function that is given is called."""
        if not self.options.overlap or self.device.type != "cuda":
            yield lambda: None
            return
        here = torch.cuda.current_stream(self.device)
        if self._side is None:
            self._side = torch.cuda.Stream(self.device)
        side = self._side
        side.wait_stream(here)
        with torch.cuda.stream(side):
            yield lambda: here.wait_stream(side)

    def _project(
        self,
        h: Rows,
        matrix: Linear,
        norms: Tensor,
        turns: Tensor,
        rows: tuple[Tensor, ...],
        values: Tensor,
        own: slice,
        centre: Tensor | None,
    ) -> None:
        """Queries, keys and values, or the last two, of every token of the pass. h: [l, D]; rows: queries and keys, or
        keys, [L, heads, d]; values: a layer's slots, of which `own` are written; centre: see `fused.heads`."""
        team, eps, bias = self.team, self.config.eps, matrix.bias
        y = product(h, matrix.weight, self.dtype)
        outs = rows if self.by_lane and team.size == 1 else (*rows, self._rows_of(values, own))
        apart = y.shape[1] * len(outs) // (len(rows) + 1)
        if team.size == 1:
            self._do.heads(y[:, :apart], bias[:apart], norms, turns, eps, [out[None] for out in outs], centre)
            if self.by_lane:
                self._do.values(y[:, apart:], bias[apart:], values, own.start)
            return
        parts = outs[0].new_empty(team.size, len(outs), len(y), *outs[0].shape[1:])
        self._do.heads(y, bias, norms, turns, eps, parts.unbind(1), centre)
        team.to_heads(parts, outs)
        if self.by_lane:
            self._do.values(outs[-1].flatten(1), None, values, own.start)

    def _centre(self, index: int) -> Tensor | None:
        """Of a layer's keys, where they are in 8 bits."""
        return None if self._key_means is None or self.slot_dtype != FLOAT8 else self._key_means[index]

    def _rows_of(self, values: Tensor, own: slice) -> Tensor:
        """Where a pass's values go as rows [L, heads, d]: to their slots, or to a place of their own."""
        if not self.by_lane:
            return values[own]
        return values.new_empty(own.stop - own.start, *values.shape[:2])

    def _values_at(self, values: Tensor, seen: slice) -> Tensor:
        """Of a layer's slots, as attention takes them."""
        return values[..., seen.start : _whole_groups(seen.stop)] if self.by_lane else values[seen]

    def _finish(
        self,
        x: Tensor,
        attended: Rows,
        index: int,
        table: Tensor,
        following: tuple[Tensor, Tensor],
        place: Place,
        fp8: bool,
    ) -> tuple[Tensor, Rows]:
        """A block from where self-attention has been done. x: [l, D]; attended: [l, D]; table: [F, 6, D]; following:
        scale and shift of the norm after it, whose rows are in 8 bits with `fp8`. -> x and these rows [l, D]."""
        do, layer, eps, fp8_rows = self._do, self._weights.layers[index], self.config.eps, self._fp8_rows
        _, _, gate, shift, scale, gate_ffn = table.unbind(1)

        y = product(attended, layer.o.weight, self.dtype)
        weight, bias = layer.norm3[:1], layer.norm3[1:]
        x, h = do.residual_norm(x, y, layer.o.bias, gate, weight, bias, eps, place, fp8_rows)

        y = product(h, layer.cross_q.weight, self.dtype)
        q = y.new_empty(len(y), self.config.heads, self.config.head_dim)
        do.heads(y, layer.cross_q.bias, layer.cross_norm_q, None, eps, (q[None],))
        text = self._text_keys[index], self._text_values[index]
        if self._attend_folded is not None:
            told, _ = self._attend_folded(q, *text, 1, self._padding, self._text_count)
        else:
            told, _ = self._attend_text(q, *text)
        y = product(do.rows(told[None], fp8_rows), layer.cross_o.weight, self.dtype)
        x, h = do.residual_norm(x, y, layer.cross_o.bias, None, scale, shift, eps, place, fp8_rows)

        y = product(h, layer.up.weight, self.dtype)
        y = product(do.gelu(y, layer.up.bias, fp8_rows), layer.down.weight, self.dtype)
        return do.residual_norm(x, y, layer.down.bias, gate_ffn, *following, eps, place, fp8)

    def _norm(self, x: Tensor, scale: Tensor, shift: Tensor, place: Place) -> Rows:
        return self._do.norm(x, scale, shift, self.config.eps, place, self._fp8_rows)

    def _times(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """[1, F] -> as `fast_weights.told_by_time` has it."""
        return told_by_time(self._weights.times, t[0], self.config.freq_dim)

    def _patched(self, latents: Tensor) -> Tensor:
        """[1, C, F, H, W] -> tokens [L, D]."""
        _, rows, columns = self.config.patch
        x = latents[0].unflatten(3, (-1, columns)).unflatten(2, (-1, rows))  # [C, F, H/2, 2, W/2, 2]
        x = x.permute(1, 2, 4, 0, 3, 5).flatten(0, 2).flatten(1)  # [L, C 2 2]
        return F.linear(x, *self._weights.patches)

    def _unpatched(self, x: Tensor, latents: Tensor) -> Tensor:
        """[L, 2 2 C] -> [1, C, F, H, W]."""
        _, rows, columns = self.config.patch
        frames, height, width = latents.shape[2:]
        x = x.view(frames, height // rows, width // columns, rows, columns, -1)
        return x.permute(5, 0, 1, 3, 2, 4).reshape(1, -1, frames, height, width)


@dataclass(frozen=True)
class _Span:
    """own: slots of a pass's keys. seen: those that it sees, of which the first `lowered` weigh less. turns, place: of
    this GPU's tokens."""

    own: slice
    seen: slice
    lowered: int
    turns: Tensor
    place: Place


class _Stage:
    """What a size needs: slots for keys and values [layers, 6 N, heads, d] of this GPU's heads, 3 N rounded up to what
    is written together, or for values [layers, heads, d, 6 N]; tables, graphs."""

    def __init__(self, network: FastTransformer, height: int, width: int) -> None:
        # Not the network itself: the two would hold each other, and gigabytes stay until someone looks for cycles.
        self._config = c = network.config
        self._team, self._with_graphs = network.team, network.options.graphs
        self._device, self._dtype = network.device, network.dtype
        self.size = height, width
        self._grid = height // c.patch[1], width // c.patch[2]
        self.frame = self._grid[0] * self._grid[1]  # N
        self._by_lane, slots, heads = (
            network.by_lane,
            2 * _whole_groups(BLOCK_FRAMES * self.frame),
            c.heads // network.team.size,
        )
        rows, lanes = (c.layers, slots, heads, c.head_dim), (c.layers, heads, c.head_dim, slots)
        shapes = rows, lanes if network.by_lane else rows
        self.keys, self.values = (torch.zeros(s, dtype=network.slot_dtype, device=network.device) for s in shapes)
        self._turns: dict[tuple[int, int, bool], Tensor] = {}
        self._graphs: dict[Kind, _Graph] = {}

    def turns(self, first_frame: int, frames: int, rolled: bool = False) -> Tensor:
        """`rope_table` of this GPU's tokens [2, l, d/2]; rolled: the first frame last."""
        key = first_frame, frames, rolled
        if key not in self._turns:
            table = rope_table(first_frame, frames, *self._grid, self._config.head_dim, self._device)
            table = table.roll(-self.frame, 1) if rolled else table
            self._turns[key] = table[:, self._team.share(table.shape[1])].contiguous()
        return self._turns[key]

    def context(self, frames: int) -> tuple[Tensor, Tensor]:
        """Keys and values of a context of so many frames [layers, frames N, heads, d], or values by lane."""
        end = frames * self.frame
        return self.keys[:, :end], self.values[..., :end] if self._by_lane else self.values[:, :end]

    def block_begin(self, past: int) -> int:
        """The first slot of a block after so many frames. Without any it leaves the context as it is, which may be
        another stream's."""
        return past * self.frame if past else self.keys.shape[1] // 2

    def run(self, kind: Kind, run: Callable[..., Tensor | None], *inputs: Tensor) -> Tensor | None:
        """run(stage, *inputs), from the graph of its kind."""
        dtypes = self._dtype, torch.float32
        if not self._with_graphs:
            return run(self, *(x.to(self._device, d) for x, d in zip(inputs, dtypes, strict=False)))
        if kind not in self._graphs:
            held = [x.to(self._device, d, copy=True) for x, d in zip(inputs, dtypes, strict=False)]
            # One pool of memory for all: they never run at once, and what they give is copied before the next runs.
            first = next(iter(self._graphs.values()), None)
            self._graphs[kind] = _Graph(partial(run, self), held, first)
        return self._graphs[kind].replay(inputs)


def _whole_groups(keys: int) -> int:
    return keys + -keys % KEY_GROUP


class _Graph:
    """A captured pass between inputs that stay where they are and an output that is copied."""

    def __init__(self, run: Callable[..., Tensor | None], inputs: list[Tensor], sharing: _Graph | None = None) -> None:
        """sharing: a graph whose memory this one may use too."""
        self._inputs = inputs
        # One stream for all: a library keeps memory to work in for each that it has seen.
        self._side: torch.cuda.Stream = torch.cuda.Stream() if sharing is None else sharing._side
        side = self._side
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # what is made at a first call must not be captured
            for _ in range(2):
                run(*inputs)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        pool = None if sharing is None else sharing._graph.pool()
        # Other threads, such as those that watch over NCCL, may go on.
        with torch.cuda.graph(self._graph, pool, side, capture_error_mode="thread_local"):
            self._output = run(*inputs)

    def replay(self, inputs: tuple[Tensor, ...]) -> Tensor | None:
        for held, given in zip(self._inputs, inputs, strict=True):
            held.copy_(given, non_blocking=True)
        self._graph.replay()
        return None if self._output is None else self._output.clone()
