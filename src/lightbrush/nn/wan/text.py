"""umt5-xxl, the encoder of Wan's prompts (Chung et al., "UniMax", 2023), through the package transformers.

Embeddings are kept by text: prompts change far more slowly than blocks are rendered. Padding is never computed. Wan
pads a text to 512 tokens, hides the padding from the encoder, and sets its rows to zero: the same rows come from the
tokens alone, since positions in T5 are relative.
"""

from __future__ import annotations

import html
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.tensors import Progress, Stored, fill, open_tensors, shape_of

if TYPE_CHECKING:
    from transformers import UMT5Config, UMT5EncoderModel

Tokenize = Callable[[str], list[int]]
"""A text -> ids of its tokens, with the end-of-text token, without padding."""

#: Tokens of a prompt, with the end; what is longer is cut.
MAX_TOKENS: Final = 512

END_OF_TEXT: Final = 1

#: Names in Wan's own file -> transformers'.
_ORIGINAL: Final = {
    "token_embedding": "shared",
    "norm": "encoder.final_layer_norm",
}
_ORIGINAL_BLOCK: Final = {
    **{f"attn.{m}": f"layer.0.SelfAttention.{m}" for m in "qkvo"},
    "pos_embedding.embedding": "layer.0.SelfAttention.relative_attention_bias",
    "norm1": "layer.0.layer_norm",
    "norm2": "layer.1.layer_norm",
    "ffn.gate.0": "layer.1.DenseReluDense.wi_0",
    "ffn.fc1": "layer.1.DenseReluDense.wi_1",
    "ffn.fc2": "layer.1.DenseReluDense.wo",
}
_BLOCK = re.compile(r"blocks\.(\d+)\.(.+)\.weight")


class TextEncoder:
    """Texts -> embeddings; the newest are remembered."""

    def __init__(self, model: UMT5EncoderModel, tokenize: Tokenize, remembered: int = 256) -> None:
        """model: on its device, in its dtype. remembered: how many embeddings are kept, of at most 4 MB each in
        bfloat16; the one that was used least recently goes first."""
        self._model = model
        model.train(False)
        self._tokenize = tokenize
        self._remembered = remembered
        self._kept: OrderedDict[str, Tensor] = OrderedDict()

    def __call__(self, text: str) -> Tensor:
        """-> [rows, text_dim] on the model's device, in its dtype: a row for each token, at most MAX_TOKENS, the last
        of them the end. An empty text has one row. Not to be written to: it is what is remembered."""
        text = cleaned(text)
        found = self._kept.get(text)
        if found is None:
            found = self._kept[text] = self._encode(text)
            if len(self._kept) > self._remembered:
                self._kept.popitem(last=False)
        self._kept.move_to_end(text)
        return found

    @torch.no_grad()
    def _encode(self, text: str) -> Tensor:
        tokens = self._tokenize(text)
        if len(tokens) > MAX_TOKENS:
            tokens = [*tokens[: MAX_TOKENS - 1], END_OF_TEXT]
        ids = torch.tensor([tokens], device=self._model.device)
        rows: Tensor = self._model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        return rows


def cleaned(text: str) -> str:
    """As Wan cleans prompts: HTML's entities read, twice, since prompts have been escaped twice; runs of white space
    made one space. (Wan also mends wrongly decoded text with the package ftfy, which a prompt typed here never is.)"""
    return re.sub(r"\s+", " ", html.unescape(html.unescape(text))).strip()


