"""Random scenes, scenes on request, and what is true of them. NumPy only: no compiler, no PyTorch.

A scene is a float32 row [P] laid out by `layout`. Scene i of a seed is the same however many scenes are
asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.attributes import ATTRIBUTES, BIOMES, NAMES, STYLES, Attribute
from lightbrush.world.chance import Draw, uniforms
from lightbrush.world.layout import COLOR0, SCENE_SIZE, A, C, P
from lightbrush.world.materials import MATERIALS, PALETTE, Material, tinted, to_linear, to_srgb
from lightbrush.world.realise import TINT_PARTS, realise

__all__ = [
    "ATTRIBUTES",
    "BIOMES",
    "HELD_OUT_SEEDS",
    "HOMES",
    "MATERIALS",
    "SCENE_SIZE",
    "Attribute",
    "Material",
    "attributes_of",
    "drawing_palette",
    "sample_alike",
    "sample_scenes",
    "sample_variants",
    "scene_from_attributes",
    "sketch_palette",
]

F64 = NDArray[np.float64]
Rows = NDArray[np.float32]

HELD_OUT_SEEDS = range(900_000, 901_000)  # never train on these
_VARIANTS = 2**40  # added to a seed: what a variant changes
_USUAL = 2**41  # what is usual
#: About what is usual it varies so far, to either side; a tint, which is a colour, does not.
_AS_USUAL: Final = 0.25
_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})
_ELSEWHERE: Final = 2**42  # which land instead
#: Of what is drawn for no scene in particular: how much of the ground's tint each thing takes; blossoms, sRGB.
_TINTED: Final = 0.7
_BLOSSOMS: Final = (241, 173, 197)
#: Where what is asked for is at home, and would be looked for. Nothing of a land is seen under water, on another planet
#: or between towers, so those are nobody's here.
_DRY: Final = ("meadow", "forest", "farmland", "savanna", "desert", "alpine", "canyon")
_GREEN: Final = ("meadow", "forest", "farmland")
_WET: Final = ("islands", "cliffs", "meadow", "forest", "alpine", "wetland")
HOMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "village": ("meadow", "forest", "farmland", "alpine"),
        "road": _DRY,
        "flowers": (*_GREEN, "alpine"),
        "boulders": (*_DRY, "arctic"),
        "palms": ("jungle", "desert"),
        "cacti": ("desert", "canyon", "savanna"),
        "blossom": _GREEN,
        "autumn": (*_GREEN, "alpine"),
        "trees": (*_GREEN, "alpine", "savanna"),
        "castle": (*_GREEN, "alpine", "cliffs"),
        "waves": _WET,
        "boats": _WET,
        "bridge": _WET,
        "relief": (*_DRY, "arctic"),
        "snow": (*_GREEN, "alpine", "arctic"),
        "balloons": (*_DRY, "islands"),
    }
)
#: Between which bounds the rest has to be for it to be told whether what is asked for is there: a road, rocks and
#: flowers lie on dry ground in front of who stands there, and trees hide what is behind them.
Bounds = Mapping[A, tuple[float, float]]
SHOWN: Final[Mapping[str, Bounds]] = MappingProxyType(
    {
        "road": {A.WATER: (-1.0, -0.4), A.TREES: (-1.0, 0.1), A.VIEW_HEIGHT: (-0.4, 0.3)},
        "boulders": {A.WATER: (-1.0, -0.3), A.TREES: (-1.0, 0.1), A.VIEW_HEIGHT: (-1.0, 0.3)},
        "flowers": {A.WATER: (-1.0, -0.3), A.VIEW_HEIGHT: (-1.0, 0.3)},
        "village": {A.WATER: (-1.0, -0.2), A.TREES: (-1.0, -0.1), A.VIEW_HEIGHT: (-0.1, 0.6)},
        "cacti": {A.WATER: (-1.0, -0.3), A.TREES: (-1.0, 0.0), A.VIEW_HEIGHT: (-1.0, 0.3)},
        "palms": {A.WATER: (-1.0, -0.1), A.VIEW_HEIGHT: (-1.0, 0.2)},
        "blossom": {A.WATER: (-1.0, -0.1), A.TREES: (0.4, 1.0)},
        "autumn": {A.WATER: (-1.0, -0.1), A.TREES: (0.4, 1.0)},
        "trees": {A.WATER: (-1.0, -0.1)},
        "relief": {A.WATER: (-1.0, -0.2), A.TREES: (-1.0, 0.1), A.VIEW_HEIGHT: (-0.3, 0.5)},
        "castle": {A.TREES: (-1.0, 0.2)},
        "waves": {A.WATER: (0.4, 1.0)},
        "boats": {A.WATER: (0.3, 1.0)},
        "bridge": {A.WATER: (0.3, 1.0)},
        "arctic": {A.SNOW: (0.2, 1.0)},
        "wetland": {A.WATER: (0.0, 1.0), A.TREES: (-1.0, 0.3)},
        "meadow": {A.WATER: (-1.0, 0.0), A.TREES: (-1.0, -0.1)},
        "forest": {A.WATER: (-1.0, 0.0), A.TREES: (0.1, 1.0)},
        "jungle": {A.WATER: (-1.0, 0.0), A.TREES: (0.1, 1.0)},
    }
    | {land: {A.WATER: (-1.0, 0.0)} for land in ("farmland", "savanna", "desert", "canyon")}
)


def sample_scenes(seed: int, count: int) -> Rows:
    """Random scenes [count, P]."""
    draw = Draw(uniforms(seed, count))
    a = _sample_attributes(draw, count)
    _agree(a, np.ones(len(ATTRIBUTES), np.bool_))
    return realise(a, draw)


def sample_variants(seed: int, count: int) -> Rows:
    """The scenes [count, P] of `sample_scenes`, the same lie of the land and the same light, each with another surface:
    deep snow, autumn leaves or fresh ones, flowers, a tint of the ground, or none of these."""
    draw, other = Draw(uniforms(seed, count)), Draw(uniforms(seed + _VARIANTS, count))
    a = _sample_attributes(draw, count)
    kind, much = other.unit(), other.uniform(0.6, 1.0)
    snow, autumn, flowers, bare = (kind < 0.4, (kind >= 0.4) & (kind < 0.6), (kind >= 0.6) & (kind < 0.7), kind >= 0.9)
    a[:, A.SNOW] = np.where(snow, much, np.where(bare, -much, np.minimum(a[:, A.SNOW], 0.0)))
    a[:, A.AUTUMN] = np.where(autumn & (a[:, A.AUTUMN] < 0.3), much, np.where(autumn | bare, -much, a[:, A.AUTUMN]))
    a[:, A.FLOWERS] = np.where(flowers, much, np.where(bare, -much, a[:, A.FLOWERS]))
    tint = np.where((kind >= 0.7) & ~bare, much, 0.0)
    hue = 2.0 * np.pi * other.unit()
    a[:, A.GROUND_TINT_X], a[:, A.GROUND_TINT_Y] = tint * np.cos(hue), tint * np.sin(hue)
    _agree(a, np.ones(len(ATTRIBUTES), np.bool_))
    return realise(a, draw)


def sample_alike(params: Rows, seed: int, names: Collection[str] = NAMES) -> Rows:
    """Other scenes [N, P], each with one's attributes of these names; the rest is drawn anew."""
    draw = Draw(uniforms(seed, len(params)))
    a = _sample_attributes(draw, len(params))
    same = np.array([name in names for name in NAMES])
    a[:, same] = params[:, : len(NAMES)][:, same]
    _agree(a, ~same)
    return realise(a, draw)


