"""What an engine over a latent diffusion model does with a shot, on tiny networks with random weights."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from lightbrush import wire
from lightbrush.engines.engine import Start, StartingEngine
from lightbrush.engines.latent import LatentEngine, begin, edges, followed, said
from lightbrush.engines.sdxl import SDXL_LCM, SDXL_LIGHTNING, SDXL_TURBO
from lightbrush.engines.stable_diffusion import SD15_LCM, SD_TURBO
from lightbrush.errors import FleetError, ShotError
from lightbrush.fleet import worker
from lightbrush.fleet.shelf import Stock
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.networks import Model
from lightbrush.nn.latent.pictures import add_pictures
from lightbrush.nn.latent.schedule import mixed_at, noise, schedule
from lightbrush.nn.latent.text import Said, blend
from lightbrush.shots import Asset, Frame, Prompt, Reference, Region
from tests.engines.latent_stand_ins import BETAS, asked, engine, picture, pipeline

pytestmark = pytest.mark.usefixtures("one_thread")

NOTHING = Said(torch.zeros(2, 3))


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def drawn(columns: int = 64) -> np.ndarray:
    """A sketch of so many columns."""
    rgba = np.dstack([picture(), np.zeros((64, 64), np.uint8)])
    rgba[:, :columns, 3] = 255
    return rgba


def frame(**asked: Any) -> Frame:
    told = {"engine": "sd-turbo", "width": 64, "height": 64, "prompts": (Prompt("a calm sea"),), "seed": 3, **asked}
    return Frame(**told)


@pytest.fixture(scope="module")
def turbo() -> LatentEngine:
    return engine(SD_TURBO)


@pytest.fixture(scope="module")
def lcm() -> LatentEngine:
    return engine(SD15_LCM, controls=dict.fromkeys(("lines", "depth"), tiny.parts("sd15")["control"]))


def far(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("recipe", [SD_TURBO, SD15_LCM, SDXL_TURBO, SDXL_LIGHTNING[1], SDXL_LIGHTNING[4], SDXL_LCM])
def test_the_same_shot_gives_the_same_bytes_wherever_it_is_rendered(recipe: Any) -> None:
    shot = frame(engine=recipe.card.id, sketch=png(drawn()))
    here = engine(recipe)
    other = here.render(frame(engine=recipe.card.id, seed=9)).pixels
    first, again, elsewhere = (made.render(shot).pixels for made in (here, here, engine(recipe)))
    assert np.array_equal(first, again)
    assert np.array_equal(first, elsewhere)
    assert first.shape == (64, 64, 3)
    assert not np.array_equal(first, other)


def test_a_seed_morphs_into_another(turbo: LatentEngine) -> None:
    def at(mix: float) -> np.ndarray:
        return turbo.render(frame(seed=1, seed_to=2, seed_mix=mix)).pixels

    assert np.array_equal(at(0.0), turbo.render(frame(seed=1)).pixels)
    assert np.array_equal(at(1.0), turbo.render(frame(seed=2)).pixels)
    assert 0 < far(at(0.0), at(0.02)) < far(at(0.0), at(1.0))


def test_a_strong_sketch_is_begun_with_and_bare_paper_with_noise_alone() -> None:
    under, share = begin(drawn(), None, 1.0)
    assert under is not None
    assert np.array_equal(under, picture())
    assert share == pytest.approx(0.4)
    assert begin(drawn(), None, 0.0)[1] == 1.0
    assert begin(drawn(0), None, 1.0) == (None, 1.0)


def test_where_nothing_is_drawn_is_paper_or_the_picture_that_is_kept() -> None:
    half = drawn(32)
    under, _ = begin(half, None, 1.0)
    assert under is not None
    assert (under[:, 32:] == 255).all()
    kept = np.dstack([np.full((64, 64, 3), 7, np.uint8), np.zeros((64, 64), np.uint8)])
    under, share = begin(drawn(0), kept, 0.5)
    assert under is not None
    assert (under == 7).all()
    assert share == pytest.approx(0.7)


def test_it_is_warmed_by_a_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked_for = engine(SD_TURBO), []
    paint = made.painter.paint_all
    monkeypatch.setattr(made.painter, "paint_all", lambda told: asked_for.extend(told) or paint(told))
    made.warm()
    assert [told.start is not None for told in asked_for] == [True]


def test_less_noise_takes_fewer_steps(turbo: LatentEngine) -> None:
    shares = begin(drawn(), None, 0.85)[1], begin(drawn(0), None, 0.85)[1]
    assert [len(turbo.plan(4, share, bare=share == 1).moves) for share in shares] == [2, 4]


def test_what_a_mask_keeps_comes_out_as_it_went_in(turbo: LatentEngine) -> None:
    base = picture()
    mask = np.zeros((64, 64, 4), np.uint8)
    mask[16:48, 16:48, 3] = 255
    mask[16:48, 48:56, 3] = 128
    shot = frame(base=Asset.of(png(base)), mask=png(mask), prompts=(Prompt("snow"),))
    made = turbo.render(shot).pixels
    stays = mask[..., 3] == 0
    assert np.array_equal(made[stays], base[stays])
    assert far(made[~stays], base[~stays]) > 1
    mixed = mask[..., 3] == 128
    whole = turbo.render(msgspec.structs.replace(shot, mask=png(np.full((64, 64, 4), 255, np.uint8)))).pixels
    assert far(made[mixed], base[mixed]) < far(whole[mixed], base[mixed])


def test_pixels_of_a_png_are_the_whole_vaes_and_live_ones_the_tiny_ones(turbo: LatentEngine) -> None:
    def shown(accept: Any, **parameters: Any) -> np.ndarray:
        return turbo.render(frame(accept=accept, parameters=parameters)).pixels

    assert np.array_equal(shown("image/png"), shown("image/jpeg", decoder="full"))
    assert np.array_equal(shown("image/jpeg"), shown("image/png", decoder="tiny"))
    assert far(shown("image/png"), shown("image/jpeg")) > 1


def text(i: int) -> Said:
    tokens = torch.zeros(2, 3)
    tokens[:, i] = 1.0
    return Said(tokens, torch.eye(3)[i])


def test_one_prompt_of_weight_1_is_itself_and_0_is_nothing() -> None:
    assert blend([text(0)], [1.0], NOTHING) is not NOTHING
    assert torch.equal(blend([text(0)], [1.0], NOTHING).tokens, text(0).tokens)
    assert torch.equal(blend([], [], NOTHING).tokens, NOTHING.tokens)
    embed = {"a": text(0), "b": text(1), "": NOTHING}.__getitem__
    alone = said([Prompt("a")], embed, NOTHING)[0].tokens
    assert torch.equal(said([Prompt("a"), Prompt("b", 0.0)], embed, NOTHING)[0].tokens, alone)


def test_prompts_meet_at_their_weighted_mean_in_any_order() -> None:
    there, back = blend([text(0), text(1)], [1.0, 0.5], NOTHING), blend([text(1), text(0)], [0.5, 1.0], NOTHING)
    assert there.tokens[0].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    torch.testing.assert_close(there.tokens, back.tokens)
    assert there.pooled is None
    full = blend([text(0), text(1)], [1.0, 1.0], Said(torch.zeros(2, 3), torch.zeros(3)))
    assert full.pooled is not None
    assert full.pooled.tolist() == [0.5, 0.5, 0.0]


def test_weights_are_continuous_and_beyond_1_exaggerate() -> None:
    lengths = [float(blend([text(0)], [w], NOTHING).tokens[0, 0]) for w in (0.001, 0.5, 0.999, 1.0, 1.001, 1.5, 2.0)]
    assert lengths == sorted(lengths)
    assert lengths[2] == pytest.approx(lengths[4], abs=5e-3)
    assert lengths[-1] == 1.5


@pytest.mark.parametrize("parameters", [{}, {"guidance": 1.5}])
def test_an_unwanted_prompt_pushes_away_with_and_without_guidance(lcm: LatentEngine, parameters: Any) -> None:
    def at(weight: float) -> np.ndarray:
        prompts = (Prompt("a calm sea"), Prompt("fog", weight))
        return lcm.render(frame(engine="sd15-lcm", prompts=prompts, parameters=parameters)).pixels

    plain, hardly, away, far_away = at(0.0), at(-0.01), at(-1.0), at(-2.0)
    assert far(plain, hardly) < far(plain, away)
    assert not np.array_equal(away, far_away)


def test_guidance_takes_prompts_more_literally(lcm: LatentEngine) -> None:
    plain, guided = (lcm.render(frame(engine="sd15-lcm", parameters={"guidance": g})).pixels for g in (1.0, 2.0))
    assert far(plain, guided) > 0.5


def region(columns: slice = slice(None), **said: Any) -> Region:
    """Of so many columns."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:, columns] = 255
    return Region(mask=png(mask), **{"prompts": (Prompt("a red rose"),), **said})