def load_text_encoder(
    path: Path,
    tokenizer: Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
    progress: Progress | None = None,
) -> TextEncoder:
    """Read umt5-xxl, straight to a device and dtype.

    path: `models_t5_umt5-xxl-enc-bf16.pth` of the original release, or transformers' files as diffusers' has them in
    `text_encoder`; see `tensors.open_tensors`. tokenizer: the folder with `tokenizer.json`, `google/umt5-xxl` in the
    one and `tokenizer` in the other. Raises SettingsError.
    """
    from transformers import UMT5EncoderModel

    tokenize = load_tokenizer(tokenizer)
    stored = _by_transformers_names(open_tensors(path))
    with torch.device("meta"):
        model = UMT5EncoderModel(_config(stored))
    stored["encoder.embed_tokens.weight"] = stored["shared.weight"]
    fill(model, stored, device, lambda name: dtype, progress)
    model.tie_weights()
    return TextEncoder(model, tokenize)


def load_tokenizer(folder: Path) -> Tokenize:
    """T5's tokenizer in a folder. Raises SettingsError "weights.missing", "weights.damaged"."""
    found = open_tokenizer(folder)

    def tokenize(text: str) -> list[int]:
        ids = list(found.encode(text).ids)
        return ids if ids[-1:] == [END_OF_TEXT] else [*ids, END_OF_TEXT]

    return tokenize


def open_tokenizer(folder: Path) -> Any:
    """A tokenizer of the package tokenizers, which neither fills nor cuts. Raises SettingsError "weights.missing",
    "weights.damaged"."""
    file = folder / "tokenizer.json"
    if not file.exists():
        raise SettingsError("weights.missing", "there is no tokenizer", value=str(file))
    from tokenizers import Tokenizer

    try:
        found = Tokenizer.from_file(str(file))
    except Exception as error:  # the package raises no narrower class
        raise SettingsError("weights.damaged", f"{file} is no tokenizer: {error}") from None
    found.no_padding()
    found.no_truncation()
    return found


def tiny_text_encoder(text_dim: int, seed: int = 0) -> TextEncoder:
    """A random encoder over bytes, for tests and for trying everything around it on a CPU."""
    from transformers import UMT5Config, UMT5EncoderModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = UMT5Config(vocab_size=259, d_model=text_dim, d_kv=8, d_ff=2 * text_dim, num_layers=2, num_heads=2)
        model = UMT5EncoderModel(config)
    return TextEncoder(model, lambda text: [*(3 + byte for byte in text.encode()), END_OF_TEXT])


def _by_transformers_names(stored: Mapping[str, Stored]) -> dict[str, Stored]:
    if "token_embedding.weight" not in stored:
        return {name: tensor for name, tensor in stored.items() if name != "encoder.embed_tokens.weight"}
    renamed = {}
    for name, tensor in stored.items():
        block = _BLOCK.fullmatch(name)
        if block and block[2] in _ORIGINAL_BLOCK:
            renamed[f"encoder.block.{block[1]}.{_ORIGINAL_BLOCK[block[2]]}.weight"] = tensor
        else:
            module = name.removesuffix(".weight")
            renamed[_ORIGINAL.get(module, module) + name[len(module) :]] = tensor
    return renamed


def _config(stored: Mapping[str, Stored]) -> UMT5Config:
    """From the shapes of the tensors, by transformers' names."""
    from transformers import UMT5Config

    attention = "encoder.block.0.layer.0.SelfAttention"
    vocabulary, width = _matrix(stored, "shared.weight")
    buckets, heads = _matrix(stored, f"{attention}.relative_attention_bias.weight")
    inner, _ = _matrix(stored, f"{attention}.q.weight")
    hidden, _ = _matrix(stored, "encoder.block.0.layer.1.DenseReluDense.wi_0.weight")
    layers = next(i for i in count() if f"encoder.block.{i}.layer.0.layer_norm.weight" not in stored)
    return UMT5Config(
        vocab_size=vocabulary,
        d_model=width,
        d_kv=inner // heads,
        d_ff=hidden,
        num_layers=layers,
        num_heads=heads,
        relative_attention_num_buckets=buckets,
    )


def _matrix(stored: Mapping[str, Stored], name: str) -> tuple[int, int]:
    rows, columns = shape_of(stored, name, 2, "umt5 encoder", "Wan's own and transformers' names are read")
    return rows, columns