def scene_from_attributes(
    attrs: Mapping[str, float], seed: int, count: int = 1, usual: Mapping[str, float] = _NOTHING
) -> Rows:
    """Scenes [count, P] with these attributes; what is not named is drawn at random (a biome named alone is
    pure; of a style named alone, the rest is photograph).

    A name may carry its group, as in "biome:desert". Values outside an attribute's range are refused. usual: what is
    about so, where nothing of attrs needs it otherwise, as northern lights need the night; what is drawn is then such
    that what is asked for can be seen: waves come with water, and a village is not at the bottom of the sea.
    """
    draw = Draw(uniforms(seed, count))
    wanted: dict[str, float] = {}
    for key, value in attrs.items():
        name = key.split(":")[-1].strip().replace(" ", "_")
        if name not in NAMES:
            raise ValueError(f"world: unknown attribute {key!r}; known: {', '.join(NAMES)}")
        about = ATTRIBUTES[NAMES.index(name)]
        if not about.low <= value <= about.high:
            raise ValueError(f"world: {name} must be in [{about.low:g}, {about.high:g}], got {value!r}")
        wanted[name] = float(value)
    lands = {name: wanted.pop(name) for name in BIOMES if name in wanted}
    if lands:
        total = sum(lands.values())
        if total <= 0.0:
            raise ValueError("world: biome shares must sum to more than 0")
        lands = {name: share / total for name, share in lands.items()}
    a = _sample_attributes(draw, count, lands)
    shares = {name: wanted.pop(name) for name in STYLES if name in wanted}
    shares = shares or {name: usual[name] for name in STYLES if name in usual}
    if shares:
        # The rest of a style is photograph.
        shares.setdefault("photo", max(0.0, 1.0 - sum(shares.values())))
        total = sum(shares.values())
        if total <= 0.0:
            raise ValueError("world: style shares must sum to more than 0")
        a[:, A.PHOTO : A.GLASS + 1] = [shares.get(name, 0.0) / total for name in STYLES]
    for pair in ("sky_tint", "ground_tint"):
        if f"{pair}_x" in wanted or f"{pair}_y" in wanted:
            a[:, [NAMES.index(f"{pair}_x"), NAMES.index(f"{pair}_y")]] = 0.0
    about_usual = Draw(uniforms(seed + _USUAL, count))
    for name in (name for name in usual if name not in wanted and name not in STYLES):
        varies = 0.0 if _group(name) == "tint" else _AS_USUAL
        a[:, NAMES.index(name)] = np.clip(usual[name] + varies * about_usual.uniform(-1.0, 1.0), -1.0, 1.0)
    for name, value in wanted.items():
        a[:, NAMES.index(name)] = value
    free = np.array([name not in wanted for name in NAMES])
    if usual:
        _make_room(a, [*wanted, *lands], free, None if lands else Draw(uniforms(seed + _ELSEWHERE, count)))
    _agree(a, free)
    return realise(a, draw)


