"""Random scenes, scenes on request, and what is true of them. NumPy only: no compiler, no PyTorch.

A scene is a float32 row [P] laid out by `layout`. Scene i of a seed is the same however many scenes are
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.attributes import ATTRIBUTES, BIOMES, NAMES, STYLES, Attribute
from lightbrush.world.biomes import TRAITS, traits
from lightbrush.world.layout import COLOR0, HEROES, PEAKS, SCENE_SIZE, A, C, P
from lightbrush.world.light import light
from lightbrush.world.materials import MATERIALS, PALETTE, Material, tinted, to_linear, to_srgb

__all__ = [
    "ATTRIBUTES",
    "BIOMES",
    "HELD_OUT_SEEDS",
    "MATERIALS",
    "SCENE_SIZE",
    "Attribute",
    "Material",
    "attributes_of",
    "sample_scenes",
    "scene_from_attributes",
    "sketch_palette",
]

F64 = NDArray[np.float64]
Rows = NDArray[np.float32]

HELD_OUT_SEEDS = range(900_000, 901_000)  # never train on these

_DRAWS = 224  # uniform numbers a scene may use
_TINT_PARTS = ("grass", "forest", "sand", "rock", "field", "water", "snow")


class _Draw:
    """Columns of uniform numbers, handed out in a fixed order."""

    def __init__(self, u: F64) -> None:
        self._u = u
        self._next = 0

    def block(self, columns: int) -> F64:
        self._next += columns
        if self._next > _DRAWS:
            raise RuntimeError(f"world: a scene needs more than {_DRAWS} random numbers; raise _DRAWS")
        return self._u[:, self._next - columns : self._next]

    def unit(self) -> F64:
        return self.block(1)[:, 0]

    def uniform(self, low: F64 | float, high: F64 | float) -> F64:
        out: F64 = low + (np.asarray(high) - low) * self.unit()
        return out

    def chance(self, probability: F64 | float) -> NDArray[np.bool_]:
        return np.asarray(self.unit() < probability)

    def signed(self, spread: float = 1.0) -> F64:
        """About normal, in (-1, 1): most scenes are near the biome's middle, some are extreme."""
        u = self.block(2)
        wide = 2.0 * u[:, 0] - 1.0
        out: F64 = np.clip(np.where(u[:, 1] < 0.45, wide * 0.35, wide) * spread, -1.0, 1.0)
        return out


def _uniforms(seed: int, count: int) -> F64:
    if not 0 <= seed < 2**63:
        raise ValueError(f"world: seed must be in [0, 2**63), got {seed}")
    if count < 0:
        raise ValueError(f"world: count must be at least 0, got {count}")
    return np.random.Generator(np.random.Philox(key=seed)).random((count, _DRAWS))


def sample_scenes(seed: int, count: int) -> Rows:
    """Random scenes [count, P]."""
    draw = _Draw(_uniforms(seed, count))
    return _realise(_sample_attributes(draw, count), draw)


def scene_from_attributes(attrs: Mapping[str, float], seed: int) -> Rows:
    """One scene [1, P] with these attributes; what is not named is drawn at random (a biome named alone is
    pure; of a style named alone, the rest is photograph).

    A name may carry its group, as in "biome:desert". Values outside an attribute's range are refused.
    """
    draw = _Draw(_uniforms(seed, 1))
    a = _sample_attributes(draw, 1)
    wanted: dict[str, float] = {}
    for key, value in attrs.items():
        name = key.split(":")[-1].strip().replace(" ", "_")
        if name not in NAMES:
            raise ValueError(f"world: unknown attribute {key!r}; known: {', '.join(NAMES)}")
        about = ATTRIBUTES[NAMES.index(name)]
        if not about.low <= value <= about.high:
            raise ValueError(f"world: {name} must be in [{about.low:g}, {about.high:g}], got {value!r}")
        wanted[name] = float(value)
    shares = {name: wanted.pop(name) for name in BIOMES if name in wanted}
    if shares:
        total = sum(shares.values())
        if total <= 0.0:
            raise ValueError("world: biome shares must sum to more than 0")
        a[0, : len(BIOMES)] = [shares.get(name, 0.0) / total for name in BIOMES]
    shares = {name: wanted.pop(name) for name in STYLES if name in wanted}
    if shares:
        # The rest of a style is photograph.
        shares.setdefault("photo", max(0.0, 1.0 - sum(shares.values())))
        total = sum(shares.values())
        if total <= 0.0:
            raise ValueError("world: style shares must sum to more than 0")
        a[0, A.PHOTO : A.GLASS + 1] = [shares.get(name, 0.0) / total for name in STYLES]
    for pair in ("sky_tint", "ground_tint"):
        if f"{pair}_x" in wanted or f"{pair}_y" in wanted:
            a[0, [NAMES.index(f"{pair}_x"), NAMES.index(f"{pair}_y")]] = 0.0
    for name, value in wanted.items():
        a[0, NAMES.index(name)] = value
    return _realise(a, draw)


