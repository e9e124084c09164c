"""The embedded engine with the weights that ship: what an artist relies on, and what it refuses."""

from __future__ import annotations

import io
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image, ImageDraw

from lightbrush.engines import embedded
from lightbrush.engines.conditioning import TWEAKS, Conditioner
from lightbrush.engines.embedded import (
    CARD,
    SHIPPED,
    EmbeddedEngine,
    conditions_of,
    drawn_of,
    read_kept,
    read_layout,
    read_sketch,
)
from lightbrush.engines.engine import Start, find, installed
from lightbrush.errors import PixelsError, ShotError
from lightbrush.nn import flow
from lightbrush.shots import Asset, Frame, Prompt, Reference, Region, Rgb
from lightbrush.world.materials import MATERIALS

COLOUR = {m.name: m.rgb for m in MATERIALS}


@pytest.fixture(scope="module")
def engine() -> EmbeddedEngine:
    return embedded.load("cpu")


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def landscape(
    sun: tuple[int, int] | None = None,
    sky: tuple[int, int, int] | None = None,
    disc: tuple[str, int, int, int] | None = None,
) -> bytes:
    """disc: its material, where it is and its radius."""
    image = Image.new("RGB", (256, 256), sky or COLOUR["sky"])
    draw = ImageDraw.Draw(image)
    disc = ("sun", *sun, 20) if sun else disc
    if disc and disc[3]:
        material, x, y, radius = disc
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=COLOUR[material])
    draw.polygon([(40, 160), (128, 60), (216, 160)], fill=COLOUR["mountain"])
    draw.polygon([(95, 97), (128, 60), (161, 97)], fill=COLOUR["snow"])
    draw.rectangle((0, 160, 256, 210), fill=COLOUR["water"])
    draw.rectangle((0, 210, 256, 256), fill=COLOUR["grass"])
    return png(image)


def brightness(rgb: Rgb) -> float:
    return float(rgb.mean())


ASSET = Asset.of(landscape())
NOON = (Prompt("bright noon, clear sky"),)


def test_it_is_installed_and_comes_first() -> None:
    assert next(iter(installed())) == "embedded"
    assert find("embedded").card is CARD


def test_the_same_shot_gives_the_same_bytes(engine: EmbeddedEngine) -> None:
    shot = Frame(sketch=landscape(), prompts=NOON, seed=7)
    first, second = engine.render(shot), engine.render(shot)
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.pixels, embedded.load("cpu").render(shot).pixels), "in another process's engine too"


@pytest.mark.parametrize("size", [(s.width, s.height) for s in CARD.sizes])
def test_every_size_of_the_card_is_rendered(engine: EmbeddedEngine, size: tuple[int, int]) -> None:
    width, height = size
    picture = engine.render(Frame(sketch=landscape(), width=width, height=height, steps=1))
    assert picture.pixels.shape == (height, width, 3)
    assert picture.pixels.std() > 15, "a picture, not a flat field"


@pytest.mark.parametrize("side", [384, 512])
@pytest.mark.parametrize("prompt", ["late afternoon sun", "misty morning"])
def test_a_larger_size_is_the_same_picture_sharper(engine: EmbeddedEngine, side: int, prompt: str) -> None:
    def rendered(side: int) -> Rgb:
        return engine.render(
            Frame(sketch=landscape(), prompts=(Prompt(prompt),), seed=7, width=side, height=side)
        ).pixels

    def fitted(rgb: Rgb, side: int) -> Image.Image:
        return Image.fromarray(rgb).resize((side, side), Image.Resampling.BOX)

    small, large = rendered(256), rendered(side)
    assert np.abs(np.subtract(fitted(large, 256), small, dtype=np.float32)).mean() < 7
    tones = [np.asarray(fitted(rgb, 16), np.float32) for rgb in (large, small)]
    assert np.abs(tones[0] - tones[1]).max() < 6, "colours stay where they were"


def test_twice_the_size_shows_more(engine: EmbeddedEngine) -> None:
    """Than the smaller picture enlarged."""
    small, large = (
        engine.render(Frame(sketch=landscape(), prompts=NOON, width=side, height=side)).pixels for side in (256, 512)
    )
    enlarged = np.asarray(Image.fromarray(small).resize((512, 512), Image.Resampling.BICUBIC))
    assert edges(large) > 1.2 * edges(enlarged)


def edges(rgb: Rgb) -> float:
    """How much neighbours differ."""
    luma = rgb.mean(2)
    return float(np.abs(np.diff(luma, axis=0)).mean() + np.abs(np.diff(luma, axis=1)).mean())


