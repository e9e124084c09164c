"""A video stream's blocks are pure functions of their requests, so streams replay, branch and move."""

import dataclasses
import gc
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from lightbrush.engines.wan_stream import (
    Ahead,
    BlockRequest,
    Networks,
    Parameters,
    Transformer,
    from_bytes,
    next_context,
    play,
    render_block,
    render_latents,
    to_bytes,
)
from lightbrush.errors import ShotError
from lightbrush.nn.wan.config import TINY
from lightbrush.nn.wan.prompts import embed, interpolate
from lightbrush.nn.wan.schedule import at_strength, check_steps, denoise, noise, schedule, warped
from lightbrush.nn.wan.transformer import Context, Text
from lightbrush.shots import Blend, Interpolation, Prompt
from lightbrush.timeline import following
from tests.engines.wan_stand_ins import embed as embed_text
from tests.engines.wan_stand_ins import networks as made_networks
from tests.nn.wan_layouts import made

pytestmark = pytest.mark.usefixtures("one_thread")

SEA = Parameters(prompts=(Prompt("a calm sea"),), width=48, height=32, seed=7)
STORM = msgspec.structs.replace(SEA, prompts=(Prompt("a storm"), Prompt("at night", 0.5)))
LOG = [
    SEA,
    SEA,
    msgspec.structs.replace(STORM, previous=(Blend(SEA.prompts),), mix=0.5, interpolation="slerp"),
    STORM,
    msgspec.structs.replace(STORM, steps=schedule(2), seed=8),
    msgspec.structs.replace(STORM, context_weight=1.0),
]


@pytest.fixture(scope="module")
def networks() -> Networks:
    return made_networks()


class Spy:
    """A network whose contexts' texts are told."""

    def __init__(self, inner: Transformer, told: Callable[[Text], None]) -> None:
        self.config, self.dtype, self.device = inner.config, inner.dtype, inner.device
        self.encode_text, self.denoise = inner.encode_text, inner.denoise
        self._inner, self._told = inner, told

    def encode_context(self, latents: Tensor, text: Text) -> Context:
        self._told(text)
        return self._inner.encode_context(latents, text)


def latents_of(networks: Networks, log: list[Parameters], **start: object) -> list[Tensor]:
    return [block.latents for block in play(networks, log, **start)]  # type: ignore[arg-type]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return len(a) == len(b) and all(map(torch.equal, a, b))


# Streams.


def test_a_stream_is_played_again_from_its_log(networks: Networks) -> None:
    first = latents_of(networks, LOG)
    log = msgspec.json.decode(msgspec.json.encode(LOG), type=list[Parameters])
    assert same(latents_of(networks, log), first)
    assert all(block.shape == (3, 16, 4, 6) and bool(block.isfinite().all()) for block in first)
    assert not any(torch.equal(a, b) for i, a in enumerate(first) for b in first[:i])


def test_a_stream_branches_from_any_block(networks: Networks) -> None:
    blocks = list(play(networks, LOG))
    for at in range(1, len(LOG)):
        kept = blocks[at - 1].context
        rest = latents_of(networks, LOG[at:], first=at, context=kept)
        assert same(rest, [block.latents for block in blocks[at:]])
        other = latents_of(networks, [STORM if at < 3 else SEA], first=at, context=kept)
        assert not torch.equal(other[0], blocks[at].latents)


