"""What a card allows: every value of a shot is in range, or refused by name."""

from __future__ import annotations

import math

import msgspec
import pytest

from lightbrush.engines.engine import check, check_block
from lightbrush.engines.video import tiny_random
from lightbrush.errors import LightbrushError
from lightbrush.shots import MAX_REFERENCES, Asset, Block, EngineCard, Frame, Prompt, Reference, Region, Still
from tests.harness import shot
from tests.stand_in import CARD

ASSET = Asset("0" * 64)
PLAIN = msgspec.structs.replace(CARD, references=0, masks=False, regions=0, tweaks=())
GREEDY = msgspec.structs.replace(CARD, references=99, regions=99)


def references(count: int = 1, weight: float = 1.0, asset: Asset = ASSET) -> tuple[Reference, ...]:
    return (Reference(asset, weight),) * count


def regions(count: int = 1, mask: bytes = b"a mask", **fields: object) -> tuple[Region, ...]:
    said = {"prompts": (Prompt("a"),), **fields}
    return (Region(mask=mask, **said),) * count  # type: ignore[arg-type]


def code_of(frame: Frame, card: EngineCard) -> str:
    with pytest.raises(LightbrushError) as caught:
        check(frame, card)
    return caught.value.code


@pytest.mark.parametrize(
    "frame",
    [
        shot(),
        shot(references=references(2, -2.0)),
        shot(seed_to=2**32 - 1, seed_mix=1.0),
        shot(base=ASSET, mask=b"a mask"),
        shot(regions=regions(3, strength=0.0, feather=0.5)),
        shot(references=references(), regions=regions(prompts=(), references=references())),
        shot(parameters={"light": -1.0, "cost_ms": 1.0}),
    ],
)
def test_what_the_card_offers_passes(frame: Frame) -> None:
    check(frame, CARD)


@pytest.mark.parametrize(
    ("frame", "card", "code"),
    [
        (shot(references=references()), PLAIN, "shot.references"),
        (shot(references=references(3)), CARD, "shot.references"),
        (shot(references=references(MAX_REFERENCES + 1)), GREEDY, "shot.references"),
        (shot(references=references(weight=2.1)), CARD, "shot.references"),
        (shot(references=references(weight=math.nan)), CARD, "shot.references"),
        (shot(references=references(asset=Asset("0" * 63))), CARD, "asset.hash"),
        (shot(references=references(asset=Asset("A" * 64))), CARD, "asset.hash"),
        (shot(base=Asset("../../etc/passwd"), mask=b"a mask"), CARD, "asset.hash"),
        (shot(base=ASSET, mask=b"a mask"), PLAIN, "shot.mask"),
        (shot(mask=b"a mask"), PLAIN, "shot.mask"),
        (shot(mask=b"a mask"), CARD, "shot.mask"),
        (shot(base=ASSET), CARD, "shot.mask"),
        (shot(regions=regions()), PLAIN, "shot.regions"),
        (shot(regions=regions(4)), CARD, "shot.regions"),
        (shot(regions=regions(9)), GREEDY, "shot.regions"),
        (shot(regions=regions(mask=b"")), CARD, "shot.regions"),
        (shot(regions=regions(prompts=())), CARD, "shot.regions"),
        (shot(regions=regions(strength=1.1)), CARD, "shot.regions"),
        (shot(regions=regions(strength=math.nan)), CARD, "shot.regions"),
        (shot(regions=regions(feather=-0.1)), CARD, "shot.regions"),
        (shot(regions=regions(prompts=(Prompt("a", 3.0),))), CARD, "shot.prompt"),
        (shot(regions=regions(3, references=references())), CARD, "shot.references"),
        (shot(regions=regions(references=references(asset=Asset("x")))), CARD, "asset.hash"),
        (shot(seed_to=-1), CARD, "shot.seed"),
        (shot(seed_to=2**32), CARD, "shot.seed"),
        (shot(seed_mix=-0.1), CARD, "shot.seed"),
        (shot(seed_mix=1.1), CARD, "shot.seed"),
        (shot(seed_mix=math.nan), CARD, "shot.seed"),
        (shot(parameters={"light": 1.1}), CARD, "shot.parameter"),
        (shot(parameters={"light": math.nan}), CARD, "shot.parameter"),
        (shot(parameters={"light": "bright"}), CARD, "shot.parameter"),
        (shot(parameters={"light": 0.5}), PLAIN, "shot.parameter"),
    ],
)
def test_what_it_does_not_is_refused_by_name(frame: Frame, card: EngineCard, code: str) -> None:
    assert code_of(frame, card) == code


def test_an_engine_that_makes_videos_from_prompts_alone_refuses_pictures() -> None:
    block = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), input=(Still(b"a picture"),))
    check_block(block, tiny_random.card)
    with pytest.raises(LightbrushError) as caught:
        check_block(block, msgspec.structs.replace(tiny_random.card, video_input=False))
    assert caught.value.code == "shot.input"