def test_a_larger_size_that_no_smaller_one_has_the_shape_of_is_painted_at_once(engine: EmbeddedEngine) -> None:
    assert "smaller" not in engine.render(Frame(sketch=landscape(), width=512, height=288)).times_ms
    assert "smaller" in engine.render(Frame(sketch=landscape(), width=512, height=512)).times_ms


def test_one_step_at_a_larger_size_is_one_step(engine: EmbeddedEngine) -> None:
    assert "smaller" not in engine.render(Frame(sketch=landscape(), width=512, height=512, steps=1)).times_ms


def test_the_times_of_the_stages_are_told_in_order(engine: EmbeddedEngine) -> None:
    times = engine.render(Frame(sketch=landscape(), prompts=NOON)).times_ms
    assert list(times) == ["decode", "text", "steps"]
    assert all(t >= 0 for t in times.values())


def test_the_sketch_decides_what_is_where(engine: EmbeddedEngine) -> None:
    rgb = engine.render(Frame(sketch=landscape(), prompts=NOON, strength=1.0)).pixels.astype(float)
    grass, water, snow = rgb[225:250].mean((0, 1)), rgb[170:200].mean((0, 1)), rgb[75:92, 120:136].mean((0, 1))
    assert grass[1] > grass[2] + 10, "grass is green"
    assert water[2] > water[0] + 5, "water is blue"
    assert snow.mean() > rgb[130:155, 100:156].mean() + 20, "the snow cap is brighter than the mountain"


def test_a_drawn_sun_is_where_the_sun_appears(engine: EmbeddedEngine) -> None:
    for x, other in ((60, 200), (200, 60)):
        rgb = engine.render(Frame(sketch=landscape(sun=(x, 45)), prompts=NOON, strength=1.0)).pixels
        assert brightness(rgb[35:55, x - 10 : x + 10]) > brightness(rgb[35:55, other - 10 : other + 10]) + 15


def test_colours_outside_the_palette_mean_something(engine: EmbeddedEngine) -> None:
    natural = engine.render(Frame(sketch=landscape(), prompts=NOON)).pixels[:50].mean((0, 1))
    purple = engine.render(Frame(sketch=landscape(sky=(150, 80, 200)), prompts=NOON)).pixels[:50].mean((0, 1))
    assert purple[0] - purple[1] > natural[0] - natural[1] + 15


def test_a_sketch_without_a_word_is_a_fair_day_whatever_the_seed(engine: EmbeddedEngine) -> None:
    day = brightness(engine.render(Frame(sketch=landscape(), prompts=NOON)).pixels)
    for seed in range(4):
        assert brightness(engine.render(Frame(sketch=landscape(), seed=seed)).pixels) > 0.8 * day


def test_a_drawn_moon_makes_it_night_dusk_on_the_way_and_words_say_otherwise(engine: EmbeddedEngine) -> None:
    def light(moon_px: int, prompts: tuple[Prompt, ...] = (), seed: int = 7) -> float:
        sketch = landscape(disc=("moon", 190, 50, moon_px))
        return brightness(engine.render(Frame(sketch=sketch, prompts=prompts, seed=seed)).pixels)

    for seed in (7, 1):
        day, dusk, night = (light(moon_px, seed=seed) for moon_px in (0, 4, 16))
        assert night < dusk < day
        assert night < 0.5 * day
    assert light(16, NOON) > 1.5 * light(16)


def test_prompts_change_the_light(engine: EmbeddedEngine) -> None:
    day = engine.render(Frame(sketch=landscape(), prompts=NOON)).pixels
    night = engine.render(Frame(sketch=landscape(), prompts=(Prompt("midnight, stars"),))).pixels
    assert brightness(night) < 0.6 * brightness(day)


def test_a_weight_moves_the_picture_a_little_at_a_time(engine: EmbeddedEngine) -> None:
    def foggy(weight: float) -> Rgb:
        return engine.render(Frame(sketch=landscape(), prompts=(*NOON, Prompt("thick fog", weight)))).pixels

    near, far = foggy(0.50), foggy(1.5)
    assert np.abs(foggy(0.52).astype(int) - near).mean() < np.abs(far.astype(int) - near).mean()


def test_every_tweak_of_the_card_is_one_that_the_conditions_know() -> None:
    assert {parameter.name for parameter in CARD.tweaks} == set(TWEAKS)
    assert all((p.default, p.low, p.high) == (0.0, -1.0, 1.0) for p in CARD.tweaks)