def attributes_of(params: Rows) -> Rows:
    """The attributes [N, A] of scenes [N, P], in the order of ATTRIBUTES."""
    return np.ascontiguousarray(params[:, : len(ATTRIBUTES)])


def sketch_palette(params: Rows) -> Rows:
    """The colours [N, materials, 3] in [0, 1] with which a person would draw each scene: MATERIALS, tinted
    as it is."""
    n = len(params)
    out = np.repeat(PALETTE[None], n, axis=0)
    base = to_linear(PALETTE)
    names = [m.name for m in MATERIALS]
    sky = (params[:, A.SKY_TINT_X], params[:, A.SKY_TINT_Y])
    ground = (params[:, A.GROUND_TINT_X], params[:, A.GROUND_TINT_Y])
    parts = {name: params[:, P.TINT_GRASS + k] for k, name in enumerate(_TINT_PARTS)}
    one = np.ones(n, np.float32)
    plan = [
        ("sky", sky, one),
        ("cloud", sky, 0.3 * one),
        ("water", sky, 0.25 * one),
        ("water", ground, parts["water"]),
    ]
    plan += [(name, ground, parts[name]) for name in ("grass", "forest", "sand", "rock", "field", "snow")]
    plan += [("mountain", ground, parts["rock"]), ("road", ground, 0.5 * parts["sand"])]
    plan += [("ice", ground, 0.5 * parts["snow"])]
    linear = np.repeat(base[None], n, axis=0)
    for name, (x, y), amount in plan:
        k = names.index(name)
        linear[:, k] = tinted(linear[:, k], x, y, amount)
    changed = np.abs(linear - base[None]).max(axis=2, keepdims=True) > 1e-6
    return np.where(changed, to_srgb(linear), out).astype(np.float32)


def _sample_attributes(draw: _Draw, n: int) -> F64:
    a = np.zeros((n, len(ATTRIBUTES)))
    # 1. Biome, or two.
    first = np.minimum((draw.unit() * len(BIOMES)).astype(np.int64), len(BIOMES) - 1)
    second = (first + 1 + (draw.unit() * (len(BIOMES) - 1)).astype(np.int64)) % len(BIOMES)
    share = np.where(draw.chance(0.25), draw.uniform(0.3, 0.7), 0.0)
    rows = np.arange(n)
    a[rows, first] = 1.0 - share
    a[rows, second] += share
    # 2. Hour: more low light than a day has, because it is worth painting.
    u = draw.unit()
    height = np.select(
        [u < 0.38, u < 0.64, u < 0.80], [draw.uniform(0.28, 1.0), draw.uniform(0.03, 0.3), draw.uniform(-0.3,
        0.04)], draw.uniform(-1.0, -0.3),
    )  # fmt: skip
    a[:, A.SUN_HEIGHT] = height
    a[:, A.WARMTH] = np.clip(draw.uniform(-1.0, 1.0) * 1.2 + 0.15, -1.0, 1.0)
    # 3. Weather, land and life around the biome's own middle.
    for slot in (A.CLOUDS, A.FOG, A.SNOW, A.WATER, A.WAVES, A.TREES, A.RELIEF, A.FLOWERS):
        a[:, slot] = draw.signed()
    a[:, A.CLOUDS] = np.where(draw.chance(0.5), a[:, A.CLOUDS], draw.uniform(-1.0, 1.0))
    flowery = draw.uniform(0.2, 1.0)
    a[:, A.FLOWERS] = np.where(draw.chance(0.18), flowery, np.minimum(a[:, A.FLOWERS], 0.08))
    storm = draw.uniform(0.25, 1.0)
    a[:, A.STORM] = np.where(draw.chance(0.14), storm, -np.abs(draw.signed(0.8)) + 0.1)
    foggy = draw.uniform(0.3, 1.0)
    a[:, A.FOG] = np.where(draw.chance(0.14), foggy, np.where(a[:, A.FOG] > 0.12, 0.3 * a[:, A.FOG], a[:, A.FOG]))
    fair = a[:, A.SNOW]
    a[:, A.SNOW] = np.where(draw.chance(0.75), np.clip(fair, -0.7, 0.35), fair)
    autumn = draw.uniform(-1.0, 1.0)
    a[:, A.AUTUMN] = np.where(draw.chance(0.24), np.abs(autumn), np.minimum(0.25 * autumn, 0.2))
    village = draw.uniform(0.2, 1.0)
    a[:, A.VILLAGE] = np.where(draw.chance(0.24), village, -draw.unit() * 0.8)
    # 4. Tints.
    for slot, chance in ((A.SKY_TINT_X, 0.22), (A.GROUND_TINT_X, 0.22)):
        on = draw.chance(chance)
        hue = 2.0 * np.pi * draw.unit()
        saturation = np.where(on, draw.uniform(0.35, 1.0), 0.0)
        a[:, slot] = saturation * np.cos(hue)
        a[:, slot + 1] = saturation * np.sin(hue)
    # 5. Style: nearly half are photographs, some are between a photograph and a style.
    style = A.WATERCOLOUR + np.minimum((draw.unit() * (len(STYLES) - 1)).astype(np.int64), len(STYLES) - 2)
    part = np.where(draw.chance(0.25), draw.uniform(0.5, 1.0), 1.0)
    share = np.where(draw.chance(0.45), 0.0, part)
    a[:, A.PHOTO] = 1.0 - share
    a[rows, style] = share
    return a


