"""The VACE path through the engine: what it follows and what it shows, against the reference implementation."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
import torch

from lightbrush import pixels
from lightbrush.engines import vace, wan, wan_loading
from lightbrush.engines.wan_stream import BlockRequest, Networks, Parameters, render_block
from lightbrush.errors import ShotError
from lightbrush.media import Mp4Writer, read
from lightbrush.nn.wan.autoencoder import from_uint8
from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.transformer import Conditioning, Control
from lightbrush.nn.wan.vae import WanVaeConfig
from lightbrush.nn.wan.vae_checkpoints import load_wan_vae
from lightbrush.shots import Prompt, Size
from tests.nn.test_wan_transformer import reference, relative_error, text_of
from tests.nn.wan_layouts import made

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = WanConfig(dim=256, ffn=512, heads=2, layers=4, freq_dim=64, text_len=24, text_dim=48, vace_layers=(0, 2))
SIZE = Size(64, 48)
SEA = Parameters(prompts=(Prompt("a calm sea"),), width=64, height=48, seed=7, steps=(1000.0, 625.0))


def written(path: Path, frames: np.ndarray) -> Path:
    with Mp4Writer(path, width=frames.shape[2], height=frames.shape[1], fps=16) as video:
        video.write(np.ascontiguousarray(frames))
    return path


def frames_of(path: Path) -> torch.Tensor:
    """[F, 3, H, W] in [-1, 1]."""
    return from_uint8(torch.from_numpy(np.concatenate(list(read(path)))))


@pytest.fixture(scope="module")
def engine() -> wan.VideoEngine:
    return wan_loading.tiny_random()


@pytest.fixture(scope="module")
def theirs() -> WanVACEPipeline:
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLWan(base_dim=8).eval().requires_grad_(False)
    pipeline: WanVACEPipeline = diffusers.WanVACEPipeline(None, None, vae, None, reference(made(CONFIG)))
    return pipeline


@pytest.fixture(scope="module")
def same(theirs: WanVACEPipeline, tmp_path_factory: pytest.TempPathFactory) -> wan.VideoEngine:
    """The tiny engine with their autoencoder, which does not look ahead."""
    folder = tmp_path_factory.mktemp("vae")
    theirs.vae.save_pretrained(folder)
    vae = load_wan_vae(folder / "diffusion_pytorch_model.safetensors", WanVaeConfig(base=8))
    plain = wan_loading.tiny_random()
    networks = Networks(plain.networks.transformer, plain.networks.embed, vae, vae)
    return wan.VideoEngine(plain.card, networks, vae, plain.device)


@pytest.fixture
def clips(tmp_path: Path) -> tuple[Path, Path]:
    """A control video, and a mask that moves over it."""
    frames = np.random.default_rng(0).integers(0, 255, (33, 6, 8, 3), np.uint8).repeat(8, 1).repeat(8, 2)
    masks = np.zeros((33, 48, 64, 3), np.uint8)
    for number in range(33):
        masks[number, :, number : number + 16] = 255
    return written(tmp_path / "control.mp4", frames), written(tmp_path / "mask.mp4", masks)


def whole_latents(control: torch.Tensor) -> torch.Tensor:
    """Of blocks [3, c, h, w] in a row as the reference has them: [c, T, h, w]."""
    return control.transpose(0, 1)


@torch.no_grad()
def test_control_latents_are_those_of_the_reference(
    same: wan.VideoEngine, theirs: WanVACEPipeline, clips: tuple[Path, Path]
) -> None:
    control, mask = clips
    made_here = torch.cat(list(islice(vace.controls(same, SIZE, 16, control, mask), 3)))
    assert made_here.shape == (9, 96, 6, 8)
    video = frames_of(control).transpose(0, 1)[None]
    anew = (frames_of(mask).mean(1, keepdim=True) > 0).float().expand(-1, 3, -1, -1).transpose(0, 1)[None]
    wanted = theirs.prepare_video_latents(video, anew, [[]])[0]
    assert relative_error(whole_latents(made_here)[:32], wanted) < 1e-4
    first = theirs.prepare_masks(anew[:, :, :9], [[]])[0]
    assert torch.equal(whole_latents(made_here[:3])[32:], first)


@torch.no_grad()
def test_without_a_mask_all_is_made_anew_and_without_a_control_video_grey_is_followed(
    same: wan.VideoEngine, theirs: WanVACEPipeline, clips: tuple[Path, Path]
) -> None:
    for control, video in (
        (clips[0], frames_of(clips[0])[:9].transpose(0, 1)[None]),
        (None, torch.zeros(1, 3, 9, 48, 64)),
    ):
        made_here = whole_latents(next(vace.controls(same, SIZE, 16, control)))
        wanted = theirs.prepare_video_latents(video, torch.ones_like(video), [[]])[0]
        assert relative_error(made_here[:32], wanted) < 1e-4
        assert bool((made_here[32:] == 1).all())


@torch.no_grad()
def test_a_picture_is_the_latents_of_the_reference(same: wan.VideoEngine, theirs: WanVACEPipeline) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
    latents = vace.shown(same, [pixels.encode(picture, "image/png")] * 2, SIZE)
    assert latents is not None
    still = from_uint8(torch.from_numpy(picture)[None])
    video = torch.zeros(1, 3, 9, 48, 64)
    wanted = theirs.prepare_video_latents(video, torch.ones_like(video), [[still[0]]])[0]
    assert latents.shape == (2, 16, 6, 8)
    assert relative_error(latents[0], wanted[:16, 0]) < 1e-4
    assert float(wanted[16:, 0].abs().max()) == 0.0
    assert float(theirs.prepare_masks(torch.ones_like(video), [[still[0]]])[0][:, 0].abs().max()) == 0.0


@torch.no_grad()
def test_masks_stay_with_their_frames_where_the_encoder_looks_ahead(
    engine: wan.VideoEngine, clips: tuple[Path, Path]
) -> None:
    anew = (frames_of(clips[1]).mean(1, keepdim=True) > 0).float()
    for block, (begin, end) in zip(vace.controls(engine, SIZE, 16, *clips), pairwise((0, 9, 21, 33)), strict=False):
        assert torch.equal(block[:, 32:], vace.folded(anew[begin:end]))


@torch.no_grad()
def test_pictures_in_front_of_a_first_block_are_what_the_reference_computes() -> None:
    network = made(CONFIG)
    latents, text, control = torch.randn(1, 16, 5, 4, 6), text_of(CONFIG, 9), torch.randn(1, 96, 5, 4, 6)
    wanted = reference(network)(latents, torch.tensor([625.0]), text, None, control, torch.ones(2), return_dict=False)
    at, encoded = torch.full((1, 5), 625.0), network.encode_text(text)
    seen = network.denoise(latents, at, Conditioning(encoded, control=Control(control, references=2)))
    assert relative_error(seen, wanted[0]) < 1e-4


@torch.no_grad()
def test_pictures_stand_before_the_past_so_the_block_is_where_it_would_be_without() -> None:
    network = made(CONFIG)
    text = network.encode_text(text_of(CONFIG, 9))
    context = network.encode_context(torch.randn(1, 16, 3, 4, 6), text)
    latents, control = torch.randn(1, 16, 4, 4, 6), torch.randn(1, 96, 4, 4, 6)
    at = torch.full((1, 4), 625.0)
    _, _, turns = network._start(latents, at, 3, 1)
    _, _, own = network._start(latents[:, :, 1:], at[:, 1:], 3)
    assert torch.equal(turns[:, 6:], own)
    seen = network.denoise(latents, at, Conditioning(text, context, control=Control(control, references=1)))
    assert not torch.allclose(seen, network.denoise(latents, at, Conditioning(text, context, control=Control(control))))


def test_blocks_follow_and_show_what_they_are_given_and_replay(
    engine: wan.VideoEngine, clips: tuple[Path, Path]
) -> None:
    picture = vace.shown(engine, [pixels.encode(np.full((90, 30, 3), 200, np.uint8), "image/png")], SIZE)

    def latents(control: bool, references: bool, scale: float = 1.0) -> torch.Tensor:
        followed = vace.controls(engine, SIZE, 16, clips[0] if control else None)
        asked = [msgspec.structs.replace(SEA, control_scale=scale)] * 2
        given = picture if references else None
        return torch.cat([s.block.latents for s in wan.stream(engine, asked, control=followed, references=given)])

    plain = torch.cat([shown.block.latents for shown in wan.stream(engine, [SEA] * 2)])
    made_here = [latents(*which) for which in ((False, False), (True, False), (False, True), (True, True))]
    assert {each.shape for each in made_here} == {plain.shape}
    assert all(not torch.equal(a, b) for i, a in enumerate(made_here) for b in [plain, *made_here[:i]])
    assert torch.equal(latents(True, True), made_here[3])
    torch.testing.assert_close(latents(True, False, 0.0), plain)


def test_pictures_without_a_control_video_or_of_another_size_are_refused(engine: wan.VideoEngine) -> None:
    pictures, control = torch.zeros(1, 16, 6, 8), torch.zeros(3, 96, 6, 8)
    for request, code in (
        (BlockRequest(0, SEA, references=pictures), "shot.parameter"),
        (BlockRequest(0, SEA, control=control, references=pictures[..., :4]), "shot.context"),
        (BlockRequest(0, SEA, control=control[:, :12]), "shot.context"),
    ):
        with pytest.raises(ShotError) as caught:
            render_block(engine.networks, request)
        assert caught.value.code == code
