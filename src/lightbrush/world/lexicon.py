"""The words for each attribute: what a caption may say, and which synonyms are kept back to measure
understanding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["place", "time", "adjective", "with"]


@dataclass(frozen=True)
class Sense:
    """One thing to say of an attribute while its value is in [low, high].

    adjectives stand before the place, withs after "with" or a comma,
    times after everything. `also` names a second attribute
    that the words settle too, with its range. held are (role, words) that are only said when asked for.
    """

    attribute: str
    low: float
    high: float
    adjectives: tuple[str, ...] = ()
    withs: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    held: tuple[tuple[Role, str], ...] = ()
    also: tuple[str, float, float] | None = None


PLACES: dict[str, tuple[str, ...]] = {
    "alpine": ("an alpine valley", "the Alps", "high mountains", "a mountain range", "rugged mountains",
    "a mountain pass",
               "rocky peaks", "alpine peaks", "a mountain landscape", "craggy summits", "the high sierra",
               "mountain wilderness"),
    "islands": ("tropical islands", "an island in the sea", "a tropical beach", "an archipelago",
    "a desert island", "a lagoon",
                "islands in the ocean", "a sandy beach with palms", "a palm-fringed shore",
                "a tropical coast", "an atoll"),
    "desert": ("a desert", "sand dunes", "the Sahara", "rolling dunes", "a sandy desert",
    "an endless desert", "a sea of sand",
               "the dunes", "arid dunes", "a sun-baked desert", "a dry sandy waste"),
    "forest": ("a forest", "wooded hills", "a woodland", "the deep woods", "a forest valley",
    "forested hills",
               "a pine and oak forest", "hills covered in forest", "the woods", "a quiet forest",
               "a green wilderness of trees"),
    "canyon": ("a canyon", "red rock mesas", "a canyon land", "sandstone cliffs", "buttes and mesas",
    "a red rock canyon",
               "Monument Valley", "the badlands", "a rocky gorge", "layered red cliffs", "the Grand Canyon",
               "a ravine"),
    "meadow": ("a meadow", "green rolling hills", "grassy hills", "the countryside", "a pasture",
    "green fields", "a grassland",
               "rolling farmland", "a grassy plain", "gentle green hills", "a pastoral landscape",
               "the English countryside"),
    "arctic": ("the Arctic", "an icy wasteland", "an icy shore", "the polar sea", "a glacier landscape",
    "ice floes",
               "icebergs in the sea", "an ice field", "the icy north", "Antarctica", "a polar landscape",
               "Greenland"),
    "volcanic": ("a volcano", "a volcanic landscape", "a smoking volcano", "lava fields",
    "an erupting volcano",
                 "a volcanic wasteland", "rivers of lava", "a fiery mountain", "a land of lava and ash",
                 "Mordor"),
    "savanna": ("the savanna", "an African plain", "the Serengeti", "a dry grassland with acacias",
    "acacia trees on a plain",
                "a golden plain", "the African bush", "dry yellow grassland", "a safari landscape", "Kenya"),
    "wetland": ("a marsh", "a wetland", "a swamp", "reeds and ponds", "a bog", "marshland", "a river delta",
    "a reedy lake",
                "ponds among reeds", "a flooded meadow", "the everglades"),
}  # fmt: skip

HELD_OUT_PLACES: dict[str, tuple[str, ...]] = {
    "alpine": ("the Dolomites", "a cordillera", "Himalayan heights"),
    "islands": ("the Caribbean", "coral isles", "the Maldives"),
    "desert": ("the Gobi", "a barren erg", "Arabian sands"),
    "forest": ("a thicket", "timberland", "a sylvan landscape"),
    "canyon": ("the Arizona tablelands", "a chasm", "Utah's rock country"),
    "meadow": ("a prairie", "the shire", "lush downs"),
    "arctic": ("a frigid tundra", "Svalbard", "the South Pole"),
    "volcanic": ("Vesuvius", "a magma landscape", "Mount Etna"),
    "savanna": ("the veld", "the Maasai Mara", "Tanzania"),
    "wetland": ("a fen", "a bayou", "a morass"),
}

SENSES: tuple[Sense, ...] = (
    # Hour. Dawn is cool, dusk is warm; night has no warmth.
    Sense("sun_height", -1.0, -0.62, ("midnight",), ("a black night sky",),
          ("at midnight", "in the middle of the night", "deep in the night", "in the darkest night",
          "late at night"),
          (("time", "at the witching hour"), ("time", "in the dead of night"))),
    Sense("sun_height", -0.75, -0.28, ("nocturnal", "moonlit"), ("stars above", "a night sky full of stars"),
          ("at night", "by night", "under the stars", "in the moonlight", "on a starry night", "after dark",
          "at nighttime"),
          (("time", "beneath the Milky Way"), ("time", "under a starlit heaven"))),
    Sense("sun_height", -0.3, -0.1, ("twilit",), ("the last light fading", "a deep blue twilight"),
          ("at twilight", "in the blue hour", "after sunset", "before sunrise", "as night falls",
          "at nightfall", "in the gloaming"),
          (("time", "at eventide"), ("time", "in the crepuscular light"))),
    Sense("sun_height", -0.12, 0.13, ("sunset",),
    ("the sun setting", "a burning sunset", "the sun sinking below the horizon"),
          ("at sunset", "at dusk", "at sundown", "as the sun goes down", "in the evening",
          "in the light of the setting sun"),
          (("time", "as the day ends"), ("with", "a sinking sun")), ("warmth", 0.12, 1.0)),
    Sense("sun_height", -0.12, 0.13, ("dawn",), ("the sun rising", "a pink dawn", "first light"),
          ("at dawn", "at sunrise", "at daybreak", "at first light", "as the sun comes up",
          "in the rising sun"),
          (("time", "at cockcrow"), ("time", "as a new day begins")), ("warmth", -1.0, -0.12)),
    Sense("sun_height", 0.04, 0.32, ("golden",), ("long shadows", "low golden light", "golden sunlight"),
          ("at golden hour", "in the golden hour", "in low golden light", "in late afternoon light",
          "in the late afternoon"),
          (("time", "in honeyed light"), ("with", "amber sunbeams")), ("warmth", 0.15, 1.0)),
    Sense("sun_height", 0.08, 0.34, (), ("soft morning light", "long cool shadows"),
          ("early in the morning", "in the early morning", "in soft morning light", "on a fresh morning"),
          (("time", "at breakfast time"),), ("warmth", -1.0, -0.12)),
    Sense("sun_height", 0.3, 0.68, ("sunny", "daylit"), ("daylight",),
          ("in daylight", "by day", "during the day", "on a bright day", "in the afternoon",
          "in the sunshine"),
          (("time", "in the daytime hours"),)),
    Sense("sun_height", 0.62, 1.0, ("sunlit",), ("the sun high overhead", "strong midday sun"),
          ("at noon", "at midday", "under the high sun", "in the middle of the day",
          "in bright midday light"),
          (("time", "at twelve o'clock"), ("time", "with the sun at its zenith"))),
    # Colour of the light.
    Sense("warmth", 0.4, 1.0, ("warm", "amber", "glowing"),
    ("warm light", "orange light", "golden tones", "a warm glow"), (),
          (("with", "a toasty honey glow"),)),
    Sense("warmth", -1.0, -0.4, ("pink", "cool", "rosy"),
    ("cool light", "pink light", "violet tones", "a pink glow"), (),
          (("with", "pastel lilac tones"),)),
    # Weather.
    Sense("clouds", 0.75, 1.0, ("overcast", "gloomy grey"),
    ("a sky full of clouds", "heavy cloud", "an overcast sky", "grey skies"),
          (), (("adjective", "sunless"), ("with", "a leaden ceiling"))),
    Sense("clouds", 0.28, 0.8, ("cloudy",),
    ("clouds", "many clouds", "a cloudy sky", "big clouds", "drifting clouds"), (),
          (("with", "cumulus heaps"), ("with", "billowing skies"))),
    Sense("clouds", -0.55, -0.12, (),
    ("a few clouds", "some wisps of cloud", "scattered clouds", "little cloud"), (),
          (("with", "the odd wisp overhead"),)),
    Sense("clouds", -1.0, -0.55, ("cloudless", "clear"),
    ("a clear sky", "no clouds", "clear skies", "not a cloud in the sky"), (),
          (("with", "an unclouded sky"), ("with", "an empty heaven"))),
    Sense("storm", 0.55, 1.0, ("stormy", "ominous", "dramatic"),
    ("a dark storm", "a heavy storm", "black storm clouds",
          "a thunderstorm", "a violent tempest"), (),
          (("adjective", "brooding"), ("with", "a raging squall"))),
    Sense("storm", 0.2, 0.6, ("moody",),
    ("a storm coming", "a gathering storm", "bad weather", "threatening weather"), (),
          (("with", "foul weather brewing"),)),
    Sense("storm", -1.0, -0.3, ("peaceful", "serene"),
    ("fair weather", "fine weather", "no storm", "good weather"), (),
          (("adjective", "idyllic"), ("with", "balmy weather"))),
    Sense("fog", 0.68, 1.0, ("fog-bound",), ("thick fog", "dense fog", "heavy fog", "very thick mist"), (),
          (("with", "a pea soup"), ("with", "impenetrable murk"))),
    Sense("fog", 0.3, 0.75, ("foggy", "misty"),
    ("fog", "mist", "drifting mist", "rolling fog", "fog in the valleys"), (),
          (("adjective", "vaporous"), ("with", "brume"))),
    Sense("fog", 0.08, 0.35, ("hazy",), ("light fog", "a little mist", "a light haze", "thin mist"), (),
    (("with", "faint vapour"),)),
    Sense("fog", -1.0, -0.4, (),
    ("clear air", "no fog", "crisp air", "crystal clear air", "far visibility"), (),
          (("with", "pellucid air"),)),
    Sense("snow", 0.5, 1.0, ("snow-covered", "wintry", "snowy"),
    ("deep snow", "snow everywhere", "heavy snow", "a blanket of snow",
          "snow all over"), (),
          (("adjective", "frosted"), ("with", "powdery drifts"), ("adjective", "frozen"))),
    Sense("snow", 0.18, 0.55, ("snowy", "snow-capped"), ("some snow", "snow on the heights", "fresh snow"),
    (),
          (("with", "white caps"),)),
    Sense("snow", -1.0, -0.4, ("snowless",), ("no snow", "bare ground without snow", "the snow gone"), (),
          (("with", "everything thawed"),)),
    Sense("waves", 0.6, 1.0, (), ("rough waves", "rough water", "big waves", "choppy water", "whitecaps"), (),
          (("with", "heaving billows"), ("with", "churning surf"))),
    Sense("waves", 0.25, 0.65, (), ("waves", "ripples on the water", "wind on the water"), (),
    (("with", "wavelets"),)),
    Sense("waves", -1.0, -0.35, (),
    ("calm water", "still water", "mirror-like water", "no waves", "smooth water"), (),
          (("with", "a glassy surface"), ("with", "placid waters"))),
    # Land and life.
    Sense("water", 0.35, 1.0, ("watery", "flooded"),
    ("a wide lake", "a big lake", "lots of water", "a broad stretch of water",
          "a lake"), (), (("with", "a tarn"), ("with", "a vast mere"))),
    Sense("water", -1.0, -0.4, ("dry", "parched"), ("no water", "dry land", "no lake", "little water"), (),
          (("adjective", "waterless"),)),
    Sense("trees", 0.55, 1.0, ("densely wooded", "tree-covered"),
    ("dense trees", "many trees", "thick woods", "lots of trees",
          "trees everywhere"), (), (("adjective", "sylvan"), ("with", "crowded trunks"))),
    Sense("trees", 0.2, 0.6, ("wooded",), ("trees", "some trees", "groups of trees"), (),
    (("with", "copses"),)),
    Sense("trees", -0.7, -0.25, (), ("few trees", "a few lone trees", "sparse trees"), (),
    (("with", "the odd trunk"),)),
    Sense("trees", -1.0, -0.65, ("treeless", "bare", "barren"), ("no trees", "not a single tree"), (),
          (("adjective", "denuded"), ("with", "no timber"))),
    Sense("autumn", 0.45, 1.0, ("autumn", "autumnal"),
    ("autumn colours", "red and gold leaves", "fall foliage",
          "orange leaves", "fiery autumn leaves"), ("in autumn", "in the fall", "in October"),
          (("with", "russet foliage"),)),
    Sense("autumn", 0.15, 0.5, (), ("a touch of autumn", "leaves beginning to turn"),
    ("in early autumn", "in September"),
          (("with", "yellowing leaves"),)),
    Sense("autumn", -1.0, -0.1, ("lush green", "lush"), ("green leaves", "fresh greenery", "lush vegetation"),
          ("in summer", "in spring"), (("adjective", "verdant"),)),
    Sense("relief", 0.45, 1.0, ("towering", "majestic"),
    ("towering mountains", "huge mountains", "steep slopes", "tall peaks",
          "high mountains behind"), (), (("with", "colossal summits"), ("adjective", "precipitous"))),
    Sense("relief", 0.15, 0.5, ("hilly",), ("mountains in the distance", "hills"), (), (("with", "knolls"),)),
    Sense("relief", -1.0, -0.4, ("flat", "level"),
    ("flat land", "a flat horizon", "no mountains", "low land"), (),
          (("with", "pancake terrain"), ("with", "an even lowland"))),
    Sense("village", 0.55, 1.0, (),
    ("a village", "several houses", "a small town", "many houses", "cottages"), (),
          (("with", "a hamlet"), ("with", "a settlement"))),
    Sense("village", 0.12, 0.6, (), ("a house", "a few houses", "a lonely cottage", "farmhouses"), (),
          (("with", "a homestead"), ("with", "dwellings"))),
    Sense("village", -1.0, -0.3, ("wild", "uninhabited", "remote"),
    ("no houses", "no buildings", "no people"), (),
          (("adjective", "pristine"), ("adjective", "deserted"))),
    Sense("flowers", 0.5, 1.0, ("flowery", "blooming"),
    ("fields of flowers", "flowers everywhere", "masses of wildflowers",
          "a carpet of flowers"), (), (("with", "abundant blossoms"), ("adjective", "floral"))),
    Sense("flowers", 0.2, 0.55, (), ("some flowers", "wildflowers", "patches of flowers"), (),
    (("with", "scattered petals"),)),
    Sense("flowers", -1.0, -0.4, (), ("no flowers", "plain grass"), (), (("with", "nothing in bloom"),)),
)  # fmt: skip

# Hues by angle in degrees: (centre, names, held-out names).
HUES: tuple[tuple[float, tuple[str, ...], tuple[str, ...]], ...] = (
    (0.0, ("red", "crimson", "blood-red"), ("scarlet", "vermilion")),
    (30.0, ("orange", "rust-coloured"), ("tangerine",)),
    (57.0, ("yellow", "golden yellow"), ("lemon", "saffron")),
    (90.0, ("lime green", "yellow-green"), ("chartreuse",)),
    (125.0, ("green", "emerald"), ("jade",)),
    (172.0, ("teal", "turquoise", "cyan"), ("aquamarine",)),
    (220.0, ("blue", "deep blue"), ("cobalt", "azure")),
    (272.0, ("purple", "violet"), ("amethyst", "indigo")),
    (312.0, ("magenta", "hot pink"), ("fuchsia",)),
    (338.0, ("pink", "rose-coloured"), ("salmon", "coral pink")),
)

SKY_NOUNS = ("sky", "skies", "alien sky", "heavens")
GROUND_NOUNS = ("ground", "land", "fields", "earth", "grass", "alien ground", "field")