def _smooth(low: float, high: float, x: F64) -> F64:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    out: F64 = t * t * (3.0 - 2.0 * t)
    return out


def _realise(a: F64, draw: _Draw) -> Rows:
    """Attributes [N, A] to whole scenes [N, P]."""
    n = len(a)
    p = np.zeros((n, SCENE_SIZE))
    p[:, : len(ATTRIBUTES)] = a
    biome = a[:, : len(BIOMES)]
    t = traits(biome, draw.block(len(TRAITS)))
    snow_wish, water_wish, tree_wish = a[:, A.SNOW], a[:, A.WATER], a[:, A.TREES]
    relief = a[:, A.RELIEF]
    p[:, P.SEED] = np.floor(draw.unit() * 65536.0)
    _frame(p, a, t, draw)
    tallest = _land(p, a, t, draw, relief, water_wish)
    # Cover.
    p[:, P.GRASS] = np.clip(t["grass"] - 0.25 * np.maximum(-tree_wish, 0.0) * (t["grass"] < 0.5), 0.0, 1.0)
    p[:, P.SANDY] = t["sandy"]
    p[:, P.SHORE] = t["shore"]
    p[:, P.ROCK_SLOPE] = t["rock_slope"]
    band = 0.12 * tallest + 8.0
    line = t["snow_line"] * tallest
    up = np.maximum(snow_wish, 0.0)
    down = np.maximum(-snow_wish, 0.0)
    line = line * (1.0 - _smooth(0.0, 0.75, up)) - 60.0 * _smooth(0.3, 0.8, up) * (1.0 + band / 40.0)
    line = np.where(
        t["snow_line"] > 0.1,
        line + down * 1.1 * tallest,
        line + _smooth(0.15, 0.9, down) * (0.9 * tallest + 60.0),
    )
    p[:, P.SNOW_LINE] = line
    p[:, P.SNOW_BAND] = band
    p[:, P.SNOWY] = np.clip(_smooth(8.0, -20.0, line), 0.0, 1.0)
    p[:, P.TREE_LINE] = t["tree_line"] * tallest + 12.0
    wooded = np.where(
        tree_wish > 0.0, t["trees"] + (1.0 - t["trees"]) * 0.9 * tree_wish, t["trees"] * (1.0 + tree_wish)
    )
    p[:, P.TREES] = np.clip(np.where(tree_wish < -0.85, 0.0, wooded), 0.0, 1.0)
    canopy = np.where(tree_wish > 0.0, t["canopy"] + 0.8 * tree_wish, t["canopy"] * (1.0 + 1.2 * tree_wish))
    p[:, P.CANOPY] = np.clip(canopy, 0.0, 1.3) * np.where(t["canopy"] < 0.03, _smooth(0.2, 0.9, tree_wish), 1.0)
    p[:, P.TREE_H] = t["tree_h"] * draw.uniform(0.8, 1.25)
    kinds = np.stack([t[k] for k in ("conifer", "broadleaf", "acacia", "palm", "cactus", "bare")], axis=1) + 1e-3
    shares = np.cumsum(kinds / kinds.sum(axis=1, keepdims=True), axis=1)
    p[:, P.CONIFER : P.CACTUS + 1] = shares[:, :5]
    p[:, P.BOULDERS] = t["boulders"] * draw.unit()
    p[:, P.REEDS] = t["reeds"] * (p[:, P.SNOWY] < 0.5)
    flowers = a[:, A.FLOWERS]
    bloom = np.where(
        flowers > 0.0,
        t["field"] + (1.0 - t["field"]) * _smooth(0.1, 0.9, flowers),
        t["field"] * (1.0 + 1.1 * flowers),
    )
    p[:, P.FIELD] = np.clip(bloom, 0.0, 1.0) * (p[:, P.SNOWY] < 0.5)
    p[:, P.GRASS] = np.maximum(p[:, P.GRASS], 0.85 * _smooth(0.15, 0.8, flowers) * (p[:, P.FIELD] > 0.1))
    p[:, P.FIELD_ROWS] = draw.chance(0.35 * biome[:, A.MEADOW] + 0.3 * (a[:, A.VILLAGE] > 0.2)).astype(np.float64)
    p[:, P.ICE] = t["ice"] * (1.0 - _smooth(0.2, 0.9, down))
    p[:, P.STRATA] = t["strata"] * 60.0 / np.maximum(tallest, 40.0)
    _lava(p, biome, t, draw)
    _village(p, a, t, draw)
    _heroes(p, t, draw, tree_wish)
    _weather(p, a, t, draw)
    _colours(p, a, t, draw, biome)
    return p.astype(np.float32)


