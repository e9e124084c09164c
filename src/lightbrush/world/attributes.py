"""What a person can ask a scene for: the conditioning vector of the embedded network."""

from __future__ import annotations

from dataclasses import dataclass

from lightbrush.world.layout import A


@dataclass(frozen=True)
class Attribute:
    """name: stable id; group: biome, style, light, weather, land, life, built, view or tint; low, high: range;
    words: what each pole means.

    Biomes are shares in [0, 1] that sum to 1, and so are styles. Scalars are in [-1, 1], 0 is the biome's own middle,
    and the poles are opposites. Tints come in pairs (saturation * cos hue, saturation * sin hue); (0, 0) is the natural
    colour.
    """

    name: str
    group: str
    low: float
    high: float
    words: tuple[str, str]


def _biome(name: str, words: str) -> Attribute:
    return Attribute(name, "biome", 0.0, 1.0, ("", words))


def _style(name: str, words: str) -> Attribute:
    return Attribute(name, "style", 0.0, 1.0, ("", words))


ATTRIBUTES: tuple[Attribute, ...] = (
    _biome("alpine", "high mountains"),
    _biome("islands", "islands in a warm sea"),
    _biome("desert", "sand dunes"),
    _biome("forest", "wooded hills"),
    _biome("canyon", "mesas and red rock walls"),
    _biome("meadow", "green rolling hills"),
    _biome("arctic", "ice and snow"),
    _biome("volcanic", "a volcano and lava"),
    _biome("savanna", "dry grass and acacias"),
    _biome("wetland", "marsh, reeds and ponds"),
    _biome("city", "a city skyline"),
    _biome("farmland", "fields of crops"),
    _biome("cliffs", "sea cliffs"),
    _biome("alien", "the moon or an alien planet"),
    _biome("underwater", "the bottom of the sea"),
    _biome("jungle", "a tropical jungle"),
    _style("photo", "a photograph"),
    _style("watercolour", "a watercolour painting"),
    _style("oil", "an oil painting"),
    _style("pencil", "a pencil drawing"),
    _style("ink", "an ink wash painting"),
    _style("cel", "flat cel shading, as in animation"),
    _style("pixel", "pixel art"),
    _style("lowpoly", "low-poly facets"),
    _style("glass", "stained glass"),
    Attribute("sun_height", "light", -1.0, 1.0, ("midnight", "high noon")),
    Attribute("warmth", "light", -1.0, 1.0, ("cool pink and violet light", "golden and orange light")),
    Attribute("clouds", "weather", -1.0, 1.0, ("clear sky", "cloudy")),
    Attribute("storm", "weather", -1.0, 1.0, ("bright, fair weather", "dark, dramatic storm")),
    Attribute("fog", "weather", -1.0, 1.0, ("crisp, clear air", "thick fog")),
    Attribute("snow", "weather", -1.0, 1.0, ("no snow", "deep snow")),
    Attribute("water", "land", -1.0, 1.0, ("dry land", "much water")),
    Attribute("waves", "weather", -1.0, 1.0, ("mirror calm", "rough waves")),
    Attribute("trees", "life", -1.0, 1.0, ("treeless", "dense trees")),
    Attribute("autumn", "life", -1.0, 1.0, ("lush green leaves", "red and gold leaves")),
    Attribute("relief", "land", -1.0, 1.0, ("flat land", "towering mountains")),
    Attribute("village", "life", -1.0, 1.0, ("wilderness", "a village")),
    Attribute("flowers", "life", -1.0, 1.0, ("no flowers", "fields of flowers")),
    Attribute("rain", "weather", -1.0, 1.0, ("dry air", "heavy rain")),
    Attribute("snowfall", "weather", -1.0, 1.0, ("no snow in the air", "thick falling snow")),
    Attribute("aurora", "light", -1.0, 1.0, ("no aurora", "bright northern lights")),
    Attribute("rainbow", "weather", -1.0, 1.0, ("no rainbow", "a bright rainbow")),
    Attribute("blossom", "life", -1.0, 1.0, ("no blossom", "trees in pink and white blossom")),
    Attribute("view_height", "view", -1.0, 1.0, ("seen from near the ground", "seen from high above")),
    Attribute("lens", "view", -1.0, 1.0, ("wide angle", "telephoto")),
    Attribute("castle", "built", -1.0, 1.0, ("no towers", "a castle")),
    Attribute("boats", "built", -1.0, 1.0, ("empty water", "many boats")),
    Attribute("bridge", "built", -1.0, 1.0, ("no bridge", "a bridge")),
    Attribute("balloons", "built", -1.0, 1.0, ("an empty sky", "hot-air balloons")),
    Attribute("birds", "life", -1.0, 1.0, ("no birds", "flocks of birds")),
    Attribute("boulders", "land", -1.0, 1.0, ("smooth ground", "many boulders")),
    Attribute("road", "built", -1.0, 1.0, ("no road", "a road")),
    Attribute("palms", "life", -1.0, 1.0, ("no palms", "palm trees")),
    Attribute("cacti", "life", -1.0, 1.0, ("no cacti", "cacti")),
    Attribute("sky_tint_x", "tint", -1.0, 1.0, ("cyan sky", "red sky")),
    Attribute("sky_tint_y", "tint", -1.0, 1.0, ("violet sky", "yellow-green sky")),
    Attribute("ground_tint_x", "tint", -1.0, 1.0, ("cyan land", "red land")),
    Attribute("ground_tint_y", "tint", -1.0, 1.0, ("violet land", "yellow-green land")),
)

BIOMES: tuple[str, ...] = tuple(a.name for a in ATTRIBUTES if a.group == "biome")
STYLES: tuple[str, ...] = tuple(a.name for a in ATTRIBUTES if a.group == "style")
NAMES: tuple[str, ...] = tuple(a.name for a in ATTRIBUTES)

assert tuple(slot.name.lower() for slot in A) == NAMES