def test_a_stream_goes_on_in_another_process(networks: Networks, tmp_path: Path) -> None:
    blocks = list(play(networks, LOG))
    (tmp_path / "context").write_bytes(to_bytes(blocks[2].context))
    (tmp_path / "log").write_bytes(msgspec.json.encode(LOG[3:]))
    command = [sys.executable, "-m", "tests.engines.wan_stand_ins"]
    arguments = [str(tmp_path / "context"), str(tmp_path / "log"), "3", str(tmp_path / "out")]
    root = Path(__file__).parents[2]
    done = subprocess.run([*command, *arguments], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = load_file(tmp_path / "out")
    assert same([seen[str(i)] for i in range(3, len(LOG))], [block.latents for block in blocks[3:]])


def test_changes_count_from_the_next_block(networks: Networks) -> None:
    plain = latents_of(networks, [SEA] * 4)
    for change in (
        {"seed": 8},
        {"steps": schedule(3)},
        {"prompts": STORM.prompts},
        {"context_weight": 0.9},
        {"previous": (Blend(STORM.prompts),), "mix": 0.25},
    ):
        log = iter([SEA, SEA, *[msgspec.structs.replace(SEA, **change)] * 2])
        seen = latents_of(networks, log)  # type: ignore[arg-type]
        assert same(seen[:2], plain[:2])
        assert not torch.equal(seen[2], plain[2]), change


def test_what_is_made_ahead_is_what_would_have_been_made(networks: Networks) -> None:
    """Where words stay; elsewhere nothing is, and a request that is another's gets its own."""
    log = [SEA, SEA, SEA, *LOG[2:4], STORM, msgspec.structs.replace(STORM, seed=9)]
    asked: list[int] = []
    spied = dataclasses.replace(networks, transformer=Spy(networks.transformer, lambda _: asked.append(1)))
    plain, ahead, context = list(play(networks, log)), Ahead(), None
    made_for = []
    for i, p in enumerate(log):
        before = len(asked)
        latents = render_latents(spied, BlockRequest(i, p, context), ahead=ahead)
        if len(asked) == before and i:
            made_for.append(i)
        assert torch.equal(latents, plain[i].latents), i
        context = next_context(spied, context, latents)
        ahead.begin(spied, context)
    assert made_for == [2, 6]
    assert len(asked) == 8  # of six blocks; for block 3, whose words were others; for one that never came
    other = plain[0].context.clone()
    ahead.begin(spied, other)
    elsewhere = render_latents(spied, BlockRequest(3, log[-1], plain[2].context), ahead=ahead)
    assert torch.equal(elsewhere, render_latents(networks, BlockRequest(3, log[-1], plain[2].context)))


def test_memory_stays_flat(networks: Networks, young: None) -> None:
    def held_bytes() -> int:
        gc.collect()
        return sum(o.nbytes for o in gc.get_objects() if issubclass(type(o), Tensor))

    log = [SEA, STORM] * 10
    held = []
    for block in play(networks, log):
        assert block.context.shape == (3, 16, 4, 6)
        del block
        held.append(held_bytes())
    assert len(set(held[2:])) == 1


def test_a_bfloat16_stream_is_exact_too() -> None:
    networks = made_networks(torch.bfloat16)
    blocks = list(play(networks, LOG[:4]))
    assert blocks[0].latents.dtype == torch.bfloat16
    moved = from_bytes(to_bytes(blocks[1].context))[0]
    assert torch.equal(moved, blocks[1].context)
    assert same(latents_of(networks, LOG[2:4], first=2, context=moved), [block.latents for block in blocks[2:]])


# The context.


def test_the_context_is_an_anchor_and_the_last_two_latents(networks: Networks) -> None:
    blocks = list(play(networks, [SEA] * 3))
    assert torch.equal(blocks[0].context, blocks[0].latents)
    for before, block in pairwise(blocks):
        assert torch.equal(block.context[1:], block.latents[1:])
        # The oldest of the last nine pixel frames of everything that can be seen from this request.
        frames = networks.decoder.decode(torch.cat([before.context, block.latents]))
        assert len(frames) == 1 + 4 * 5
        torch.testing.assert_close(block.context[:1], networks.encoder.encode(frames[-9][None]))


def test_the_past_is_seen_under_the_prompts_of_the_moment(networks: Networks) -> None:
    seen: list[Tensor] = []
    spied = dataclasses.replace(networks, transformer=Spy(networks.transformer, lambda text: seen.append(text.keys[0])))
    list(play(spied, [SEA, SEA, STORM]))
    words = embed(STORM.prompts, embed_text)
    padded = torch.zeros(1, TINY.text_len, TINY.text_dim)
    padded[0, : len(words)] = words
    with torch.no_grad():
        torch.testing.assert_close(seen[1], networks.transformer.encode_text(padded, len(words)).keys[0])
    assert not torch.equal(seen[0], seen[1])


def test_a_block_without_context_begins_anew(networks: Networks) -> None:
    cut = render_block(networks, BlockRequest(5, SEA))
    assert torch.equal(cut.context, cut.latents)
    assert not torch.equal(cut.latents, render_block(networks, BlockRequest(0, SEA)).latents)


# Video to video.


def test_strength_says_how_much_of_a_video_is_kept(networks: Networks) -> None:
    video = torch.randn(3, 16, 4, 6)
    context = render_block(networks, BlockRequest(0, SEA)).context

    def at(strength: float) -> Tensor:
        p = msgspec.structs.replace(SEA, strength=strength)
        return render_block(networks, BlockRequest(1, p, context, video)).latents

    plain = render_block(networks, BlockRequest(1, SEA, context)).latents
    assert torch.equal(at(1.0), plain)
    distances = [float((at(strength) - video).norm()) for strength in (0.01, 0.3, 1.0)]
    assert distances == sorted(distances)
    assert distances[0] < 0.2 * float(video.norm())


def test_control_reaches_a_network_with_vace_and_no_other(networks: Networks) -> None:
    control = torch.randn(3, 12, 4, 6)
    config = dataclasses.replace(TINY, vace_layers=(0,), vace_channels=12)
    guided = dataclasses.replace(networks, transformer=made(config))
    with_control = render_block(guided, BlockRequest(0, SEA, control=control)).latents
    assert not torch.equal(with_control, render_block(guided, BlockRequest(0, SEA)).latents)
    none = msgspec.structs.replace(SEA, control_scale=0.0)
    off = render_block(guided, BlockRequest(0, none, control=control)).latents
    torch.testing.assert_close(off, render_block(guided, BlockRequest(0, SEA)).latents)
    with pytest.raises(ShotError, match="takes no control video"):
        render_block(networks, BlockRequest(0, SEA, control=control))


# Refusals.


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"width": 40}, "shot.size"),
        ({"height": 0}, "shot.size"),
        ({"steps": ()}, "shot.steps"),
        ({"steps": (500.0, 750.0)}, "shot.steps"),
        ({"steps": (500.0, 500.0)}, "shot.steps"),
        ({"steps": (500.0, 0.0)}, "shot.steps"),
        ({"steps": (1000.1,)}, "shot.steps"),
        ({"steps": (math.nan,)}, "shot.steps"),
        ({"steps": tuple(range(33, 0, -1))}, "shot.steps"),
        ({"seed": -1}, "shot.seed"),
        ({"seed": 2**32}, "shot.seed"),
        ({"prompts": ()}, "shot.prompt"),
        ({"prompts": (Prompt("fog", -1.0),)}, "shot.prompt"),
        ({"prompts": (Prompt("fog", 0.0),)}, "shot.prompt"),
        ({"mix": 1.5}, "shot.prompt"),
        ({"context_weight": 0.0}, "shot.parameter"),
        ({"control_scale": 3.0}, "shot.parameter"),
        ({"strength": 0.0}, "shot.strength"),
        ({"strength": math.nan}, "shot.strength"),
        ({"width": 64}, "shot.context"),
    ],
)
def test_what_cannot_be_rendered_is_refused(networks: Networks, change: dict[str, object], code: str) -> None:
    request = BlockRequest(1, msgspec.structs.replace(SEA, **change), torch.zeros(3, 16, 4, 6))
    with pytest.raises(ShotError) as caught:
        render_block(networks, request)
    assert caught.value.code == code


