"""The recipe of the prompt reader: python -m lightbrush.training.reader --out reader.safetensors

It teaches a small network what a sentence's vector says of a scene: for every attribute a value, for every
topic a confidence; and it keeps the phrases that were taught beside it, to be looked up. Some ten minutes on one core.
Seeds are fixed; the metrics are printed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from lightbrush.engines.conditioning import TOPICS
from lightbrush.nn.reader import VERSION, PromptReader, attribute_header
from lightbrush.nn.sentence import SentenceEncoder
from lightbrush.training import vocabulary as words
from lightbrush.training.readings import report, show
from lightbrush.training.texts import Encode, Example, examples, taught, topic

HIDDEN: Final = 768
#: Standard deviation of the noise added to vectors. Chosen by leaving taught words out, as was what the reader gives to
#: the phrases nearby.
NOISE: Final = 0.025
#: Dawn and night are near on the scale of hours and far apart in a picture: an hour must be read exactly.
HOUR: Final = 12.0
#: What is said and not heard is worse than what is heard and not said.
HEARD: Final = 4.5
#: How much a topic near to what is said counts as silent.
UNCLEAR: Final = 0.3
DROPOUT: Final = 0.4
#: Numbers that place a phrase among the others: the axes along which phrases vary most, each divided by the root of
#: how much.
AXES: Final = 128
#: How often an everyday text counts as nearby, beside phrases.
EVERYDAY: Final = 8
BATCH: Final = 512
EPOCHS: Final = 18
LEARNING_RATE: Final = 3e-3
WEIGHT_DECAY: Final = 0.3


# 1. As arrays.


@dataclass(frozen=True)
class Batch:
    """vectors [N, 384]; values [N, A], where spoken [N, T] is 1; sure [N, T]: less where it is unclear."""

    vectors: Tensor
    values: Tensor
    spoken: Tensor
    sure: Tensor

    def __getitem__(self, rows: Tensor) -> Batch:
        return Batch(self.vectors[rows], self.values[rows], self.spoken[rows], self.sure[rows])


def as_arrays(found: Sequence[Example], encode: Encode) -> Batch:
    values = torch.zeros(len(found), len(TOPICS.names))
    spoken, sure = torch.zeros(len(found), TOPICS.count), torch.ones(len(found), TOPICS.count)
    for row, example in enumerate(found):
        for name, value in example.said.items():
            values[row, TOPICS.names.index(name)] = value
            spoken[row, topic(name)] = 1.0
        for index in example.unclear:
            sure[row, index] = UNCLEAR
    return Batch(torch.tensor(encode([e.text for e in found])), values, spoken, sure)


# 2. The network and its training.


class Network(nn.Module):
    """The network of `lightbrush.nn.reader.PromptReader`, before its last non-linearities."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "in": nn.Linear(width, HIDDEN),
                "mid": nn.Linear(HIDDEN, HIDDEN),
                "value": nn.Linear(HIDDEN, len(TOPICS.names)),
                "confidence": nn.Linear(HIDDEN, TOPICS.count),
            }
        )

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 384] -> values before softmax and tanh [N, A], confidences before the sigmoid [N, T]."""
        hidden = F.dropout(F.relu(self.layers["in"](vectors)), DROPOUT, self.training)
        hidden = F.dropout(F.relu(self.layers["mid"](hidden)), DROPOUT, self.training)
        return self.layers["value"](hidden), self.layers["confidence"](hidden)

    def weights(self) -> dict[str, NDArray[np.generic]]:
        return {
            name.removeprefix("layers."): value.detach().numpy().astype(np.float16)
            for name, value in self.state_dict().items()
        }


def loss(network: Network, batch: Batch) -> Tensor:
    values, confidence = network(batch.vectors)
    n = TOPICS.scalars_from
    about = batch.spoken[:, list(TOPICS.of_attribute)]  # [N, A]
    shares = torch.stack(
        [-(batch.values[:, a:b] * F.log_softmax(values[:, a:b], 1)).sum(1) for a, b in TOPICS.shares]
    )  # 0 where none of a group is named
    scalars = (torch.tanh(values[:, n:]) - batch.values[:, n:]).square() * about[:, n:]
    scalars[:, TOPICS.names.index("sun_height") - n] *= HOUR
    weight = batch.sure * (1.0 + (HEARD - 1.0) * batch.spoken)
    heard = F.binary_cross_entropy_with_logits(confidence, batch.spoken, weight=weight, reduction="none")
    return shares.sum(0).mean() + 4.0 * scalars.sum(1).mean() + heard.sum(1).mean()


def train(batch: Batch, seed: int, epochs: int = EPOCHS) -> Network:
    torch.set_num_threads(1)  # too small to share, and the same sums on every machine
    torch.manual_seed(seed)
    network = Network(batch.vectors.shape[1]).train()
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = epochs * (len(batch.vectors) // BATCH)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    rows = torch.randperm(len(batch.vectors))
    for step in range(steps):
        start = step * BATCH % (len(rows) - BATCH)
        if start < BATCH:
            rows = torch.randperm(len(rows))
        picked = batch[rows[start : start + BATCH]]
        noisy = F.normalize(picked.vectors + NOISE * torch.randn_like(picked.vectors), dim=1)
        optimiser.zero_grad()
        value = loss(network, Batch(noisy, picked.values, picked.spoken, picked.sure))
        value.backward()
        optimiser.step()
        scheduler.step()
    return network.eval()


# 3. The phrases to look up.


def lookup(encode: Encode, width: int = 384) -> dict[str, NDArray[np.generic]]:
    """The tensors of `lightbrush.nn.reader.Phrases`."""
    rows = sorted(
        [*taught(), *(EVERYDAY * [Example(text, {}) for text in words.SILENT.split("|")])],
        key=lambda e: (sorted(e.said.items()), e.text),
    )
    starts = [i for i, e in enumerate(rows) if i == 0 or e.said != rows[i - 1].said]
    kinds = as_arrays([rows[i] for i in starts], lambda texts: np.zeros((len(texts), width), np.float32))
    values = kinds.values.numpy()
    for begin, end in TOPICS.shares:
        values[:, begin:end] /= np.maximum(values[:, begin:end].sum(1, keepdims=True), 1e-9)
    vectors = encode([e.text for e in rows]).astype(np.float64)
    middle = vectors.mean(0)
    variances, axes = np.linalg.eigh(np.cov((vectors - middle).T))
    axes = (axes / np.maximum(variances, 1e-9) ** 0.25)[:, : -AXES - 1 : -1]
    placed = (vectors - middle) @ axes
    placed /= np.linalg.norm(placed, axis=1, keepdims=True)
    return {
        "near.middle": middle.astype(np.float16),
        "near.axes": np.ascontiguousarray(axes.T, np.float16),
        "near.phrases": np.rint(127 * placed).astype(np.int8),
        "near.starts": np.array(starts, np.int32),
        "near.values": values.astype(np.float16),
        "near.spoken": kinds.spoken.numpy().astype(np.uint8),
    }


# 4. The command.


def save(path: Path, tensors: dict[str, NDArray[np.generic]]) -> None:
    save_file(tensors, path, {"version": VERSION, "attributes": attribute_header(TOPICS.names), "format": "np"})


def as_reader(tensors: dict[str, NDArray[np.generic]]) -> PromptReader:
    """As loaded from the file: rounded to half precision."""
    return PromptReader(TOPICS, {name: value.astype(np.float32) for name, value in tensors.items()})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m lightbrush.training.reader", description="Train the reader.")
    parser.add_argument("--out", type=Path, required=True, help="where to write reader.safetensors")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=20_000, help="composed texts")
    parser.add_argument("--json", action="store_true", help="print the metrics as one JSON object")
    asked = parser.parse_args(arguments)

    encode = SentenceEncoder(cached_texts=200_000).encode_all
    found = examples(encode, asked.seed, asked.count)
    network = train(as_arrays(found, encode), asked.seed)
    tensors = network.weights() | lookup(encode)
    save(asked.out, tensors)
    reader = as_reader(tensors)
    metrics = report(reader, encode)
    if asked.json:
        print(json.dumps(metrics))
        return
    for name, measured in metrics.items():
        print(f"{name:16}", "  ".join(f"{k} {v:.3f}" for k, v in measured.items()))
    print(show(reader, encode))


if __name__ == "__main__":
    main()
