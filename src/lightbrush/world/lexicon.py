"""The words for each attribute: what a caption may say, and which synonyms are kept back to measure
understanding. Data only; alternatives are separated by "|"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["place", "time", "adjective", "with", "frame"]


@dataclass(frozen=True)
class Sense:
    """One thing to say of an attribute while its value is in [low, high].

    adjectives stand before the place, withs after "with" or a comma, times after everything; frames go around the
    whole text, which takes the place of {}. `also` names a second attribute that the words settle too, with its range.
    held are (role, words) that are only said when asked for.
    """

    attribute: str
    low: float
    high: float
    usual: tuple[tuple[Role, str], ...]
    held: tuple[tuple[Role, str], ...]
    also: tuple[str, float, float] | None = None


def _sense(
    attribute: str,
    low: float,
    high: float,
    adjectives: str = "",
    withs: str = "",
    times: str = "",
    frames: str = "",
    held: str = "",
    also: tuple[str, float, float] | None = None,
) -> Sense:
    """held: each as "role: words"."""
    said: dict[Role, str] = {"adjective": adjectives, "with": withs, "time": times, "frame": frames}
    usual = tuple((role, words) for role, texts in said.items() for words in texts.split("|") if words)
    kept = dict(text.split(": ", 1)[::-1] for text in held.split("|"))
    return Sense(
        attribute, low, high, usual, tuple((r, w) for w, name in kept.items() for r in said if r == name), also
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


PLACES: Final[dict[str, tuple[str, ...]]] = {
    "alpine": _words(
        "an alpine valley|the Alps|high mountains|a mountain range|rugged mountains|a mountain pass|rocky peaks|"
        "alpine peaks|a mountain landscape|craggy summits|the high sierra|mountain wilderness|snow-capped peaks"
    ),
    "islands": _words(
        "tropical islands|an island in the sea|a tropical beach|an archipelago|a desert island|a lagoon|"
        "islands in the ocean|a sandy beach|a turquoise bay|a tropical coast|an atoll|islands in a warm sea|"
        "a tropical harbour"
    ),
    "desert": _words(
        "a desert|sand dunes|rolling dunes|a sandy desert|an endless desert|a sea of sand|the dunes|bare dunes|"
        "a sun-baked desert|a dry sandy waste|desert sands"
    ),
    "forest": _words(
        "a forest|wooded hills|a woodland|the deep woods|a forest valley|forested hills|a pine and oak forest|"
        "hills covered in forest|the woods|a quiet forest|a green wilderness of trees|a forest clearing"
    ),
    "canyon": _words(
        "a canyon|red rock mesas|a canyon land|sandstone cliffs|buttes and mesas|a red rock canyon|Monument Valley|"
        "the badlands|a rocky gorge|layered cliffs|a ravine|the wild west"
    ),
    "meadow": _words(
        "a meadow|green rolling hills|grassy hills|the countryside|a pasture|a grassland|a grassy plain|"
        "gentle green hills|a pastoral landscape|the English countryside|grassy slopes|green pastures"
    ),
    "arctic": _words(
        "the Arctic|an icy wasteland|an icy shore|the polar sea|a glacier landscape|ice floes|icebergs in the sea|"
        "an ice field|the icy north|Antarctica|a polar landscape|Greenland|a glacier"
    ),
    "volcanic": _words(
        "a volcano|a volcanic landscape|a smoking volcano|lava fields|an erupting volcano|a volcanic wasteland|"
        "rivers of lava|a fiery mountain|a land of lava and ash|Mordor|a volcanic crater"
    ),
    "savanna": _words(
        "the savanna|an African plain|the Serengeti|a dry grassland with acacias|acacia trees on a plain|"
        "a golden plain|the African bush|dry yellow grassland|a safari landscape|Kenya"
    ),
    "wetland": _words(
        "a marsh|a wetland|a swamp|reeds and ponds|a bog|marshland|a river delta|a reedy lake|ponds among reeds|"
        "a flooded meadow|the everglades"
    ),
    "city": _words(
        "a city skyline|a city|skyscrapers|a metropolis|a big city|a cityscape|a modern city|city streets|"
        "a skyline of towers|tall buildings|high-rise buildings|New York|a city by the water|a futuristic city|Tokyo|"
        "a city harbour"
    ),
    "farmland": _words(
        "farmland|fields of crops|wheat fields|a patchwork of fields|a farm|fields of grain|ploughed fields|"
        "a field of wheat|rows of crops|barley fields|crop fields|golden fields of wheat|a farm with fields|hay fields"
    ),
    "cliffs": _words(
        "sea cliffs|a rocky coast|cliffs above the sea|a rugged coastline|coastal cliffs|cliffs by the ocean|"
        "a cliff coast|steep cliffs over the sea|chalk cliffs|a wild coast of cliffs|the Irish cliffs|ocean cliffs|"
        "a rocky shore with sea stacks"
    ),
    "alien": _words(
        "the moon's surface|an alien planet|a cratered moon|another world|the surface of the moon|an alien landscape|"
        "a strange planet|a science fiction planet|a moonscape|a distant planet|a lunar landscape|an alien world|"
        "a planet in outer space"
    ),
    "underwater": _words(
        "the bottom of the sea|a coral reef|an underwater world|the sea floor|an underwater scene|corals under water|"
        "the depths of the ocean|a reef with corals|a submarine landscape|underwater rocks|the world beneath the waves|"
        "an underwater reef"
    ),
    "jungle": _words(
        "a tropical jungle|a rainforest|the jungle|a steaming jungle|a dense jungle|a tropical forest|"
        "jungle vegetation|a wild jungle|a jungle with vines|a humid rainforest"
    ),
}

HELD_OUT_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "alpine": _words("the Dolomites|Patagonia|a mountainside"),
    "islands": _words("the Caribbean|Hawaii|the Maldives"),
    "desert": _words("the Gobi|the Sahara|the Kalahari"),
    "forest": _words("a thicket|the Black Forest|a grove"),
    "canyon": _words("the Grand Canyon|a gulch|Arizona"),
    "meadow": _words("a prairie|the Shire|the Yorkshire dales"),
    "arctic": _words("a frozen tundra|Svalbard|the South Pole"),
    "volcanic": _words("Vesuvius|a sea of magma|Mount Etna"),
    "savanna": _words("the Maasai Mara|Botswana|Tanzania"),
    "wetland": _words("a peatland|a bayou|a mire"),
    "city": _words("downtown|Manhattan|urban sprawl"),
    "farmland": _words("cornfields|vineyards|agricultural land"),
    "cliffs": _words("a headland|Big Sur|the Cornish coast"),
    "alien": _words("an extraterrestrial landscape|an exoplanet|Mars"),
    "underwater": _words("the seabed|a kelp forest|a submerged reef"),
    "jungle": _words("the Amazon|Borneo|the Congo"),
}

# fmt: off
SENSES: Final[tuple[Sense, ...]] = (
    # Style.
    _sense(
        "photo", 0.65, 1.0,
        frames=(
            "a photo of {}|a photograph of {}|{}, photorealistic|a realistic photo of {}|"
            "{}, professional photo|photo: {}"
        ),
        held="frame: a snapshot of {}|frame: {}, DSLR|frame: {}, captured with a Sony Alpha",
    ),
    _sense(
        "watercolour", 0.65, 1.0,
        frames=(
            "a watercolour of {}|a watercolour painting of {}|{} in watercolours|{}, watercolour|"
            "watercolour {}|a watercolor painting of {}|{}, soft watercolor on wet paper|"
            "{} in the style of a watercolour"
        ),
        held="frame: an aquarelle of {}|frame: {} in watery brushwork|frame: {}, wet paint wash",
    ),
    _sense(
        "oil", 0.65, 1.0,
        frames=(
            "an oil painting of {}|{} in oils|{}, oil on canvas|{} in the style of an oil painting|"
            "{}, oil paint|{}, painted in oil with thick brush strokes|an impressionist painting of {}|"
            "{} by Van Gogh|oil painting: {}"
        ),
        held="frame: an oil study of {}|frame: an acrylic painting of {}|frame: {} by Rembrandt",
    ),
    _sense(
        "pencil", 0.65, 1.0,
        frames=(
            "a pencil drawing of {}|a pencil sketch of {}|{}, pencil|{} drawn in pencil|a sketch of {}|"
            "{}, coloured pencils|{}, hand-drawn sketch|pencil drawing, {}|{}, black and white drawing"
        ),
        held="frame: {}, graphite|frame: a freehand drawing of {}|frame: {} in ballpoint",
    ),
    _sense(
        "ink", 0.65, 1.0,
        frames=(
            "an ink wash painting of {}|{} in ink|an ink drawing of {}|{}, ink wash|"
            "{} in the style of a Chinese ink painting|{}, Japanese ink painting|ink painting, {}|"
            "{}, black ink on rice paper|an ink painting of {}"
        ),
        held="frame: {} in Chinese brushwork|frame: {} in calligraphy brushwork|frame: {}, zen brush art",
    ),
    _sense(
        "cel", 0.65, 1.0,
        frames=(
            "a cartoon of {}|{} in anime style|{}, cel shading|an animated film still of {}|{}, cel-shaded|"
            "{}, flat cartoon colours|anime {}|{} in an animated film|{}, anime background|cartoon style, {}"
        ),
        held="frame: {}, Studio Ghibli|frame: a comic book panel of {}|frame: {}, manga",
    ),
    _sense(
        "pixel", 0.65, 1.0,
        frames=(
            "pixel art of {}|pixel art {}|{}, pixel art|{} in pixel art style|pixelated {}|{} made of pixels|"
            "{}, 16-bit game graphics|{}, retro pixel game|a pixel picture of {}"
        ),
        held="frame: {}, 8-bit|frame: {} on a Game Boy|frame: {}, Super Nintendo",
    ),
    _sense(
        "lowpoly", 0.65, 1.0,
        frames=(
            "a low-poly {}|low poly {}|{}, low poly|{} in low-poly style|{}, flat shaded 3D facets|"
            "a faceted 3D model of {}|{}, low polygon count|a low poly render of {}|{} in few polygons"
        ),
        held="frame: {}, polyhedral|frame: {}, PlayStation 1 graphics|frame: {}, triangulated mesh",
    ),
    _sense(
        "glass", 0.65, 1.0,
        frames=(
            "a stained glass window showing {}|{} in stained glass|stained glass {}|{}, stained glass|"
            "a stained-glass picture of {}|{} as a stained glass window|{} in coloured glass|"
            "{}, glass painting with lead lines"
        ),
        held="frame: {}, leaded panes|frame: a cathedral window showing {}|frame: {}, Tiffany lamp",
    ),
    # Where it is seen from.
    _sense(
        "view_height", 0.45, 1.0,
        frames=(
            "{} seen from above|an aerial view of {}|{} from high above|{}, seen from the air|"
            "a bird's-eye view of {}|looking down on {}|{} viewed from above|{} from the sky|"
            "view from above, {}"
        ),
        held="frame: a drone shot of {}|frame: {} from an airplane|frame: an overhead shot of {}",
    ),
    _sense(
        "view_height", -1.0, -0.45,
        frames=(
            "{} seen from near the ground|a low angle view of {}|{}, low angle|{} from ground level|"
            "{} seen from below|{}, camera close to the ground|low viewpoint, {}"
        ),
        held="frame: {} from down low|frame: a frog perspective of {}|frame: {} at knee height",
    ),
    _sense(
        "lens", -1.0, -0.45,
        frames=(
            "a wide-angle view of {}|{}, wide angle|a wide shot of {}|{}, wide-angle lens|"
            "a panoramic view of {}|{}, a broad panorama|wide angle, {}"
        ),
        held="frame: {}, fisheye|frame: {}, extra wide|frame: {}, 16mm lens",
    ),
    _sense(
        "lens", 0.45, 1.0,
        frames=(
            "a telephoto view of {}|{}, telephoto|{} through a telephoto lens|{}, zoomed in|"
            "{} seen from far away|a telephoto shot of {}|{}, long lens"
        ),
        held="frame: a close-up of {}|frame: {}, 200mm lens|frame: {} through binoculars",
    ),
    # Hour. Dawn is cool, dusk is warm; night has no warmth.
    _sense(
        "sun_height", -1.0, -0.62,
        adjectives="midnight",
        withs="a black night sky",
        times="at midnight|in the middle of the night|deep in the night|in the darkest night|late at night",
        held="time: in the dead of night|time: in pitch darkness",
    ),
    _sense(
        "sun_height", -0.75, -0.28,
        adjectives="nocturnal|moonlit",
        withs="stars above|a night sky full of stars",
        times="at night|by night|under the stars|in the moonlight|on a starry night|after dark|at nighttime",
        held="time: beneath the Milky Way|with: a sky of constellations|with: moonglow",
    ),
    _sense(
        "sun_height", -0.3, -0.1,
        adjectives="twilit",
        withs="the last light fading|a deep blue twilight",
        times="at twilight|in the blue hour|after sunset|before sunrise|as night falls|at nightfall|in the gloaming",
        held="time: in the half-light|time: just after sundown",
    ),
    _sense(
        "sun_height", -0.12, 0.13,
        adjectives="sunset",
        withs="the sun setting|a burning sunset|the sun sinking below the horizon",
        times="at sunset|at dusk|at sundown|as the sun goes down|in the evening|in the light of the setting sun",
        held="time: as the day ends|with: a sinking sun",
        also=("warmth", 0.12, 1.0),
    ),
    _sense(
        "sun_height", -0.12, 0.13,
        adjectives="dawn",
        withs="the sun rising|a pink dawn|first light",
        times="at dawn|at sunrise|at daybreak|at first light|as the sun comes up|in the rising sun",
        held="time: as a new day begins|time: at the crack of dawn",
        also=("warmth", -1.0, -0.12),
    ),
    _sense(
        "sun_height", 0.04, 0.32,
        adjectives="golden",
        withs="long shadows|low golden light|golden sunlight",
        times="at golden hour|in the golden hour|in low golden light|in late afternoon light|in the late afternoon",
        held="time: in honeyed light|time: in the magic hour",
        also=("warmth", 0.15, 1.0),
    ),
    _sense(
        "sun_height", 0.08, 0.34,
        withs="soft morning light|long cool shadows",
        times="early in the morning|in the early morning|in soft morning light|on a fresh morning",
        held="time: at breakfast time|time: in the fresh morning hours",
        also=("warmth", -1.0, -0.12),
    ),
    _sense(
        "sun_height", 0.3, 0.68,
        adjectives="sunny|daylit",
        withs="daylight",
        times="in daylight|by day|during the day|on a bright day|in the afternoon|in the sunshine",
        held="time: in the daytime hours|time: in broad daylight",
    ),
    _sense(
        "sun_height", 0.62, 1.0,
        adjectives="sunlit",
        withs="the sun high above|strong midday sun",
        times="at noon|at midday|under the high sun|in the middle of the day|in bright midday light",
        held="time: at twelve o'clock|time: at lunchtime",
    ),
    # Colour of the light.
    _sense(
        "warmth", 0.4, 1.0,
        adjectives="warm|amber|glowing",
        withs="warm light|orange light|golden tones|a warm glow",
        held="with: a honey-coloured glow|with: a tangerine light",
    ),
    _sense(
        "warmth", -1.0, -0.4,
        adjectives="pink|cool|rosy",
        withs="cool light|pink light|violet tones|a pink glow",
        held="with: pastel lilac tones|with: an icy blue light",
    ),
    # Weather.
    _sense(
        "clouds", 0.75, 1.0,
        adjectives="overcast|gloomy grey",
        withs="a sky full of clouds|heavy cloud|an overcast sky|grey skies",
        held="adjective: sunless|with: a leaden sky",
    ),
    _sense(
        "clouds", 0.28, 0.8,
        adjectives="cloudy",
        withs="clouds|many clouds|a cloudy sky|big clouds|drifting clouds",
        held="with: cumulus overhead|with: fluffy white puffs",
    ),
    _sense(
        "clouds", -0.55, -0.12,
        withs="a few clouds|some wisps of cloud|scattered clouds|little cloud",
        held="with: hardly any clouds",
    ),
    _sense(
        "clouds", -1.0, -0.55,
        adjectives="cloudless|clear",
        withs="a clear sky|no clouds|clear skies|not a cloud in the sky",
        held="with: an unclouded sky|with: a spotless sky",
    ),
    _sense(
        "storm", 0.55, 1.0,
        adjectives="stormy|ominous|dramatic",
        withs="a dark storm|a heavy storm|black storm clouds|a thunderstorm|a violent tempest",
        held="adjective: tempestuous|with: a raging gale|with: a hurricane",
    ),
    _sense(
        "storm", 0.2, 0.6,
        adjectives="moody",
        withs="a storm coming|a gathering storm|bad weather|threatening weather",
        held="with: foul weather brewing|with: menacing skies",
    ),
    _sense(
        "storm", -1.0, -0.3,
        adjectives="peaceful|serene",
        withs="fair weather|pleasant weather|no storm|good weather",
        held="adjective: tranquil|with: balmy weather",
    ),
    _sense(
        "fog", 0.68, 1.0,
        adjectives="fog-bound",
        withs="thick fog|dense fog|heavy fog|very thick mist",
        held="with: a pea soup|with: zero visibility",
    ),
    _sense(
        "fog", 0.3, 0.75,
        adjectives="foggy|misty",
        withs="fog|mist|drifting mist|rolling fog|fog in the valleys",
        held="adjective: murky|with: a veil of vapour",
    ),
    _sense(
        "fog", 0.08, 0.35,
        adjectives="hazy",
        withs="light fog|a little mist|a light haze|thin mist",
        held="with: faint vapour",
    ),
    _sense(
        "fog", -1.0, -0.4,
        withs="clear air|no fog|crisp air|crystal clear air|far visibility",
        held="with: perfect visibility|with: a view for miles",
    ),
    _sense(
        "snow", 0.5, 1.0,
        adjectives="snow-covered|wintry|snowy",
        withs="deep snow|snow everywhere|a blanket of snow|snow all over",
        held="adjective: frosted|with: powdery drifts|adjective: frozen",
    ),
    _sense(
        "snow", 0.18, 0.55,
        adjectives="snowy|snow-capped",
        withs="some snow|snow on the heights|fresh snow",
        held="with: a dusting of white",
    ),
    _sense(
        "snow", -1.0, -0.4,
        adjectives="snowless",
        withs="no snow|bare ground without snow|the snow gone",
        held="with: everything thawed|with: the ice melted",
    ),
    _sense(
        "waves", 0.6, 1.0,
        withs="rough waves|rough water|big waves|choppy water|whitecaps",
        held="with: a heaving swell|with: churning surf",
    ),
    _sense(
        "waves", 0.25, 0.65,
        withs="waves|ripples on the water|wind on the water",
        held="with: wavelets|with: lapping waters",
    ),
    _sense(
        "waves", -1.0, -0.35,
        withs="calm water|still water|mirror-like water|no waves|smooth water",
        held="with: a glassy surface|with: placid waters",
    ),
    # Land and life.
    _sense(
        "water", 0.35, 1.0,
        adjectives="watery|flooded",
        withs="a wide lake|a big lake|lots of water|a broad stretch of water|a lake",
        held="with: a reservoir|with: a fjord",
    ),
    _sense(
        "water", -1.0, -0.4,
        adjectives="dry|parched",
        withs="no water|dry land|no lake|little water",
        held="adjective: waterless|adjective: drought-stricken",
    ),
    _sense(
        "trees", 0.55, 1.0,
        adjectives="densely wooded|tree-covered",
        withs="dense trees|many trees|thick woods|lots of trees|trees everywhere",
        held="adjective: heavily forested|with: dense foliage",
    ),
    _sense(
        "trees", 0.2, 0.6,
        adjectives="wooded",
        withs="trees|some trees|groups of trees",
        held="with: a stand of oaks",
    ),
    _sense(
        "trees", -0.7, -0.25,
        withs="few trees|a few lone trees|sparse trees",
        held="with: scarcely any trees",
    ),
    _sense(
        "trees", -1.0, -0.65,
        adjectives="treeless|bare|barren",
        withs="no trees|not a single tree",
        held="adjective: deforested|with: no woodland",
    ),
    _sense(
        "autumn", 0.45, 1.0,
        adjectives="autumn|autumnal",
        withs="autumn colours|red and gold leaves|fall foliage|orange leaves|fiery autumn leaves",
        times="in autumn|in the fall|in October",
        held="with: russet foliage|time: in November",
    ),
    _sense(
        "autumn", 0.15, 0.5,
        withs="a touch of autumn|leaves beginning to turn",
        times="in early autumn|in September",
        held="with: yellowing leaves",
    ),
    _sense(
        "autumn", -1.0, -0.1,
        adjectives="lush green|lush",
        withs="green leaves|fresh greenery|lush vegetation",
        times="in summer|in spring",
        held="adjective: verdant|time: in May",
    ),
    _sense(
        "relief", 0.45, 1.0,
        adjectives="towering|majestic",
        withs="towering mountains|huge mountains|steep slopes|tall peaks|high mountains behind",
        held="with: colossal summits|adjective: sky-high",
    ),
    _sense(
        "relief", 0.15, 0.5,
        adjectives="hilly",
        withs="mountains in the distance|hills",
        held="with: foothills",
    ),
    _sense(
        "relief", -1.0, -0.4,
        adjectives="flat|level",
        withs="flat land|a flat horizon|no mountains|low land",
        held="with: level terrain|with: endless flatlands",
    ),
    _sense(
        "village", 0.55, 1.0,
        withs="a village|several houses|a small town|many houses|cottages",
        held="with: a hamlet|with: a settlement",
    ),
    _sense(
        "village", 0.12, 0.6,
        withs="a house|a few houses|a lonely cottage|farmhouses",
        held="with: a homestead|with: a cabin",
    ),
    _sense(
        "village", -1.0, -0.3,
        adjectives="wild|uninhabited|remote",
        withs="no houses|no buildings|no people",
        held="adjective: pristine|adjective: secluded",
    ),
    _sense(
        "flowers", 0.5, 1.0,
        adjectives="flowery|blooming",
        withs="fields of flowers|flowers everywhere|masses of wildflowers|a carpet of flowers",
        held="with: abundant tulips|adjective: floral",
    ),
    _sense(
        "flowers", 0.2, 0.55,
        withs="some flowers|wildflowers|patches of flowers",
        held="with: scattered daisies",
    ),
    _sense(
        "flowers", -1.0, -0.4,
        withs="no flowers|plain grass",
        held="with: nothing in bloom",
    ),
    # Rain, falling snow and lights in the sky.
    _sense(
        "rain", 0.5, 1.0,
        adjectives="rainy|rain-soaked|rain-swept",
        withs="heavy rain|pouring rain|rain|rain falling|streaks of rain|sheets of rain|lots of rain",
        times="in the rain|in heavy rain|on a rainy day",
        held="with: a downpour|with: a deluge|with: drenching showers",
    ),
    _sense(
        "rain", 0.15, 0.55,
        adjectives="wet|drizzly",
        withs="light rain|some rain|a little rain|soft rain|drizzle",
        times="in light rain",
        held="with: a sprinkle|with: scattered showers",
    ),
    _sense(
        "rain", -1.0, -0.4,
        withs="no rain|dry weather|not a drop of rain",
        held="with: rainless weather|with: no showers",
    ),
    _sense(
        "snowfall", 0.45, 1.0,
        withs="falling snow|thick falling snow|snow falling|snow in the air|heavy snowfall|snowflakes",
        times="while it snows|in a snowfall|in the snowfall|in a snow shower|as snow falls",
        held="with: whirling flakes|with: flurries|time: while it is snowing hard",
    ),
    _sense(
        "snowfall", 0.15, 0.5,
        withs="light snowfall|a few snowflakes|a little snow falling|gentle snowfall",
        held="with: the odd flake drifting down|with: first flakes",
    ),
    _sense(
        "snowfall", -1.0, -0.4,
        withs="no snow in the air|no falling snow|no snowfall",
        held="with: no flakes|with: no flurries",
    ),
    _sense(
        "aurora", 0.25, 1.0,
        withs=(
            "northern lights|an aurora|the aurora borealis|bright northern lights|green northern lights|"
            "an aurora in the sky|curtains of aurora"
        ),
        times="under northern lights|under the northern lights|under the aurora",
        held="with: polar lights|with: the southern lights|with: green lights dancing in the sky",
    ),
    _sense(
        "aurora", -1.0, -0.4,
        withs="no aurora|no northern lights|without an aurora",
        held="with: no polar lights|with: no southern lights",
    ),
    _sense(
        "rainbow", 0.25, 1.0,
        withs=(
            "a rainbow|a bright rainbow|a double rainbow|a rainbow in the sky|a rainbow over the land|"
            "a big rainbow|rainbows"
        ),
        times="under a rainbow|at the end of the rainbow",
        held="with: an arc of many colours|with: a seven-coloured arch|with: a multicoloured bow in the sky",
    ),
    _sense(
        "rainbow", -1.0, -0.4,
        withs="no rainbow|without a rainbow|no rainbows",
        held="with: no arc of many colours",
    ),
    # More life.
    _sense(
        "blossom", 0.45, 1.0,
        adjectives="blossoming",
        withs=(
            "cherry blossom|pink blossom|trees in blossom|blossoming trees|trees in pink and white blossom|"
            "cherry trees in flower|apple blossom|pink cherry trees|blossom everywhere"
        ),
        times="at cherry blossom time|in blossom season",
        held="with: sakura|with: flowering cherries|with: magnolias",
    ),
    _sense(
        "blossom", 0.15, 0.5,
        withs="some blossom|a blossoming tree|a little blossom|a cherry tree in blossom",
        held="with: a flowering plum tree|with: a sakura branch",
    ),
    _sense(
        "blossom", -1.0, -0.4,
        withs="no blossom|no cherry blossom|trees without blossom",
        held="with: no sakura|with: no flowering cherries",
    ),
    _sense(
        "birds", 0.5, 1.0,
        withs=(
            "flocks of birds|many birds|birds in the sky|a flock of birds|birds everywhere|gulls above|"
            "a sky full of birds|flying birds|wild geese in flight"
        ),
        held="with: seagulls|with: swallows|with: a murmuration of starlings",
    ),
    _sense(
        "birds", 0.15, 0.55,
        withs="a few birds|a bird in the sky|some birds|two birds flying|an eagle above|distant birds",
        held="with: a lone hawk|with: a pair of pelicans",
    ),
    _sense(
        "birds", -1.0, -0.4,
        withs="no birds|without birds|not a single bird",
        held="with: no seagulls|with: no eagles",
    ),
    _sense(
        "palms", 0.5, 1.0,
        adjectives="palm-fringed",
        withs=(
            "palm trees|many palms|palms|tall palms|lots of palm trees|a group of palms|rows of palm trees|"
            "coconut palms"
        ),
        times="under the palms",
        held="with: coconut trees|with: date palms|with: palmettos",
    ),
    _sense(
        "palms", 0.15, 0.55,
        withs="a palm tree|a few palms|a lone palm|some palm trees|two palms",
        held="with: a coconut tree|with: a palmetto",
    ),
    _sense(
        "palms", -1.0, -0.4,
        withs="no palms|no palm trees|without palms",
        held="with: no coconut trees|with: no date palms",
    ),
    _sense(
        "cacti", 0.5, 1.0,
        withs=(
            "cacti|many cacti|tall cacti|cactus plants|lots of cactuses|giant cacti|saguaro cacti|"
            "cacti everywhere"
        ),
        held="with: prickly pears|with: succulents|with: agaves",
    ),
    _sense(
        "cacti", 0.15, 0.55,
        withs="a cactus|a few cacti|some cacti|a lone cactus|a saguaro",
        held="with: a prickly pear|with: an agave",
    ),
    _sense(
        "cacti", -1.0, -0.4,
        withs="no cacti|no cactus|without cacti",
        held="with: no succulents|with: no prickly pears",
    ),
    _sense(
        "boulders", 0.45, 1.0,
        adjectives="rocky",
        withs=(
            "many boulders|boulders|huge boulders|big rocks|rocks everywhere|scattered boulders|"
            "large rocks lying around|a field of boulders"
        ),
        held="with: rubble|with: scree|with: rocky debris",
    ),
    _sense(
        "boulders", 0.15, 0.5,
        withs="a few boulders|some rocks|a boulder in the foreground|a few stones|scattered stones",
        held="with: a couple of stones|with: a lone rock",
    ),
    _sense(
        "boulders", -1.0, -0.4,
        adjectives="smooth",
        withs="smooth ground|no boulders|no rocks|no stones|soft ground",
        held="with: no rubble|with: no pebbles",
    ),
    # What people build.
    _sense(
        "castle", 0.45, 1.0,
        withs=(
            "a castle|a great castle|a castle on a hill|castle towers|a medieval castle|a huge castle|"
            "a castle with towers|a mighty castle nearby"
        ),
        held="with: a fortress|with: a citadel|with: a palace",
    ),
    _sense(
        "castle", 0.15, 0.5,
        withs=(
            "a distant castle|a small castle|a tower|a little castle far away|an old castle tower|"
            "a castle in the distance"
        ),
        held="with: a far-off fortress|with: a ruined keep",
    ),
    _sense(
        "castle", -1.0, -0.4,
        withs="no castle|no towers|without a castle",
        held="with: no fortress|with: no palace",
    ),
    _sense(
        "boats", 0.5, 1.0,
        withs=(
            "many boats|boats|sailing boats|boats on the water|fishing boats|ships|a fleet of boats|sailboats|"
            "lots of little boats"
        ),
        held="with: yachts|with: canoes|with: a regatta",
    ),
    _sense(
        "boats", 0.15, 0.55,
        withs=(
            "a boat|a few boats|a small boat|two boats|a sailing boat|a rowing boat|a ship|three boats|"
            "a boat in the distance"
        ),
        held="with: a canoe|with: a lone yacht|with: a gondola",
    ),
    _sense(
        "boats", -1.0, -0.4,
        withs="no boats|empty water|no ships|without boats|not a boat in sight",
        held="with: no yachts|with: no vessels",
    ),
    _sense(
        "bridge", 0.4, 1.0,
        withs=(
            "a bridge|a stone bridge|a big bridge|a bridge over the water|a wooden bridge|"
            "a bridge across the valley|an arched bridge|a long bridge|an old bridge"
        ),
        held="with: a viaduct|with: an aqueduct|with: a footbridge",
    ),
    _sense(
        "bridge", 0.15, 0.45,
        withs="a small bridge|a little bridge|a distant bridge|a bridge far away",
        held="with: a distant viaduct|with: a small footbridge",
    ),
    _sense(
        "bridge", -1.0, -0.4,
        withs="no bridge|no bridges|without a bridge",
        held="with: no viaduct|with: no footbridge",
    ),
    _sense(
        "balloons", 0.5, 1.0,
        withs=(
            "hot-air balloons|many hot-air balloons|balloons in the sky|colourful balloons|"
            "hot air balloons everywhere|a sky full of balloons|balloons floating above"
        ),
        held="with: airships|with: zeppelins|with: blimps",
    ),
    _sense(
        "balloons", 0.15, 0.55,
        withs=(
            "a hot-air balloon|a few balloons|a balloon in the sky|one hot air balloon|two balloons|"
            "a distant balloon"
        ),
        held="with: a lone airship|with: a zeppelin",
    ),
    _sense(
        "balloons", -1.0, -0.4,
        withs="no balloons|no hot-air balloons|without balloons",
        held="with: no airships|with: no blimps",
    ),
    _sense(
        "road", 0.4, 1.0,
        withs=(
            "a road|a winding road|a path|a dirt track|a country road|a long road|a road into the distance|"
            "a sandy path|an empty road"
        ),
        times="along a road|by the roadside",
        held="with: a highway|with: a trail|with: a lane",
    ),
    _sense(
        "road", 0.15, 0.45,
        withs="a narrow path|a small track|a faint path|a footpath",
        held="with: a narrow trail|with: an alley",
    ),
    _sense(
        "road", -1.0, -0.4,
        adjectives="pathless",
        withs="no road|no roads|no path|without a road",
        held="with: no highway|with: no trails",
    ),
)
# fmt: on

# Hues by angle in degrees: (centre, names, held-out names).
HUES: Final[tuple[tuple[float, tuple[str, ...], tuple[str, ...]], ...]] = (
    (0.0, ("red", "crimson", "blood-red"), ("candy apple red", "lobster red")),
    (30.0, ("orange", "rust-coloured"), ("burnt orange",)),
    (57.0, ("yellow", "golden yellow"), ("sunflower yellow", "buttercup yellow")),
    (90.0, ("lime green", "yellow-green"), ("electric lime",)),
    (125.0, ("green", "emerald"), ("shamrock green",)),
    (172.0, ("teal", "turquoise", "cyan"), ("ocean teal",)),
    (220.0, ("blue", "deep blue"), ("Egyptian blue", "glacier blue")),
    (272.0, ("purple", "violet"), ("royal purple", "smoky violet")),
    (312.0, ("magenta", "hot pink"), ("electric magenta",)),
    (338.0, ("pink", "rose-coloured"), ("petal pink", "ballerina pink")),
)

SKY_NOUNS: Final = ("sky", "skies", "heavens")
GROUND_NOUNS: Final = ("ground", "land", "fields", "earth", "grass", "field", "soil")
