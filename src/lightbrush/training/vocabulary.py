"""The words that the prompt reader learns: what each says of a scene. Data only.

A phrase list is text separated by "|". Values are on the scales of `lightbrush.world.attributes`; for
sun_height the hours are those of `lightbrush.world.light`: -1 midnight, -0.7 night, -0.12 dusk and dawn, 0
sunset, 1 noon.
"""

from __future__ import annotations

from typing import Final

Said = dict[str, float]
"""What a text says: attribute -> value. Attributes that are not named are not spoken of."""

#: (phrases, what they say)
PHRASES: Final[tuple[tuple[str, Said], ...]] = (
    (
        "alpine|mountains|a mountain|high mountains|alps|mountain range|alpine landscape|"
        "rocky summits|peaks|ridge|the Rockies|Himalaya|Matterhorn|mountain lake|craggy peaks|"
        "alpine valley|Patagonia|the Andes|a mountain pass|Switzerland|Everest|the Pyrenees|Yosemite|"
        "granite peaks|Tibet|sierra|Alpine scenery|the Alps in Austria|Bavarian Alps|Tyrol|Zermatt|"
        "K2|Mount Everest|Kilimanjaro's summit|Mount Rainier|Mount Fuji|Denali|Torres del Paine|"
        "the Karakoram|Grand Teton|the Caucasus|the Carpathians|Tatra mountains|the Sierra Nevada|"
        "Nepal|Bhutan|Ladakh|mountaineering|a climber on a ridge|mountain goats|ibex|edelweiss|"
        "base camp|a cable car over peaks|summit|mountaintop|crags|cliffs and summits|rocky mountain|"
        "stone giants of rock|sharp peaks|pinnacles|a towering summit|massive mountains|ridgeline|"
        "mountain pass|tor|col between peaks|hiking in the mountains|Aspen|Banff|"
        "British Columbia mountains|Lauterbrunnen|Chamonix|mountain scenery|montane|pointed peaks",
        {"alpine": 1},
    ),
    (
        "snowy peaks|snow-capped mountains|icy summits|snowy mountains|frozen mountains",
        {"alpine": 1, "snow": 0.6},
    ),
    (
        "islands|an island|tropical islands|archipelago|tropical beach|palm beach|coral sea|Maldives|"
        "Caribbean|Hawaii|a desert island|atoll|palm trees by the sea|Polynesia|Bora Bora|"
        "islands in a warm sea|tropics|beach|palm trees|coconut beach|the Bahamas|tropical paradise|"
        "lagoon|Fiji|sandy cove|tropical sea|island|isle|islet|isles|Mauritius|Barbados|Jamaica|Cuba|"
        "Bali|Phuket|the Philippines|Samoa|Tonga|Galapagos|Zanzibar|Madagascar coast|Antigua|"
        "Virgin Islands|Key West|Oahu|Maui|Waikiki|Thailand beach|coral reef|coral island|reef|"
        "sandy beach|white sand beach|seashore with palms|palm grove|palm|coconuts|tropical|"
        "tropical coast|tropical island|castaway|treasure island|pirate cove|hammock between palms|"
        "surfers' paradise|snorkelling|holiday paradise|Robinson Crusoe|South Seas|the Tropics|"
        "paradise island|Mediterranean islands|Greek islands|Santorini|cay|"
        "a sandbank in a turquoise sea|sandy shore|tropical holiday|sun, sea and sand|beaches|"
        "Cook Islands|Micronesia|tropical bay",
        {"islands": 1},
    ),
    (
        "desert|sand dunes|dunes|sandy desert|Arabian desert|Namib|Gobi|camel caravan|barren sands|"
        "oasis|sand|a sea of sand|dry sandy wasteland|desert dunes|camels|Dune, the planet Arrakis|"
        "Rub al Khali|sandstorm|pyramids of Egypt|Bedouin tents|cactus desert|Morocco sands|"
        "windswept sand|Tatooine|Kalahari|deserts|dune|sands|sandy|sand hills|barchan|sandy plain|"
        "endless sand|golden sand|sandscape|the Empty Quarter|Saudi Arabia|Egypt|Libya|Algeria|"
        "Tunisia|Dubai|Oman|Mongolia desert|Thar desert|Sonora|Chihuahuan desert|Death Valley|"
        "Lawrence of Arabia|Arrakis|nomads in the desert|Tuareg|Bedouins|a mirage|"
        "scorpion in the sand|rattlesnake|cactus|cacti|camel|caravan|thirsty wasteland|wasteland|"
        "arid waste|dust bowl|dusty plain|windblown dunes|rippled sand|sun-baked sand|the Silk Road|"
        "pyramids|sphinx|desolate sands|Martian desert|desert landscape|hourglass sand|"
        "desertification|Arabian nights",
        {"desert": 1},
    ),
    (
        "forest|woods|woodland|wooded hills|pine forest|conifers|evergreen forest|Black Forest|"
        "spruce trees|taiga|deep woods|fir trees|enchanted forest|a forest clearing|pines|oak forest|"
        "forest path|grove|boreal forest|beech wood|Sherwood forest|rainforest|fairy-tale forest|"
        "Bavarian woods|forested valley|forests|a wood|the woods|woodlands|pine woods|pinewood|"
        "pine trees|firs|spruce|larch forest|cedar forest|cypress wood|sequoias|giant sequoias|"
        "oak wood|oaks|maple forest|aspen grove|birches|birch forest|bamboo forest|coniferous forest|"
        "deciduous forest|temperate rainforest|old-growth forest|primeval forest|dark forest|"
        "haunted forest|magic forest|Fangorn|Mirkwood|Robin Hood's forest|Hansel and Gretel|"
        "Little Red Riding Hood|bears in the woods|deer in the forest|owl in the trees|"
        "mushrooms in the moss|mossy forest|ferns|undergrowth|lumberjack|logging|treetops|"
        "forested hills|forested|backwoods|woodsman|Ardennes|Vosges|Oregon forest|Pacific Northwest|"
        "Finnish forest|Canadian woods|Siberian taiga|thick forest|glade|bosk|spinney|"
        "evergreen trees|evergreens",
        {"forest": 1},
    ),
    (
        "canyon|red rock canyon|mesas|buttes|Monument Valley|Utah rocks|gorge|sandstone cliffs|"
        "red cliffs|Arizona|badlands|rocky ravine|wild west|eroded red rocks|"
        "mesas and red rock walls|canyons|Bryce Canyon|Colorado plateau|rock arches|"
        "western movie landscape|Antelope Canyon|Sedona|red rocks|Wadi Rum|mesa|butte|red mesa|"
        "table mountain|ravine|gulch|gully|gorges|chasm|red rock|red cliffs and mesas|red sandstone|"
        "sandstone|sandstone towers|rock pillars|rock formations|rock towers|stone arches|"
        "natural arch|Arches national park|Canyonlands|Utah|New Mexico|Nevada rocks|Colorado|Moab|"
        "Petra|Cappadocia|Painted desert|Route 66|cowboys|cowboy country|western|a western film|"
        "Road Runner cartoon|Navajo land|Apache country|cliff dwellings|layered rock|strata|"
        "eroded cliffs|terracotta cliffs|rocky canyon|deep canyon|slot canyon|desert canyon|"
        "river canyon|Fish River canyon|Zhangye|Uluru|red rock walls|rust-red rock|"
        "plateau with cliffs|mesa country|stagecoach",
        {"canyon": 1},
    ),
    (
        "meadow|meadows|green hills|rolling hills|pasture|grassland|countryside|Tuscany|farmland|"
        "the Shire|green rolling hills|green fields|English countryside|Ireland|grassy hills|"
        "field of grass|hills|grazing sheep|cow pasture|rural landscape|hayfield|"
        "Windows XP wallpaper|grassy slopes|New Zealand hills|lush grass|hill|gentle hills|"
        "soft hills|undulating hills|green meadow|lush meadow|green pastures|pastures|grass|grassy|"
        "grassy field|lawn|green lawn|green valley|grasslands in spring|sheep|sheep grazing|cows|"
        "cattle grazing|horses in a field|lambs|shepherd|farm fields|crop fields|wheat field|"
        "barley field|vineyard hills|vineyards|Provence|Normandy|Devon|Cornwall|Wales|"
        "Scotland's hills|Scottish Highlands|Irish countryside|Swiss meadow|Hobbiton|"
        "Teletubbies hills|picnic on the grass|haystacks|hay bales|rural|country lane|rural scenery|"
        "pastoral|pastoral landscape|bucolic|idyllic countryside|agricultural land|downs|South Downs|"
        "dales|vale|green slopes|farm country|Umbria|Teletubbyland|Bliss wallpaper|buttercup meadow|"
        "clover",
        {"meadow": 1},
    ),
    (
        "arctic|ice|ice and snow|glacier|icebergs|Antarctica|polar landscape|North Pole|ice sheet|"
        "Greenland|frozen sea|ice floes|polar ice|Svalbard|frozen wasteland|tundra|polar bears|"
        "South Pole|iceberg|penguins|Arctic ocean|Siberian ice|glaciers|polar night|ice cap|"
        "antarctic|polar|the Arctic|the Antarctic|ice cliffs|ice field|icefield|ice shelf|pack ice|"
        "sea ice|drift ice|ice cave|iced landscape|icescape|ice age|ice desert|frozen ocean|"
        "frozen continent|glacial|glacial landscape|glacier tongue|Vatnajokull|Alaska glacier|"
        "Iceland glacier|Lapland|Siberia|Yakutia|Nunavut|Baffin Island|Inuit|igloo|Eskimo village|"
        "dog sled|sled dogs|husky sled|polar bear|seals on the ice|walrus|narwhal|emperor penguins|"
        "Amundsen|Shackleton's expedition|Scott at the Pole|Hoth|Frozen, the film|Elsa's ice palace|"
        "ice kingdom|crevasse|floes|arctic circle|land of eternal ice|eternal ice|subzero wasteland|"
        "polar expedition|icebreaker ship|northernmost land|Franz Josef Land",
        {"arctic": 1},
    ),
    (
        "volcanic|volcano|a volcano and lava|volcanic landscape|lava flow|erupting volcano|magma|"
        "Mordor|volcanic rock|black lava fields|crater|eruption|molten rock|Mount Etna|ash and lava|"
        "basalt|Vesuvius|volcanoes|rivers of fire|volcanic island|Kilauea|burning mountain|"
        "infernal landscape|volcanic ash|volcanos|active volcano|smoking volcano|volcanic eruption|"
        "volcanic crater|lava field|lava lake|lava river|glowing lava|lava fountains|magma chamber|"
        "pyroclastic flow|fumaroles|ash cloud|ashes|ash cone|cinder cone|obsidian|black rock|"
        "black volcanic sand|burnt land|scorched earth|charred land|fire mountain|Mount Doom|"
        "Sauron's land|Pompeii|Mauna Loa|Pinatubo|Eyjafjallajokull|Mount St. Helens|Popocatepetl|"
        "Cotopaxi|Fagradalsfjall|Iceland eruption|Tambora|hellscape|hell|inferno|brimstone|sulphur|"
        "underworld of fire|fire and brimstone|geyser|molten lava|molten|rivers of lava|sea of fire|"
        "flames and smoke from the earth|geothermal|tectonic|Hades|demon world|igneous rock|pumice|"
        "basalt columns",
        {"volcanic": 1},
    ),
    (
        "savanna|savannah|African plains|acacia trees|acacias|Serengeti|dry grass and acacias|"
        "dry grassland|Kenya|safari|Kilimanjaro plain|golden grass plains|African bush|lions|"
        "Maasai Mara|the Lion King|zebras|elephants on the plain|African landscape|Botswana|outback|"
        "dry grass|steppe|antelopes|Zimbabwe|savannahs|African savanna|African savannah|Africa|"
        "acacia|acacia tree|umbrella thorn|baobab trees by the waterhole|thorn bush|bushveld|veld|"
        "the veldt|Kruger park|Ngorongoro|Masai warriors|Namibia grassland|Uganda|Zambia|"
        "South Africa|East Africa|Sahel|cerrado|pampas|Argentine pampas|Australian outback|"
        "Australian bush|lion|lioness|lion pride|elephants|elephant herd|rhinos|rhinoceros|hippos|"
        "cheetah|leopard in a tree|hyenas|gazelles|antelope|impala|zebra|buffalo herd|wildebeests|"
        "meerkats|ostriches|vultures|waterhole|safari jeep|big five|Simba|Hakuna Matata|yellow grass|"
        "dry yellow plains|parched grassland|tall dry grass|tawny grass|golden savanna|kopje",
        {"savanna": 1},
    ),
    (
        "wetland|marsh|swamp|bog|reeds|marsh, reeds and ponds|ponds and reeds|bayou|Everglades|"
        "mangroves|river delta|fen|peat bog|marshland|Okavango|wetlands|muddy pools|swampland|"
        "lily pads|herons in the reeds|Louisiana swamp|ponds|frogs in a pond|salt marsh|"
        "water meadows|wetlands with reeds|marshes|marshy|swamps|swampy|boggy|bogs|fens|mire|moor|"
        "slough|backwater|quag|mudflats|mud|muddy|muddy banks|sodden ground|waterlogged ground|"
        "soggy land|pond|a pond|lily pond|water lilies|lotus pond|Monet's pond|reed bed|reedy lake|"
        "rushes|bulrushes|sedge|duckweed|algae|mangrove|mangrove forest|delta|Danube delta|"
        "Mississippi delta|Camargue|Norfolk Broads|Okefenokee|Atchafalaya|Louisiana bayou|"
        "Florida swamp|alligators|crocodile swamp|frogs|toads|herons|cranes in the marsh|egret|"
        "dragonflies|mosquitoes|beaver pond|Shrek's swamp|Dagobah|Dead Marshes|paddy fields|"
        "rice paddies|floodplain|water meadow|tidal marsh|oxbow lake",
        {"wetland": 1},
    ),
    (
        "midnight|deep night|the dead of night|pitch dark night|middle of the night|darkest night|"
        "midnight hour|pitch black night|pitch-black|blackest night|total darkness|"
        "in complete darkness|deepest night|at midnight|the small hours|2 am|far past midnight|"
        "dark as night",
        {"sun_height": -1},
    ),
    (
        "night|at night|starry night|moonlight|moonlit|stars|full moon|nocturnal|under the stars|"
        "nighttime|milky way|night sky|by night|moon|dark night|starlight|late at night|"
        "crescent moon|starry sky|evening star|nights|night-time|dark|darkness|in the dark|"
        "after dark|moonlit night|moon shining|moonbeams|a moon in the sky|half moon|lunar light|"
        "silver moonlight|star|starlit|star-filled sky|stargazing|shooting stars|galaxy|galaxies|"
        "cosmos above|aurora|northern lights|aurora borealis|nightscape|night scene|evening stars|"
        "night falls|Van Gogh's Starry Night|sleeping hours|nightly|under the moon|"
        "constellation of Orion|owl-light|bats flying|Halloween night|werewolf night|10 pm|late night",
        {"sun_height": -0.7},
    ),
    (
        "blue hour|late dusk|before sunrise|after sunset|nightfall|twilight|early dawn|getting dark|"
        "dusky|half-light|nearly dark|civil twilight|early night|last light|the sun has set|"
        "darkening|just before dawn|pre-dawn|before dawn|blue twilight|dim light|evening twilight|"
        "dim|6 am in winter",
        {"sun_height": -0.25},
    ),
    (
        "dawn|dusk|daybreak|first light|at dusk|at dawn|crepuscular|the break of day|evening glow|"
        "cockcrow|crack of dawn|first rays|the first light of day|dawning|early dawn light|"
        "fading light|vesper|afterglow|alpenglow|rosy-fingered dawn|aurora of morning|daybreak glow|"
        "dawn breaking|as day breaks|the day begins|end of the day|dusk falling",
        {"sun_height": -0.1},
    ),
    (
        "sunset|sunrise|setting sun|rising sun|sundown|sunup|at sunset|the sun on the horizon|"
        "red sun sinking|sunset glow|beautiful sunrise|sunsets|sunrises|sun setting|sun rising|"
        "sun going down|the sun sinks|sun sets|sun rises|sun at the horizon|sun touching the horizon|"
        "dying sun|burning sunset|tropical sunset|sunset over the sea|sunrise over the hills|"
        "sun dips below the horizon|romantic sunset|golden sunset|crimson sunset|orange sun",
        {"sun_height": 0.0},
    ),
    (
        "golden hour|evening|low sun|late afternoon|early morning|evening light|long shadows|at eve|"
        "golden hours|evening sun|evening mood|low sunlight|slanting light|late in the day|"
        "low-angle sun|magic hour|late sunlight|sun low in the sky|early in the morning|7 am|6 pm|"
        "long shadows on the ground|early evening|supper time",
        {"sun_height": 0.15},
    ),
    (
        "morning|in the morning|afternoon|mid-morning|forenoon|morning light|breakfast time|mornings|"
        "morning sun|late morning|good morning|9 am|10 am|3 pm|4 pm|midmorning|breakfast|"
        "in the afternoon|afternoon sun|teatime|after breakfast|matinee|morning hours|siesta over",
        {"sun_height": 0.38},
    ),
    (
        "day|daytime|daylight|broad daylight|by day|bright day|during the day|days|in the daytime|"
        "full daylight|daylit|lit by the sun|bright daylight|clear day|working day|11 am|2 pm|"
        "well-lit|daylight scene|plain day|bright",
        {"sun_height": 0.65},
    ),
    (
        "noon|midday|high noon|sun overhead|bright midday sun|blazing sun|sun at its zenith|"
        "12 o'clock|at noon|scorching sun|sun high in the sky|glaring sun|noonday|noon sun|"
        "midday heat|the sun at noon|midday sun|twelve noon|middle of the day|sun straight overhead|"
        "sun above our heads|zenith|high sun|at midday|lunchtime|merciless sun|sun beating down|"
        "12 pm|brightest hour|solar noon|vertical sun",
        {"sun_height": 0.95},
    ),
    (
        "warm light|golden light|orange glow|amber light|warm tones|fiery light|warm colours|"
        "golden glow|golden and orange light|warm|honey-coloured light|warm glow|orange light|"
        "warm colors|warm hues|warm palette|warmly lit|warm orange|golden tones|amber|orange tones|"
        "orange hues|yellowish light|candlelight|firelight|warm sunlight|fire-coloured light|"
        "glowing warm|sepia|honey light|copper light|peachy light|sunny warm tones|gold light|"
        "reddish light|bathed in gold|toasty light|incandescent",
        {"warmth": 0.8},
    ),
    (
        "cool light|cold light|pink light|violet light|pastel light|cold tones|bluish light|"
        "cool colours|rosy light|cool pink and violet light|cool tones|purple light|pinkish glow|"
        "cool palette|cool colors|cool hues|cold hues|cold palette|cold colours|icy light|"
        "steely light|silvery light|bluish tones|blue tones|pastel colours|pastel pink light|"
        "pink glow|pink hues|rosy|rose light|lilac light|lavender light|violet glow|violet tones|"
        "purplish light|magenta light|cold blue light|wintry light|moony blue tones|cool shade|"
        "cotton candy colours|vaporwave colours",
        {"warmth": -0.8},
    ),
    (
        "cloudy|clouds|overcast|grey sky|cloud cover|many clouds|heavy clouds|billowing clouds|"
        "cumulus|gloomy sky|a cloudy sky|puffy clouds|fluffy clouds|cloud-filled sky|clouded over|"
        "dull sky|white clouds|cloudscape|cloud|a cloud|clouding over|partly cloudy|mostly cloudy|"
        "broken clouds|rain clouds|thick clouds|dense clouds|layers of clouds|sea of clouds|"
        "cloud bank|cloud deck|stratus|stratocumulus|cumulus clouds|nimbus|cotton wool clouds|"
        "woolly clouds|wispy clouds|fleecy clouds|drifting clouds|towering clouds|dark clouds|"
        "grey clouds|grey day|dull day|dreary sky|sunless|sun behind clouds|overcast day|sullen sky|"
        "lowering sky|heavily clouded|covered sky|mackerel sky|cloudiness|white puffs in the sky|"
        "cloud cover above",
        {"clouds": 0.8},
    ),
    (
        "clear sky|cloudless|clear skies|no clouds|cloudless sky|not a cloud in the sky|"
        "without clouds|not cloudy|unclouded|a sky free of clouds|few clouds|open clear sky|"
        "spotless sky|clear blue sky|clear|a clear sky|clear weather|clear heavens|"
        "perfectly clear sky|sky without clouds|empty sky|pure blue sky|bright blue sky|"
        "deep blue clear sky|blue skies|the sky is clear|sky clear of clouds|sky with no clouds|"
        "no cloud|not one cloud|zero clouds|clouds gone|clouds have cleared|never a cloud|uncloudy|"
        "unobscured sky|unbroken blue|crystal clear sky|bluebird day|wide open sky|sky is empty",
        {"clouds": -0.85},
    ),
    (
        "storm|stormy|thunderstorm|tempest|dramatic sky|thunder|dark storm clouds|lightning|"
        "hurricane|foul weather|rain|dark, dramatic storm|ominous sky|bad weather|downpour|rainy|"
        "typhoon|raging storm|heavy rain|monsoon|dark clouds gathering|cyclone|tornado|rainstorm|"
        "threatening sky|storms|a storm|big storm|storm coming|gathering storm|storm clouds|"
        "storm front|approaching storm|thunderclouds|thundery|thunderbolt|bolts of lightning|"
        "flash of lightning|electric storm|torrential rain|pouring rain|rainfall|drizzle|rain shower|"
        "showers|wet weather|cloudburst|hail|hailstorm|strong wind|windy|gusts|howling wind|"
        "raging wind|violent wind|wind and rain|nasty weather|rough weather|severe weather|"
        "terrible weather|turbulent sky|angry sky|brooding sky|dark sky|black sky|menacing clouds|"
        "apocalyptic sky|stormy weather|tempestuous|nor'easter|dramatic weather|dramatic|"
        "dark and dramatic|doom|Turner's storm|gloomy weather|maelstrom|inclement weather",
        {"storm": 0.85},
    ),
    (
        "fair weather|nice weather|calm weather|bright weather|no storm|pleasant weather|"
        "good weather|not stormy|bright, fair weather|lovely weather|mild weather|serene weather|"
        "a bright friendly day|no rain|fair|fair day|beautiful weather|great weather|perfect weather|"
        "gorgeous weather|gentle weather|peaceful weather|sweet weather|settled weather|"
        "splendid weather|delightful day|pleasant day|lovely day|friendly sky|cheerful day|calm day|"
        "serene sky|peaceful sky|windless|no wind|still air|light breeze|gentle breeze|"
        "the storm is over|after the storm|storm has passed|rainless|no thunder|weather is good|"
        "holiday weather|picnic weather|untroubled sky|cheerful weather",
        {"storm": -0.8},
    ),
    (
        "sunny|sunny day|sunshine|bright sunshine|glorious sunny weather|sunlit",
        {"storm": -0.7, "clouds": -0.5, "sun_height": 0.6},
    ),
    (
        "fog|foggy|mist|misty|thick fog|haze|hazy|dense fog|in the mist|pea soup fog|low-lying fog|"
        "murky air|smoke|veiled in mist|shrouded in fog|smoky|mists|smog|fog bank|"
        "fogbound|hazy distance|steamy air|fogs|some fog|light fog|heavy fog|ground fog|valley fog|"
        "rolling fog|sea fog|fog everywhere|San Francisco fog|London fog|Silent Hill|fogged|"
        "fogginess|mistiness|light mist|thick mist|white mist|mist rising from the lake|"
        "mist over the water|misty valley|misty mountains|misted|haziness|blurred by haze|heat haze|"
        "bluish haze|hazy horizon|vapour|vapor|steam|dust in the air|dusty air|smoky air|"
        "wildfire smoke|polluted air|air pollution|murk|murky|shrouded|veil of mist|veiled|"
        "enveloped in mist|low visibility|poor visibility|you can't see far|obscured distance|"
        "ghostly mist|mystic haze|soupy air|cloud lying in the valley|clouded in mist|drizzly mist|"
        "atmospheric haze",
        {"fog": 0.8},
    ),
    (
        "no fog|not foggy|clear air|crisp air|without fog|no mist|crystal clear view|clear view|"
        "good visibility|crisp, clear air|not misty|no haze|sharp horizon|pure clear air|"
        "you can see for miles|haze-free|clear visibility|excellent visibility|unlimited visibility|"
        "sharp|sharp view|sharp distance|crisp|crisp view|crisp day|crisp morning air|clean air|"
        "fresh clear air|fresh air|transparent air|crystalline air|clear atmosphere|far view|"
        "view for miles|distant hills sharply visible|visible to the horizon|"
        "everything sharp and clear|fogless|mistless|fog has lifted|the mist is gone|"
        "mist has cleared|smoke-free|smokeless|pollution-free air|see very far|clarity|"
        "clear distance|vivid clear view|no smoke|no vapour",
        {"fog": -0.8},
    ),
    (
        "snow|snowy|deep snow|snow-covered|winter|snowfall|covered in snow|wintry|fresh snow|"
        "white winter|snowdrifts|frozen|icy|frost|powder snow|Christmas landscape|in winter|"
        "winter wonderland|frosty|snowflakes|January|ski slopes|white with snow|freezing cold|"
        "snowed in|December|frozen over|snows|a lot of snow|heavy snow|thick snow|snow cover|"
        "snow blanket|blanket of snow|snowy landscape|snowfield|snow-white land|snow-clad|snowcapped|"
        "snow everywhere|snowing|it is snowing|falling snow|falling snowflakes|snowflake|flurries|"
        "snowed over|powder|ski resort|skiing|skis|snowboard|snowman|sledding|sledge|"
        "Santa Claus land|Christmas|white Christmas|Nordic winter|Narnia|Russian winter|winters|"
        "winter scene|winter landscape|wintertime|midwinter|deep winter|winter day|cold winter|cold|"
        "very cold|freezing|freeze|frozen lake|frozen land|frozen ground|frozen river|ice-cold|"
        "ice and frost|icicles|iced over|icebound|rime|frosted|frosty morning|slush|February|"
        "snow angel|crystals of ice|below zero|glacial cold",
        {"snow": 0.8},
    ),
    (
        "snowstorm|whiteout|blizzard|snow storm|winter storm",
        {"snow": 0.95, "storm": 0.7},
    ),
    (
        "no snow|snowless|without snow|summer|not snowy|thawed|snow-free|hot summer|melted snow|"
        "summertime|July|snow has melted|hot|midsummer|not a flake of snow|warm summer|no more snow|"
        "no snow at all|snow gone|snow melted|snow melts|thaw|ice-free|not icy|not frozen|unfrozen|"
        "frost-free|no frost|no ice|no winter|not winter|not wintry|summers|summer day|high summer|"
        "summer heat|summer holiday|in summer|summery|June|hottest day|very hot|warm season|"
        "warm climate|hot climate|mild climate|bare of snow|snowless peaks|snowless mountains|"
        "dog days|sweltering|scorching|sultry",
        {"snow": -0.8},
    ),
    (
        "rough waves|big waves|rough sea|choppy water|surf|stormy sea|breakers|whitecaps|"
        "crashing waves|swell|waves|tall waves|wild sea|rolling waves|foaming sea|tidal wave|wavy|"
        "tsunami|surging sea|wave|a wave|huge waves|giant waves|high waves|ocean waves|"
        "breaking waves|pounding waves|surging waves|surfing waves|rough|rough ocean|rough water|"
        "rough lake|choppy|choppy sea|choppy waves|agitated water|agitated sea|wild water|wild waves|"
        "white water|whitewater|foam|foaming waves|sea foam|sea spray|spray|rollers|breaking surf|"
        "the Great Wave of Kanagawa|Hokusai wave|storm surge|stormy waters|stormy waves|heaving sea|"
        "angry sea|raging sea|raging waters|tempestuous sea|churning water|undulating sea|surfers|"
        "big surf|swells|rapids|billowy sea",
        {"waves": 0.85},
    ),
    (
        "calm water|still water|mirror-like lake|glassy water|no waves|placid lake|smooth water|"
        "calm sea|reflections|mirror calm|not wavy|still lake|water like glass|motionless water|"
        "reflected in the lake|quiet water|calm|calm lake|calm ocean|calm river|flat water|flat sea|"
        "flat calm|dead calm|still|still pond|still sea|still waters|stillness of the water|glassy|"
        "glassy lake|glassy sea|mirror|mirror lake|mirror-smooth|mirrorlike|mirrored mountains|"
        "mirror image in the water|mirroring|reflection|reflection in the water|perfect reflection|"
        "reflective lake|reflecting pool|water reflects the sky|peaceful lake|peaceful water|"
        "peaceful sea|quiet lake|quiet sea|gentle water|smooth lake|smooth sea|silky water|"
        "serene lake|serene water|placid|placid water|waveless|unmoving water|no ripples|"
        "not a ripple|no surf|no swell|lake like a mirror|becalmed",
        {"waves": -0.85},
    ),
    (
        "lake|water|sea|ocean|much water|flooded|river|shore|lakeside|by the water|bay|wide water|"
        "fjord|riverbank|a big lake|waterside|flood|lakes|stream|coast|seaside|the Pacific|watery|"
        "estuary|waters|open water|lots of water|body of water|lake view|large lake|mountain tarn|"
        "tarn|lagoon water|rivers|a river|winding river|wide river|river bend|riverside|brook|creek|"
        "streams|waterfall|cascade|canal|pool|pools|ponds of water|seas|the sea|seashore|seascape|"
        "oceans|the ocean|Atlantic|ocean view|coastline|coastal|bays|gulf|harbour|harbor|port|fjords|"
        "Norwegian fjord|strait|sound|lakes and rivers|Lake Como|Lake Geneva|Loch Ness|shoreline|"
        "lakeshore|on the shore|waterfront|at the water's edge|inundated|flooding|floodwater|"
        "submerged land|swimming|boats|sailing boat|ship|fishing|rowing boat|canoe on a lake|aquatic",
        {"water": 0.7},
    ),
    (
        "dry land|no water|waterless|drought|dried up|without water|arid|parched|inland|dry|no lake|"
        "no river|a dried-out riverbed|bone dry|no sea|arid land|arid climate|aridity|dryness|"
        "very dry|totally dry|dry earth|dry soil|dry ground|dry lake bed|dry riverbed|dried-out lake|"
        "dried mud|cracked earth|cracked mud|cracked ground|thirsty land|thirsty ground|"
        "parched earth|parched soil|no rivers|no lakes|no ocean|no pond|not a drop of water|"
        "lake has dried up|drained|drained lake|landlocked|far from the sea|only land|solid ground|"
        "without a lake|without a river|without sea|rainless land|waterless land|barren dry ground",
        {"water": -0.8},
    ),
    (
        "flat land|flat|plain|plains|lowlands|level ground|no mountains|without mountains|flatland|"
        "no hills|not mountainous|flat as a pancake|Holland|low flat land|endless plain|not hilly|"
        "even ground|flat terrain|flat country|flat ground|flat horizon|flat fields|flat landscape|"
        "flat as a table|flats|salt flats|plain land|vast plain|wide plain|open plain|great plains|"
        "prairies|Kansas|Nebraska|the Netherlands|polder|steppes|level|level land|levelled|low land|"
        "low-lying|lowland|even land|even terrain|horizontal land|smooth land|not steep|no peaks|"
        "no slopes|no cliffs|no relief|without hills|without peaks|hill-less|hills flattened|"
        "low hills only|level as far as the eye can see|gentle terrain|featureless plain|"
        "coastal plain",
        {"relief": -0.8},
    ),
    (
        "towering mountains|huge mountains|steep|rugged|towering peaks|high cliffs|dramatic peaks|"
        "mountainous|majestic mountains|giant mountains|very high mountains|imposing cliffs|"
        "sheer cliffs|steep slopes|hilly|colossal peaks|soaring mountains|towering|tower-like cliffs|"
        "very steep|steep cliffs|steep hills|steep mountains|steep terrain|steep hillside|"
        "steep walls|rugged terrain|rugged mountains|rugged cliffs|rugged land|very hilly|big hills|"
        "high hills|high peaks|high ground|high relief|highlands|tall mountains|tall peaks|"
        "tall cliffs|enormous mountains|gigantic mountains|immense mountains|mighty mountains|"
        "monumental mountains|massive peaks|massive cliffs|large mountains|big mountains|"
        "mountain walls|mountains rising high|mountains everywhere|soaring peaks|soaring cliffs|"
        "cliff|cliffs|cliff face|rock face|vertical cliffs|sheer drop|sheer walls|overhanging cliffs|"
        "abyss|deep valley|dizzying heights|heights|jagged terrain|jagged mountains|jagged cliffs|"
        "dramatic mountains|dramatic terrain|elevated terrain|mountainous terrain|mountainous land",
        {"relief": 0.85},
    ),
    (
        "trees|many trees|dense trees|lush trees|tree-covered|thick woods|wooded|overgrown|jungle|"
        "a tree|full of trees|leafy trees|tall trees|densely wooded|thicket|trees everywhere|"
        "lots of trees|tree|trees all around|plenty of trees|a lot of trees|more trees|"
        "countless trees|dense woods|dense woodland|dense forest cover|dense vegetation|"
        "dense foliage|foliage|lush foliage|leafy|leafy canopy|tree canopy|canopy|thick trees|"
        "thick forest cover|thick vegetation|thickly wooded|heavily wooded|heavily forested|"
        "well wooded|tree-filled|tree-lined|tree-clad|treed|rows of trees|clumps of trees|"
        "stands of trees|orchard|grove of trees|saplings|shrubs|bushes|bushy|jungles|tropical jungle|"
        "Amazon jungle|jungle vegetation|overgrown land|covered in trees|covered with forest|"
        "afforested|reforested|shady trees|big trees|giant trees|ancient trees|old trees|apple trees",
        {"trees": 0.8},
    ),
    (
        "no trees|treeless|barren|bare land|without trees|bald hills|deforested|not a tree|"
        "not wooded|bare|a place without a single tree|no forest|cleared land|bare rock|no tree|"
        "not one tree|zero trees|few trees|tree-less|treeless plain|treeless hills|treeless land|"
        "without a tree|without woods|without forest|without vegetation|no woods|no vegetation|"
        "no plants|no bushes|no shrubs|plantless|empty of trees|clear of trees|bare hills|"
        "bare slopes|bare ground|bare mountain|barren hills|barren land|barren mountains|barrenness|"
        "bald|bald mountain|naked rock|naked hills|denuded|denuded hills|deforestation|clear-cut|"
        "clear-cut forest|logged|logged hillside|stripped of trees|all trees felled|trees cut down|"
        "trees are gone|stumps only|lifeless ground|above the tree line|unwooded|"
        "rock without vegetation|empty land",
        {"trees": -0.85},
    ),
    (
        "autumn|fall colours|autumn leaves|red leaves|golden leaves|October|Indian summer|"
        "fall foliage|autumnal|orange leaves|red and gold leaves|in autumn|leaves turning red|"
        "autumn colours|yellow leaves|in the fall|rusty leaves|New England fall|harvest season|fall|"
        "the fall|in fall|fall season|autumn season|autumn day|autumn mood|autumn landscape|"
        "autumn scene|autumn trees|autumn foliage|autumn tones|autumns|autumn glory|fall leaves|"
        "fall trees|fall scenery|falling leaves|fallen leaves|leaf fall|leaves falling|"
        "leaves turning|leaves changing colour|coloured leaves|colourful leaves|colourful foliage|"
        "golden foliage|golden trees|golden October|gold leaves|red foliage|red trees|red maples|"
        "maple trees in autumn|maple leaves|orange trees and leaves|orange foliage|russet leaves|"
        "russet|copper leaves|bronze leaves|brown leaves|withered leaves|dry leaves|yellow trees|"
        "yellow foliage|yellowing leaves|yellow birches|September|September colours|November|"
        "Thanksgiving|Halloween|pumpkins|pumpkin season|harvest|harvest time|harvest moon season|"
        "Vermont in fall|leaf peeping|momiji|Japanese maples|larches turning gold|late autumn",
        {"autumn": 0.85},
    ),
    (
        "green leaves|lush green|spring|verdant|springtime|fresh green|lush green leaves|greenery|"
        "no autumn|in spring|not autumn|vivid green leaves|April|green trees|lush vegetation|green|"
        "green foliage|green woods|green forest|green nature|green summer trees|green vegetation|"
        "lush|lush foliage in summer|lush greenery|lush spring|lush trees in leaf|luxuriant green|"
        "rich green|intense green|bright green leaves|deep green leaves|fresh leaves|fresh foliage|"
        "fresh spring leaves|young leaves|new leaves|budding leaves|buds|budding trees|spring day|"
        "spring season|spring landscape|spring scene|early spring|springlike|spring has come|Easter|"
        "March|May|verdure|verdant hills|verdant valley|leaves still green|trees in leaf|"
        "evergreen leaves|no red leaves|no fall colours|not fall|unwithered|emerald leaves",
        {"autumn": -0.7},
    ),
    (
        "village|a village|houses|a small town|cottages|hamlet|huts|settlement|cabin|farmhouse|"
        "buildings|town|church|a house|little houses|cosy village|cottage|farm|rooftops|"
        "mountain village|fishing village|city|wooden huts|chapel|barn|castle|lighted windows|"
        "villages|small village|little village|old village|quaint village|Alpine village houses|"
        "fairy-tale village|medieval village|Viking village|African village|hobbit village|"
        "houses by the lake|home|homes|house|small house|lonely house|little house|old house|"
        "stone house|wooden house|red house|white houses|cottage by the sea|thatched cottage|"
        "log cabin|cabins|cabin in the woods|hut|mountain hut|shack|shed|barns|red barn|farms|"
        "farmhouses|farm buildings|ranch|mill|windmill|windmills|watermill|lighthouse|tower|"
        "church tower|church steeple|steeple|monastery|temple|mosque|cathedral|abbey|castles|"
        "fortress|fort|ruins|palace|manor|mansion|villa|villas|hotel|inn|towns|townscape|old town|"
        "seaside town|small towns|city skyline|cityscape|urban|skyscrapers|suburb|building|"
        "architecture|street|streets|settlements|settlers|community|inhabited|populated|roofs|"
        "red roofs|chimneys|smoke from chimneys|windows|lights in windows|lamplit houses|"
        "market square|people live here|civilisation|civilization|tents|camp|campsite|encampment",
        {"village": 0.8},
    ),
    (
        "wilderness|no houses|uninhabited|untouched nature|no village|no buildings|deserted|"
        "without people|wild nature|pristine nature|no town|without houses|nobody lives here|"
        "virgin nature|far from civilisation|wild|wild land|wild country|wild landscape|wilds|"
        "wildness|nature only|only nature|pure nature|pristine|pristine land|pristine wilderness|"
        "untouched|untouched land|untouched wilderness|unspoiled|unspoiled nature|undeveloped land|"
        "uninhabited land|uninhabited island|empty of people|empty land without people|no people|"
        "no humans|nobody|nobody around|no one lives here|no one for miles|no sign of humans|"
        "no trace of people|no civilization|no houses anywhere|no house|not a house|"
        "not a single building|no cottages|no huts|no city|no towns|no settlement|no architecture|"
        "without buildings|without a village|without a house|without humans|without civilisation|"
        "unsettled land|unbuilt|remote|remote wilderness|remote area|remote land|backcountry|"
        "lonely wilderness|lonely land|desolate|abandoned by man|solitude|nature reserve|"
        "national park|virgin land|virgin forest|primeval nature|prehistoric land|before mankind",
        {"village": -0.8},
    ),
    (
        "flowers|wildflowers|blossoms|flower field|poppies|in bloom|lavender field|tulips|daisies|"
        "blooming meadow|bluebells|sunflowers|fields of flowers|flowery|full of blossoms|roses|"
        "flower meadow|cherry blossoms|blooming|lilies|flower garden|carpet of flowers|flower|"
        "a flower|many flowers|full of flowers|covered in flowers|carpeted with flowers|"
        "colourful flowers|blooming flowers|flowers everywhere|flowers in bloom|flowers in the grass|"
        "flower fields|flower fields in Holland|flowering|flowering meadow|flowering plants|"
        "flowery meadow|flowered|wild flowers|wildflower meadow|wildflower bloom|bloom|blooms|"
        "blossom|blossoming|blossoming trees|super bloom|superbloom|floral|floral meadow|"
        "field of poppies|poppy field|poppy|red poppies|Monet's poppies|lavender|lavender fields|"
        "tulip|tulip field|daisy|daisy meadow|dandelions|buttercups|cornflowers|cornflower|sunflower|"
        "sunflower field|Van Gogh's sunflowers|rose garden|rose|rose bushes|lilacs|heather|"
        "heather in bloom|lupins|lupines|crocuses|daffodils|snowdrops|irises|violets|pansies|"
        "hyacinths|geraniums|magnolia|magnolias|azaleas|rhododendrons|hydrangea|jasmine|"
        "chrysanthemums|dahlias|petunias|asters|primroses|edelweiss flowers|petals|bouquet|"
        "botanical garden|garden in bloom|nectar|bees and flowers|butterflies on flowers|"
        "rapeseed field|canola field|sakura",
        {"flowers": 0.85},
    ),
    (
        "no flowers|flowerless|without flowers|not a flower|bare of flowers|no blossoms|"
        "nothing blooms|not flowery|no poppies|no flower|not one flower|zero flowers|few flowers|"
        "no wildflowers|no bloom|no blooms|no blooming plants|no roses|no poppy|no tulips|no petals|"
        "without a flower|without blossoms|without blooms|without wildflowers|without poppies|"
        "flower-free|free of flowers|not blooming|not flowering|not in bloom|unflowering|bloomless|"
        "blossomless|withered flowers|wilted flowers|dead flowers|faded flowers|flowers are gone|"
        "flowers cut down|plain grass without flowers|just grass|only grass",
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
        "spring blossom|spring flowers",
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
    "{}|{}|{}|{}|a painting of {}|a photo of {}|{}, oil painting|a beautiful view of {}|{}, highly detailed|"
    "{} landscape|the {}|a picture of {}|very {}|an epic scene: {}|{}, cinematic|"
    "{}, wide angle|a sketch of {}|"
    "watercolour of {}|I would like {}|{}!|scene with {}|{} in the distance|lots of {}|photo, {}, 4k"
)

#: Between the phrases of a text.
JOINTS: Final = ", | | |, | and | with | in | under | at | over | and "

#: Around what a text does not want; not for hours, places and colours, which have no one opposite.
NEGATIONS: Final = "no {}|without {}|not {}|without any {}|free of {}|{}-free|no {} at all|not any {}|there is no {}"

#: Nouns that read well after a negation, and what their absence says.
NEGATED: Final[tuple[tuple[str, Said], ...]] = (
    ("fog|mist|haze|smoke|foggy|misty|hazy", {"fog": -0.8}),
    ("clouds|cloud|cloudy|overcast sky", {"clouds": -0.85}),
    ("storm|rain|thunder|stormy|rainy|bad weather|lightning", {"storm": -0.8}),
    ("snow|snowy|frost|snowfall|ice", {"snow": -0.8}),
    ("waves|wavy|surf|swell|rough water", {"waves": -0.85}),
    ("water|lake|river|lakes|sea", {"water": -0.8}),
    ("trees|tree|woods|forests|wooded|bushes", {"trees": -0.85}),
    ("houses|village|buildings|people|town|huts", {"village": -0.8}),
    ("flowers|flower|blossoms|flowery", {"flowers": -0.8}),
    ("mountains|hills|mountainous|hilly|peaks|cliffs", {"relief": -0.8}),
    ("autumn leaves|autumn colours|red leaves", {"autumn": -0.7}),
)

#: Texts that say nothing of a landscape.
SILENT: Final = (
    "|hello|asdf|a portrait of a man|a woman smiling|qwerty|test|foo bar|lorem ipsum|thank you|"
    "please help me|"
    "how are you?|my invoice is due|a red car|a cat on a sofa|the stock market fell|write a poem|1234|???|ok|"
    "a bowl of soup|football match|a robot|computer keyboard|the president spoke|"
    "a cup of coffee|her blue eyes|"
    "self portrait|a dog playing chess|quantum mechanics|an old wristwatch|abstract pattern|"
    "a black dress|yes|no|"
    "not|without|very|beautiful|masterpiece|best quality|highly detailed|4k|8k|oil painting|"
    "watercolour|photo|sketch|"
    "in the style of Van Gogh|impressionist|anime style|pixel art|cinematic|picture|image|"
    "landscape|scenery|nature|"
    "a scene|view|a painting|wide shot|concept art|trending|nice|amazing|epic|render|"
    "draw something|what is this?|"
    "a hand holding a phone|the kitchen table|a wedding ring|a spaceship interior|"
    "guitar player|a plate of pasta|"
    "tax return|office meeting|a child's toy|shoes|a face|portrait of a queen|"
    "a knight in armour|the letter A|"
    "mathematics homework|a chair|piano music|the colour of money|bitcoin|hospital corridor|a birthday cake|"
    "library books|he said that|more|less|better|make it pretty|improve|blablabla|zxcv|aaa|x|"
    "an apple|bicycle wheel|"
    "a love letter|breaking news|basketball|a bottle of wine|the teacher's desk|smartphone app|"
    "my grandmother|"
    "a glass of milk|running shoes|ballet dancer|database error|customer service|"
    "a bank account|a tiger's face"
)

#: Never trained on, not even inside another text: they measure whether the reader understands or only
#: remembers.
HELD_OUT: Final[tuple[tuple[str, Said], ...]] = (
    ("the Dolomites|jagged massif|Mont Blanc|Annapurna", {"alpine": 1}),
    ("Seychelles|tropical cove|coconut palms|Tahiti", {"islands": 1}),
    ("Sahara|Mojave|shifting sands|dromedaries", {"desert": 1}),
    ("redwoods|birch copse|timberland|sylvan glade", {"forest": 1}),
    ("Grand Canyon|hoodoos|rocky gulch|Zion national park", {"canyon": 1}),
    ("pastoral hillside|cow paddock|Yorkshire dales|grassy knoll", {"meadow": 1}),
    ("permafrost|Spitsbergen|walrus on an ice shelf|Ross Sea pack ice", {"arctic": 1}),
    ("lava|Krakatoa|caldera|Stromboli", {"volcanic": 1}),
    ("giraffes|baobab|Tanzania|wildebeest herd", {"savanna": 1}),
    ("quagmire|cattails|morass|Pantanal", {"wetland": 1}),
    ("moonrise|constellations|nocturne|lunar glow", {"sun_height": -0.7}),
    ("gloaming|eventide|sunrise glow fading|day's end", {"sun_height": -0.05}),
    ("noontide|sun directly above|meridian sun", {"sun_height": 0.95}),
    ("sepia warmth|candle-like glow|tangerine light", {"warmth": 0.8}),
    ("mauve light|icy blue light|chilly hues", {"warmth": -0.8}),
    ("cumulonimbus|cirrus|leaden sky", {"clouds": 0.8}),
    ("azure clear heavens|nary a cloud|cloud-free", {"clouds": -0.85}),
    ("squall|gale|thunderclap|deluge", {"storm": 0.85}),
    ("balmy weather|tranquil weather|fine weather", {"storm": -0.8}),
    ("brume|vapour in the air|fog-laden", {"fog": 0.8}),
    ("unobstructed visibility|absence of fog|lack of mist", {"fog": -0.8}),
    ("hoarfrost|avalanche|sleigh ride|snowbound", {"snow": 0.8}),
    ("heat wave|lack of snow|August heat", {"snow": -0.8}),
    ("turbulent sea|billows|heavy seas", {"waves": 0.85}),
    ("tranquil pond|unruffled water|glass-like surface", {"waves": -0.85}),
    ("loch|reservoir|inlet|marina", {"water": 0.7}),
    ("dehydrated land|lack of water|desiccated", {"water": -0.8}),
    ("steep crags|lofty heights|precipice", {"relief": 0.85}),
    ("level terrain|pancake-flat prairie|absence of hills", {"relief": -0.8}),
    ("arboreal|canopy of leaves|lots of oaks", {"trees": 0.8}),
    ("unforested|devoid of trees|lack of trees", {"trees": -0.85}),
    ("November foliage|maple leaves ablaze|amber leaves", {"autumn": 0.85}),
    ("bright green May|spring foliage|leafy green", {"autumn": -0.7}),
    ("chalets|farmstead|homestead|dwellings", {"village": 0.8}),
    ("unpopulated|devoid of buildings|wild and unsettled", {"village": -0.8}),
    ("orchids|peonies|floral carpet|marigolds", {"flowers": 0.85}),
    ("devoid of flowers|lack of blossoms", {"flowers": -0.8}),
    ("mauve sky|amethyst sky", {"sky_tint_x": 0.15, "sky_tint_y": -0.6}),
    ("ruby sky|vermilion sky", {"sky_tint_x": 0.8, "sky_tint_y": 0.0}),
    ("jade sky|mint green sky", {"sky_tint_x": -0.4, "sky_tint_y": 0.6}),
    ("maroon field|vermilion earth", {"ground_tint_x": 0.8, "ground_tint_y": 0.0}),
    ("cobalt ground|sapphire meadow", {"ground_tint_x": -0.4, "ground_tint_y": -0.6}),
)

#: Where a biome and a number mean nearly the same, a text that speaks of one may or may not speak of the
#: other.
NEIGHBOURS: Final[dict[str, tuple[str, ...]]] = {
    "alpine": ("relief", "snow"),
    "islands": ("water", "waves", "snow"),
    "desert": ("water", "trees", "snow"),
    "forest": ("trees",),
    "canyon": ("relief", "water"),
    "meadow": ("flowers", "relief", "trees", "autumn"),
    "arctic": ("snow", "water"),
    "volcanic": ("relief",),
    "savanna": ("trees", "water", "relief"),
    "wetland": ("water",),
}
#: The same, between numbers (either way), and from numbers to the biomes.
NEAR: Final = (
    ("storm", "clouds"), ("storm", "waves"), ("storm", "fog"), ("snow", "autumn"), ("snow", "storm"),
    ("sun_height", "warmth"), ("sun_height", "storm"), ("clouds", "fog"), ("water", "waves"), ("trees", "autumn"),
    ("flowers", "autumn"), ("clouds", "sky_tint_x"), ("warmth", "sky_tint_x"), ("sky_tint_x", "clouds"),
)  # fmt: skip

#: Words that may speak of a topic inside a phrase about another ("frosty morning" is about frost, perhaps the
#: hour).
HINTS: Final[dict[str, str]] = {
    "alpine": (
        "mountains?|peaks?|forests?|woods|jungle|deserts?|islands?|meadows?|grass|marsh|swamp|canyon|volcan.*|beach"
    ),
    "sun_height": (
        "night|nights|morning|day|days|daylight|dawn|dusk|sun|sunset|sunny|noon|moon|stars?|starry|evening|dark"
    ),
    "warmth": "golden|orange|pink|violet|amber|rosy|sunset|fiery|cool|cold|warm",
    "clouds": "clouds?|cloudy|sky|skies|clear",
    "storm": "storm|stormy|rain|rainy|wind|thunder|dramatic|calm|peaceful",
    "fog": "fog|foggy|mist|misty|haze|hazy|smoke|clear",
    "snow": "snow|snowy|ice|icy|frost|frosty|frozen|winter|wintry|cold|summer|white",
    "water": "lakes?|sea|seas|rivers?|water|ocean|ponds?|beach|coast|shore|dry|bay",
    "waves": "waves?|surf|calm|still|reflections?",
    "trees": "trees?|forests?|woods?|wooded|jungle|leaves|leafy",
    "autumn": "autumn|fall|spring|leaves|summer|october|green|lush",
    "relief": "mountains?|hills?|hilly|cliffs?|peaks?|steep|flat|plains?|rolling|high",
    "village": "houses?|village|town|cottages?|castle|city|farm|farmland|empty|wild",
    "flowers": "flowers?|flowery|blossoms?|poppies|bloom|blooming|lavender|sunflowers",
    "sky_tint_x": "blue sky|blue skies|red sun",
    "ground_tint_x": "red|green|golden|yellow|white|black|tawny",
}