def test_a_damaged_context_is_refused() -> None:
    data = to_bytes(torch.zeros(3, 16, 4, 6))
    for wrong in (b"", data[:-1], b"x" * 100):
        with pytest.raises(ShotError, match=r"shot\.context"):
            from_bytes(wrong)
    for past in (torch.zeros(2, 16, 4, 6), torch.zeros(0, 16, 4, 6), torch.zeros(3, 16, 4, 4)):
        with pytest.raises(ShotError, match=r"shot\.context"):
            from_bytes(to_bytes(torch.zeros(3, 16, 4, 6), past))


def test_a_block_can_be_given_up_between_steps(networks: Networks) -> None:
    done: list[int] = []

    def stop(step: int) -> None:
        done.append(step)
        if step == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_block(networks, BlockRequest(0, SEA), stop)
    assert done == [0, 1]


# Times and noise.


def test_the_schedule_is_the_trained_one() -> None:
    assert schedule(4) == pytest.approx((1000.0, 937.5, 833.3333, 625.0), abs=1e-4)
    assert warped([1000, 750, 500, 250]) == schedule(4)
    for steps in range(1, 33):
        check_steps(schedule(steps))
        for strength in (0.01, 0.5, 1.0):
            check_steps(at_strength(schedule(steps), strength))
    assert at_strength(schedule(4), 1.0) == pytest.approx(schedule(4))
    assert at_strength(schedule(4), 0.5)[0] == pytest.approx(833.3333, abs=1e-4)


def test_a_network_that_knows_the_answer_gives_it_whatever_the_steps() -> None:
    answer = torch.randn(1, 2, 3)
    noises = [noise(1, 2, i, (1, 2, 3)) for i in range(5)]
    for steps in ([1000.0], schedule(4), at_strength(schedule(5), 0.4)):
        seen = denoise(lambda x, t: (x - answer) / (t / 1000), noises.__getitem__, steps, torch.zeros(1, 2, 3))
        torch.testing.assert_close(seen, answer)


def test_every_block_and_step_has_noise_of_its_own_and_seeds_give_it_again() -> None:
    shape = (1, 16, 3, 40, 40)
    drawn = [
        noise(*which, shape) for which in ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 0), (2**32 - 1, 7, 3))
    ]
    for i, a in enumerate(drawn):
        assert abs(float(a.mean())) < 0.02
        assert abs(float(a.std()) - 1) < 0.02
        for b in drawn[:i]:
            assert abs(float((a * b).mean())) < 0.02
    assert torch.equal(noise(1, 1, 0, shape), drawn[4])