def attributes_of(params: Rows) -> Rows:
    """The attributes [N, A] of scenes [N, P], in the order of ATTRIBUTES."""
    return np.ascontiguousarray(params[:, : len(ATTRIBUTES)])


def sketch_palette(params: Rows) -> Rows:
    """The colours [N, materials, 3] in [0, 1] with which a person would draw each scene: MATERIALS, tinted
    as it is."""
    parts = {name: params[:, P.TINT_GRASS + k] for k, name in enumerate(TINT_PARTS)}
    tints = params[:, [A.SKY_TINT_X, A.SKY_TINT_Y, A.GROUND_TINT_X, A.GROUND_TINT_Y]]
    return _palette(tints, parts, params[:, P.BLOSSOM], params[:, COLOR0 + 3 * C.BLOSSOM :][:, :3])


def drawing_palette(asked: NDArray[np.float32]) -> Rows:
    """The same [materials, 3] for what is asked for, [5]: the tint of the sky and of the ground, x and y each, and
    blossom."""
    parts = dict.fromkeys(TINT_PARTS, np.full(1, _TINTED, np.float32))
    blossoms = to_linear(np.array([_BLOSSOMS], np.float32) / np.float32(255))
    palette: Rows = _palette(asked[None, :4], parts, asked[4:].clip(0, 1), blossoms)[0]
    return palette