def _frame(p: F64, a: F64, t: dict[str, F64], draw: _Draw) -> None:
    """Camera: focal length, horizon, eye."""
    p[:, P.FOCAL] = np.exp(draw.uniform(np.log(0.85), np.log(1.5)))
    wide = draw.uniform(0.25, 0.75)
    p[:, P.HORIZON] = np.where(draw.chance(0.65), draw.uniform(0.42, 0.66), wide)
    p[:, P.NEAR_H] = t["near_h"]
    p[:, P.CAM_Y] = np.maximum(t["near_h"], 0.0) + t["eye"] * np.where(draw.chance(0.16), draw.uniform(2.0, 5.0), 1.0)


def _land(p: F64, a: F64, t: dict[str, F64], draw: _Draw, relief: F64, water: F64) -> F64:
    """Banks, hills, mountains. Returns the height of the tallest mass, metres."""
    n = len(p)
    p[:, P.NEAR_Z] = t["near_z"] * np.where(p[:, P.CAM_Y] > 20.0, 1.8, 1.0)
    p[:, P.NEAR_H] = t["near_h"] - np.maximum(water, 0.0) * np.where(t["near_h"] < 1.5, 2.0, 0.0)
    basin = t["basin_h"] - 9.0 * np.maximum(water, 0.0) ** 0.7 + 7.0 * np.maximum(-water, 0.0)
    wet = t["basin_h"] < 0.0
    basin = np.where(wet & (water < -0.6), np.maximum(basin, 1.2), basin)
    p[:, P.BASIN_H] = np.clip(basin, -9.0, 12.0)
    p[:, P.FAR_Z] = t["far_z"] * (1.0 + 0.8 * np.maximum(water, 0.0))
    p[:, P.FAR_H] = np.where(t["far_h"] < 0.0, t["far_h"] + 12.0 * np.maximum(-water, 0.0), t["far_h"])
    p[:, P.WOBBLE] = t["wobble"]
    p[:, P.TILT] = draw.uniform(-1.0, 1.0) * np.abs(t["near_h"]) * 1.1
    lift = np.where(relief > 0.0, 1.0 + 0.8 * relief, 1.0 + 0.75 * relief)
    p[:, P.HILL_A] = t["hill_a"] * lift
    p[:, P.HILL_L] = t["hill_l"]
    p[:, P.BASIN_ROUGH] = t["basin_rough"] * np.where(basin < 0.0, np.minimum(1.0, 0.3 + np.abs(basin) * 0.12), 1.0)
    p[:, P.BASIN_ROUGH] = np.where(t["reeds"] > 0.4, t["basin_rough"], p[:, P.BASIN_ROUGH])
    p[:, P.DETAIL] = t["detail"]
    p[:, P.DUNE_A] = np.where(t["dune_a"] > 1.5, t["dune_a"] * lift, 0.0)
    p[:, P.DUNE_L] = t["dune_l"]
    turn = draw.uniform(0.6, 1.9)
    p[:, P.DUNE_X] = np.cos(turn)
    p[:, P.DUNE_Z] = np.sin(turn)
    # Single mountains, each placed by where its top shows in the frame.
    room = p[:, P.HORIZON] / p[:, P.FOCAL]  # slope of the frame's top edge
    side = 0.5 / p[:, P.FOCAL]
    count = np.clip(np.floor(t["peaks"] + 0.9 * relief + draw.unit()), 0, PEAKS)
    crater = t["crater"] > 0.45
    count = np.maximum(count, np.where(crater, 1, 0))
    u0 = draw.uniform(-0.85, 0.85)
    top = np.zeros(n)
    for k in range(PEAKS):
        z = t["peak_z"] * draw.uniform(0.75, 1.35) * (1.0 + 0.25 * k)
        u = (u0 if k == 0 else draw.uniform(-1.15, 1.15)) * side
        if k == 0:
            draw.unit()
        rise = np.clip(t["peak_rise"] * (1.0 + 0.75 * relief), 0.015, 0.93) * (
            1.0 if k == 0 else draw.uniform(0.4, 0.95)
        )
        height = np.where(k < count, np.maximum(rise * room * z + p[:, P.CAM_Y] - 4.0, 0.0), 0.0)
        p[:, P.PEAK_X + 4 * k] = u * z
        p[:, P.PEAK_Z + 4 * k] = z
        p[:, P.PEAK_H + 4 * k] = height
        p[:, P.PEAK_W + 4 * k] = np.maximum(height * t["peak_width"] * draw.uniform(0.85, 1.3), 20.0)
        top = np.maximum(top, height)
    p[:, P.PEAK_SHARP] = t["peak_sharp"]
    rise = t["range_rise"] * (1.0 + 0.9 * relief)
    p[:, P.RANGE_Z] = t["range_z"]
    p[:, P.RANGE_H] = np.where(rise > 0.02, np.clip(rise, 0.0, 0.85) * room * t["range_z"] * 1.15, 0.0)
    p[:, P.RANGE_L] = t["range_z"] * draw.uniform(0.15, 0.45)
    valley = t["valley_rise"] * (1.0 + 0.5 * relief)
    p[:, P.VALLEY_W] = t["valley_w"]
    p[:, P.VALLEY_H] = np.where(valley > 0.12, valley * room * 420.0 + 10.0, 0.0)
    p[:, P.VALLEY_S] = draw.uniform(30.0, 120.0)
    top = np.maximum(np.maximum(top, p[:, P.RANGE_H]), np.maximum(p[:, P.VALLEY_H], 60.0))
    p[:, P.RIDGE] = t["ridge"]
    nearest = np.where(count > 0, p[:, P.PEAK_W], 1.0e9)
    p[:, P.RIDGE_L] = np.clip(np.maximum(np.minimum(t["ridge_l"], 0.9 * nearest), 0.95 * top), 60.0, 3000.0)
    p[:, P.TERRACE] = np.where(t["terrace"] > 0.25, t["terrace"], 0.0)
    p[:, P.TERRACE_S] = np.maximum(top * draw.uniform(0.14, 0.3), 8.0)
    p[:, P.PLATEAU] = t["plateau"] * top * 1.05
    p[:, P.CRATER] = np.where(crater, t["crater"], 0.0)
    return top