def test_tweaks_turn_the_picture_a_little_at_a_time_and_zero_is_none(engine: EmbeddedEngine) -> None:
    def tweaked(**parameters: float) -> Rgb:
        return engine.render(Frame(sketch=landscape(), prompts=NOON, parameters=parameters)).pixels

    plain = tweaked()
    assert np.array_equal(plain, tweaked(time_of_day=0.0, season=0.0, weather=0.0, mood=0.0))
    assert brightness(tweaked(time_of_day=-1.0)) < 0.5 * brightness(plain)
    assert np.ptp(tweaked(weather=1.0)[:50].mean((0, 1))) < np.ptp(plain[:50].mean((0, 1))), "a storm's sky is grey"
    autumn, now = (grass.mean((0, 1)) for grass in (tweaked(season=1.0)[215:], plain[215:]))
    assert autumn[0] / autumn[1] > now[0] / now[1], "grass turns from green"
    near, far = tweaked(weather=0.02), tweaked(weather=0.6)
    assert np.abs(near.astype(int) - plain).mean() < np.abs(far.astype(int) - plain).mean()


def test_one_seed_turns_into_another(engine: EmbeddedEngine) -> None:
    def mixed(mix: float) -> Rgb:
        return engine.render(Frame(prompts=NOON, seed=1, seed_to=2, seed_mix=mix)).pixels

    start, near, end = mixed(0.0), mixed(0.05), mixed(1.0)
    assert np.array_equal(start, engine.render(Frame(prompts=NOON, seed=1)).pixels)
    assert np.array_equal(end, engine.render(Frame(prompts=NOON, seed=2)).pixels)
    assert np.abs(near.astype(int) - start).mean() < np.abs(end.astype(int) - start).mean()


def test_blank_paper_and_half_a_sketch_are_pictures_too(engine: EmbeddedEngine) -> None:
    nothing = engine.render(Frame(prompts=NOON)).pixels
    assert nothing.std() > 15
    half = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    ImageDraw.Draw(half).polygon([(40, 200), (128, 60), (216, 200)], fill=(*COLOUR["mountain"], 255))
    assert engine.render(Frame(sketch=png(half), prompts=NOON)).pixels.std() > 15


def test_a_sketch_of_another_size_is_fitted() -> None:
    large = read_sketch(png(Image.new("RGB", (1000, 500), COLOUR["water"])), 256, 256)
    assert large.shape == (256, 256, 4)
    assert (large == (*COLOUR["water"], 255)).all()


def test_transparent_paper_covers_nothing() -> None:
    image = Image.new("RGBA", (256, 256), (255, 0, 0, 0))
    assert not read_sketch(png(image), 256, 256)[..., 3].any()


def test_what_a_mask_does_not_cover_is_kept() -> None:
    mask = Image.new("RGBA", (8, 4), (255, 255, 255, 0))
    ImageDraw.Draw(mask).rectangle((0, 0, 3, 3), fill=(0, 0, 0, 255))
    kept = read_kept(png(Image.new("RGB", (1000, 500), COLOUR["water"])), png(mask), 512, 256)
    assert kept.shape == (256, 512, 4)
    assert (kept[..., :3] == COLOUR["water"]).all()
    assert (kept[:, :256, 3] == 0).all()
    assert (kept[:, 256:, 3] == 255).all()


def disc(x: int, y: int, radius: int) -> bytes:
    image = Image.new("L", (256, 256))
    ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return png(image)


def snow_at(x: int, y: int, **fields: float) -> Region:
    return Region(mask=disc(x, y, 50), prompts=(Prompt("deep snow, winter"),), feather=0.1, **fields)  # type: ignore[arg-type]


def test_a_region_changes_what_it_covers_and_hardly_what_is_far(engine: EmbeddedEngine) -> None:
    plain = Frame(sketch=landscape(), prompts=(Prompt("summer meadow"),), seed=7)
    before = engine.render(plain).pixels.astype(int)
    after = engine.render(replace(plain, regions=(snow_at(200, 200),))).pixels.astype(int)
    rows, columns = np.mgrid[:256, :256]
    apart = np.hypot(columns - 200, rows - 200)
    assert np.abs(after - before)[apart < 40].mean() > 20
    assert np.abs(after - before)[apart > 100].mean() < 4