def _palette(tints: Rows, parts: Mapping[str, NDArray[np.float32]], bloom: NDArray[np.float32], blossoms: Rows) -> Rows:
    """tints: [N, 4]; parts: of each thing on the ground, how much of its tint it takes [N]; bloom: how much of the
    trees' green is blossom [N], blossoms: of which colour, linear [N, 3]."""
    n = len(tints)
    out = np.repeat(PALETTE[None], n, axis=0)
    base = to_linear(PALETTE)
    names = [m.name for m in MATERIALS]
    sky, ground = (tints[:, 0], tints[:, 1]), (tints[:, 2], tints[:, 3])
    one = np.ones(n, np.float32)
    plan = [
        ("sky", sky, one),
        ("cloud", sky, 0.3 * one),
        ("water", sky, 0.25 * one),
        ("water", ground, parts["water"]),
    ]
    plan += [(name, ground, parts[name]) for name in ("grass", "forest", "sand", "rock", "field", "snow")]
    plan += [("mountain", ground, parts["rock"]), ("road", ground, 0.5 * parts["sand"])]
    plan += [("ice", ground, 0.5 * parts["snow"]), ("crop", ground, parts["field"])]
    linear = np.repeat(base[None], n, axis=0)
    forest = names.index("forest")
    linear[:, forest] += (blossoms - linear[:, forest]) * 0.8 * bloom[:, None]
    for name, (x, y), amount in plan:
        k = names.index(name)
        linear[:, k] = tinted(linear[:, k], x, y, amount)
    changed = np.abs(linear - base[None]).max(axis=2, keepdims=True) > 1e-6
    return np.where(changed, to_srgb(linear), out).astype(np.float32)