def test_noise_stays_what_it_is_between_versions() -> None:
    assert noise(7, 3, 1, (4,)).tolist() == pytest.approx(
        [-3.49345326423645, 0.3285943269729614, 0.7460735440254211, 1.5026241540908813], abs=1e-7
    )


# Prompts.


def test_prompts_are_mixed_by_their_weights() -> None:
    a, b = embed_text("red"), embed_text("blue")
    mixed = embed([Prompt("red", 30), Prompt("blue", 70)], embed_text)
    torch.testing.assert_close(mixed, 0.3 * a + 0.7 * b)
    three = embed([Prompt("red", 1), Prompt("blue", 1), Prompt("a green", 2)], embed_text, interpolation="slerp")
    green = embed_text("a green")
    torch.testing.assert_close(three, torch.cat([0.25 * a + 0.25 * b, torch.zeros_like(a)]) + 0.5 * green)
    assert torch.equal(embed([Prompt("red", 2), Prompt("blue", 0)], embed_text), a)


def test_a_great_circle_keeps_the_length_of_rows() -> None:
    a, b = torch.randn(4, 48), torch.randn(4, 48)
    b = b / b.norm(dim=-1, keepdim=True) * a.norm(dim=-1, keepdim=True)
    middle = interpolate(a, b, 0.5, "slerp")
    torch.testing.assert_close(middle.norm(dim=-1), a.norm(dim=-1))
    torch.testing.assert_close((middle * a).sum(-1), (middle * b).sum(-1), atol=1e-4, rtol=1e-4)
    for mix, end in ((0.0, a), (1.0, b)):
        torch.testing.assert_close(interpolate(a, b, mix, "slerp"), end)
    for other in (a, -a, torch.zeros_like(a), a[:2]):  # no great circle, or none for some rows
        mixed = interpolate(a, other, 0.25, "slerp")
        assert bool(mixed.isfinite().all())
        torch.testing.assert_close(mixed[2:], interpolate(a, other, 0.25, "linear")[2:])


def followed(asked: list[tuple[Sequence[Prompt], int, Interpolation]]) -> list[Tensor]:
    """The embeddings of blocks that follow these prompts, transitions and interpolations."""
    moment, seen = None, []
    for prompts, blocks, interpolation in asked:
        moment = following(moment, tuple(prompts), blocks, interpolation)
        seen.append(embed(moment.prompts, embed_text, moment.previous, moment.mix, moment.interpolation))
    return seen


def test_half_way_of_a_transition_the_embeddings_are_half_way() -> None:
    sea = embed(SEA.prompts, embed_text)
    ways: tuple[Interpolation, ...] = ("linear", "slerp")
    for way in ways:
        seen = followed([(SEA.prompts, 0, "linear"), *[(STORM.prompts, 4, way)] * 5])
        end = embed(STORM.prompts, embed_text, interpolation=way)
        torch.testing.assert_close(seen[2], interpolate(sea, end, 0.5, way))
        assert torch.equal(seen[4], end)
        assert torch.equal(seen[5], end)
    red, blue = embed_text("red"), embed_text("blue")
    half = followed([([Prompt("red")], 0, "linear"), *[([Prompt("blue")], 4, "linear")] * 2])[2]
    torch.testing.assert_close(half, (red + blue) / 2)


@pytest.mark.parametrize("second", ["linear", "slerp"])
@pytest.mark.parametrize("first", ["linear", "slerp"])
def test_new_prompts_in_mid_transition_start_from_where_it_was(first: Interpolation, second: Interpolation) -> None:
    fog = (Prompt("fog", 1.0), Prompt("over hills", 3.0), Prompt("at dawn", 0.5))
    asked = [(SEA.prompts, 0, "linear"), *[(STORM.prompts, 4, first)] * 2, *[(fog, 1000, second)] * 500]
    seen = followed(asked)
    assert float((seen[2] - seen[1]).norm()) > 1.0, "it moves"
    assert float((seen[3] - seen[2]).norm()) < 0.02, "and does not jump"
    fogged = embed(fog, embed_text, interpolation=second)
    torch.testing.assert_close(seen[-1], interpolate(seen[2], fogged, 0.5, second), atol=1e-4, rtol=1e-4)


def test_a_transition_reaches_both_of_its_ends() -> None:
    before, after = [Blend((Prompt("red"),))], [Prompt("blue")]
    torch.testing.assert_close(
        embed(after, embed_text, before, 0.25), 0.75 * embed_text("red") + 0.25 * embed_text("blue")
    )
    assert torch.equal(embed(after, embed_text, before, 1.0), embed_text("blue"))
