"""The probe as a graph: the same labels as PyTorch's, and what ships is what would be written."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from lightbrush.engines.embedded import SHIPPED
from lightbrush.errors import SettingsError
from lightbrush.nn.label_reader import LabelReader, read_at
from lightbrush.training import label_graph, probe


def test_the_graph_that_ships_is_the_probes() -> None:
    assert onnx.load(SHIPPED / "probe.onnx", load_external_data=False) == label_graph.written(
        SHIPPED / "probe.safetensors"
    )


def test_the_graph_reads_what_the_network_reads() -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (64, 96, 3), np.uint8)
    planes = torch.from_numpy(rgb.transpose(2, 0, 1)[None].copy()).float() / 127.5 - 1
    with torch.no_grad():
        wanted = probe.load(SHIPPED / "probe.safetensors")(planes)[0]
    reader = LabelReader(SHIPPED / "probe.onnx")
    (logits,) = reader._session.run(["logits"], {"rgb": planes.numpy()})
    assert logits.shape == (1, len(reader.names), 16, 24)
    assert np.abs(logits - wanted.numpy()).max() < 1e-3
    assert reader.read(rgb).shape == (64, 96)


@pytest.mark.parametrize(
    ("size", "read"),
    [((256, 256), (256, 256)), ((2048, 1024), (512, 256)), ((500, 300), (512, 288)), ((5, 900), (32, 512))],
)
def test_pictures_are_read_at_sides_that_halve(size: tuple[int, int], read: tuple[int, int]) -> None:
    assert read_at(*size) == read


def test_weights_that_are_not_there_or_damaged_are_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not there"):
        LabelReader(tmp_path / "probe.onnx")
    shutil.copy(SHIPPED / "probe.onnx", tmp_path)
    (tmp_path / "probe.safetensors").write_bytes(b"damaged")
    with pytest.raises(SettingsError, match="cannot be read"):
        LabelReader(tmp_path / "probe.onnx")