def _sample_attributes(draw: Draw, n: int, shares: Mapping[str, float] | None = None) -> F64:
    """Attributes [N, A] as the world has them, in the biomes asked for if there are `shares`."""
    a = np.zeros((n, len(ATTRIBUTES)))
    # 1. Biome, or two.
    first = np.minimum((draw.unit() * len(BIOMES)).astype(np.int64), len(BIOMES) - 1)
    second = (first + 1 + (draw.unit() * (len(BIOMES) - 1)).astype(np.int64)) % len(BIOMES)
    share = np.where(draw.chance(0.27), draw.uniform(0.3, 0.7), 0.0)
    rows = np.arange(n)
    share = np.where((first == A.UNDERWATER) | (second == A.UNDERWATER), 0.0, share)  # nothing is half under water
    a[rows, first] = 1.0 - share
    a[rows, second] += share
    if shares:
        a[:, : len(BIOMES)] = [shares.get(name, 0.0) for name in BIOMES]
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
    # 4. What is there or is not.
    at_home: dict[A, F64 | float] = {
        A.RAIN: 0.1 + 0.15 * a[:, A.JUNGLE],
        A.SNOWFALL: 0.04 + 0.2 * (a[:, A.ARCTIC] + 0.5 * a[:, A.ALPINE]) + 0.3 * (a[:, A.SNOW] > 0.4),
        A.AURORA: np.where(height < -0.3, 0.12 + 0.5 * a[:, A.ARCTIC], 0.0),
        A.RAINBOW: np.where((height > 0.12) & (height < 0.75), 0.09, 0.0),
        A.BLOSSOM: 0.04 + 0.1 * (a[:, A.MEADOW] + a[:, A.FOREST] + a[:, A.FARMLAND]),
        A.CASTLE: 0.07 + 0.1 * (a[:, A.ALPINE] + a[:, A.MEADOW] + a[:, A.CLIFFS] + a[:, A.FOREST]),
        A.BOATS: 0.05 + 0.3 * (a[:, A.ISLANDS] + a[:, A.CLIFFS]) + 0.15 * (a[:, A.CITY] + a[:, A.WETLAND]),
        A.BRIDGE: 0.06 + 0.15 * a[:, A.CITY],
        A.BALLOONS: np.where(height > -0.1, 0.08 + 0.12 * (a[:, A.DESERT] + a[:, A.CANYON] + a[:, A.MEADOW]), 0.03),
        A.BIRDS: np.where(height > -0.2, 0.16, 0.03),
        A.ROAD: 0.14 + 0.15 * (a[:, A.MEADOW] + a[:, A.FARMLAND]),
        A.PALMS: 0.05,
        A.CACTI: 0.04,
    }
    for slot, chance in at_home.items():
        a[:, slot] = draw.seldom(chance)
    for slot, own in ((A.PALMS, a[:, A.ISLANDS] + a[:, A.JUNGLE]), (A.CACTI, a[:, A.DESERT] + a[:, A.CANYON])):
        a[:, slot] = np.where(own > 0.4, draw.signed(), a[:, slot])
    a[:, A.BOULDERS] = draw.signed()
    a[:, A.LENS] = draw.signed()
    a[:, A.VIEW_HEIGHT] = draw.signed(0.9)
    # 5. Tints.
    for slot, chance in ((A.SKY_TINT_X, 0.22), (A.GROUND_TINT_X, 0.22)):
        on = draw.chance(chance)
        hue = 2.0 * np.pi * draw.unit()
        saturation = np.where(on, draw.uniform(0.35, 1.0), 0.0)
        a[:, slot] = saturation * np.cos(hue)
        a[:, slot + 1] = saturation * np.sin(hue)
    # 6. Style: nearly half are photographs, some are between a photograph and a style.
    style = A.WATERCOLOUR + np.minimum((draw.unit() * (len(STYLES) - 1)).astype(np.int64), len(STYLES) - 2)
    part = np.where(draw.chance(0.25), draw.uniform(0.5, 1.0), 1.0)
    share = np.where(draw.chance(0.45), 0.0, part)
    a[:, A.PHOTO] = 1.0 - share
    a[rows, style] = share
    return a