def test_a_region_of_no_strength_is_none_and_one_that_covers_all_is_the_picture(engine: EmbeddedEngine) -> None:
    plain = Frame(prompts=(Prompt("summer meadow"),), seed=7)
    said = (Prompt("deep snow, winter"),)
    whole = Region(mask=png(Image.new("L", (8, 8), 255)), prompts=said)
    assert np.array_equal(
        engine.render(replace(plain, regions=(snow_at(60, 200, strength=0.0),))).pixels, engine.render(plain).pixels
    )
    bare = Frame(seed=7, base=ASSET, mask=png(Image.new("RGBA", (8, 8), (0, 0, 0, 255))))  # nothing is laid out here
    alone = engine.render(replace(bare, prompts=said)).pixels
    assert np.array_equal(engine.render(replace(bare, regions=(whole,))).pixels, alone)


def test_the_order_of_regions_counts_where_they_overlap(engine: EmbeddedEngine) -> None:
    desert = Region(mask=disc(200, 200, 50), prompts=(Prompt("desert, sand dunes"),))
    below, above = (
        engine.render(Frame(regions=regions, seed=7)).pixels[180:220, 180:220].mean()
        for regions in ((snow_at(200, 200), desert), (desert, snow_at(200, 200)))
    )
    assert above - below > 20, "snow is brighter than sand"


def test_a_region_says_light_and_style_as_the_shot_does_where_it_says_nothing_of_them(engine: EmbeddedEngine) -> None:
    night = Frame(prompts=(Prompt("dark night"),), seed=7)
    there = engine.render(replace(night, regions=(snow_at(128, 200),))).pixels[180:220, 108:148]
    assert brightness(there) < brightness(engine.render(Frame(prompts=snow_at(0, 0).prompts, seed=7)).pixels) - 40


@pytest.mark.parametrize(
    ("shot", "code"),
    [
        (Frame(width=255), "shot.size"),
        (Frame(steps=31), "shot.steps"),
        (Frame(strength=float("nan")), "shot.strength"),
        (Frame(strength=1.5), "shot.strength"),
        (Frame(seed=2**32), "shot.seed"),
        (Frame(prompts=(Prompt("x", 3.0),)), "shot.prompt"),
        (Frame(prompts=(Prompt("x" * 501),)), "shot.prompt"),
        (Frame(parameters={"nonsense": 1}), "shot.parameter"),
        (Frame(quality=0), "shot.accept"),
        (Frame(references=(Reference(ASSET),) * 9), "shot.references"),
        (Frame(base=ASSET), "shot.mask"),
        (Frame(mask=ASSET.data), "shot.mask"),
        (Frame(seed_mix=1.5), "shot.seed"),
        (Frame(parameters={"season": -1.5}), "shot.parameter"),
    ],
)
def test_what_the_card_does_not_offer_is_refused(engine: EmbeddedEngine, shot: Frame, code: str) -> None:
    with pytest.raises(ShotError) as refused:
        engine.render(shot)
    assert refused.value.code == code


def test_bytes_that_are_no_picture_are_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(PixelsError) as refused:
        engine.render(Frame(sketch=b"not a picture"))
    assert refused.value.code == "pixels.format"


def start_of(noise: float, left: int = 0) -> Start:
    image = np.asarray(Image.open(io.BytesIO(landscape())), np.float32) / 255
    return Start(image, noise, left)


def test_a_picture_goes_on_from_another_and_noise_says_how_far(engine: EmbeddedEngine) -> None:
    made = [engine.render_from(Frame(seed=1), start_of(noise)).pixels for noise in (0.3, 0.6, 0.9)]
    given = np.rint(start_of(1.0).pixels * 255)
    far = [float(np.abs(picture - given).mean()) for picture in made]
    assert far == sorted(far)
    assert far[0] < 12
    assert np.array_equal(engine.render_from(Frame(seed=1), start_of(0.6)).pixels, made[1])
    assert not np.array_equal(engine.render_from(Frame(seed=1), start_of(0.6, left=64)).pixels, made[1])


@pytest.mark.parametrize(
    "start",
    [
        Start(np.zeros((128, 256, 3), np.float32), 0.5),
        Start(np.zeros((256, 256, 3), np.float32), 0.0),
        Start(np.zeros((256, 256, 3), np.float32), float("nan")),
        Start(np.zeros((256, 256, 3), np.float32), 0.5, left=-1),
    ],
)
def test_a_start_that_cannot_be_is_refused(engine: EmbeddedEngine, start: Start) -> None:
    with pytest.raises(ShotError) as caught:
        engine.render_from(Frame(), start)
    assert caught.value.code == "shot.start"


