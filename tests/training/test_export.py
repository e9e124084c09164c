"""What ships computes the same function as the network that was trained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from lightbrush.engines.conditioning import Layout
from lightbrush.errors import SettingsError
from lightbrush.nn import checkpoint
from lightbrush.nn.onnx_network import OnnxNetwork
from lightbrush.nn.pixel_transformer import Block, PixelTransformer, PixelTransformerConfig, widened
from lightbrush.nn.rope import rope_table
from lightbrush.training.export import export, mean, write_graphs

CONFIG = PixelTransformerConfig(condition=20, width=128, depth=3, heads=2, mlp=256, own=8)


@pytest.fixture(scope="module")
def network() -> PixelTransformer:
    torch.manual_seed(0)
    made = PixelTransformer(CONFIG).eval()
    for parameter in made.parameters():  # what starts at zero would hide mistakes
        if not parameter.any() or parameter.ndim == 1:
            torch.nn.init.normal_(parameter, std=0.05)
    return made


@pytest.fixture(scope="module")
def shipped(network: PixelTransformer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    export(network, folder, {"about": "a test"}, Layout())
    return folder


def inputs(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, float, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    height, width = 16 * rows, 16 * columns
    return (
        rng.standard_normal((1, 3, height, width), np.float32),
        rng.standard_normal((1, CONFIG.hints, height, width), np.float32),
        0.3,
        rng.standard_normal(CONFIG.condition).astype(np.float32),
        rope_table(rows, columns, 64),
    )


def run(network: PixelTransformer, rows: int, columns: int) -> np.ndarray:
    noisy, hints, time, condition, rope = (torch.as_tensor(x) for x in inputs(rows, columns))
    with torch.no_grad():
        return network(noisy, hints, time[None].float(), condition[None], rope).numpy()


def error(seen: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(seen - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize("file", ["embedded.onnx", "embedded.webgpu.onnx"])
@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (4, 4), (3, 5), (8, 4), (5, 2)])
def test_the_graph_computes_what_the_network_does_at_any_size(
    network: PixelTransformer, shipped: Path, file: str, rows: int, columns: int
) -> None:
    graph = OnnxNetwork(shipped / file)
    assert error(graph.predict(*inputs(rows, columns)), run(network, rows, columns)) < 0.03


def test_pytorch_reads_the_same_weights(network: PixelTransformer, shipped: Path) -> None:
    read = checkpoint.load(shipped / "embedded.safetensors")
    assert error(run(read, 4, 4), run(network, 4, 4)) < 0.02


def test_matrices_are_stored_once_as_int8(shipped: Path, network: PixelTransformer) -> None:
    graph = onnx.load(shipped / "embedded.onnx", load_external_data=False)
    inside = sum(np.prod(i.dims) for i in graph.graph.initializer if i.data_location != onnx.TensorProto.EXTERNAL)
    matrices = sum(p.numel() for p in network.parameters() if p.ndim == 2)
    assert inside < 0.05 * matrices
    once = matrices + 4 * (sum(p.numel() for p in network.parameters()) - matrices)
    assert (shipped / "embedded.safetensors").stat().st_size < 1.1 * once


def test_weights_that_are_not_there_or_do_not_fit_are_refused(shipped: Path, tmp_path: Path) -> None:
    for load in (OnnxNetwork, checkpoint.load):
        with pytest.raises(SettingsError) as missing:
            load(tmp_path / "nothing")
        assert missing.value.code == "weights.missing"
    damaged = tmp_path / "embedded.onnx"
    damaged.write_bytes((shipped / "embedded.onnx").read_bytes()[:1000])
    with pytest.raises(SettingsError) as broken:
        OnnxNetwork(damaged)
    assert broken.value.code == "weights.damaged"


def test_browsers_get_no_operator_that_webgpu_lacks(shipped: Path) -> None:
    graph = onnx.load(shipped / "embedded.webgpu.onnx", load_external_data=False).graph
    assert not {"DynamicQuantizeMatMul", "MultiHeadAttention"} & {node.op_type for node in graph.node}


def test_graphs_are_written_anew_over_the_weights_that_are_there(shipped: Path) -> None:
    files = [shipped / "embedded.onnx", shipped / "embedded.webgpu.onnx"]
    before = [file.read_bytes() for file in files]
    write_graphs(shipped / "embedded.safetensors")
    assert [file.read_bytes() for file in files] == before


def test_several_runs_are_shipped_as_their_weighted_mean(tmp_path: Path) -> None:
    runs = [PixelTransformer(CONFIG) for _ in range(2)]
    for i, one in enumerate(runs):
        for parameter in one.parameters():
            torch.nn.init.constant_(parameter, float(i))
        export(one, tmp_path / str(i), {}, Layout())
    made = mean([(tmp_path / "0", 1.0), (tmp_path / "1", 3.0)])
    for parameter in made.parameters():
        torch.testing.assert_close(parameter, torch.full_like(parameter, 0.75))


def test_a_network_whose_blocks_are_told_more_begins_with_one_that_was_not(network: PixelTransformer) -> None:
    before = PixelTransformer(replace(CONFIG, own=0)).eval()
    before.load_state_dict(network.state_dict(), strict=False)
    wider = widened(before, 8)
    assert wider.config == CONFIG
    np.testing.assert_array_equal(run(wider, 4, 4), run(before, 4, 4))
    assert widened(network, 4) is network
    with pytest.raises(ValueError, match="8, which stays; got 16"):
        widened(network, 16)


def test_in_a_mean_blocks_that_were_told_nothing_count_as_silence(network: PixelTransformer, tmp_path: Path) -> None:
    silent = PixelTransformer(replace(CONFIG, own=0)).eval()
    silent.load_state_dict(network.state_dict(), strict=False)
    for name, one in (("told", network), ("silent", silent)):
        export(one, tmp_path / name, {}, Layout())
    made = mean([(tmp_path / "silent", 3.0), (tmp_path / "told", 1.0)])
    first, given = made.blocks[0], network.blocks[0]
    assert isinstance(first, Block)
    assert isinstance(given, Block)
    torch.testing.assert_close(first.own_in.weight, given.own_in.weight, atol=0.01, rtol=0.02)
    torch.testing.assert_close(first.own_out.weight, given.own_out.weight / 4, atol=0.01, rtol=0.02)
