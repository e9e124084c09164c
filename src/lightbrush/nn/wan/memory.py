"""How much memory a Wan network takes at a size, known before it is loaded: arithmetic alone, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lightbrush.nn.wan.config import WanConfig


@dataclass(frozen=True)
class Memory:
    """Bytes on the device. weights: of the network. context: keys and values of past frames. text: keys and values of a
    prompt. activations: the most that a pass holds at once beside these."""

    weights_bytes: int
    context_bytes: int
    text_bytes: int
    activations_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.context_bytes + self.text_bytes + self.activations_bytes


def estimate(
    config: WanConfig,
    width: int,
    height: int,
    *,
    dtype_bytes: int = 2,
    block_frames: int = 3,
    context_frames: int = 3,
    text_keys: int | None = None,
) -> Memory:
    """Of `transformer.WanTransformer` when it denoises a block for one viewer.

    width, height: pixels. dtype_bytes: 2 for bfloat16, 4 for float32. block_frames, context_frames: latent frames.
    text_keys: rows kept of a prompt; by default all of text_len. What the allocator keeps free between tensors, and
    what libraries take for themselves, comes on top: allow a tenth. Raises ShotError as `WanConfig.grid` does.
    """
    c = config
    own, past = c.tokens(block_frames, height, width), c.tokens(context_frames, height, width)
    keys = c.text_len if text_keys is None else text_keys
    blocks = c.layers + len(c.vace_layers)
    pair = 2 * c.dim * dtype_bytes  # a key and a value
    return Memory(
        weights_bytes=c.parameters * dtype_bytes + _float32_parameters(c) * (4 - dtype_bytes),
        context_bytes=c.layers * past * pair,
        text_bytes=blocks * keys * pair,
        activations_bytes=_activations_bytes(c, own, past, dtype_bytes),
    )


def estimate_fast(
    config: WanConfig, width: int, height: int, *, fp8: bool = True, slot_bytes: int = 2, gpus: int = 1
) -> Memory:
    """Of `fast_transformer.FastTransformer`, in bfloat16, on each of the GPUs that share its passes.

    fp8: its matrices in 8 bits. slot_bytes: of a number in its slots, 1 for attention in 8 bits. Raises ShotError as
    `WanConfig.grid` does.
    """
    c = replace(config, vace_layers=())
    plain = estimate(c, width, height)
    tokens = c.tokens(3, height, width)  # of a block, and of a context
    matrices = c.layers * (6 * c.dim**2 + 2 * c.dim * c.ffn)  # all but those of the text's keys and values
    scales_bytes = 4 * c.layers * (7 * c.dim + c.ffn)
    saved_bytes = matrices - scales_bytes if fp8 else 0
    own, row_bytes = tokens // gpus, 1 if fp8 else 2
    activations_bytes = own * (2 * c.dim + row_bytes * c.dim + (2 + row_bytes) * c.ffn)  # around the feed-forward
    attention_bytes = own * c.dim * (2 + row_bytes + 6 + slot_bytes)  # tokens, rows, their product, queries
    return Memory(
        weights_bytes=plain.weights_bytes - saved_bytes,
        context_bytes=c.layers * 2 * tokens // gpus * 2 * c.dim * slot_bytes,
        text_bytes=plain.text_bytes,
        activations_bytes=max(activations_bytes, attention_bytes),
    )


def _float32_parameters(c: WanConfig) -> int:
    """How many parameters stay float32: what `transformer.FLOAT32` names."""
    time = (c.freq_dim + 1) * c.dim + (c.dim + 1) * c.dim + (c.dim + 1) * 6 * c.dim
    return time + (c.layers + len(c.vace_layers)) * (6 + 4 + 2) * c.dim + 2 * c.dim


def _activations_bytes(c: WanConfig, own: int, past: int, b: int) -> int:
    """The larger of two moments of a block, each with what its callers hold: tokens before and after attention,
    queries, and keys and values of past and own frames side by side."""
    row = own * c.dim
    held = 4 * b * row + 2 * b * (own + past) * c.dim
    hidden = held + b * row + 2 * b * own * c.ffn  # between the two matrices of the feed-forward
    gate = held + 2 * b * row + 12 * row  # a gated sum, in float32
    hints = b * row * (len(c.vace_layers) + 1)
    return max(hidden, gate) + (hints if c.vace_layers else 0)
