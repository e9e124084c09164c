"""What of the benchmark of live video can be tried without a GPU: a stream is timed, and kernels have a kind."""

import dataclasses
from functools import partial
from typing import Any

import pytest
import torch

from lightbrush.benchmarks import endless, video, video_attention, video_passes
from lightbrush.nn.wan import attention_choice, fast_attention
from lightbrush.nn.wan.attention_choice import settle
from lightbrush.nn.wan.config import TINY, WAN_1_3B, WAN_14B
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.quantise import FLOAT8
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.vae import WanVaeConfig

pytestmark = pytest.mark.usefixtures("one_thread", "thin_decoders")


@pytest.fixture
def thin_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """That videos are decoded is what is looked at here, not by how much arithmetic."""

    def thin(config: TinyConfig) -> TinyVae:
        return TinyVae(dataclasses.replace(config, widths=(8, 8, 8, 8), encoder_width=8, blocks=1))

    for module in (video, video_passes):
        monkeypatch.setattr(module, "TinyVae", thin)


def network(options: Options | None = None) -> FastTransformer:
    config = dataclasses.replace(TINY, layers=1)
    options = options or Options.best(torch.device("cpu"))
    return FastTransformer(config, video_passes.random_weights(config, "cpu"), "cpu", torch.float32, options)


def test_a_stream_is_timed() -> None:
    measured = video_passes.stream(network(), steps=2, width_px=48, height_px=32)
    assert measured["fps"] > 0
    assert measured["first_frame_s"] > 0
    assert set(measured["block_ms"]) == {"latents", "frames", "whole"}


def test_attention_is_measured_alone_and_in_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    plain = fast_attention.BACKENDS["plain"]
    for backend in (plain, dataclasses.replace(plain, biased=None)):
        found = video_attention.attention_alone(backend, cpu, TINY, height_px=16)
        assert set(found) == {"error_gate", "error_full", "ms", "tflops"}
        assert max(found["error_gate"], found["error_full"]) < 1e-2
        assert list(found["ms"]) == ["312", "156", "312, 104 weigh less"]
    passes, stream = video_attention.passes, video_attention.stream
    monkeypatch.setattr(video_attention, "passes", lambda network: passes(network, 48, 32))
    monkeypatch.setattr(video_attention, "stream", lambda network, steps: stream(network, steps, 3, 48, 32))
    tried = network()
    for options in (dataclasses.replace(tried.options, whole=False), tried.options):
        measured = video_attention._with(tried, options, (2, 1))
        assert measured["attention"] == "plain"
        assert min(measured["fps_2step"], measured["fps_1step"], measured["pass_ms"]["block"]) > 0
    why = video_attention._or_why(
        lambda: video_attention._with(tried, dataclasses.replace(tried.options, attention="cudnn"), (1,))
    )
    assert "not to be had here" in why["error"]


def test_a_stream_of_one_gpu_is_timed_with_the_attention_that_is_taken_and_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = video.stream
    options = Options(fp8=True, kernels=(), graphs=False)
    monkeypatch.setattr(video, "random_network", lambda config: network(options))
    monkeypatch.setattr(video, "settle", partial(settle, width_px=48, height_px=32))
    monkeypatch.setattr(video, "pass_times", lambda network: {})
    monkeypatch.setattr(video, "stream", lambda network, steps: stream(network, 1, 3, 48, 32))

    def found() -> dict[str, Any]:
        """By attention, the frames a second."""
        report: dict[str, Any] = {"pass_ms": {}, "fps_by_attention": {}, "attention_choice": {}}
        video._one_gpu("1_3b", report, lambda text: None)
        choice, rates = report["attention_choice"]["1_3b"], report["fps_by_attention"]
        assert report["fps_1_3b_4step_1gpu"] == rates[choice["taken"]]["fps_1_3b_4step_1gpu"] > 0
        return choice | {"ran": list(rates)}

    assert found() == {"taken": "plain", "measured": None, "ran": ["plain"]}, "none in 8 bits is here"
    plain = fast_attention.plain
    eight = fast_attention.Backend(lambda q, k, v: plain(q.float(), k, v), capability=(0, 0), limit=8e-2, dtype=FLOAT8)
    monkeypatch.setitem(fast_attention.BACKENDS, "triton-fp8", eight)
    monkeypatch.setattr(fast_attention, "installed", lambda device: ("triton-fp8", "plain"))
    measured = found()
    assert 0 < measured.pop("measured")["attention"] < 0.1
    assert measured == {"taken": "triton-fp8", "ran": ["triton-fp8", "plain"]}
    monkeypatch.setattr(attention_choice, "MOST", 0.0)
    assert found()["ran"] == ["plain", "triton-fp8"], "which is then the other"