def _lava(p: F64, biome: F64, t: dict[str, F64], draw: _Draw) -> None:
    hot = np.where(t["lava"] > 0.22, t["lava"], 0.0)
    p[:, P.LAVA] = hot
    p[:, P.LAVA_LAKE] = (draw.chance(0.3) & (biome[:, A.VOLCANIC] > 0.6)).astype(np.float64)
    p[:, P.PLUME] = np.where(draw.chance(0.75) & (p[:, P.CRATER] > 0.4), draw.uniform(0.6, 1.0), 0.0)


def _village(p: F64, a: F64, t: dict[str, F64], draw: _Draw) -> None:
    houses = np.clip(a[:, A.VILLAGE], 0.0, 1.0)
    p[:, P.VILLAGE] = np.where(houses > 0.08, 0.25 + 0.75 * houses, 0.0)
    p[:, P.VILLAGE_U] = draw.uniform(-0.36, 0.36) / p[:, P.FOCAL]
    on_bank = np.clip(p[:, P.NEAR_Z] * draw.uniform(0.35, 0.8), 26.0, 130.0)
    across = p[:, P.FAR_Z] * draw.uniform(1.2, 1.6)
    plain = p[:, P.BASIN_H] > 0.7
    open_land = draw.uniform(40.0, 140.0)
    place = np.where(plain, open_land, np.where((p[:, P.NEAR_Z] > 38.0) | (across > 650.0), on_bank, across))
    p[:, P.VILLAGE_Z] = place
    # A bank that carries houses is dry, broad and gentle.
    carries = (houses > 0.08) & ~plain & (place == on_bank)
    p[:, P.NEAR_H] = np.where(carries, np.maximum(p[:, P.NEAR_H], 2.2), p[:, P.NEAR_H])
    p[:, P.NEAR_Z] = np.where(carries, np.maximum(p[:, P.NEAR_Z], 1.5 * place), p[:, P.NEAR_Z])
    p[:, P.HILL_A] = np.where(houses > 0.08, np.minimum(p[:, P.HILL_A], 6.0), p[:, P.HILL_A])
    p[:, P.CAM_Y] = np.maximum(p[:, P.CAM_Y], p[:, P.NEAR_H] + 1.8)
    road = draw.chance(np.clip(0.3 * t["road"] + 0.5 * houses, 0.0, 0.9))
    p[:, P.ROAD] = np.where(road, draw.uniform(1.0, 1.9), 0.0)
    p[:, P.ROAD_X] = draw.uniform(-7.0, 7.0)
    p[:, P.ROAD_A] = draw.uniform(3.0, 15.0)
    p[:, P.ROAD_L] = draw.uniform(0.35, 0.9)


