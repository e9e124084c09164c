"""The words that the prompt reader learns: what each says of a scene. Data, here and in phrases.txt.

A phrase list is text separated by "|". Values are on the scales of `lightbrush.world.attributes`; for
sun_height the hours are those of `lightbrush.world.light`: -1 midnight, -0.7 night, -0.12 dusk and dawn, 0
sunset, 1 noon.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

Said = dict[str, float]
"""What a text says: attribute -> value. Attributes that are not named are not spoken of."""


def listed() -> list[tuple[str, Said]]:
    """Names of places, works, plants and the like, in the form of PHRASES, from phrases.txt."""
    lines = resources.files("lightbrush.training").joinpath("phrases.txt").read_text("utf-8").splitlines()
    found = []
    for line in lines:
        said, texts = line.split(": ", 1)
        pairs = (part.split(" ") for part in said.split(", "))
        found.append((texts, {name: float(value) for name, value in pairs}))
    return found


#: (phrases, what they say)
PHRASES: Final[tuple[tuple[str, Said], ...]] = (
    (
        "alpine|mountains|a mountain|high mountains|alps|mountain range|alpine landscape|rocky summits|peaks|"
        "ridge|the Rockies|Himalaya|Matterhorn|mountain lake|craggy peaks|alpine valley|Patagonia|the Andes|"
        "a mountain pass|Switzerland|Everest|the Pyrenees|Yosemite|granite peaks|Tibet|sierra|Alpine scenery|"
        "the Alps in Austria|Bavarian Alps|Tyrol|Zermatt|K2|Mount Everest|Kilimanjaro's summit|Mount Rainier|"
        "Mount Fuji|Denali|Torres del Paine|the Karakoram|Grand Teton|the Caucasus|the Carpathians|"
        "Tatra mountains|the Sierra Nevada|Nepal|Bhutan|Ladakh|mountaineering|a climber on a ridge|mountain goats|"
        "ibex|edelweiss|base camp|a cable car over peaks|summit|mountaintop|crags|cliffs and summits|"
        "rocky mountain|stone giants of rock|sharp peaks|pinnacles|a towering summit|massive mountains|ridgeline|"
        "mountain pass|col between peaks|hiking in the mountains|Aspen|Banff|British Columbia mountains|"
        "Lauterbrunnen|Chamonix|mountain scenery|montane|pointed peaks",
        {"alpine": 1},
    ),
    (
        "snowy peaks|snow-capped mountains|icy summits|snowy mountains|frozen mountains|frozen peaks|icy peaks|"
        "ice-covered mountains|glaciated peaks|peaks in ice|snowy summits|white peaks|peaks under snow",
        {"alpine": 1, "snow": 0.6},
    ),
    (
        "islands|an island|tropical islands|archipelago|tropical beach|Maldives|Caribbean|Hawaii|a desert island|"
        "atoll|Polynesia|Bora Bora|islands in a warm sea|tropics|beach|the Bahamas|tropical paradise|lagoon|Fiji|"
        "sandy cove|tropical sea|island|isle|islet|isles|Mauritius|Barbados|Jamaica|Cuba|Bali|Phuket|"
        "the Philippines|Samoa|Tonga|Galapagos|Zanzibar|Madagascar coast|Antigua|Virgin Islands|Key West|Oahu|"
        "Maui|Waikiki|Thailand beach|sandy beach|white sand beach|tropical|tropical coast|tropical island|"
        "castaway|treasure island|pirate cove|surfers' paradise|holiday paradise|Robinson Crusoe|South Seas|"
        "the Tropics|paradise island|Mediterranean islands|Greek islands|Santorini|cay|"
        "a sandbank in a turquoise sea|sandy shore|tropical holiday|sun, sea and sand|beaches|Cook Islands|"
        "Micronesia|tropical bay",
        {"islands": 1},
    ),
    (
        "desert|sand dunes|dunes|sandy desert|Arabian desert|Namib|Gobi|camel caravan|barren sands|sand|"
        "a sea of sand|dry sandy wasteland|desert dunes|camels|Dune, the planet Arrakis|Rub al Khali|sandstorm|"
        "pyramids of Egypt|Bedouin tents|Morocco sands|windswept sand|Tatooine|Kalahari|deserts|dune|sands|sandy|"
        "sand hills|barchan|sandy plain|endless sand|golden sand|sandscape|the Empty Quarter|Saudi Arabia|Egypt|"
        "Libya|Algeria|Tunisia|Dubai|Oman|Mongolia desert|Thar desert|Sonora|Chihuahuan desert|Death Valley|"
        "Lawrence of Arabia|Arrakis|nomads in the desert|Tuareg|Bedouins|a mirage|scorpion in the sand|"
        "rattlesnake|camel|caravan|thirsty wasteland|wasteland|arid waste|dust bowl|dusty plain|windblown dunes|"
        "rippled sand|sun-baked sand|the Silk Road|pyramids|sphinx|desolate sands|desert landscape|hourglass sand|"
        "desertification|Arabian nights",
        {"desert": 1},
    ),
    (
        "forest|woods|woodland|wooded hills|pine forest|conifers|evergreen forest|Black Forest|spruce trees|taiga|"
        "deep woods|fir trees|enchanted forest|a forest clearing|pines|oak forest|grove|boreal forest|beech wood|"
        "Sherwood forest|fairy-tale forest|Bavarian woods|forested valley|forests|a wood|the woods|woodlands|"
        "pine woods|pinewood|pine trees|firs|spruce|larch forest|cedar forest|cypress wood|sequoias|"
        "giant sequoias|oak wood|oaks|maple forest|aspen grove|birches|birch forest|bamboo forest|"
        "coniferous forest|deciduous forest|temperate rainforest|old-growth forest|primeval forest|dark forest|"
        "haunted forest|magic forest|Fangorn|Mirkwood|Robin Hood's forest|Hansel and Gretel|"
        "Little Red Riding Hood|bears in the woods|deer in the forest|mushrooms in the moss|mossy forest|ferns|"
        "undergrowth|lumberjack|logging|treetops|forested hills|forested|backwoods|woodsman|Ardennes|Vosges|"
        "Oregon forest|Pacific Northwest|Finnish forest|Canadian woods|Siberian taiga|thick forest|glade|"
        "evergreen trees|evergreens",
        {"forest": 1},
    ),
    (
        "canyon|red rock canyon|mesas|buttes|Monument Valley|Utah rocks|gorge|sandstone cliffs|red cliffs|Arizona|"
        "badlands|rocky ravine|wild west|eroded red rocks|mesas and red rock walls|canyons|Bryce Canyon|"
        "Colorado plateau|rock arches|western movie landscape|Antelope Canyon|Sedona|red rocks|Wadi Rum|mesa|"
        "butte|red mesa|table mountain|ravine|gulch|gully|gorges|chasm|red rock|red cliffs and mesas|"
        "red sandstone|sandstone|sandstone towers|rock pillars|rock formations|rock towers|stone arches|"
        "natural arch|Arches national park|Canyonlands|Utah|New Mexico|Nevada rocks|Colorado|Moab|Petra|"
        "Cappadocia|Painted desert|cowboys|cowboy country|western|a western film|Road Runner cartoon|Navajo land|"
        "Apache country|cliff dwellings|layered rock|strata|eroded cliffs|terracotta cliffs|rocky canyon|"
        "deep canyon|slot canyon|desert canyon|river canyon|Fish River canyon|Zhangye|Uluru|red rock walls|"
        "rust-red rock|plateau with cliffs|mesa country|stagecoach",
        {"canyon": 1},
    ),
    (
        "meadow|meadows|green hills|rolling hills|pasture|grassland|countryside|Tuscany|the Shire|"
        "green rolling hills|green fields|English countryside|Ireland|grassy hills|field of grass|hills|"
        "grazing sheep|cow pasture|rural landscape|Windows XP wallpaper|grassy slopes|New Zealand hills|"
        "lush grass|hill|gentle hills|soft hills|undulating hills|green meadow|lush meadow|green pastures|"
        "pastures|grass|grassy|grassy field|lawn|green lawn|green valley|grasslands in spring|sheep|sheep grazing|"
        "cows|cattle grazing|horses in a field|lambs|shepherd|Provence|Normandy|Devon|Cornwall|Wales|"
        "Scotland's hills|Scottish Highlands|Irish countryside|Swiss meadow|Hobbiton|Teletubbies hills|"
        "picnic on the grass|rural|rural scenery|pastoral|pastoral landscape|bucolic|idyllic countryside|downs|"
        "South Downs|dales|vale|green slopes|Umbria|Teletubbyland|Bliss wallpaper|buttercup meadow|clover",
        {"meadow": 1},
    ),
    (
        "arctic|ice|ice and snow|glacier|icebergs|Antarctica|polar landscape|North Pole|ice sheet|Greenland|"
        "frozen sea|ice floes|polar ice|Svalbard|frozen wasteland|tundra|polar bears|South Pole|iceberg|penguins|"
        "Arctic ocean|Siberian ice|glaciers|polar night|ice cap|antarctic|polar|the Arctic|the Antarctic|"
        "ice cliffs|ice field|icefield|ice shelf|pack ice|sea ice|drift ice|ice cave|iced landscape|icescape|"
        "ice age|ice desert|frozen ocean|frozen continent|glacial|glacial landscape|glacier tongue|Vatnajokull|"
        "Alaska glacier|Iceland glacier|Lapland|Siberia|Yakutia|Nunavut|Baffin Island|Inuit|igloo|Eskimo village|"
        "dog sled|sled dogs|husky sled|polar bear|seals on the ice|walrus|narwhal|emperor penguins|Amundsen|"
        "Shackleton's expedition|Scott at the Pole|Hoth|Frozen, the film|Elsa's ice palace|ice kingdom|crevasse|"
        "floes|arctic circle|land of eternal ice|eternal ice|subzero wasteland|polar expedition|icebreaker ship|"
        "northernmost land|Franz Josef Land",
        {"arctic": 1},
    ),
    (
        "volcanic|volcano|a volcano and lava|volcanic landscape|lava flow|erupting volcano|magma|Mordor|"
        "volcanic rock|black lava fields|crater|eruption|molten rock|Mount Etna|ash and lava|basalt|Vesuvius|"
        "volcanoes|rivers of fire|volcanic island|Kilauea|burning mountain|infernal landscape|volcanic ash|"
        "volcanos|active volcano|smoking volcano|volcanic eruption|volcanic crater|lava field|lava lake|"
        "lava river|glowing lava|lava fountains|magma chamber|pyroclastic flow|fumaroles|ash cloud|ashes|ash cone|"
        "cinder cone|obsidian|black rock|black volcanic sand|burnt land|scorched earth|charred land|fire mountain|"
        "Mount Doom|Sauron's land|Pompeii|Mauna Loa|Pinatubo|Eyjafjallajokull|Mount St. Helens|Popocatepetl|"
        "Cotopaxi|Fagradalsfjall|Iceland eruption|Tambora|hellscape|hell|inferno|brimstone|sulphur|"
        "underworld of fire|fire and brimstone|geyser|molten lava|molten|rivers of lava|sea of fire|"
        "flames and smoke from the earth|geothermal|tectonic|demon world|igneous rock|pumice|basalt columns",
        {"volcanic": 1},
    ),
    (
        "savanna|savannah|African plains|acacia trees|acacias|Serengeti|dry grass and acacias|dry grassland|Kenya|"
        "safari|Kilimanjaro plain|golden grass plains|African bush|lions|Maasai Mara|the Lion King|zebras|"
        "elephants on the plain|African landscape|Botswana|outback|dry grass|steppe|antelopes|Zimbabwe|savannahs|"
        "African savanna|African savannah|Africa|acacia|acacia tree|umbrella thorn|baobab trees by the waterhole|"
        "thorn bush|bushveld|veld|the veldt|Kruger park|Ngorongoro|Masai warriors|Namibia grassland|Uganda|Zambia|"
        "South Africa|East Africa|Sahel|cerrado|pampas|Argentine pampas|Australian outback|Australian bush|lion|"
        "lioness|lion pride|elephants|elephant herd|rhinos|rhinoceros|hippos|cheetah|leopard in a tree|hyenas|"
        "gazelles|antelope|impala|zebra|buffalo herd|wildebeests|meerkats|waterhole|safari jeep|big five|Simba|"
        "Hakuna Matata|yellow grass|dry yellow plains|parched grassland|tall dry grass|tawny grass|golden savanna|"
        "kopje",
        {"savanna": 1},
    ),
    (
        "wetland|marsh|swamp|bog|reeds|marsh, reeds and ponds|ponds and reeds|bayou|Everglades|mangroves|"
        "river delta|fen|peat bog|marshland|Okavango|wetlands|muddy pools|swampland|lily pads|Louisiana swamp|"
        "ponds|frogs in a pond|salt marsh|water meadows|wetlands with reeds|marshes|marshy|swamps|swampy|boggy|"
        "bogs|fens|mire|moor|slough|backwater|mudflats|mud|muddy|muddy banks|sodden ground|waterlogged ground|"
        "soggy land|pond|a pond|lily pond|water lilies|lotus pond|reed bed|reedy lake|rushes|bulrushes|sedge|"
        "duckweed|algae|mangrove|mangrove forest|delta|Danube delta|Mississippi delta|Camargue|Norfolk Broads|"
        "Okefenokee|Atchafalaya|Louisiana bayou|Florida swamp|alligators|crocodile swamp|frogs|toads|dragonflies|"
        "mosquitoes|beaver pond|Shrek's swamp|Dagobah|Dead Marshes|floodplain|water meadow|tidal marsh|oxbow lake",
        {"wetland": 1},
    ),
    (
        "midnight|deep night|the dead of night|pitch dark night|middle of the night|darkest night|midnight hour|"
        "pitch black night|pitch-black|blackest night|total darkness|in complete darkness|deepest night|"
        "at midnight|the small hours|2 am|far past midnight|dark as night",
        {"sun_height": -1},
    ),
    (
        "night|at night|starry night|moonlight|moonlit|stars|full moon|nocturnal|under the stars|nighttime|"
        "milky way|night sky|by night|moon|dark night|starlight|late at night|crescent moon|starry sky|"
        "evening star|nights|night-time|dark|darkness|in the dark|after dark|moonlit night|moon shining|moonbeams|"
        "a moon in the sky|half moon|silver moonlight|star|starlit|star-filled sky|stargazing|shooting stars|"
        "nightscape|night scene|evening stars|night falls|sleeping hours|nightly|under the moon|"
        "constellation of Orion|owl-light|bats flying|Halloween night|werewolf night|10 pm|late night|the moon|"
        "a full moon|the full moon|night, full moon|night with a full moon|full moon over the hills|bright moon|"
        "big moon|huge moon over the mountains|moon over the trees|moon behind clouds|pale moon|lovely moon|"
        "rising moon|the moon above|moon and stars|sleeping under a full moon",
        {"sun_height": -0.7},
    ),
    ("clear night, full moon|clear moonlit night", {"sun_height": -0.7, "clouds": -0.8}),
    (
        "by the light of the moon|in the light of the moon|the moon in the sky|moon in the night sky|the moon is up|"
        "the moon is out|moon high above|a round moon|yellow moon|white moon|thin moon|sickle moon|quarter moon|"
        "silvery moon|supermoon|super moon|wolf moon|hunter's moon|strawberry moon|once in a blue moon|moonset|"
        "the moon sets|setting moon|moon peeking through clouds|a lonely moon|the moon over the desert|"
        "the moon over a forest|moon through the trees|moon over the rooftops|moon shining on snow|"
        "moon over a meadow|the moon over the hills|a bright moon above the trees|moon above the city|a moon|"
        "the moon tonight|the moon at night|the moon overhead|beneath the moon|below the moon|with the moon|"
        "and the moon|our moon|the moon and its light|moon up high|the moon behind the hills|the moon rises|"
        "the moon has risen|the moon at midnight|the moon in the clouds|the moon among the stars",
        {"sun_height": -0.7},
    ),
    (
        "a lake under the moon|moon over a lake|the moon over the lake|moonlit lake|moon reflected in a lake|"
        "moon on the water|moonlight on the water|a moon path on the water|a river under the moon",
        {"sun_height": -0.7, "water": 0.7},
    ),
    (
        "backlit|backlight|backlighting|against the light|contre-jour|rim light|sun behind the trees",
        {"sun_height": 0.15},
    ),
    (
        "a boat on a calm lake|a rowing boat on a lake|boats on a lake|a lone boat on still water",
        {"boats": 0.7, "water": 0.7, "waves": -0.7},
    ),
    (
        "golden evening light|evening gold|golden evening|golden evening sun|low golden sun|warm evening sun",
        {"sun_height": 0.15, "warmth": 0.75},
    ),
    (
        "blue hour|late dusk|before sunrise|after sunset|nightfall|twilight|early dawn|getting dark|dusky|"
        "half-light|nearly dark|civil twilight|early night|last light|the sun has set|darkening|just before dawn|"
        "pre-dawn|before dawn|blue twilight|dim light|evening twilight|dim|6 am in winter",
        {"sun_height": -0.25},
    ),
    (
        "daybreak|first light|crepuscular|the break of day|evening glow|cockcrow|crack of dawn|first rays|"
        "the first light of day|dawning|early dawn light|fading light|afterglow|alpenglow|rosy-fingered dawn|"
        "aurora of morning|daybreak glow|dawn breaking|as day breaks|the day begins|end of the day",
        {"sun_height": -0.1},
    ),
    (
        "sunset|sunrise|setting sun|rising sun|sundown|sunup|at sunset|the sun on the horizon|red sun sinking|"
        "sunset glow|beautiful sunrise|sunsets|sunrises|sun setting|sun rising|sun going down|the sun sinks|"
        "sun sets|sun rises|sun at the horizon|sun touching the horizon|dying sun|burning sunset|tropical sunset|"
        "sunset over the sea|sunrise over the hills|sun dips below the horizon|romantic sunset|golden sunset|"
        "crimson sunset|orange sun",
        {"sun_height": 0.0},
    ),
    (
        "golden hour|low sun|late afternoon|early morning|evening light|long shadows|at eve|golden hours|"
        "evening sun|evening mood|low sunlight|slanting light|late in the day|low-angle sun|magic hour|"
        "late sunlight|sun low in the sky|early in the morning|7 am|6 pm|long shadows on the ground|early evening|"
        "supper time",
        {"sun_height": 0.15},
    ),
    (
        "morning|in the morning|afternoon|mid-morning|forenoon|morning light|breakfast time|mornings|morning sun|"
        "late morning|good morning|9 am|10 am|3 pm|4 pm|midmorning|breakfast|in the afternoon|afternoon sun|"
        "teatime|after breakfast|morning hours",
        {"sun_height": 0.38},
    ),
    (
        "day|daytime|daylight|broad daylight|by day|bright day|during the day|days|in the daytime|full daylight|"
        "daylit|lit by the sun|bright daylight|clear day|working day|11 am|2 pm|well-lit|daylight scene|plain day|"
        "bright",
        {"sun_height": 0.65},
    ),
    (
        "noon|midday|high noon|sun overhead|bright midday sun|blazing sun|sun at its zenith|12 o'clock|at noon|"
        "scorching sun|sun high in the sky|glaring sun|noonday|noon sun|midday heat|the sun at noon|midday sun|"
        "twelve noon|middle of the day|sun straight overhead|sun above our heads|zenith|high sun|at midday|"
        "lunchtime|merciless sun|sun beating down|12 pm|brightest hour|solar noon|vertical sun",
        {"sun_height": 0.95},
    ),
    (
        "warm light|golden light|orange glow|amber light|warm tones|fiery light|warm colours|golden glow|"
        "golden and orange light|warm|honey-coloured light|warm glow|orange light|warm colors|warm hues|"
        "warm palette|warmly lit|warm orange|golden tones|amber|orange tones|orange hues|yellowish light|"
        "candlelight|firelight|warm sunlight|fire-coloured light|glowing warm|sepia|honey light|copper light|"
        "peachy light|sunny warm tones|gold light|reddish light|bathed in gold|toasty light|incandescent",
        {"warmth": 0.8},
    ),
    (
        "cool light|cold light|pink light|violet light|pastel light|cold tones|bluish light|cool colours|"
        "rosy light|cool pink and violet light|cool tones|purple light|pinkish glow|cool palette|cool colors|"
        "cool hues|cold hues|cold palette|cold colours|icy light|steely light|silvery light|bluish tones|"
        "blue tones|pastel colours|pastel pink light|pink glow|pink hues|rosy|rose light|lilac light|"
        "lavender light|violet glow|violet tones|purplish light|magenta light|cold blue light|wintry light|"
        "moony blue tones|cool shade|cotton candy colours|vaporwave colours",
        {"warmth": -0.8},
    ),
    (
        "cloudy|clouds|overcast|grey sky|cloud cover|many clouds|heavy clouds|billowing clouds|cumulus|gloomy sky|"
        "a cloudy sky|puffy clouds|fluffy clouds|cloud-filled sky|clouded over|dull sky|white clouds|cloudscape|"
        "cloud|a cloud|clouding over|partly cloudy|mostly cloudy|broken clouds|rain clouds|thick clouds|"
        "dense clouds|layers of clouds|sea of clouds|cloud bank|cloud deck|stratus|stratocumulus|cumulus clouds|"
        "nimbus|cotton wool clouds|woolly clouds|wispy clouds|fleecy clouds|drifting clouds|towering clouds|"
        "dark clouds|grey clouds|grey day|dull day|dreary sky|sunless|sun behind clouds|overcast day|sullen sky|"
        "lowering sky|heavily clouded|covered sky|mackerel sky|cloudiness|white puffs in the sky|"
        "cloud cover above",
        {"clouds": 0.8},
    ),
    (
        "clear sky|cloudless|clear skies|no clouds|cloudless sky|not a cloud in the sky|without clouds|not cloudy|"
        "unclouded|a sky free of clouds|few clouds|open clear sky|spotless sky|clear blue sky|clear|a clear sky|"
        "clear weather|clear heavens|perfectly clear sky|sky without clouds|empty sky|pure blue sky|"
        "bright blue sky|deep blue clear sky|blue skies|the sky is clear|sky clear of clouds|sky with no clouds|"
        "no cloud|not one cloud|zero clouds|clouds gone|clouds have cleared|never a cloud|uncloudy|unobscured sky|"
        "unbroken blue|crystal clear sky|bluebird day|wide open sky|sky is empty",
        {"clouds": -0.85},
    ),
    (
        "storm|stormy|thunderstorm|tempest|dramatic sky|thunder|dark storm clouds|lightning|hurricane|"
        "foul weather|dark, dramatic storm|ominous sky|bad weather|typhoon|raging storm|dark clouds gathering|"
        "cyclone|tornado|threatening sky|storms|a storm|big storm|storm coming|gathering storm|storm clouds|"
        "storm front|approaching storm|thunderclouds|thundery|thunderbolt|bolts of lightning|flash of lightning|"
        "electric storm|hail|hailstorm|strong wind|windy|gusts|howling wind|raging wind|violent wind|"
        "nasty weather|rough weather|severe weather|terrible weather|turbulent sky|angry sky|brooding sky|"
        "dark sky|black sky|menacing clouds|apocalyptic sky|stormy weather|tempestuous|nor'easter|"
        "dramatic weather|dramatic|dark and dramatic|doom|gloomy weather|maelstrom|inclement weather",
        {"storm": 0.85},
    ),
    (
        "fair weather|nice weather|calm weather|bright weather|no storm|pleasant weather|good weather|not stormy|"
        "bright, fair weather|lovely weather|mild weather|serene weather|a bright friendly day|fair|fair day|"
        "beautiful weather|great weather|perfect weather|gorgeous weather|gentle weather|peaceful weather|"
        "sweet weather|settled weather|splendid weather|delightful day|pleasant day|lovely day|friendly sky|"
        "cheerful day|calm day|serene sky|peaceful sky|windless|no wind|still air|light breeze|gentle breeze|"
        "the storm is over|after the storm|no thunder|weather is good|holiday weather|picnic weather|"
        "untroubled sky|cheerful weather",
        {"storm": -0.8},
    ),
    (
        "sunny|sunny day|sunshine|bright sunshine|glorious sunny weather|sunlit",
        {"storm": -0.7, "clouds": -0.5, "sun_height": 0.6},
    ),
    (
        "fog|foggy|mist|misty|thick fog|haze|hazy|dense fog|in the mist|pea soup fog|low-lying fog|murky air|"
        "smoke|veiled in mist|shrouded in fog|smoky|mists|smog|fog bank|fogbound|hazy distance|steamy air|fogs|"
        "some fog|light fog|heavy fog|ground fog|valley fog|rolling fog|sea fog|fog everywhere|San Francisco fog|"
        "London fog|Silent Hill|fogged|fogginess|mistiness|light mist|thick mist|white mist|"
        "mist rising from the lake|mist over the water|misty valley|misty mountains|misted|haziness|"
        "blurred by haze|heat haze|bluish haze|hazy horizon|vapour|vapor|steam|dust in the air|dusty air|"
        "smoky air|wildfire smoke|polluted air|air pollution|murk|murky|shrouded|veil of mist|veiled|"
        "enveloped in mist|low visibility|poor visibility|you can't see far|obscured distance|ghostly mist|"
        "mystic haze|soupy air|cloud lying in the valley|clouded in mist|drizzly mist|atmospheric haze",
        {"fog": 0.8},
    ),
    (
        "no fog|not foggy|clear air|crisp air|without fog|no mist|crystal clear view|clear view|good visibility|"
        "crisp, clear air|not misty|no haze|sharp horizon|pure clear air|you can see for miles|haze-free|"
        "clear visibility|excellent visibility|unlimited visibility|sharp|sharp view|sharp distance|crisp|"
        "crisp view|crisp day|crisp morning air|clean air|fresh clear air|fresh air|transparent air|"
        "crystalline air|clear atmosphere|far view|view for miles|distant hills sharply visible|"
        "visible to the horizon|everything sharp and clear|fogless|mistless|fog has lifted|the mist is gone|"
        "mist has cleared|smoke-free|smokeless|pollution-free air|see very far|clarity|clear distance|"
        "vivid clear view|no smoke|no vapour",
        {"fog": -0.8},
    ),
    (
        "snow|snowy|deep snow|snow-covered|winter|covered in snow|wintry|fresh snow|white winter|snowdrifts|"
        "frozen|icy|frost|powder snow|Christmas landscape|in winter|winter wonderland|frosty|January|ski slopes|"
        "white with snow|freezing cold|snowed in|December|frozen over|snows|thick snow|snow cover|snow blanket|"
        "blanket of snow|snowy landscape|snowfield|snow-white land|snow-clad|snowcapped|snow everywhere|"
        "snowed over|powder|ski resort|skiing|skis|snowboard|snowman|sledding|sledge|Santa Claus land|Christmas|"
        "white Christmas|Nordic winter|Narnia|Russian winter|winters|winter scene|winter landscape|wintertime|"
        "midwinter|deep winter|winter day|cold winter|cold|very cold|freezing|freeze|frozen lake|frozen land|"
        "frozen ground|frozen river|ice-cold|ice and frost|icicles|iced over|icebound|frosted|frosty morning|"
        "slush|February|snow angel|crystals of ice|below zero|glacial cold",
        {"snow": 0.8},
    ),
    (
        "no snow|snowless|without snow|summer|not snowy|thawed|snow-free|hot summer|melted snow|summertime|July|"
        "snow has melted|hot|midsummer|not a flake of snow|warm summer|no more snow|no snow at all|snow gone|"
        "snow melted|snow melts|thaw|ice-free|not icy|not frozen|unfrozen|frost-free|no frost|no ice|no winter|"
        "not winter|not wintry|summers|summer day|high summer|summer heat|summer holiday|in summer|summery|June|"
        "hottest day|very hot|warm season|warm climate|hot climate|mild climate|bare of snow|snowless peaks|"
        "snowless mountains|dog days|sweltering|scorching|sultry",
        {"snow": -0.8},
    ),
    (
        "rough waves|big waves|rough sea|choppy water|surf|stormy sea|breakers|whitecaps|crashing waves|swell|"
        "waves|tall waves|wild sea|rolling waves|foaming sea|tidal wave|wavy|tsunami|surging sea|wave|a wave|"
        "huge waves|giant waves|high waves|ocean waves|breaking waves|pounding waves|surging waves|surfing waves|"
        "rough|rough ocean|rough water|rough lake|choppy|choppy sea|choppy waves|agitated water|agitated sea|"
        "wild water|wild waves|white water|whitewater|foam|foaming waves|sea foam|sea spray|spray|rollers|"
        "breaking surf|storm surge|stormy waters|stormy waves|heaving sea|angry sea|raging sea|raging waters|"
        "tempestuous sea|churning water|undulating sea|surfers|big surf|swells|rapids|billowy sea",
        {"waves": 0.85},
    ),
    (
        "calm water|still water|mirror-like lake|glassy water|no waves|placid lake|smooth water|calm sea|"
        "reflections|mirror calm|not wavy|still lake|water like glass|motionless water|reflected in the lake|"
        "quiet water|calm|calm lake|calm ocean|calm river|flat water|flat sea|flat calm|dead calm|still|"
        "still pond|still sea|still waters|stillness of the water|glassy|glassy lake|glassy sea|mirror|"
        "mirror lake|mirror-smooth|mirrorlike|mirrored mountains|mirror image in the water|mirroring|reflection|"
        "reflection in the water|perfect reflection|reflective lake|reflecting pool|water reflects the sky|"
        "peaceful lake|peaceful water|peaceful sea|quiet lake|quiet sea|gentle water|smooth lake|smooth sea|"
        "silky water|serene lake|serene water|placid|placid water|waveless|unmoving water|no ripples|not a ripple|"
        "no surf|no swell|lake like a mirror|becalmed",
        {"waves": -0.85},
    ),
    (
        "lake|water|sea|ocean|much water|flooded|river|shore|lakeside|by the water|bay|wide water|fjord|riverbank|"
        "a big lake|waterside|flood|lakes|stream|coast|seaside|the Pacific|watery|estuary|waters|open water|"
        "lots of water|body of water|lake view|large lake|mountain tarn|tarn|lagoon water|rivers|a river|"
        "winding river|wide river|river bend|riverside|brook|creek|streams|waterfall|cascade|canal|pool|pools|"
        "ponds of water|seas|the sea|seashore|seascape|oceans|the ocean|Atlantic|ocean view|coastline|coastal|"
        "bays|gulf|fjords|Norwegian fjord|strait|sound|lakes and rivers|Lake Como|Lake Geneva|Loch Ness|shoreline|"
        "lakeshore|on the shore|waterfront|at the water's edge|inundated|flooding|floodwater|submerged land|"
        "swimming|aquatic",
        {"water": 0.7},
    ),
    (  # what lies under it is another land
        "sea|the sea|ocean|the ocean|seas|oceans|seascape|a seascape|open sea|the open sea|open ocean|"
        "the high seas|at sea|out at sea|ships at sea|a ship at sea|a boat on the sea|boats on the sea|"
        "sunset over the sea|sunrise over the sea|sunset at sea|moon over the sea|moonlit sea|the sea at night|"
        "night at sea|the sea at dawn|sea and sky|sea view|ocean view|view of the sea|the North Sea|"
        "the Baltic Sea|the Mediterranean|the Black Sea|the Adriatic|the Aegean|the Atlantic|the Indian Ocean|"
        "sailing on the sea|sailing the ocean|sailing boats on the ocean|fishing boats at sea|a sea voyage|"
        "ocean sunset|ocean horizon|the horizon of the sea|a blue sea|blue ocean|green sea|grey sea|silver sea|"
        "wide sea|endless ocean|marine painting|a marine|seaside|by the sea|on the coast",
        {"islands": 1, "water": 0.9},
    ),
    (
        "stormy sea|stormy ocean|rough sea|rough ocean|heavy sea|high sea|storm at sea|ship in a storm|"
        "ocean waves|sea waves|waves at sea|ocean swell|big waves at sea",
        {"islands": 1, "water": 0.9, "waves": 0.85},
    ),
    (
        "dry land|no water|waterless|drought|dried up|without water|arid|parched|inland|dry|no lake|no river|"
        "a dried-out riverbed|bone dry|no sea|arid land|arid climate|aridity|dryness|very dry|totally dry|"
        "dry earth|dry soil|dry ground|dry lake bed|dry riverbed|dried-out lake|dried mud|cracked earth|"
        "cracked mud|cracked ground|thirsty land|thirsty ground|parched earth|parched soil|no rivers|no lakes|"
        "no ocean|no pond|not a drop of water|lake has dried up|drained|drained lake|landlocked|far from the sea|"
        "only land|solid ground|without a lake|without a river|without sea|waterless land|barren dry ground",
        {"water": -0.8},
    ),
    (
        "flat land|flat|plain|plains|lowlands|level ground|no mountains|without mountains|flatland|no hills|"
        "not mountainous|flat as a pancake|Holland|low flat land|endless plain|not hilly|even ground|flat terrain|"
        "flat country|flat ground|flat horizon|flat fields|flat landscape|flat as a table|flats|salt flats|"
        "plain land|vast plain|wide plain|open plain|great plains|prairies|Kansas|Nebraska|the Netherlands|polder|"
        "steppes|level|level land|levelled|low land|low-lying|lowland|even land|even terrain|horizontal land|"
        "smooth land|not steep|no peaks|no slopes|no cliffs|no relief|without hills|without peaks|hill-less|"
        "hills flattened|low hills only|level as far as the eye can see|gentle terrain|featureless plain|"
        "coastal plain",
        {"relief": -0.8},
    ),
    (
        "towering mountains|huge mountains|steep|rugged|towering peaks|dramatic peaks|mountainous|"
        "majestic mountains|giant mountains|very high mountains|steep slopes|hilly|colossal peaks|"
        "soaring mountains|towering|very steep|steep hills|steep mountains|steep terrain|steep hillside|"
        "steep walls|rugged terrain|rugged mountains|rugged land|very hilly|big hills|high hills|high peaks|"
        "high ground|high relief|highlands|tall mountains|tall peaks|enormous mountains|gigantic mountains|"
        "immense mountains|mighty mountains|monumental mountains|massive peaks|large mountains|big mountains|"
        "mountain walls|mountains rising high|mountains everywhere|soaring peaks|rock face|sheer drop|sheer walls|"
        "abyss|deep valley|dizzying heights|heights|jagged terrain|jagged mountains|dramatic mountains|"
        "dramatic terrain|elevated terrain|mountainous terrain|mountainous land",
        {"relief": 0.85},
    ),
    (
        "trees|many trees|dense trees|lush trees|tree-covered|thick woods|wooded|overgrown|a tree|full of trees|"
        "leafy trees|tall trees|densely wooded|thicket|trees everywhere|lots of trees|tree|trees all around|"
        "plenty of trees|a lot of trees|more trees|countless trees|dense woods|dense woodland|dense forest cover|"
        "dense vegetation|dense foliage|foliage|lush foliage|leafy|leafy canopy|tree canopy|canopy|thick trees|"
        "thick forest cover|thick vegetation|thickly wooded|heavily wooded|heavily forested|well wooded|"
        "tree-filled|tree-lined|tree-clad|treed|rows of trees|clumps of trees|stands of trees|grove of trees|"
        "saplings|shrubs|bushes|bushy|overgrown land|covered in trees|covered with forest|afforested|reforested|"
        "shady trees|big trees|giant trees|ancient trees|old trees",
        {"trees": 0.8},
    ),
    (
        "no trees|treeless|barren|bare land|without trees|bald hills|deforested|not a tree|not wooded|bare|"
        "a place without a single tree|no forest|cleared land|bare rock|no tree|not one tree|zero trees|few trees|"
        "tree-less|treeless plain|treeless hills|treeless land|without a tree|without woods|without forest|"
        "without vegetation|no woods|no vegetation|no plants|no bushes|no shrubs|plantless|empty of trees|"
        "clear of trees|bare hills|bare slopes|bare ground|bare mountain|barren hills|barren land|"
        "barren mountains|barrenness|bald|bald mountain|naked rock|naked hills|denuded|denuded hills|"
        "deforestation|clear-cut|clear-cut forest|logged|logged hillside|stripped of trees|all trees felled|"
        "trees cut down|trees are gone|stumps only|lifeless ground|above the tree line|unwooded|"
        "rock without vegetation|empty land",
        {"trees": -0.85},
    ),
    (
        "autumn|fall colours|autumn leaves|red leaves|golden leaves|October|Indian summer|fall foliage|autumnal|"
        "orange leaves|red and gold leaves|in autumn|leaves turning red|autumn colours|yellow leaves|in the fall|"
        "rusty leaves|New England fall|harvest season|fall|the fall|in fall|fall season|autumn season|autumn day|"
        "autumn mood|autumn landscape|autumn scene|autumn trees|autumn foliage|autumn tones|autumns|autumn glory|"
        "fall leaves|fall trees|fall scenery|falling leaves|fallen leaves|leaf fall|leaves falling|leaves turning|"
        "leaves changing colour|coloured leaves|colourful leaves|colourful foliage|golden foliage|golden trees|"
        "golden October|gold leaves|red foliage|red trees|red maples|maple trees in autumn|maple leaves|"
        "orange trees and leaves|orange foliage|russet leaves|russet|copper leaves|bronze leaves|brown leaves|"
        "withered leaves|dry leaves|yellow trees|yellow foliage|yellowing leaves|yellow birches|September|"
        "September colours|November|Thanksgiving|Halloween|pumpkins|pumpkin season|harvest|harvest time|"
        "harvest moon season|Vermont in fall|leaf peeping|momiji|Japanese maples|larches turning gold|late autumn",
        {"autumn": 0.85},
    ),
    (
        "green leaves|lush green|spring|verdant|springtime|fresh green|lush green leaves|greenery|no autumn|"
        "in spring|not autumn|vivid green leaves|April|green trees|lush vegetation|green|green foliage|"
        "green woods|green forest|green nature|green summer trees|green vegetation|lush|lush foliage in summer|"
        "lush greenery|lush spring|lush trees in leaf|luxuriant green|rich green|intense green|"
        "bright green leaves|deep green leaves|fresh leaves|fresh foliage|fresh spring leaves|young leaves|"
        "new leaves|budding leaves|buds|budding trees|spring day|spring season|spring landscape|spring scene|"
        "early spring|springlike|spring has come|Easter|March|May|verdure|verdant hills|verdant valley|"
        "leaves still green|trees in leaf|evergreen leaves|no red leaves|no fall colours|not fall|unwithered|"
        "emerald leaves",
        {"autumn": -0.7},
    ),
    (
        "village|a village|houses|a small town|cottages|hamlet|huts|settlement|cabin|farmhouse|buildings|town|"
        "church|a house|little houses|cosy village|cottage|rooftops|mountain village|fishing village|wooden huts|"
        "chapel|lighted windows|villages|small village|little village|old village|quaint village|"
        "Alpine village houses|fairy-tale village|medieval village|Viking village|African village|hobbit village|"
        "houses by the lake|home|homes|house|small house|lonely house|little house|old house|stone house|"
        "wooden house|red house|white houses|cottage by the sea|thatched cottage|log cabin|cabins|"
        "cabin in the woods|hut|mountain hut|shack|shed|mill|watermill|lighthouse|church steeple|steeple|"
        "monastery|temple|mosque|cathedral|abbey|manor|mansion|villa|villas|hotel|inn|towns|townscape|old town|"
        "seaside town|small towns|building|settlements|settlers|community|inhabited|populated|roofs|red roofs|"
        "chimneys|smoke from chimneys|windows|lights in windows|lamplit houses|market square|people live here|"
        "civilisation|civilization|tents|camp|campsite|encampment",
        {"village": 0.8},
    ),
    (
        "wilderness|no houses|uninhabited|untouched nature|no village|no buildings|deserted|without people|"
        "wild nature|pristine nature|no town|without houses|nobody lives here|virgin nature|far from civilisation|"
        "wild|wild land|wild country|wild landscape|wilds|wildness|nature only|only nature|pure nature|pristine|"
        "pristine land|pristine wilderness|untouched|untouched land|untouched wilderness|unspoiled|"
        "unspoiled nature|undeveloped land|uninhabited land|uninhabited island|empty of people|"
        "empty land without people|no people|no humans|nobody|nobody around|no one lives here|no one for miles|"
        "no sign of humans|no trace of people|no civilization|no houses anywhere|no house|not a house|"
        "not a single building|no cottages|no huts|no towns|no settlement|without buildings|without a village|"
        "without a house|without humans|without civilisation|unsettled land|unbuilt|remote|remote wilderness|"
        "remote area|remote land|backcountry|lonely wilderness|lonely land|desolate|abandoned by man|solitude|"
        "nature reserve|national park|virgin land|virgin forest|primeval nature|prehistoric land|before mankind",
        {"village": -0.8},
    ),
    (
        "flowers|wildflowers|flower field|poppies|in bloom|lavender field|tulips|daisies|blooming meadow|"
        "bluebells|sunflowers|fields of flowers|flowery|roses|flower meadow|blooming|lilies|flower garden|"
        "carpet of flowers|flower|a flower|many flowers|full of flowers|covered in flowers|carpeted with flowers|"
        "colourful flowers|blooming flowers|flowers everywhere|flowers in bloom|flowers in the grass|"
        "flower fields|flower fields in Holland|flowering|flowering meadow|flowering plants|flowery meadow|"
        "flowered|wild flowers|wildflower meadow|wildflower bloom|bloom|blooms|super bloom|superbloom|floral|"
        "floral meadow|field of poppies|poppy field|poppy|red poppies|lavender|lavender fields|tulip|tulip field|"
        "daisy|daisy meadow|dandelions|buttercups|cornflowers|cornflower|sunflower|sunflower field|rose garden|"
        "rose|rose bushes|lilacs|heather|heather in bloom|lupins|lupines|crocuses|daffodils|snowdrops|irises|"
        "violets|pansies|hyacinths|geraniums|rhododendrons|hydrangea|jasmine|chrysanthemums|dahlias|petunias|"
        "asters|primroses|edelweiss flowers|petals|bouquet|garden in bloom|nectar|bees and flowers|"
        "butterflies on flowers",
        {"flowers": 0.85},
    ),
    (
        "no flowers|flowerless|without flowers|not a flower|bare of flowers|nothing blooms|not flowery|no poppies|"
        "no flower|not one flower|zero flowers|few flowers|no wildflowers|no bloom|no blooms|no blooming plants|"
        "no roses|no poppy|no tulips|no petals|without a flower|without blooms|without wildflowers|"
        "without poppies|flower-free|free of flowers|not blooming|not flowering|not in bloom|unflowering|"
        "bloomless|withered flowers|wilted flowers|dead flowers|faded flowers|flowers are gone|flowers cut down|"
        "plain grass without flowers|just grass|only grass",
        {"flowers": -0.8},
    ),
    (
        "tropical lagoon|turquoise lagoon|island bay",
        {"islands": 1, "water": 0.6},
    ),
    (
        "glacier lake|fjord with ice",
        {"arctic": 1, "water": 0.6},
    ),
    (
        "mangrove swamp|flooded forest",
        {"wetland": 1, "trees": 0.7},
    ),
    (
        "alpine village|chalet in the mountains",
        {"alpine": 1, "village": 0.8},
    ),
    (
        "spring flowers",
        {"flowers": 0.8, "autumn": -0.6},
    ),
    (
        "misty morning hours|morning mist|foggy morning",
        {"fog": 0.75, "sun_height": 0.3},
    ),
    (
        "a clear night|clear starry night",
        {"clouds": -0.8, "sun_height": -0.7},
    ),
    (
        "winter night",
        {"snow": 0.8, "sun_height": -0.7},
    ),
    (
        "winter forest|snowy forest|frozen woods",
        {"forest": 1, "snow": 0.8},
    ),
    (
        "autumn forest|autumn woods",
        {"forest": 1, "autumn": 0.85},
    ),
    (
        "city|a city|cityscape|city skyline|skyline|skyscrapers|a skyscraper|urban|urban landscape|metropolis|"
        "megacity|big city|New York|New York City|Tokyo|Hong Kong|Chicago|Shanghai|Dubai skyline|London skyline|"
        "Paris rooftops|San Francisco|Los Angeles|Singapore|Gotham City|cyberpunk city|futuristic city|neon city|"
        "Blade Runner|city lights|city at the waterfront|office towers|high-rises|tower blocks|apartment blocks|"
        "tall buildings|glass towers|business district|financial district|city centre|city street|avenues|"
        "boulevard|city blocks|traffic|traffic jam|taxis|subway station|industrial city|factories|concrete jungle|"
        "towers of steel and glass|Empire State Building|Eiffel Tower|Big Ben|Times Square|suburbs|suburb|"
        "capital city|modern architecture|architecture|street scene|streets|city harbour|old town skyline|Venice|"
        "Istanbul|Rio de Janeiro|Sydney|Berlin|Moscow|Barcelona|ghost city|ruined city|post-apocalyptic city|"
        "steampunk city|Metropolis|megalopolis|urban jungle|inner city|town of skyscrapers|rooftops of the city",
        {"city": 1},
    ),
    (
        "farmland|a farm|farm|farms|fields of crops|crops|crop fields|farm fields|wheat|wheat field|"
        "fields of wheat|barley|barley field|rye field|corn field|maize|oats|golden wheat|ripe grain|grain fields|"
        "cereal fields|ploughed field|plowed field|furrows|tilled soil|tilled fields|patchwork of fields|"
        "arable land|agriculture|farming|farmer on a tractor|tractor|combine harvester|scarecrow|barn|red barn|"
        "barns|silo|farm buildings|ranch land|hay bales|haystacks|hayfield|hay|straw bales|rice fields|"
        "rice terraces|terraced fields|tea plantation|potato field|cabbage field|sugar cane|cotton field|"
        "plantation|orchards|olive groves|vine rows|rows of vines|wine country|rapeseed field|canola field|"
        "yellow rapeseed|farm country|farmstead with fields|rural fields|hedgerows between fields|"
        "fields and hedges|Iowa cornfield|Kansas wheat|Ukraine wheat|cultivated land|cultivated fields|"
        "market garden|vegetable field|windmill and fields|harvested field|stubble field|crop rows",
        {"farmland": 1},
    ),
    (
        "cliffs|cliff|sea cliffs|coastal cliffs|rocky coast|rocky shore|rugged coast|rugged coastline|cliff coast|"
        "ocean cliffs|cliffs above the sea|cliffs by the sea|cliffs of Moher|Cliffs of Dover|white cliffs|"
        "chalk cliffs|steep coast|sea stacks|sea arch|Etretat|Twelve Apostles|Great Ocean Road|Faroe Islands|"
        "Cornwall coast|Irish coast|Scottish coast|Brittany|Normandy coast|Land's End|Cape of Good Hope|"
        "rocky cape|promontory|rocky bluff above the sea|bluffs by the ocean|clifftop|cliff top|cliff edge|"
        "edge of a cliff|cliff face|sheer cliffs|steep cliffs|high cliffs|vertical cliffs|jagged coastline|"
        "wild rocky coast|rocky coastline|rocky seashore|Pacific coast cliffs|Amalfi coast|Algarve cliffs|"
        "lighthouse on a cliff|waves crashing on rocks|cove between cliffs|coast of rocks|cliffs and surf|"
        "basalt sea cliffs|limestone cliffs by the sea|puffins on the cliff|storm coast|point of rocks in the sea|"
        "Oregon coast|Acadia coast",
        {"cliffs": 1},
    ),
    (
        "moon surface|the moon's surface|on the moon|moonscape|lunar landscape|lunar surface|craters|"
        "cratered surface|Apollo landing site|astronaut on the moon|astronaut|alien planet|an alien world|"
        "alien world|alien landscape|alien|aliens|another planet|other planet|distant planet|strange planet|"
        "foreign planet|science fiction landscape|sci-fi planet|sci-fi landscape|science fiction|outer space|"
        "space|planet|planets|exotic planet|planetary surface|ringed planet in the sky|two moons in the sky|"
        "two suns|Saturn's rings|Jupiter in the sky|Titan|Europa moon|Pluto|Venus surface|Mercury's surface|"
        "asteroid|asteroid surface|meteor crater|comet|red planet|spaceship landing|UFO|flying saucer|"
        "Star Wars planet|Star Trek|Avatar, Pandora|space colony|moon base|space station on a planet|"
        "rover on another planet|rover tracks|galaxy above a strange world|interstellar|cosmic landscape|"
        "cosmic desert|unearthly landscape|otherworldly landscape|otherworldly|Neil Armstrong|moon rocks|"
        "moon dust|grey dust and craters|airless world|lifeless planet|surreal planet|dead planet|"
        "uncharted planet|extraterrestrials|Martians|planet of another star",
        {"alien": 1},
    ),
    (
        "underwater|under the sea|under water|beneath the sea|bottom of the sea|sea bottom|sea floor|coral reef|"
        "reef|corals|coral|coral garden|Great Barrier Reef|underwater world|underwater landscape|underwater scene|"
        "below the surface of the sea|beneath the waves|deep ocean|ocean depths|depths of the sea|"
        "deep under the ocean|abyss of the ocean|scuba diving|diver|divers|snorkelling|submarine|sunken ship|"
        "shipwreck on the sea floor|Atlantis|Little Mermaid|mermaids|Finding Nemo|tropical fish|fish swimming|"
        "school of fish|clownfish|jellyfish|sea turtle|sharks|whales|octopus|manta ray|dolphins under water|"
        "seaweed|kelp|sea grass|sea anemones|sponges and corals|starfish|seahorses|bubbles rising|"
        "sunbeams through water|light rays under water|marine life|marine world|undersea|undersea landscape|"
        "subaquatic|ocean life|20,000 leagues under the sea|Jacques Cousteau|hydrothermal vent|brain coral|"
        "fan corals|sea urchins|underwater cave|underwater rocks|blue depths|aquarium",
        {"underwater": 1},
    ),
    (
        "jungle|jungles|the jungle|tropical jungle|dense jungle|deep jungle|steaming jungle|rainforest|"
        "rain forest|tropical rainforest|tropical forest|Amazon rainforest|Amazon river jungle|African jungle|"
        "Indian jungle|Vietnam jungle|Costa Rica|Sumatra|Papua New Guinea|Yucatan jungle|"
        "Mayan temple in the jungle|Jungle Book|Mowgli|Tarzan|Indiana Jones|Jurassic Park|dinosaurs|gorillas|"
        "monkeys|orangutan|chimpanzees|jaguar|tiger in the jungle|parrots|toucan|macaws|tree frogs|anaconda|"
        "lianas|vines|hanging vines|creepers|banana plants|banana leaves|giant leaves|tree ferns|"
        "big tropical leaves|orchids in the trees|exotic plants|tropical vegetation|tropical plants|lush tropics|"
        "humid forest|cloud forest|monsoon forest|jungle river|jungle path|jungle ruins|jungle canopy|"
        "rainforest canopy|impenetrable jungle|overgrown temple|explorers with machetes|equatorial forest|"
        "wild tropical greenery|steamy rainforest|virgin rainforest|tropical wilderness|Borneo rainforest|"
        "Congo basin|jungle waterfall|Daintree",
        {"jungle": 1},
    ),
    (
        "photo|photograph|a photo|photography|photographic|photorealistic|photorealism|realistic photo|realistic|"
        "lifelike|realism|hyperrealistic|photo-realistic|landscape photography|nature photography|"
        "professional photography|Hasselblad|Kodachrome|Kodak Portra|National Geographic|Ansel Adams|35mm film|"
        "film photo|analog photo|camera photo|"
        "shot on a camera|RAW photo|colour photograph|holiday photo|stock photo|Nikon|Canon EOS|HDR photo|"
        "long exposure|bokeh|camera picture|real photo|true to life|documentary photo|Leica|Polaroid|"
        "smartphone photo|postcard photo",
        {"photo": 1},
    ),
    (
        "watercolour|watercolor|watercolours|watercolors|a watercolour|a watercolour painting|watercolor painting|"
        "watercolour sketch|in watercolour|painted in watercolour|watercolour wash|washes of colour|loose washes|"
        "gouache|gouache painting|wet on wet|wet-on-wet|wet paper|paint bleeding into wet paper|soft watercolour|"
        "delicate watercolour|"
        "pale washes of paint|watercolour paper|water-based paint|watery paint|diluted paint|translucent paint|"
        "Turner watercolour|painted with a wet brush|washed out paint|colour bleeding on paper|tempera|"
        "watercolor illustration|aquarelle pencils|soft wash of colour|splashes of watercolour|transparent washes",
        {"watercolour": 1},
    ),
    (
        "oil painting|oil|oils|oil on canvas|oil paint|in oils|an oil painting|oil colours|painted in oil|"
        "thick paint|thick brush strokes|visible brush strokes|brush strokes|brushstrokes|impasto|thick impasto|"
        "Velazquez|palette knife|"
        "knife painting|canvas|on canvas|Van Gogh|in the style of Van Gogh|Monet|in the style of Monet|"
        "Claude Monet|Cezanne|Renoir|Pissarro|Constable|Turner|Bob Ross|Hudson River School|Albert Bierstadt|"
        "Old Master painting|old masters|Renaissance painting|baroque painting|impressionist|impressionism|"
        "impressionist painting|expressionist painting|post-impressionist|romantic painting|"
        "Caspar David Friedrich|classical painting|museum painting|masterly painting|gallery painting|alla prima|"
        "plein air painting|heavy paint texture|Vermeer|Gauguin|fine art painting|painterly|dabs of paint|Sisley|"
        "acrylics|acrylic on canvas",
        {"oil": 1},
    ),
    (
        "a painting|painting|painted|painting of a landscape|hand-painted|traditional painting",
        {"oil": 0.6, "watercolour": 0.4},
    ),
    (
        "pencil|a pencil drawing|pencil drawing|pencil sketch|a sketch|sketch|sketched|sketchbook|drawing|"
        "a drawing|drawn|hand-drawn|line drawing|lead pencil|coloured pencil|colored pencils|crayon|crayons|"
        "chalk drawing|pastel crayons|charcoal|charcoal drawing|charcoal sketch|cross-hatching|crosshatched|hatching|"
        "hatched shading|shaded drawing|black and white sketch|rough sketch|"
        "quick sketch|doodle|drawn by hand|etching|engraving|sketch on paper|monochrome drawing|pencil shading|"
        "pencil strokes|grey pencil|soft pencil|2B pencil|draughtsman's drawing|study in pencil|Leonardo sketch|"
        "scribble|conte crayon|silverpoint|outline drawing",
        {"pencil": 1},
    ),
    (
        "ink|ink wash|ink wash painting|ink painting|ink drawing|in ink|black ink|Chinese ink painting|"
        "Chinese painting|Japanese ink painting|Japanese painting|brush and ink|pen and ink|India ink|"
        "ink on paper|ink on rice paper|rice paper|brush painting|East Asian painting|sumi-e|shan shui|"
        "Song dynasty painting|sumi|suiboku|Sesshu|ink blots|ink splashes|black brush strokes on paper|"
        "monochrome ink|scroll painting|hanging scroll|ink brush|wash drawing|calligraphic painting|zen painting|"
        "oriental painting|Korean ink painting|literati painting|bamboo ink painting|Hokusai|woodblock print|"
        "ukiyo-e|Hiroshige",
        {"ink": 1},
    ),
    (
        "cartoon|cartoons|a cartoon|anime|anime style|anime background|animation|animated|animated film|"
        "cel shading|cel-shaded|cel shaded|cel animation|flat shading with outlines|flat colours|flat colors|"
        "comic|comics|comic style|comic strip|comic book|graphic novel|bold outlines|black outlines|Disney|"
        "Disney film|Pixar|Miyazaki|My Neighbor Totoro|Spirited Away|Makoto Shinkai|toon|toon shading|cartoonish|"
        "Japanese animation|children's book illustration|Tintin|ligne claire|Asterix|Looney Tunes|The Simpsons|"
        "Zelda Wind Waker|Borderlands game|vector art|flat illustration|flat design|poster art|"
        "storybook illustration|TV cartoon|anime wallpaper|Moebius comic|clean line art with flat fills|"
        "illustration with flat colours",
        {"cel": 1},
    ),
    (
        "pixel art|pixel|pixels|pixelated|pixel style|pixel graphics|pixel game|16-bit|16 bit|16-bit graphics|"
        "retro game|retro game graphics|retro gaming|sprites|sprite art|tile set|tile map|arcade game|"
        "old computer game|old video game|video game from the eighties|blocky pixels|big pixels|dithered|"
        "dithering|low resolution|low-res|mosaic of squares|square pixels|Commodore 64|Amiga|Sega Mega Drive|NES|"
        "SNES|Atari|Pokemon game|Stardew Valley|Terraria|Super Mario level|old-school game|chunky pixels|"
        "limited palette pixels|VGA graphics|EGA|LucasArts adventure|Monkey Island|isometric pixels|"
        "Minecraft|voxels|voxel art|pixel landscape|pixel background|retro pixel",
        {"pixel": 1},
    ),
    (
        "low poly|low-poly|lowpoly|low polygon|low-poly style|low poly 3D|low poly render|low-poly landscape|"
        "polygons|polygonal|polygon art|polygon mesh|few polygons|faceted|facets|faceted 3D|flat-shaded 3D|"
        "flat shaded|3D render with flat facets|triangles|made of triangles|triangular facets|geometric shapes|"
        "geometric|crystalline facets|angular 3D|simple 3D model|3D model|Blender render|PlayStation 1|"
        "PS1 graphics|N64|Nintendo 64 graphics|early 3D game|origami|origami paper|paper craft|papercraft|"
        "folded paper|cubist facets|"
        "mobile game 3D|Unity low poly|Monument Valley game|minimal 3D|diamond-like facets|isometric low poly|"
        "game asset 3D|Voronoi facets|wireframe polygons",
        {"lowpoly": 1},
    ),
    (
        "stained glass|stained-glass|stained glass window|a stained glass window|stained glass art|coloured glass|"
        "colored glass|church window|church windows|glass window|window of coloured glass|rose window|"
        "Gothic window|Chartres window|glass painting|glass mosaic|mosaic|mosaic of glass|lead lines|leaded glass|"
        "leadlight|lead came|Tiffany glass|Tiffany|Chagall window|glass art|panes of coloured glass|glowing glass|"
        "backlit glass|translucent glass|cathedral glass|glass panels|glass pieces|shards of coloured glass|"
        "kaleidoscope|Art Nouveau glass|vitrail|glass tiles|jewel-like glass|medieval window",
        {"glass": 1},
    ),
    (
        "rain|rainy|heavy rain|pouring rain|rainfall|torrential rain|raining|it is raining|it's raining|rainy day|"
        "rainy weather|wet weather|rain shower|rain showers|cloudburst|monsoon|monsoon rain|rainstorm|raindrops|"
        "rain falling|rain pouring down|rain-soaked|rain-swept|soaked by rain|streaks of rain|sheets of rain|"
        "strong rain|lashing rain|driving rain|raining cats and dogs|umbrella weather|umbrellas|puddles|"
        "wet streets|rain season|rainy season|spring rain|tropical rain|rain over the land|rain clouds pouring|"
        "torrents of water from the sky|dripping wet|shower of rain|bucketing down|pelting rain|wet day|"
        "rain all day|Singin' in the Rain",
        {"rain": 0.85},
    ),
    (
        "drizzle|light rain|a little rain|some rain|drizzling|drizzly|a few raindrops|soft rain|gentle rain|"
        "summer rain|spitting rain|wet|damp weather|a bit of rain",
        {"rain": 0.35},
    ),
    (
        "no rain|without rain|not raining|rain-free|dry weather|dry day|rain has stopped|no drizzle|"
        "not a drop of rain|it does not rain|dry sky|no raindrops|no wet weather|rain is over|the rain stops",
        {"rain": -0.8},
    ),
    (
        "snowfall|snowing|it is snowing|falling snow|snow falling|snowflakes|snowflakes falling|snowflake|"
        "snow shower|snow in the air|thick falling snow|heavy snowfall|snow drifting down|snow coming down|"
        "snow swirling|swirling snow|driving snow|flakes of snow|it snows|let it snow|snow flying|"
        "big flakes of snow|snow pouring from the sky|snowfall at night|wind-driven snow|snow globe|"
        "snow falling softly|dense snowfall",
        {"snowfall": 0.85},
    ),
    (
        "light snowfall|a few snowflakes|gentle snowfall|light snow falling|some falling snow|first snowflakes|"
        "a little snow falling",
        {"snowfall": 0.35},
    ),
    (
        "no falling snow|no snowfall|no snow in the air|not snowing|no snowflakes|snowing has stopped|"
        "without snowfall|it is not snowing|the snow has stopped falling",
        {"snowfall": -0.8},
    ),
    (
        "snowstorm|whiteout|blizzard|snow storm|winter storm",
        {"snow": 0.95, "storm": 0.7, "snowfall": 0.9},
    ),
    (
        "aurora|northern lights|the northern lights|aurora borealis|aurora australis|auroras|green aurora|"
        "purple aurora|dancing aurora|northern lights in the sky|green northern lights|bright northern lights|"
        "curtains of light in the sky|ribbons of green light in the sky|northern lights over Norway|"
        "Iceland northern lights|aurora over the land|dancing lights in the night sky|green glow in the night sky|"
        "glowing green curtains|sky ablaze with aurora|magnetic storm lights|solar wind in the sky|"
        "shimmering lights of the north|Tromso lights|light show in the arctic sky|faint aurora|aurora display",
        {"aurora": 0.85},
    ),
    (
        "no aurora|no northern lights|without aurora|without northern lights|no lights in the night sky",
        {"aurora": -0.8},
    ),
    (
        "rainbow|a rainbow|rainbows|double rainbow|rainbow in the sky|rainbow after the rain|bright rainbow|"
        "full rainbow|arc of a rainbow|rainbow arch|colourful rainbow|over the rainbow|somewhere over the rainbow|"
        "end of the rainbow|pot of gold|rainbow over the hills|rainbow over the sea|faint rainbow|"
        "rainbow colours in the sky|sun and rain make a rainbow|bow of colours in the sky|"
        "colours of the spectrum in an arc|seven colours arching across the sky|coloured arc|spectrum in the sky|"
        "Noah's rainbow|moonbow|sun after rain with a rainbow|arched band of colours",
        {"rainbow": 0.85},
    ),
    (
        "no rainbow|without a rainbow|no rainbows|rainbow is gone|not a rainbow",
        {"rainbow": -0.8},
    ),
    (
        "blossom|blossoms|cherry blossom|cherry blossoms|cherry trees|cherry trees in blossom|cherry tree|"
        "blossoming trees|trees in blossom|tree blossom|pink blossom|white blossom|blossoming|apple blossom|"
        "apple trees in flower|plum blossom|almond blossom|peach blossom|pear blossom|fruit trees in blossom|"
        "fruit blossom|orchard in blossom|blossoming orchard|flowering trees|trees in flower|pink trees|"
        "pink cherry trees|hanami|Japanese cherry|Japan in spring|Kyoto in spring|falling pink petals|"
        "petals on the wind|blossom petals falling|wisteria trees|jacaranda trees|apricot blossom|"
        "trees full of blossom|spring blossom|trees covered in pink|blossom season|hawthorn blossom|"
        "dogwood blossom|blossom-laden branches|azaleas in bloom|pink flowering trees",
        {"blossom": 0.85},
    ),
    (
        "no blossom|no cherry blossom|without blossom|trees without blossom|no blossoms|blossomless|"
        "blossom has fallen|no blossoming trees|no cherry blossoms",
        {"blossom": -0.8},
    ),
    (
        "from above|seen from above|view from above|aerial view|an aerial view|aerial|aerial photo|aerial shot|"
        "bird's-eye view|bird's eye view|birds-eye|birdseye view|from high above|from the air|from the sky|"
        "from a plane|from a helicopter|helicopter view|satellite view|satellite image|top view|top-down view|"
        "top down|looking down|looking down from a height|view from the top|view from a mountain top|"
        "view from a tower|high viewpoint|high vantage point|elevated viewpoint|high camera|from up high|"
        "from space|quadcopter view|over the roofs|map-like view|flying over|flight over the land|eagle's view|"
        "from the clouds|viewed from above|vista from the summit|plane window view|camera high in the air|"
        "paraglider's view|seen from a balloon",
        {"view_height": 0.85},
    ),
    (
        "low angle|low-angle shot|from below|seen from below|from the ground|ground level|ground-level view|"
        "near the ground|close to the ground|camera on the ground|low viewpoint|low vantage point|low camera|"
        "looking up|looking upward|from the grass|lying in the grass|worm's-eye view|worm's eye|ant's view|"
        "mouse's view|child's eye height|"
        "from a low position|down at ground level|near-ground view|street level|from the water's surface|"
        "low perspective|view upward from the ground|insect's view|crouching view|snake's view|eye level|"
        "at eye level|human eye level",
        {"view_height": -0.85},
    ),
    (
        "wide angle|wide-angle|wide-angle lens|wide shot|wide view|panorama|panoramic|panoramic view|broad view|"
        "broad panorama|sweeping view|sweeping vista|wide vista|vast view|very wide lens|24mm lens|14mm lens|18mm|"
        "short focal length|establishing shot|wide-angle shot|ultra-wide shot|widescreen vista|360 degree view|"
        "GoPro|action camera|expansive view|wide field of view|zoomed out|whole landscape in view",
        {"lens": -0.85},
    ),
    (
        "telephoto|telephoto lens|telephoto shot|tele lens|long lens|zoom|zoomed in|zoom lens|zoomed-in view|"
        "narrow view|300mm lens|400mm|500mm telephoto|85mm lens|long focal length|compressed perspective|"
        "seen from far away|from afar|distant view|spyglass view|through a telescope|magnified|close view|"
        "close shot|narrow field of view|tight shot|tight crop|detail shot|portrait lens|far-off detail",
        {"lens": 0.85},
    ),
    (
        "castle|a castle|castles|castle on a hill|old castle|medieval castle|fairy-tale castle|Neuschwanstein|"
        "Hogwarts|castle ruins|ruined castle|castle towers|towers|turrets|battlements|castle walls|stone castle|"
        "knight's castle|Scottish castle|Edinburgh Castle|Bran castle|Dracula's castle|Disney castle|"
        "sand-coloured castle|keep|chateau|chateau on the Loire|stronghold|fort|fortified towers|"
        "walled fortification|fortification|drawbridge and moat|moat|royal residence|king's castle|Minas Tirith|"
        "Camelot|Winterfell|Game of Thrones castle|Burg Eltz|Himeji castle|crusader castle|tower|stone tower|"
        "watchtower|ruined tower|spires|ivory tower|Rapunzel's tower|wizard's tower|ramparts|bastion|"
        "haunted castle|gothic castle|Alhambra|alcazar|kremlin",
        {"castle": 0.8},
    ),
    (
        "distant castle|a castle in the distance|a small castle|a tower in the distance|a faraway castle|small tower",
        {"castle": 0.35},
    ),
    (
        "no castle|without a castle|no castles|no towers|no tower|castle-free|castle is gone|without towers|"
        "no battlements",
        {"castle": -0.8},
    ),
    (
        "boats|many boats|boat|sailing boats|sailboats|sailing|sailing ships|sails|ships|ship|a fleet|"
        "fleet of ships|fishing boats|fishermen|fishing fleet|rowing boats|rowboats|barges|ferry|ferries|"
        "tall ships|pirate ship|galleon|Viking ships|longship|dinghies|motorboats|speedboat|catamaran|junks|"
        "Chinese junk|dhow|kayaks|kayak|paddling|boat race|harbour with boats|harbour full of ships|harbour|"
        "harbor|port|boats at the pier|moored boats|boats at anchor|steamer|cruise ship|ocean liner|lifeboat|raft|"
        "punting|sailors|masts|white sails|spinnakers|cargo ship|tugboat|lobster boats|trawlers|boats on the lake|"
        "boats on the river|cutter|schooner",
        {"boats": 0.8},
    ),
    (
        "a boat|a small boat|a few boats|two boats|a rowing boat|a sailing boat|sailing boat|a single sail|"
        "a lonely boat|a ship on the horizon|a boat in the distance|three boats|a fishing boat|a little boat",
        {"boats": 0.35},
    ),
    (
        "no boats|no boat|without boats|empty water|no ships|empty sea|no sails|not a boat|boat-free|"
        "no fishing boats|boatless|no sailing boats|the boats have gone|without ships|empty harbour",
        {"boats": -0.8},
    ),
    (
        "bridge|a bridge|bridges|stone bridge|wooden bridge|old bridge|arched bridge|arch bridge|"
        "suspension bridge|Golden Gate Bridge|Brooklyn Bridge|Tower Bridge|rope bridge|covered bridge|"
        "railway bridge|iron bridge|steel bridge|bridge over a river|bridge over the water|bridge across a gorge|"
        "Roman bridge|Pont du Gard|Rialto|Charles Bridge|drawbridge|cable-stayed bridge|bridge across the valley|"
        "hanging bridge|Japanese bridge|Monet's bridge|little bridge over a stream|crossing a bridge|overpass|"
        "flyover|trestle|causeway|humpback bridge|moon bridge|bridge with arches|pedestrian bridge|Millau|"
        "long bridge|span across the river|spanning the river|bridge pillars",
        {"bridge": 0.8},
    ),
    (
        "no bridge|without a bridge|no bridges|bridgeless|the bridge is gone|without bridges|not a bridge",
        {"bridge": -0.8},
    ),
    (
        "hot-air balloons|hot air balloons|hot-air balloon|hot air balloon|balloons|balloon|balloons in the sky|"
        "balloon flight|balloon festival|balloon ride|colourful balloons|flying balloons|Cappadocia balloons|"
        "Albuquerque balloons|floating balloons|many balloons|striped balloons|balloons drifting|"
        "balloons over the land|air balloons|balloons rising|sky full of balloons|Montgolfier balloon|"
        "Phileas Fogg's balloon|Around the World in Eighty Days|gas balloon|red balloon|balloon basket|"
        "balloonists|the Wizard of Oz balloon|floating in a balloon|lighter-than-air craft|aerostat|"
        "flying machine of silk",
        {"balloons": 0.8},
    ),
    (
        "a hot-air balloon|a balloon|one balloon|a few balloons|a balloon in the distance|a single balloon|"
        "two balloons",
        {"balloons": 0.35},
    ),
    (
        "no balloons|no balloon|without balloons|no hot-air balloons|balloon-free|not a balloon|no hot air balloon",
        {"balloons": -0.8},
    ),
    (
        "birds|many birds|bird|birds in the sky|birds flying|flying birds|flock|flocks|a flock of birds|"
        "flocks of birds|gulls|gull|crows|ravens|eagles|eagle|geese|wild geese|ducks|swans|storks|cranes flying|"
        "migrating birds|bird migration|herons|heron|egrets|hawks|falcons|vultures circling|condor|doves|pigeons|"
        "starlings|sparrows|albatross|seabirds|sea birds|terns|cormorants|flamingos|parrots flying|"
        "birds over the water|birds on the wing|wings in the sky|swarm of birds|birds circling|V of geese|robins|"
        "larks|kites circling|buzzards|songbirds|waterfowl|murder of crows|The Birds by Hitchcock|birdlife|osprey|"
        "kingfishers",
        {"birds": 0.8},
    ),
    (
        "a bird|a few birds|some birds|an eagle|a single bird|two birds|a gull|distant birds|a soaring eagle|"
        "one bird in the sky",
        {"birds": 0.35},
    ),
    (
        "no birds|without birds|birdless|not a bird|no bird|no gulls|no flocks|no crows|the birds are gone|"
        "bird-free|no geese",
        {"birds": -0.8},
    ),
    (
        "boulders|boulder|many boulders|huge boulders|big boulders|rocks|big rocks|large rocks|stones|"
        "large stones|rocky|rocky ground|stony|stony ground|stony field|rock-strewn|strewn with rocks|"
        "strewn with boulders|scattered rocks|scattered boulders|field of boulders|rock field|blockfield|"
        "granite boulders|mossy rocks|mossy boulders|glacial boulders|menhirs|standing stones|Stonehenge|"
        "fallen rocks|rockfall|rockslide|talus|gravel|pebbles|cobbles|stone blocks|giant stones|round stones|"
        "erratic blocks|rocks lying around|rocky foreground|rough stones|piles of stones|cairns|heaps of rocks|"
        "rocks everywhere|"
        "craggy rocks|megaliths|Joshua Tree rocks|bouldering",
        {"boulders": 0.8},
    ),
    (
        "a few boulders|a boulder|a rock|some rocks|some stones|a few rocks|a stone",
        {"boulders": 0.35},
    ),
    (
        "no boulders|no rocks|no stones|without rocks|without boulders|smooth ground|soft ground|stone-free|"
        "rockless|not rocky|not stony|smooth earth|no pebbles anywhere|smooth terrain|without stones|no boulder",
        {"boulders": -0.8},
    ),
    (
        "road|a road|roads|path|a path|paths|winding road|winding path|country road|dirt road|dirt track|track|"
        "gravel road|street through the land|motorway|freeway|asphalt road|asphalt|tarmac|mountain road|"
        "coastal road|Route 66|hiking path|footpath|walkway|bridleway|cart track|country lane|towpath|driveway|"
        "avenue of trees|long straight road|open road|on the road|road trip|crossroads|hairpin bends|"
        "serpentine road|a road into the distance|yellow brick road|cobbled path|forest path|sandy path|"
        "sandy track|boardwalk|car on the road|cyclists|hikers on a path|pilgrims' way|Silk Road caravan track|"
        "byway|road to the horizon|curving road|roadside|wagon road|ruts|tyre tracks|pavement|"
        "passage through the hills|route|railway|train tracks",
        {"road": 0.8},
    ),
    (
        "a small path|a narrow path|a faint track|a footpath|a little path|a narrow track",
        {"road": 0.35},
    ),
    (
        "no road|no roads|without a road|roadless|no path|pathless|no paths|without paths|off the beaten track|"
        "trackless|no street|no tracks|untrodden|not a road|road-free|no footpath",
        {"road": -0.8},
    ),
    (
        "palm trees|palms|palm|palm tree|many palms|palm grove|palm forest|palm-fringed|palm-lined|palm beach|"
        "coconut palms|coconut palm|coconuts|tall palms|rows of palms|royal palms|fan palms|palm leaves|"
        "palm fronds|swaying palms|palms by the sea|palm trees by the sea|hammock between palms|oasis with palms|"
        "Miami palms|Palm Springs|Hollywood palms|Beverly Hills palms|Sunset Boulevard palms|oil palms|sago palms|"
        "palm garden|palm alley|palm islands|palm trees in the wind|tropical palms|sugar palms|palm oasis|"
        "California palms",
        {"palms": 0.8},
    ),
    (
        "a palm tree|a palm|a few palms|a lone palm|one palm tree|some palms|two palm trees",
        {"palms": 0.35},
    ),
    (
        "no palms|no palm trees|without palms|without palm trees|no palm|no palm tree|palm-free|not a palm|"
        "no coconut palms",
        {"palms": -0.8},
    ),
    (
        "cacti|cactus|cactuses|many cacti|saguaro|saguaros|saguaro cactus|saguaro cacti|giant cactus|tall cacti|"
        "cactus field|cactus garden|cactus plants|cactus desert|spiny plants|spiky plants|thorny desert plants|"
        "barrel cactus|organ pipe cactus|cholla|Mexican cactus|cactus with arms|cactus landscape|desert plants|"
        "aloe|aloes|yucca|yuccas|Joshua trees|ocotillo|peyote|opuntia|cactus flowers|thorny cactus|Sonoran cacti|"
        "candelabra cactus|tequila plants|western cactus|columnar cacti|cactus forest|spines and thorns|"
        "Texas cactus",
        {"cacti": 0.8},
    ),
    (
        "a cactus|a few cacti|a lone cactus|some cacti|one cactus|two cacti",
        {"cacti": 0.35},
    ),
    (
        "no cacti|no cactus|without cacti|without a cactus|cactus-free|not a cactus|no cactuses|no desert plants",
        {"cacti": -0.8},
    ),
    (
        "dusk|at dusk|dusk falling|the dusk|a dusk sky|late dusk glow|dusk light|towards dusk|dawn|at dawn|"
        "the dawn|dawn light|dawn sky|before the sun is up",
        {"sun_height": -0.12},
    ),
    (
        "evening|in the evening|late evening sun|early evening light|summer evening",
        {"sun_height": 0.12},
    ),
    (
        "waves below sea cliffs|a rocky bay",
        {"cliffs": 1, "water": 0.6},
    ),
    (
        "surf against the cliffs|breakers under the cliffs",
        {"cliffs": 1, "waves": 0.8},
    ),
    (
        "hilltop castle|castle on the mountain",
        {"castle": 0.8, "relief": 0.4},
    ),
    (
        "palm-fringed beach|tropical beach with palms|palm island",
        {"islands": 1, "palms": 0.8},
    ),
    (
        "desert with cacti|cactus in the sand",
        {"desert": 1, "cacti": 0.8},
    ),
    (
        "oasis|desert oasis",
        {"desert": 1, "palms": 0.6},
    ),
    (
        "city lights at night|night skyline|city at night|neon lights of the city by night",
        {"city": 1, "sun_height": -0.7},
    ),
    (
        "lake in the forest|forest lake|a lake in the woods|woodland lake|a pond in the woods|a lake among trees",
        {"forest": 1, "water": 0.6},
    ),
    (
        "a calm lake in the woods|a still forest lake|a quiet lake among pines",
        {"forest": 1, "water": 0.6, "waves": -0.8},
    ),
    (
        "boats on a lake|sailing on the sea|harbour town with boats",
        {"boats": 0.8, "water": 0.6},
    ),
    (
        "harvest fields in autumn|fields at harvest time",
        {"farmland": 1, "autumn": 0.6},
    ),
    (
        "snow falling on snowy ground|a snowy day with falling snow",
        {"snow": 0.6, "snowfall": 0.7},
    ),
)

#: Colours: hue in degrees and saturation, as tints are measured.
COLOURS: Final[dict[str, tuple[float, float]]] = {
    "red": (0, 0.8), "crimson": (350, 0.8), "reddish": (0, 0.5), "blood red": (0, 0.9),
    "bright red": (0, 0.9),
    "dark red": (355, 0.8), "brick red": (8, 0.65), "cherry red": (352, 0.85), "wine red": (345, 0.7),
    "burgundy": (345, 0.65), "garnet": (350, 0.75), "fiery red": (8, 0.9), "rust coloured": (18, 0.65),
    "terracotta": (16, 0.55), "copper coloured": (22, 0.6), "orange": (28, 0.8), "bright orange": (28, 0.9),
    "pumpkin orange": (25, 0.85), "apricot": (28, 0.5), "peach coloured": (26, 0.4), "amber": (40, 0.75),
    "ochre": (40, 0.6), "mustard yellow": (50, 0.7), "golden": (46, 0.75), "gold": (47, 0.75),
    "honey yellow": (45, 0.7),
    "yellow": (58, 0.8), "golden yellow": (48, 0.8), "canary yellow": (57, 0.85), "bright yellow": (58, 0.9),
    "yellowish": (56, 0.5), "sulphur yellow": (62, 0.8), "lime": (90, 0.8), "lime green": (90, 0.8),
    "yellow green": (80, 0.75), "apple green": (95, 0.75), "olive": (70, 0.5), "olive green": (72, 0.5),
    "moss green": (90, 0.5), "grass green": (110, 0.7), "green": (120, 0.75), "greenish": (120, 0.5),
    "bright green": (118, 0.9), "dark green": (130, 0.6), "neon green": (110, 0.95), "acid green": (85, 0.9),
    "bottle green": (140, 0.6), "emerald": (145, 0.75), "emerald green": (140, 0.75), "sea green": (155, 0.6),
    "teal": (175, 0.7), "turquoise": (180, 0.7), "aqua": (182, 0.7), "cyan": (185, 0.75),
    "sea blue": (200, 0.65),
    "blue": (230, 0.7), "bluish": (230, 0.45), "deep blue": (230, 0.8), "bright blue": (220, 0.8),
    "dark blue": (232, 0.75),
    "navy": (235, 0.7), "navy blue": (235, 0.7), "royal blue": (228, 0.8),
    "ultramarine": (238, 0.8), "cerulean": (205, 0.7),
    "steel blue": (215, 0.5), "electric blue": (215, 0.9), "blue violet": (258, 0.75), "violet": (272, 0.75),
    "ultraviolet": (270, 0.85), "purple": (285, 0.8), "purplish": (285, 0.5), "deep purple": (280, 0.85),
    "plum coloured": (295, 0.6), "aubergine": (295, 0.55), "grape purple": (282, 0.7), "lilac": (280, 0.45),
    "lavender coloured": (275, 0.45), "pale purple": (280, 0.4), "wisteria": (278, 0.45),
    "heather purple": (290, 0.5),
    "magenta": (305, 0.8), "neon pink": (320, 0.85), "hot pink": (325, 0.75), "bubblegum pink": (335, 0.6),
    "raspberry": (338, 0.7), "pink": (335, 0.55), "pale pink": (340, 0.4), "pinkish": (335, 0.4),
    "flamingo pink": (342, 0.55), "rose coloured": (345, 0.5), "rosy pink": (345, 0.5),
    "tomato red": (8, 0.85), "cardinal red": (352, 0.85), "strawberry red": (352, 0.8), "blood": (356, 0.85),
    "rose red": (348, 0.8), "mahogany": (10, 0.6), "cinnamon": (22, 0.55), "carrot orange": (26, 0.85),
    "fire orange": (18, 0.9), "mandarin orange": (28, 0.85), "sunset orange": (16, 0.75),
    "turmeric yellow": (46, 0.8), "butter yellow": (52, 0.5), "banana yellow": (54, 0.7),
    "corn yellow": (50, 0.7), "citrus yellow": (60, 0.85), "straw coloured": (50, 0.45), "pistachio": (85, 0.5),
    "avocado green": (80, 0.55), "leaf green": (105, 0.7), "pea green": (82, 0.65), "fern green": (115, 0.55),
    "forest green": (130, 0.6), "malachite": (145, 0.7), "minty": (155, 0.45), "peacock blue": (190, 0.75),
    "lagoon blue": (185, 0.7), "sky blue": (205, 0.6), "baby blue": (205, 0.45), "powder blue": (205, 0.4),
    "cornflower blue": (222, 0.6), "Prussian blue": (215, 0.75), "lapis lazuli": (228, 0.8),
    "midnight blue": (235, 0.75), "ink blue": (230, 0.75), "denim blue": (220, 0.55), "mulberry": (310, 0.65),
    "orchid coloured": (302, 0.55), "eggplant": (292, 0.6), "iris purple": (265, 0.7), "blueberry": (245, 0.65),
    "cerise": (335, 0.8), "shocking pink": (325, 0.85), "candyfloss pink": (332, 0.5),
    "peachy pink": (355, 0.45), "blush pink": (348, 0.4), "carnation pink": (340, 0.5), "shrimp pink": (5, 0.5),
    "gem red": (350, 0.8), "gem green": (148, 0.75), "gem blue": (226, 0.8), "gem purple": (275, 0.75),
    "scarlet": (2, 0.85), "vermilion": (8, 0.85), "ruby": (348, 0.8), "maroon": (350, 0.6), "tangerine": (26, 0.85),
    "lemon": (58, 0.8), "saffron": (42, 0.8), "chartreuse": (82, 0.8), "jade": (150, 0.6), "aquamarine": (170, 0.6),
    "azure": (212, 0.75), "cobalt": (220, 0.8), "sapphire": (225, 0.8), "indigo": (258, 0.75), "amethyst": (275, 0.65),
    "mauve": (285, 0.45), "fuchsia": (312, 0.8), "salmon": (350, 0.5), "coral": (352, 0.6), "mint": (150, 0.45),
}  # fmt: skip

#: Pattern lists; the colour goes into the braces.
SKY_PATTERNS: Final = (
    "{} sky|a {} sky|{} skies|under a {} sky|{} heavens|the sky is {}|{} coloured sky|a sky of {}|{} clouds"
)
GROUND_PATTERNS: Final = (
    "{} field|a {} field|{} ground|{} land|{} grass|{} earth|{} hills|the ground is {}|{} soil|{} fields|"
    "{} meadow|fields of {}|{} landscape"
)

#: Around a phrase; they say nothing themselves.
FRAMES: Final = (
    "{}|{}|{}|{}|{}|a beautiful view of {}|{}, highly detailed|{} landscape|the {}|a picture of {}|an image of {}|"
    "very {}|an epic scene: {}|{}, cinematic|{}, beautiful|I would like {}|{}!|scene with {}|{} in the distance|"
    "lots of {}|{}, 4k|show me {}|{} please|scenery with {}|{}, masterpiece|{}, trending on artstation|some {}|"
    "{} everywhere|make it {}|a place with {}|{} scene|add {}|more {}|with {}"
)

#: Between the phrases of a text.
JOINTS: Final = ", | | |, | and | with | in | under | at | over | and "

#: Around what a text does not want; not for hours, places and colours, which have no one opposite.
NEGATIONS: Final = "no {}|without {}|not {}|without any {}|free of {}|{}-free|no {} at all|not any {}|there is no {}"

#: Nouns that read well after a negation, and what their absence says.
NEGATED: Final[tuple[tuple[str, Said], ...]] = (
    ("fog|mist|haze|smoke|foggy|misty|hazy", {"fog": -0.8}),
    ("clouds|cloud|cloudy|overcast sky", {"clouds": -0.85}),
    ("storm|thunder|stormy|bad weather|lightning", {"storm": -0.8}),
    ("snow|snowy|frost|ice", {"snow": -0.8}),
    ("waves|wavy|surf|swell|rough water", {"waves": -0.85}),
    ("water|lake|river|lakes|sea", {"water": -0.8}),
    ("trees|tree|woods|forests|wooded|bushes", {"trees": -0.85}),
    ("houses|village|buildings|people|town|huts", {"village": -0.8}),
    ("flowers|flower|flowery", {"flowers": -0.8}),
    ("mountains|hills|mountainous|hilly|peaks", {"relief": -0.8}),
    ("autumn leaves|autumn colours|red leaves", {"autumn": -0.7}),
    ("rain|drizzle|raindrops|rainy|rain showers", {"rain": -0.8}),
    ("falling snow|snowflakes|snowing", {"snowfall": -0.8}),
    ("aurora|northern lights", {"aurora": -0.8}),
    ("rainbow|rainbows", {"rainbow": -0.8}),
    ("cherry blossom|blossom|blossoming trees", {"blossom": -0.8}),
    ("castle|castles|towers|castle ruins", {"castle": -0.8}),
    ("boats|boat|ships|sailing boats|fishing boats|sails", {"boats": -0.8}),
    ("bridge|bridges|stone bridge", {"bridge": -0.8}),
    ("balloons|balloon|hot-air balloons|hot air balloon", {"balloons": -0.8}),
    ("birds|bird|gulls|flocks|crows|geese", {"birds": -0.8}),
    ("boulders|rocks|stones|big rocks|rocky", {"boulders": -0.8}),
    ("road|roads|path|paths|street|track", {"road": -0.8}),
    ("palms|palm trees|palm tree", {"palms": -0.8}),
    ("cacti|cactus|cactuses", {"cacti": -0.8}),
)

#: Texts that say nothing of a landscape.
SILENT: Final = (
    "|hello|asdf|a portrait of a man|a woman smiling|qwerty|test|foo bar|lorem ipsum|thank you|please help me|"
    "how are you?|my invoice is due|a red car|a cat on a sofa|the stock market fell|write a poem|1234|???|ok|"
    "a bowl of soup|football match|a robot|computer keyboard|the president spoke|a cup of coffee|her blue eyes|"
    "self portrait|a dog playing chess|quantum mechanics|an old wristwatch|abstract pattern|a black dress|yes|no|not|"
    "without|very|beautiful|masterpiece|best quality|highly detailed|4k|8k|cinematic|picture|image|landscape|scenery|"
    "nature|a scene|view|concept art|trending|nice|amazing|epic|render|draw something|what is this?|"
    "a hand holding a phone|the kitchen table|a wedding ring|a spaceship interior|guitar player|a plate of pasta|"
    "tax return|office meeting|a child's toy|shoes|a face|portrait of a queen|a knight in armour|the letter A|"
    "mathematics homework|a chair|piano music|the colour of money|bitcoin|hospital corridor|a birthday cake|"
    "library books|he said that|more|less|better|make it pretty|improve|blablabla|zxcv|aaa|x|an apple|bicycle wheel|"
    "a love letter|breaking news|basketball|a bottle of wine|the teacher's desk|smartphone app|my grandmother|"
    "a glass of milk|running shoes|ballet dancer|database error|customer service|a bank account|a tiger's face|"
    "a living room|a sofa|the bathroom mirror|my tax declaration|good night's rest for my back|a job interview|"
    "two people talking|a baby sleeping|a wedding cake|fashion model|a leather jacket|sunglasses on a nose|a logo|"
    "a business card|the company's profit|a laptop on a desk|an electric guitar|a violin|the alphabet|a chess board|"
    "a pizza with cheese|sushi|a cheeseburger|ice cream cone|hot chocolate|a sandwich|vegetables in a pan|"
    "a golden retriever|a kitten|a hamster|an elephant in the room of a meeting|a dentist|the doctor will see you|"
    "a motorbike engine|a washing machine|tooth brush|a pair of socks|a handbag|make-up|perfume|a haircut|"
    "a superhero|a samurai|a wizard's face|a princess|an elf|a zombie|a vampire|an angel|a dragon's eye|"
    "what time does the shop open|where are my keys|see you later|happy birthday|congratulations|sorry|"
    "I do not know|this is wrong|try again|undo|redo|delete|save|next|random|surprise me|anything|whatever|nothing|"
    "sharper|more contrast|more detail|nicer|different|same again|high resolution|ultra realistic skin|full body|"
    "mother and child|a boxing match|a swimming costume|the parliament voted|inflation|an algorithm|a spreadsheet|"
    "a poem about love|a contract|a passport|the science lesson|a microscope|DNA|a skeleton|a heart|a brain|a nurse"
)

#: Never trained on, not even inside another text: they measure whether the reader understands or only
#: remembers.
HELD_OUT: Final[tuple[tuple[str, Said], ...]] = (
    ("the Dolomites|jagged massif|Mont Blanc|Himalayan ridge", {"alpine": 1}),
    ("Seychelles|tropical cove|Tahiti|South Pacific", {"islands": 1}),
    ("Sahara|Mojave|shifting sands|endless sands", {"desert": 1}),
    ("redwoods|timberland|fir forest|mossy woodland", {"forest": 1}),
    ("Grand Canyon|rust-red gorge|rocky gulch|Zion national park", {"canyon": 1}),
    ("grassy hillside|alpine pasture|Yorkshire dales|heathland", {"meadow": 1}),
    ("permafrost|Spitsbergen|frozen tundra|the ice cap", {"arctic": 1}),
    ("magma|Krakatoa|caldera|Stromboli", {"volcanic": 1}),
    ("giraffes|baobab|Tanzania|wildebeest herd", {"savanna": 1}),
    ("reedy swampland|cattails|mangrove|lily pond", {"wetland": 1}),
    ("downtown|Manhattan|office buildings|neon signs", {"city": 1}),
    ("cornfields|vineyards|crop circles|grain harvest", {"farmland": 1}),
    ("headland|Big Sur|cliffside|rocky coves", {"cliffs": 1}),
    ("exoplanet|Mars|extraterrestrial world|lunar craters", {"alien": 1}),
    ("seabed|kelp forest|ocean floor|sunken treasure", {"underwater": 1}),
    ("Amazon|Borneo|overgrown rainforest|howler monkeys", {"jungle": 1}),
    ("snapshot|DSLR|analogue film photo|Sony Alpha", {"photo": 1}),
    ("aquarelle|watercolorist|watery brushwork|wet paint wash", {"watercolour": 1}),
    ("oil study|Rembrandt|acrylic painting|Dutch master", {"oil": 1}),
    ("graphite|ballpoint drawing|freehand drawing|lines on paper", {"pencil": 1}),
    ("Asian brush art|calligraphy|ink and brush|zen brushwork", {"ink": 1}),
    ("Studio Ghibli|manga|Saturday morning cartoon|hand-drawn animation", {"cel": 1}),
    ("8-bit|retro console graphics|Game Boy|Super Nintendo", {"pixel": 1}),
    ("polyhedral|triangulated|polygon landscape|faceted crystal", {"lowpoly": 1}),
    ("cathedral window|leaded panes|glasswork|Tiffany lamp", {"glass": 1}),
    ("moonrise|constellations|moonlit hours|lunar glow", {"sun_height": -0.7}),
    ("evening's end|sunrise glow fading|day's end|crack of dawn", {"sun_height": -0.05}),
    ("sun directly above|lunch hour|twelve o'clock", {"sun_height": 0.95}),
    ("sepia warmth|candle-like glow|tangerine light", {"warmth": 0.8}),
    ("mauve light|icy blue light|chilly hues", {"warmth": -0.8}),
    ("cumulonimbus|cirrus|leaden sky", {"clouds": 0.8}),
    ("azure clear sky|hardly a cloud|cloud-free", {"clouds": -0.85}),
    ("squall|gale|thunderclap|hurricane", {"storm": 0.85}),
    ("balmy weather|tranquil weather|fine weather", {"storm": -0.8}),
    ("a thick haze|vapour in the air|fog-laden|pea soup", {"fog": 0.8}),
    ("unobstructed visibility|absence of fog|lack of mist", {"fog": -0.8}),
    ("icy winter|avalanche|sleigh ride|snowbound", {"snow": 0.8}),
    ("heat wave|lack of snow|August heat", {"snow": -0.8}),
    ("turbulent sea|huge breakers|heavy seas", {"waves": 0.85}),
    ("tranquil pond|unruffled water|glass-like surface", {"waves": -0.85}),
    ("loch|reservoir|inlet|marina", {"water": 0.7}),
    ("dehydrated land|lack of water|dried-out land", {"water": -0.8}),
    ("steep crags|lofty heights|steep mountainsides", {"relief": 0.85}),
    ("level terrain|pancake-flat prairie|absence of hills", {"relief": -0.8}),
    ("wooded slopes|canopy of leaves|lots of oaks", {"trees": 0.8}),
    ("unforested|devoid of trees|lack of trees", {"trees": -0.85}),
    ("November foliage|maple leaves ablaze|amber leaves", {"autumn": 0.85}),
    ("bright green May|spring foliage|leafy green", {"autumn": -0.7}),
    ("chalets|farmstead|homestead|dwellings", {"village": 0.8}),
    ("unpopulated|devoid of buildings|wild and unsettled", {"village": -0.8}),
    ("orchids|peonies|floral carpet|marigolds", {"flowers": 0.85}),
    ("devoid of flowers|lack of blooms", {"flowers": -0.8}),
    ("downpour|deluge|drenching rain|cats and dogs outside", {"rain": 0.85}),
    ("lack of rain|rainless", {"rain": -0.8}),
    ("flurries|whirling flakes|snow is coming down hard", {"snowfall": 0.85}),
    ("no flurries|lack of snowfall", {"snowfall": -0.8}),
    ("polar lights|southern lights|green lights dancing in the sky", {"aurora": 0.85}),
    ("lack of northern lights|no polar lights", {"aurora": -0.8}),
    ("multicoloured arc|seven-coloured arch|prismatic arc across the sky", {"rainbow": 0.85}),
    ("lack of a rainbow|absence of rainbows", {"rainbow": -0.8}),
    ("sakura|flowering cherries|magnolias|cherry orchard in bloom", {"blossom": 0.85}),
    ("lack of cherry blossom|devoid of blossom", {"blossom": -0.8}),
    ("drone shot|overhead view|from an airplane|flyover shot", {"view_height": 0.85}),
    ("from down low|frog perspective|at knee height", {"view_height": -0.85}),
    ("fisheye|ultrawide|16mm lens|super wide lens", {"lens": -0.85}),
    ("close-up|200mm lens|through binoculars|super telephoto", {"lens": 0.85}),
    ("fortress|citadel|palace|stone keep with turrets", {"castle": 0.8}),
    ("no fortress|devoid of castles", {"castle": -0.8}),
    ("yachts|canoes|regatta|gondolas", {"boats": 0.8}),
    ("no yachts|no vessels|devoid of boats", {"boats": -0.8}),
    ("viaduct|aqueduct|footbridge", {"bridge": 0.8}),
    ("no viaduct|lack of a bridge", {"bridge": -0.8}),
    ("airships|zeppelins|blimps", {"balloons": 0.8}),
    ("no airships|devoid of balloons", {"balloons": -0.8}),
    ("seagulls|swallows|pelicans|murmuration", {"birds": 0.8}),
    ("no seagulls|lack of birds", {"birds": -0.8}),
    ("rubble|scree|rocky debris", {"boulders": 0.8}),
    ("no rubble|devoid of rocks", {"boulders": -0.8}),
    ("highway|trail|lane|alleyway", {"road": 0.8}),
    ("no highway|lack of roads", {"road": -0.8}),
    ("coconut trees|date palms|palmetto", {"palms": 0.8}),
    ("no coconut trees|devoid of palms", {"palms": -0.8}),
    ("prickly pear|succulents|agave", {"cacti": 0.8}),
    ("no succulents|devoid of cacti", {"cacti": -0.8}),
    ("royal purple sky|pale mauve sky", {"sky_tint_x": 0.15, "sky_tint_y": -0.6}),
    ("lobster red sky|candy apple red sky", {"sky_tint_x": 0.8, "sky_tint_y": 0.0}),
    ("shamrock green sky|mint green sky", {"sky_tint_x": -0.4, "sky_tint_y": 0.6}),
    ("lobster red field|candy apple red earth", {"ground_tint_x": 0.8, "ground_tint_y": 0.0}),
    ("Egyptian blue ground|glacier blue meadow", {"ground_tint_x": -0.4, "ground_tint_y": -0.6}),
)

#: Where a biome and a number mean nearly the same, a text that speaks of one may or may not speak of the
#: other.
NEIGHBOURS: Final[dict[str, tuple[str, ...]]] = {
    "alpine": ("relief", "snow"),
    "islands": ("water", "waves", "snow", "palms", "boats"),
    "desert": ("water", "trees", "snow", "cacti"),
    "forest": ("trees",),
    "canyon": ("relief", "water", "cacti", "boulders"),
    "meadow": ("flowers", "relief", "trees", "autumn"),
    "arctic": ("snow", "water"),
    "volcanic": ("relief",),
    "savanna": ("trees", "water", "relief"),
    "wetland": ("water",),
    "city": ("village", "road", "bridge"),
    "farmland": ("village", "flowers", "road"),
    "cliffs": ("relief", "water", "waves", "boulders"),
    "alien": ("sun_height", "relief", "boulders", "trees"),
    "underwater": ("water", "waves"),
    "jungle": ("trees", "water", "palms"),
}
#: The same, between numbers (either way), and from numbers to the biomes.
NEAR: Final = (
    ("storm", "clouds"), ("storm", "waves"), ("storm", "fog"), ("snow", "autumn"), ("snow", "storm"),
    ("sun_height", "warmth"), ("sun_height", "storm"), ("clouds", "fog"), ("water", "waves"), ("trees", "autumn"),
    ("flowers", "autumn"), ("clouds", "sky_tint_x"), ("warmth", "sky_tint_x"), ("sky_tint_x", "clouds"),
    ("rain", "storm"), ("rain", "clouds"), ("rain", "fog"), ("snowfall", "snow"), ("snowfall", "storm"),
    ("aurora", "sun_height"), ("aurora", "sky_tint_x"), ("rainbow", "rain"), ("rainbow", "sky_tint_x"),
    ("blossom", "flowers"), ("blossom", "trees"), ("blossom", "autumn"), ("view_height", "lens"), ("boats", "water"),
    ("bridge", "water"), ("castle", "village"), ("palms", "trees"), ("cacti", "trees"), ("boulders", "relief"),
    ("boats", "alpine"), ("palms", "alpine"), ("cacti", "alpine"), ("village", "alpine"), ("road", "alpine"),
    ("water", "alpine"), ("snow", "alpine"), ("relief", "alpine"), ("trees", "alpine"), ("boulders", "alpine"),
    ("castle", "relief"), ("view_height", "relief"), ("bridge", "road"), ("snowfall", "alpine"),
)  # fmt: skip

#: Words that may speak of a topic inside a phrase about another ("frosty morning" is about frost, perhaps the
#: hour).
HINTS: Final[dict[str, str]] = {
    "alpine": (
        "mountains?|peaks?|forests?|woods|jungle|deserts?|islands?|meadows?|grass|marsh|swamp|canyon|volcan.*|beach|"
        "city|urban|streets?|farm|fields?|cliffs?|coast|harbour|planet|underwater|reef|tropical|arctic|lake|sea"
    ),
    "photo": (
        "photo.*|paint.*|water-?colou?r.*|oil|pencil|sketch|draw.*|ink|cartoon|anime|film|pixel.*|poly.*|glass|"
        "van gogh|monet|hokusai|disney|game|shot"
    ),
    "sun_height": (
        "night|nights|morning|day|days|daylight|dawn|dusk|sun|sunset|sunny|noon|moon|stars?|starry|evening|dark"
    ),
    "warmth": "golden|orange|pink|violet|amber|rosy|sunset|fiery|cool|cold|warm",
    "clouds": "clouds?|cloudy|sky|skies|clear",
    "storm": "storm|stormy|rain|rainy|wind|thunder|dramatic|calm|peaceful|snowstorm",
    "fog": "fog|foggy|mist|misty|haze|hazy|smoke|clear",
    "snow": "snow|snowy|ice|icy|frost|frosty|frozen|winter|wintry|cold|summer|white",
    "water": (
        "lakes?|sea|seas|rivers?|water|ocean|ponds?|beach|coast|shore|dry|bay|boats?|ships?|harbou?r|bridges?|stream|"
        "fjord"
    ),
    "waves": "waves?|surf|calm|still|reflections?",
    "trees": "trees?|forests?|woods?|wooded|jungle|leaves|leafy|orchards?|palms?",
    "autumn": "autumn|fall|spring|leaves|summer|october|green|lush",
    "relief": "mountains?|hills?|hilly|cliffs?|peaks?|steep|flat|plains?|rolling|high|gorge",
    "village": "houses?|village|town|cottages?|castle|city|farm|farmland|empty|wild|urban|church",
    "flowers": "flowers?|flowery|blossoms?|poppies|bloom|blooming|lavender|sunflowers|petals",
    "rain": "rain|rainy|rainbow|showers?|wet|storm|stormy|monsoon|thunder.*|dry",
    "snowfall": "snow|blizzard|snowstorm|flakes?|snowing",
    "aurora": "aurora|northern|lights in the .*",
    "rainbow": "rainbow",
    "blossom": "blossom.*|cherry|orchards?|bloom|blooming|petals|apple",
    "view_height": "above|below|aerial|height|heights|top|summit|angle|view",
    "lens": "wide|view|vast|broad|distant|distance|close|far|panorama.*|angle|zoom.*",
    "castle": "castles?|towers?|ruins?|fort",
    "boats": "boats?|ships?|sail.*|harbou?r|fishing|pirate|port|empty",
    "bridge": "bridges?",
    "balloons": "balloons?",
    "birds": "birds?|eagles?|geese|gulls?|herons?|cranes?|penguins|puffins|swans|ducks|vultures|parrots|toucan|macaws",
    "boulders": "rocks?|rocky|stones?|boulders?|stony",
    "road": "roads?|paths?|street|streets|track|tracks|lane|avenue",
    "palms": "palms?|tropical|tropics|coconuts?|beach|oasis",
    "cacti": "cact.*|thorn.*",
    "sky_tint_x": "blue sky|blue skies|red sun|pink|green glow",
    "ground_tint_x": "red|green|golden|yellow|white|black|tawny|pink",
}