@pytest.mark.usefixtures("forked")
def test_two_processes_that_share_passes_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    passes, stream = video.passes, video.stream
    monkeypatch.setitem(video.SIZES, "tiny", dataclasses.replace(TINY, layers=2))
    monkeypatch.setattr(video, "passes", lambda network: passes(network, 48, 64))
    monkeypatch.setattr(video, "stream", lambda network, steps: stream(network, steps, 3, 48, 64))
    monkeypatch.setattr(video, "kernel_times", lambda call: {"gemm": 1.0})
    options = Options(fp8=False, kernels=(), graphs=False)
    found = video.shared_stream("tiny", 2, 2, options, "cpu")
    assert found["fps"] > 0
    assert found["error"] < 1e-5
    assert found["attention"] == "plain"
    assert set(found["pass_ms"]) == {"first", "block", "context"}


def test_a_workers_blocks_are_timed_from_prompts_and_from_pictures() -> None:
    measured = video.live(network(), 64, 64, steps=1)
    assert set(measured["prompts"]["ms"]) == {"latents", "frames", "encode"}
    assert set(measured["pictures"]["ms"]) == {"input", "latents", "frames", "encode"}
    assert measured["pictures"]["fps"] > 0


@pytest.mark.usefixtures("young")
def test_what_a_worker_holds_is_watched_over_many_blocks() -> None:
    told: list[str] = []
    report = endless.run(20, told.append)
    assert list(report["rss_mib"]) == list(range(2, 21, 2))
    assert len(told) == 10
    assert report["blocks"] == 20
    assert report["growth_mib"] < 64


def test_its_passes_can_be_called_in_any_order() -> None:
    calls = video_passes.passes(network(), 48, 32)
    for kind in ("context", "block", "first", "context", "block"):
        seen = calls[kind]()
        assert (seen is None) == (kind == "context")
        assert seen is None or seen.isfinite().all()


@pytest.mark.parametrize("config", [TinyConfig(widths=(8, 6, 4, 4), encoder_width=4, blocks=1), WanVaeConfig(base=4)])
def test_both_ways_to_compute_a_decoder_are_compared(config: TinyConfig | WanVaeConfig) -> None:
    found = video.decoding(config, 48, 32, "cpu", torch.bfloat16)
    assert set(found) == {"volume", "frames"}
    for measured in found.values():
        assert measured["ms"] > 0
        assert 1e-4 < measured["error"] < 0.1, "of bfloat16, and no more"


def test_random_weights_are_the_same_in_every_process() -> None:
    first, second = (video_passes.random_weights(TINY, "cpu") for _ in range(2))
    assert torch.equal(first("blocks.1.ffn.0.weight"), second("blocks.1.ffn.0.weight"))
    assert not torch.equal(first("blocks.1.ffn.0.weight"), first("blocks.0.ffn.0.weight"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("nvjet_qqtst_128x256_128x5_2x1_v_bz_coopA_TNT", "linear"),
        ("void cutlass::device_kernel<at::cuda::detail::enable_3x_kernel_for_sm9x<cutlass::gemm>>", "linear"),
        ("cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma_f16_knob_7_128x128x128", "attention"),
        ("_norm_kernel", "fused"),
        ("_values_kernel", "fused"),
        ("_attend_kernel", "attention"),
        ("ncclDevKernel_SendRecv(ncclDevKernelArgsStorage<4096ul>)", "exchange"),
        ("void at::native::elementwise_kernel<128, 4>", "rest"),
    ],
)
def test_kernels_have_a_kind(name: str, kind: str) -> None:
    assert video.kind_of(name) == kind


def test_the_arithmetic_of_a_pass() -> None:
    rates = {"bf16": 1.0, "fp8": 1.0}  # TFLOP/s: so that milliseconds are 1000 times the work
    assert video.floor_ms(WAN_14B, rates, fp8=True) == pytest.approx(149.7e3, rel=2e-3)
    assert video.floor_ms(WAN_14B, rates | {"fp8": 2.0}, fp8=True) == pytest.approx((111.9 / 2 + 37.8) * 1e3, rel=2e-3)
    assert video.floor_ms(WAN_1_3B, rates, fp8=False) < 0.2 * video.floor_ms(WAN_14B, rates, fp8=False)