def _agree(a: F64, free: NDArray[np.bool_]) -> None:
    """Bends what was only drawn (`free` [A]) towards what is there: rain wants clouds, an aurora the night."""

    def want(slot: A, where: NDArray[np.bool_], low: F64 | float, high: F64 | float) -> None:
        if free[slot]:
            value = a[:, slot]
            a[:, slot] = np.where(where, np.clip(value, low, high), value)

    under = a[:, A.UNDERWATER] > 0.5
    sealed = under | (a[:, A.ALIEN] > 0.45)
    absent = (A.RAIN, A.SNOWFALL, A.AURORA, A.RAINBOW, A.BLOSSOM, A.CASTLE, A.BOATS, A.BRIDGE, A.BALLOONS, A.BIRDS,
              A.ROAD, A.PALMS, A.CACTI, A.VILLAGE, A.FLOWERS)  # fmt: skip
    for slot in absent:
        want(slot, sealed, -1.0, -0.2)
    for slot in (A.STORM, A.FOG, A.SNOW, A.AUTUMN):
        want(slot, sealed, -1.0, 0.0)
    want(A.CLOUDS, a[:, A.ALIEN] > 0.45, -1.0, -0.6)
    want(A.WATER, a[:, A.ALIEN] > 0.45, -1.0, 0.2)
    want(A.VIEW_HEIGHT, under, -0.5, 0.4)
    want(A.VILLAGE, a[:, A.CITY] > 0.3, -1.0, 0.1)
    want(A.TREES, a[:, A.JUNGLE] > 0.5, -0.2, 1.0)
    want(A.AUTUMN, a[:, A.JUNGLE] > 0.5, -1.0, 0.0)
    falling = np.maximum(a[:, A.RAIN], a[:, A.SNOWFALL])
    wet = a[:, A.RAIN] > 0.08
    # One thing falls at a time.
    want(A.SNOWFALL, wet & (a[:, A.RAIN] >= a[:, A.SNOWFALL]), -1.0, -0.2)
    white = a[:, A.SNOWFALL] > 0.08
    want(A.RAIN, white, -1.0, -0.2)
    want(A.SNOW, white, 0.5 + 0.3 * np.clip(falling, 0.0, 1.0), 1.0)
    want(A.FLOWERS, white, -1.0, 0.0)
    for slot in (A.PALMS, A.CACTI):
        want(slot, white, -1.0, -0.2)
    want(A.BLOSSOM, (a[:, A.SNOW] > 0.25) | (a[:, A.AUTUMN] > 0.3), -1.0, -0.2)
    bow = a[:, A.RAINBOW] > 0.08
    want(A.SUN_HEIGHT, bow, 0.12, 0.7)
    want(A.STORM, bow, -1.0, 0.35)
    want(A.CLOUDS, bow, -1.0, 0.45)
    want(A.FOG, bow, -1.0, 0.1)
    want(A.CLOUDS, (falling > 0.08) & ~bow, 0.45 + 0.4 * np.clip(falling, 0.0, 1.0), 1.0)
    want(A.STORM, wet & ~bow, 0.1 + 0.4 * np.clip(falling, 0.0, 1.0), 1.0)
    lights = a[:, A.AURORA] > 0.08
    want(A.SUN_HEIGHT, lights, -1.0, -0.34)
    want(A.CLOUDS, lights, -1.0, -0.15)
    want(A.STORM, lights, -1.0, 0.0)
    want(A.FOG, lights, -1.0, 0.1)
    flying = (a[:, A.BALLOONS] > 0.08) | (a[:, A.BIRDS] > 0.08)
    want(A.FOG, flying | (a[:, A.CASTLE] > 0.08), -1.0, 0.35)
    afloat = (a[:, A.BOATS] > 0.08) | (a[:, A.BRIDGE] > 0.08)
    want(A.WATER, afloat, 0.1, 1.0)
    want(A.FOG, afloat, -1.0, 0.4)
    bloom = a[:, A.BLOSSOM] > 0.08
    want(A.TREES, bloom, 0.1, 1.0)
    want(A.AUTUMN, bloom, -1.0, 0.0)
    want(A.SNOW, bloom, -1.0, 0.1)
    for slot in (A.PALMS, A.CACTI):
        there = a[:, slot] > 0.2
        want(A.TREES, there, 0.0, 1.0)
        want(A.SNOW, there, -1.0, 0.2)


def _make_room(a: F64, asked: Collection[str], free: NDArray[np.bool_], elsewhere: Draw | None) -> None:
    """Bends what was only drawn (`free` [A]) towards where it can be told whether what is asked for is there.

    elsewhere: draws another land for scenes whose own hides it, or is not its home; None: the land was asked for.
    """
    homes = [HOMES[name] for name in asked if name in HOMES]
    if elsewhere and any(_group(name) not in ("style", "view") for name in asked):
        there = {land for land in BIOMES if all(land in home for home in homes)} - {"underwater", "alien"}
        hiding, showing = ([i for i, land in enumerate(BIOMES) if (land in there) is shows] for shows in (False, True))
        showing = showing or [int(A.MEADOW)]
        instead = np.array(showing)[(elsewhere.unit() * len(showing)).astype(np.int64)]
        hidden = np.flatnonzero(a[:, hiding].max(axis=1) > 0.0)
        a[hidden, : len(BIOMES)] = 0.0
        a[hidden, instead[hidden]] = 1.0

    for name in asked:
        for slot, (low, high) in SHOWN.get(name, {}).items():
            if free[slot]:
                a[:, slot] = np.clip(a[:, slot], low, high)


def _group(name: str) -> str:
    return ATTRIBUTES[NAMES.index(name)].group