@pytest.mark.parametrize("recipe", [SD_TURBO, SD15_LCM, SDXL_TURBO])
@pytest.mark.parametrize("parameters", [{}, {"guidance": 1.6}])
def test_a_region_that_covers_all_is_the_picture_of_its_prompts(recipe: Any, parameters: Any) -> None:
    made = engine(recipe)
    if parameters and not recipe.guided:
        pytest.skip("it has no guidance")
    said = (Prompt("a red rose", 0.75), Prompt("fog", -0.5))
    alone = frame(engine=recipe.card.id, prompts=said, parameters=parameters)
    within = frame(
        engine=recipe.card.id, prompts=(Prompt("a calm sea"),), regions=(region(prompts=said),), parameters=parameters
    )
    bare = np.zeros((64, 64, 4), np.uint8)
    latents = [made.painter.denoise(made._asked(shot, bare, None, None, 1.0, None)) for shot in (alone, within)]
    torch.testing.assert_close(*latents, atol=1e-5, rtol=0)


def test_a_region_changes_the_picture_more_where_it_lies(turbo: LatentEngine) -> None:
    shot = frame(width=96, height=64)
    plain = turbo.render(shot).pixels
    assert np.array_equal(turbo.render(frame(width=96, height=64, regions=(region(strength=0.0),))).pixels, plain)
    left = turbo.render(frame(width=96, height=64, regions=(region(slice(0, 24)),))).pixels
    assert far(left[:, :32], plain[:, :32]) > 1.5 * far(left[:, 64:], plain[:, 64:]) > 0