def test_pieces_of_a_larger_picture_have_the_same_noise_where_they_overlap() -> None:
    whole = flow.noise_at(5, 0, 0, 200, 300)
    np.testing.assert_allclose(
        flow.noise_at(5, 90, 30, 150, 150) / flow.noise_scale(150, 150),
        (whole / flow.noise_scale(200, 300))[:, :, 30:180, 90:240],
        rtol=1e-5,
    )
    assert abs(float(whole.mean())) < 0.02
    assert float(whole.std()) == pytest.approx(flow.noise_scale(200, 300), rel=0.02)


@pytest.mark.gpu
def test_cuda_goes_on_from_a_picture_as_the_cpu_does(engine: EmbeddedEngine) -> None:
    shot, start = Frame(seed=1, sketch=landscape()), start_of(0.5)
    cpu = engine.render_from(shot, start).pixels.astype(float)
    cuda = embedded.load("cuda").render_from(shot, start).pixels
    assert 10 * np.log10(255**2 / np.mean((cpu - cuda) ** 2)) > 28


def test_the_shipped_weights_stay_small() -> None:
    folder = files("lightbrush") / "weights"
    shipped = sum(len(entry.read_bytes()) for entry in folder.iterdir() if entry.is_file())
    assert shipped <= 40 * 2**20


@pytest.mark.gpu
def test_cuda_renders_what_the_cpu_renders(engine: EmbeddedEngine) -> None:
    pytest.importorskip("torch")
    shot = Frame(sketch=landscape(sun=(60, 45)), prompts=NOON, seed=3)
    there = embedded.load("cuda").render(shot).pixels.astype(int)
    assert np.abs(there - engine.render(shot).pixels).mean() < 4


def test_the_less_is_drawn_the_less_comes_that_nobody_asked_for() -> None:
    conditioner, layout = Conditioner.load(), read_layout(SHIPPED)

    def told(text: str, drawn: float) -> tuple[float, float]:
        (condition,) = conditions_of(Frame(prompts=(Prompt(text),)), drawn, 0.0, conditioner, layout)
        return tuple(condition[[layout.attributes.index(name) for name in ("castle", "boats")]])

    castle, boats = told("a castle", 0.0)
    assert castle > 0.5
    assert boats < -0.3
    assert told("fog", 0.0)[0] < told("fog", 0.3)[0] < -0.1
    assert abs(told("fog", 1.0)[0]) < 0.05, "a sketch says itself what there is"


def test_a_first_stroke_is_a_sketch_by_and_by() -> None:
    conditioner, layout = Conditioner.load(), read_layout(SHIPPED)

    def told(drawn: float, base: Asset | None = None) -> tuple[float, float]:
        shot = Frame(strength=0.5, base=base, mask=ASSET.data if base else b"")
        return tuple(conditions_of(shot, drawn, 0.0, conditioner, layout)[0][-2:])

    assert told(0.0) == (np.float32(0.85), 1.0), "what is laid out is a sketch, and as strict as that"
    assert 0.85 > told(0.001)[0] > told(0.01)[0] > 0.5
    assert told(0.02) == told(1.0) == (0.5, 1.0)
    assert told(0.0, ASSET) == (0.0, 0.0), "a picture is there already: nothing is laid out"
    assert 0.0 < told(0.001, ASSET)[1] < told(0.01, ASSET)[1] < 1.0


def test_how_much_is_drawn_is_told_finely_where_it_is_little() -> None:
    sketch = np.zeros((256, 256, 4), np.uint8)
    assert drawn_of(sketch) == 0.0
    sketch[0, 0, 3] = 1
    assert 0.0 < drawn_of(sketch) < 0.001
    sketch[:128, :, 3] = 255
    assert drawn_of(sketch) == pytest.approx(0.5, abs=0.02)
    sketch[..., 3] = 255
    assert drawn_of(sketch) == 1.0


def test_a_first_stroke_leaves_the_place_what_it_was(engine: EmbeddedEngine) -> None:
    def painted(reach: int) -> Rgb:
        sketch = Image.new("RGBA", (256, 256))
        if reach:
            ImageDraw.Draw(sketch).line([(20, 215), (20 + reach, 205)], fill=(*COLOUR["rock"], 255), width=18)
        shot = Frame(prompts=(Prompt("alpine lake, clear sky"),), sketch=png(sketch), seed=7)
        return engine.render(shot).pixels[:128, 128:].astype(np.int16)

    for before, after in pairwise(map(painted, (0, 8, 16, 32))):
        assert np.abs(before - after).mean() < 14.0, "told at once that there is a sketch, it paints a city: 19"