def _heroes(p: F64, t: dict[str, F64], draw: _Draw, trees: F64) -> None:
    """Up to three trees that frame the picture, nearest first."""
    kinds = p[:, P.CONIFER : P.CACTUS + 1]
    n = len(p)
    zs = np.sort(np.stack([p[:, P.NEAR_Z] * draw.uniform(0.3, 0.85) for _ in range(HEROES)], axis=1), axis=1)
    zs = np.clip(zs, 13.0, 75.0) + np.arange(HEROES) * 0.3
    wish = np.where(trees > 0.0, 0.34 + 0.3 * trees, 0.34 * (1.0 + 1.15 * trees)) * np.clip(t["trees"] * 3.0, 0.15, 1.0)
    left = np.where(draw.chance(0.5), -1.0, 1.0)
    for k in range(HEROES):
        on = draw.chance(wish)
        r = draw.unit()
        kind = 1.0 + (r[:, None] > kinds).sum(axis=1)
        u = np.where(draw.chance(0.6), left * draw.uniform(0.2, 0.48), draw.uniform(-0.48, 0.48)) / p[:, P.FOCAL]
        tall = p[:, P.TREE_H] * draw.uniform(0.7, 1.35) * np.where(kind == 6.0, 0.5, 1.0)
        p[:, P.HERO_KIND + 4 * k] = np.where(on & (p[:, P.NEAR_H] > 0.4), kind, 0.0)
        p[:, P.HERO_U + 4 * k] = u
        p[:, P.HERO_Z + 4 * k] = zs[:, k]
        p[:, P.HERO_H + 4 * k] = np.minimum(tall, 0.75 * zs[:, k])
    assert n == len(zs)