def test_the_later_region_lies_above(turbo: LatentEngine) -> None:
    rose, sea = region(), region(prompts=(Prompt("a grey stone"),))
    above = turbo.render(frame(regions=(rose, sea))).pixels
    assert np.array_equal(above, turbo.render(frame(regions=(sea,))).pixels)
    assert not np.array_equal(above, turbo.render(frame(regions=(sea, rose))).pixels)


def test_what_a_region_does_not_want_counts_in_it(turbo: LatentEngine) -> None:
    plain, against = region(slice(0, 32)), region(slice(0, 32), prompts=(Prompt("a red rose"), Prompt("fog", -1.0)))
    assert far(*(turbo.render(frame(regions=(each,))).pixels for each in (plain, against))) > 0


def test_depth_and_pose_are_the_sketch_itself_on_black() -> None:
    sketch = np.zeros((8, 8, 4), np.uint8)
    sketch[:, 4:] = (255, 0, 0, 255)
    pose, depth, lines = (followed(sketch, shows) for shows in ("pose", "depth", "lines"))
    assert {each.shape for each in (pose, depth, lines)} == {(3, 8, 8)}
    assert (pose[:, 0, 0].tolist(), pose[:, 0, 7].tolist()) == ([0.0, 0.0, 0.0], [1.0, 0.0, 0.0])
    assert depth[:, 0, 7] == pytest.approx([76 / 255] * 3)
    assert lines[:, 0].sum(1).tolist() == [2.0] * 3


def test_a_sketch_of_depth_is_followed_and_not_begun_with(lcm: LatentEngine) -> None:
    def made(**parameters: Any) -> np.ndarray:
        return lcm.render(frame(engine="sd15-lcm", sketch=png(drawn()), parameters=parameters)).pixels

    begun, lines, depth = made(), made(follow=0.5), made(follow=0.5, control="depth")
    bare = lcm.render(frame(engine="sd15-lcm")).pixels
    assert np.array_equal(made(control="depth"), begun)  # what is not followed is begun with
    assert far(depth, bare) < far(lines, bare)  # both begin with noise; an untaught ControlNet says nothing
    with pytest.raises(ShotError) as raised:
        made(follow=0.5, control="pose")
    assert "controlnet-openpose-sd15" in raised.value.problem.fix


