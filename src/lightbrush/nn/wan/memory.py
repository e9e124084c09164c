"""How much memory a Wan network, and a model with all its parts, takes at a size, known before it is loaded: arithmetic
alone, without PyTorch. What loads a model goes by it, and what only lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from lightbrush.nn.wan.config import WanConfig
from lightbrush.timeline import Decoder

#: What allocators and libraries take beside what is counted.
SPARE: Final = 1.1

#: Of umt5-xxl's encoder.
TEXT_PARAMETERS: Final = 5_680_910_336


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
    slots = 2 * (tokens + -tokens % 16)  # `fused.KEY_GROUP`
    matrices = c.layers * (6 * c.dim**2 + 2 * c.dim * c.ffn)  # all but those of the text's keys and values
    scales_bytes = 4 * c.layers * (7 * c.dim + c.ffn)
    saved_bytes = matrices - scales_bytes if fp8 else 0
    own, row_bytes = tokens // gpus, 1 if fp8 else 2
    # Around self-attention: tokens, rows and those before, their product, queries. Around the feed-forward: tokens,
    # rows thrice, queries, what the text said, a product and its width.
    attention_bytes = own * c.dim * (2 + 2 * row_bytes + 6 + slot_bytes)
    activations_bytes = own * (c.dim * (2 + 3 * row_bytes + 6) + (2 + row_bytes) * c.ffn)
    return Memory(
        weights_bytes=plain.weights_bytes - saved_bytes,
        context_bytes=c.layers * slots * 2 * c.dim // gpus * slot_bytes,
        text_bytes=plain.text_bytes,
        activations_bytes=max(activations_bytes, attention_bytes),
    )


@dataclass(frozen=True)
class Autoencoder:
    """What one takes in bfloat16: weights, and for each pixel of a frame, in blocks of three latents, what a stream
    keeps between two blocks and the most that is held inside one. Counted by `vae_memory`, which a test compares."""

    weights_bytes: int
    decoder_state: float
    decoding: float
    encoder_state: float
    encoding: float


AUTOENCODERS: Final[Mapping[Decoder, Autoencoder]] = {
    "tiny": Autoencoder(22_631_078, 168.0, 3439.5, 126.0, 3288.0),
    "full": Autoencoder(253_785_062, 4729.0, 13_954.0, 2808.0, 11_292.0),
}


@dataclass(frozen=True)
class Needs:
    """Bytes that a model takes at a size, SPARE among them. text: of the text encoder, which may stay off the GPU."""

    transformer_bytes: int
    autoencoder_bytes: int
    text_bytes: int

    @property
    def device_bytes(self) -> int:
        """Of what cannot stay off the GPU."""
        return self.transformer_bytes + self.autoencoder_bytes

    @property
    def total_bytes(self) -> int:
        return self.device_bytes + self.text_bytes

    def text_place(self, device_bytes: int, ram_bytes: int) -> Literal["device", "ram"] | None:
        """Where the text encoder goes: to the others if it fits there too, else to the machine's own memory. None: the
        model does not fit. ram_bytes: of the machine's, where that is not the device."""
        if self.total_bytes <= device_bytes:
            return "device"
        return "ram" if self.device_bytes <= device_bytes and self.text_bytes <= ram_bytes else None


def needs(
    config: WanConfig,
    width: int,
    height: int,
    decoder: Decoder = "tiny",
    text_parameters: int = TEXT_PARAMETERS,
    *,
    fast: Literal["fp8", "bf16"] | None,
    clips: int = 0,
    references: int = 0,
) -> Needs:
    """What a model takes, in bfloat16 but for `fast`: the numbers of the fast network's matrices, None for the plain
    network. clips: how many videos are encoded beside. references: pictures that a block shows. Raises ShotError as
    `WanConfig.grid` does."""
    if fast is None:
        network = estimate(config, width, height, block_frames=references + 3)
    else:
        network = estimate_fast(config, width, height, fp8=fast == "fp8")
    a, pixels = AUTOENCODERS[decoder], width * height
    # What viewers see and the frame for the context are decoded side by side, each with a state; clips are not encoded
    # meanwhile.
    worked = 2 * (a.decoder_state + a.decoding)
    if clips:
        worked += clips * a.encoder_state + max(0.0, a.encoding - 2 * a.decoding)
    sizes = network.total_bytes, a.weights_bytes + worked * pixels, 2 * text_parameters
    return Needs(*(int(SPARE * size) for size in sizes))


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