def _weather(p: F64, a: F64, t: dict[str, F64], draw: _Draw) -> None:
    """Where the sun or moon is, clouds, air, waves."""
    height = a[:, A.SUN_HEIGHT]
    night = height < -0.1
    room = p[:, P.HORIZON] / p[:, P.FOCAL]
    # A high sun shows near the frame's top, a low one near the horizon, with freedom.
    lift = np.where(
        night, draw.uniform(0.3, 0.92), np.clip(0.1 + 1.25 * height, 0.04, 0.72) + draw.uniform(-0.08, 0.22)
    )
    s_in = room * np.clip(lift, 0.03, 0.94)
    u_in = draw.uniform(-0.44, 0.44) / p[:, P.FOCAL]
    inside = draw.chance(np.where(night, 0.52, 0.64))
    radius = np.exp(draw.uniform(np.log(4.0), np.log(14.0))) / 256.0 / p[:, P.FOCAL]
    p[:, P.SUN_R] = np.where(night, radius * 0.85, radius)
    p[:, P.DISC] = np.where(inside, np.where(night, 2.0, 1.0), 0.0)
    azimuth = np.pi * draw.uniform(0.28, 0.95) * np.where(draw.chance(0.5), -1.0, 1.0)  # 0 ahead, pi behind
    elevation = np.where(night, draw.uniform(0.4, 1.0), np.clip(0.07 + 1.0 * np.maximum(height, 0.0), 0.07, 1.05))
    out = np.stack(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)], axis=1
    )
    ahead = np.stack([u_in, s_in, np.ones(len(p))], axis=1)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    direction = np.where(inside[:, None], ahead, out)
    p[:, P.LIGHT_X : P.LIGHT_Z + 1] = direction
    # The glow's middle on the picture plane; far outside when the light is behind.
    forward = np.maximum(direction[:, 2], 0.12)
    p[:, P.SUN_U] = np.where(inside, u_in, direction[:, 0] / forward)
    p[:, P.SUN_S] = np.where(inside, s_in, direction[:, 1] / forward)
    # A sky that hides the sun is no sky with a sun.
    storm = np.clip(a[:, A.STORM], 0.0, 1.0)
    clouds = a[:, A.CLOUDS]
    cover = np.clip(np.where(clouds > 0.0, 0.34 + 0.58 * clouds, 0.34 + 0.42 * clouds), 0.0, 0.86)
    cover = np.where(clouds < -0.75, 0.0, np.maximum(cover, 0.75 * storm))
    p[:, P.CLOUD_COVER] = cover
    p[:, P.OVERCAST] = np.clip(np.maximum(0.9 * _smooth(0.6, 0.95, clouds), 0.85 * _smooth(0.3, 0.9, storm)), 0.0, 0.9)
    p[:, P.CLOUD_PUFF] = np.where(draw.chance(0.6), t["puff"], 0.0) * (1.0 - 0.8 * storm)
    p[:, P.CLOUD_SCALE] = np.exp(draw.uniform(np.log(0.6), np.log(1.5)))
    p[:, P.DAPPLE] = np.where(height > 0.1, np.clip(cover * 1.1 - 0.15, 0.0, 0.6), 0.0)
    fog = a[:, A.FOG]
    thick = np.clip(fog, 0.0, 1.0)
    p[:, P.HAZE] = 0.62 * t["haze"] * np.where(fog < 0.0, 1.0 + 0.75 * fog, 1.0 + 2.0 * thick)
    p[:, P.FOG] = 0.00022 * np.exp(4.5 * thick) * _smooth(0.04, 0.2, fog)
    p[:, P.FOG_H] = 12.0 + draw.unit() * 50.0 + 120.0 * thick**3
    waves = a[:, A.WAVES]
    p[:, P.WAVES] = np.clip(
        np.where(waves > 0.0, 0.3 + 0.75 * waves, 0.3 * (1.0 + waves) ** 1.5) + 0.25 * storm, 0.0, 1.2
    )
    p[:, P.STARS] = _smooth(-0.16, -0.42, height) * (1.0 - p[:, P.OVERCAST])
    clear_cold = a[:, A.ARCTIC] * (height < -0.3) * (clouds < 0.2)
    p[:, P.AURORA] = np.where(draw.chance(0.6 * clear_cold), draw.uniform(0.35, 0.8), 0.0)
    p[:, P.WINDOWS] = 3.2 * _smooth(0.12, -0.12, height)
    p[:, P.CONTRAST] = 1.05 + 0.03 * a[:, A.WARMTH] - 0.12 * storm