@pytest.mark.parametrize("recipe", [SD15_LCM, SDXL_TURBO])
def test_a_t2i_adapter_follows_a_sketch_in_regions_too(recipe: Any) -> None:
    made = engine(recipe, controls={"depth": tiny.adapter(recipe.family)})
    told: dict[str, Any] = {"engine": recipe.card.id, "sketch": png(drawn())}

    def shown(**asked: Any) -> np.ndarray:
        return made.render(frame(**told, **asked)).pixels

    depth = {"follow": 0.5, "control": "depth"}
    bare = made.render(frame(engine=recipe.card.id)).pixels
    followed_all, parted = shown(parameters=depth), shown(parameters=depth, regions=(region(slice(0, 32)),))
    assert min(far(followed_all, bare), far(parted, followed_all)) > 0
    assert far(shown(parameters={**depth, "follow": 0.05}), bare) < far(followed_all, bare)
    assert np.array_equal(shown(parameters=depth), followed_all)


def test_lines_are_edges_of_the_sketch() -> None:
    flat = np.full((8, 8, 3), 255, np.uint8)
    flat[:, 4:] = (255, 0, 0)
    assert edges(flat).sum(1).tolist() == [2.0] * 8
    assert edges(flat)[:, 3:5].all()


@pytest.mark.parametrize(
    ("asked", "code", "fix"),
    [
        ({"references": (Reference(Asset.of(b"x")),)}, "shot.references", "models pull ip-adapter-sd15"),
        ({"parameters": {"follow": 0.5}}, "shot.parameter", "models pull controlnet-scribble-sd15"),
        ({"parameters": {"follow": 0.5}}, "shot.parameter", "models pull t2i-adapter-sketch-sd15"),
        ({"steps": 9}, "shot.steps", ""),
        ({"parameters": {"guidance": 3.0}}, "shot.parameter", ""),
    ],
)
def test_what_needs_a_part_that_is_not_here_says_how_to_get_it(asked: Any, code: str, fix: str) -> None:
    with pytest.raises(ShotError) as raised:
        engine(SD15_LCM).render(frame(engine="sd15-lcm", **asked))
    assert raised.value.code == code
    assert fix in raised.value.problem.fix


def test_lightning_takes_the_steps_that_its_network_was_made_for() -> None:
    for steps in (1, 2, 4, 8):
        card = SDXL_LIGHTNING[steps].card
        assert (card.steps, card.default_steps) == ((steps, steps), steps)
    assert [r.prediction for r in SDXL_LIGHTNING.values()] == ["sample", "epsilon", "epsilon", "epsilon"]


def test_it_goes_on_from_a_picture_and_pieces_that_overlap_agree(turbo: LatentEngine) -> None:
    assert isinstance(turbo, StartingEngine)
    pixels = picture().astype(np.float32) / 255
    little, much = (turbo.render_from(frame(), Start(pixels, share)).pixels for share in (0.02, 0.9))
    assert far(little, picture()) != far(much, picture())
    whole, piece = mixed_at([(1, 1.0)], 0, 0, 48, 80), mixed_at([(1, 1.0)], 40, 16, 20, 30)
    assert np.array_equal(whole[:, :, 16:36, 40:70], piece)
    assert not np.array_equal(piece, mixed_at([(1, 1.0)], 40, 16, 20, 30, step=1))


def test_out_of_memory_is_told_and_what_comes_next_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(SD_TURBO)
    before = made.render(frame()).pixels

    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patched:
        patched.setattr(made.painter.networks.unet, "forward", full)
        with pytest.raises(FleetError) as raised:
            made.render(frame())
    assert raised.value.code == "fleet.memory"
    assert np.array_equal(made.render(frame()).pixels, before)


def test_a_session_whose_picture_found_no_memory_stays_on_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(SD_TURBO)
    engines = {"sd-turbo": made}
    message = wire.unpack(wire.encode_shot(1, frame()))

    def answered() -> Any:
        return wire.unpack(worker.answer(message, engines, "w", Stock()))

    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patched:
        patched.setattr(made.painter.networks.unet, "forward", full)
        told = answered()
    assert told.kind is wire.Kind.PROBLEM
    problem = wire.decode_problem(told)
    assert (problem.code, "smaller size" in problem.fix) == ("fleet.memory", True)
    assert answered().kind is wire.Kind.PICTURE


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An IP-Adapter for the tiny UNet and its encoder, in the layout of h94/IP-Adapter."""
    folder = tmp_path_factory.mktemp("adapter")
    unet = tiny.parts("sd15")["unet"]
    draw = torch.Generator().manual_seed(4)

    def made(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=draw) / 8

    stored = {
        "image_proj.proj.weight": made(4 * 32, 16),
        "image_proj.proj.bias": made(4 * 32),
        "image_proj.norm.weight": 0.5 + made(32) / 8,
        "image_proj.norm.bias": made(32),
    }
    names = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    for i, name in enumerate(names):
        inner = unet.get_submodule(name.removesuffix(".processor")).to_q.out_features
        stored |= {f"ip_adapter.{2 * i + 1}.to_{kind}_ip.weight": made(inner, 32) for kind in "kv"}
    save_file(stored, folder / "ip-adapter_sd15.safetensors")
    torch.manual_seed(2)
    config = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=32,
        patch_size=8,
        projection_dim=16,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder / "image_encoder")
    return folder


def with_pictures(folder: Any) -> LatentEngine:
    made = engine(SD15_LCM)
    reader = add_pictures(made.painter.networks.unet, folder / "ip-adapter_sd15.safetensors", folder / "image_encoder")
    model = Model(made.painter.networks, made._embed, "epsilon", xl=False)
    return LatentEngine(made._recipe, model, made.painter, "CPU", reader)


def test_reference_pictures_pull_and_push_by_their_weights(adapter: Any) -> None:
    made = with_pictures(adapter)

    def at(*weights: float) -> np.ndarray:
        shown = [Asset.of(png(picture())), Asset.of(png(255 - picture()))]
        references = tuple(Reference(asset, weight) for asset, weight in zip(shown, weights, strict=False))
        return made.render(frame(engine="sd15-lcm", references=references)).pixels

    plain = at()
    assert np.array_equal(plain, engine(SD15_LCM).render(frame(engine="sd15-lcm")).pixels)
    assert np.array_equal(at(0.0), plain)
    assert far(plain, at(0.1)) < far(plain, at(1.0))
    assert far(at(1.0), at(-1.0)) > 0
    assert not np.array_equal(at(1.0), at(1.0, 0.5))


def test_a_regions_picture_is_seen_where_the_region_lies(adapter: Any) -> None:
    made = with_pictures(adapter)
    shown = (Reference(Asset.of(png(picture()))),)
    words = (Prompt("a calm sea"),)

    def at(**said: Any) -> np.ndarray:
        return made.render(frame(engine="sd15-lcm", prompts=words, **said)).pixels

    assert np.array_equal(at(regions=(region(prompts=words, references=shown),)), at(references=shown))
    assert np.array_equal(at(references=shown, regions=(region(prompts=words),)), at())
    assert far(at(regions=(region(slice(0, 32), prompts=words, references=shown),)), at()) > 0


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers' schedulers
def test_pictures_are_diffusers_ip_adapter(adapter: Any) -> None:
    made = with_pictures(adapter)
    scheduler = EulerDiscreteScheduler(**BETAS, timestep_spacing="trailing")
    pipe = pipeline(StableDiffusionPipeline, "sd15", scheduler)
    pipe.load_ip_adapter(
        str(adapter), subfolder="", weight_name="ip-adapter_sd15.safetensors", image_encoder_folder=None
    )
    pipe.set_ip_adapter_scale(0.6)
    reader = made._pictures
    assert reader is not None
    vector = torch.randn(1, 16, generator=torch.Generator().manual_seed(1))
    theirs = pipe(
        "a calm sea at dusk",
        num_inference_steps=2,
        guidance_scale=0.0,
        width=64,
        height=64,
        latents=torch.tensor(noise(5, 8, 8)),
        ip_adapter_image_embeds=[vector[None]],
        output_type="latent",
    ).images
    told = asked(made, 2, pictures=reader._projection(vector), shares=(0.6,))
    plan = schedule("euler", "epsilon", 2, bare=True)
    ours = made.painter.denoise(type(told)(**{**vars(told), "plan": plan}))
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=0)