def _colours(p: F64, a: F64, t: dict[str, F64], draw: _Draw, biome: F64) -> None:
    n = len(p)

    def put(slot: C, rgb: F64) -> None:
        p[:, COLOR0 + 3 * slot : COLOR0 + 3 * slot + 3] = rgb

    lit = light(a[:, A.SUN_HEIGHT], a[:, A.WARMTH], np.clip(a[:, A.STORM], 0.0, 1.0), p[:, P.OVERCAST],
                a[:, A.SKY_TINT_X], a[:, A.SKY_TINT_Y])  # fmt: skip
    p[:, P.GLOW] = lit["glow_power"]
    p[:, P.BAND] = lit["band_power"]
    for slot, name in (
        (C.ZENITH, "zenith"), (C.HORIZON, "horizon"), (C.GLOW, "glow"), (C.BAND, "band"), (C.DISC, "disc"),
        (C.LIGHT, "light"), (C.AMBIENT, "ambient"), (C.BOUNCE, "bounce"), (C.HAZE, "haze"), (C.CLOUD_LIT,
        "cloud_lit"), (C.CLOUD_DARK, "cloud_dark"),
    ):  # fmt: skip
        put(slot, lit[name])
    # Which parts of the land a ground tint takes: usually everything that grows, often everything.
    tint_x, tint_y = a[:, A.GROUND_TINT_X].astype(np.float32), a[:, A.GROUND_TINT_Y].astype(np.float32)
    style = draw.unit()
    amounts = {
        "grass": np.where(style < 0.85, 1.0, 0.15),
        "field": np.where(style < 0.92, 1.0, 0.3),
        "forest": np.where(style < 0.55, 0.9, 0.0),
        "sand": np.where((style < 0.5) | (style > 0.8), 1.0, 0.2),
        "rock": np.where((style < 0.35) | (style > 0.75), 0.9, 0.1),
        "water": np.where((style > 0.3) & (style < 0.5), 0.8, 0.0),
        "snow": np.where(style < 0.3, 0.45, 0.0),
    }
    for k, name in enumerate(_TINT_PARTS):
        p[:, P.TINT_GRASS + k] = amounts[name]

    def albedo(name: str) -> F64:
        srgb = np.stack([t[f"{name}_{c}"] for c in "rgb"], axis=1) / 255.0
        return to_linear(srgb.astype(np.float32)).astype(np.float64)

    def tint(c: F64, part: str) -> F64:
        return tinted(c.astype(np.float32), tint_x, tint_y, amounts[part].astype(np.float32)).astype(np.float64)

    def fixed(r: int, g: int, b: int) -> F64:
        return np.repeat(to_linear(np.array([[r, g, b]], np.float32) / 255.0).astype(np.float64), n, axis=0)

    def blend(x: F64, y: F64, k: F64) -> F64:
        out: F64 = x + (y - x) * k[:, None]
        return out

    autumn = np.clip(a[:, A.AUTUMN], 0.0, 1.0)
    lush = np.clip(-a[:, A.AUTUMN], 0.0, 1.0)
    turned = np.clip(1.25 * autumn, 0.0, 1.0)
    red = draw.unit()
    grass, grass2 = albedo("grass"), albedo("grass2")
    grass = blend(blend(grass, fixed(66, 116, 48), 0.6 * lush), fixed(158, 140, 70), 0.6 * turned)
    grass2 = blend(blend(grass2, fixed(98, 136, 60), 0.6 * lush), fixed(186, 152, 78), 0.65 * turned)
    forest = blend(albedo("forest"), blend(fixed(196, 104, 34), fixed(158, 54, 34), red), 0.92 * turned)
    forest2 = blend(albedo("forest2"), blend(fixed(226, 170, 52), fixed(206, 88, 36), red), 0.95 * turned)
    evergreen = np.clip(p[:, P.CONIFER] * 1.2 - 0.3, 0.0, 1.0) * 0.55
    forest = blend(forest, albedo("forest"), evergreen)
    put(C.GRASS, tint(grass, "grass"))
    put(C.GRASS2, tint(grass2, "grass"))
    put(C.FOREST, tint(forest, "forest"))
    put(C.FOREST2, tint(forest2, "forest"))
    put(C.SAND, tint(albedo("sand"), "sand"))
    put(C.ROCK, tint(albedo("rock"), "rock"))
    put(C.ROCK2, tint(albedo("rock2"), "rock"))
    put(C.SNOW, tint(fixed(232, 238, 246), "snow"))
    # Flowers: two neighbouring hues of a painter's choice; a ground tint replaces them.
    hues = np.array([[214, 96, 150], [196, 104, 186], [222, 118, 140], [232, 196, 214], [168, 110, 204]], np.float64)
    pick = np.minimum(draw.unit() * 3.0, 2.0).astype(np.int64)
    other = (draw.unit() * len(hues)).astype(np.int64)
    for slot, index in ((C.FLOWER, pick), (C.FLOWER2, other)):
        c = to_linear((hues[index] / 255.0).astype(np.float32)).astype(np.float64)
        put(slot, tint(c, "field"))
    put(C.WATER, tint(albedo("water"), "water"))
    put(C.SHALLOW, tint(albedo("shallow"), "water"))
    put(C.WALL, blend(fixed(226, 214, 196), fixed(176, 120, 86), draw.unit() ** 2))
    put(C.ROOF, blend(fixed(168, 72, 50), fixed(104, 76, 66), draw.unit() ** 2))
    put(C.ICE, fixed(150, 204, 222))
    put(C.ROAD, blend(fixed(156, 128, 96), albedo("sand"), np.clip(t["sandy"], 0.0, 0.7)))
    put(C.LAVA, np.repeat(np.array([[4.6, 0.95, 0.07]]), n, axis=0))
