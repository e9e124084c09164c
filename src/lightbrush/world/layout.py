"""Where each number of a scene lives in its parameter row.

A scene is one float32 row [P]: the attributes (what a person can ask for and the network is told), the
scalars (geometry and weather in metres, slopes and fractions, realised from the attributes and a seed), then
the colours (linear RGB, three slots each). The shader only ever reads such rows, so any row is a picture.
"""

from __future__ import annotations

from enum import IntEnum


class A(IntEnum):
    """Attribute slots; names and meanings are in `attributes.ATTRIBUTES`."""

    ALPINE = 0
    ISLANDS = 1
    DESERT = 2
    FOREST = 3
    CANYON = 4
    MEADOW = 5
    ARCTIC = 6
    VOLCANIC = 7
    SAVANNA = 8
    WETLAND = 9
    CITY = 10
    FARMLAND = 11
    CLIFFS = 12
    ALIEN = 13
    UNDERWATER = 14
    JUNGLE = 15
    PHOTO = 16
    WATERCOLOUR = 17
    OIL = 18
    PENCIL = 19
    INK = 20
    CEL = 21
    PIXEL = 22
    LOWPOLY = 23
    GLASS = 24
    SUN_HEIGHT = 25
    WARMTH = 26
    CLOUDS = 27
    STORM = 28
    FOG = 29
    SNOW = 30
    WATER = 31
    WAVES = 32
    TREES = 33
    AUTUMN = 34
    RELIEF = 35
    VILLAGE = 36
    FLOWERS = 37
    RAIN = 38
    SNOWFALL = 39
    AURORA = 40
    RAINBOW = 41
    BLOSSOM = 42
    VIEW_HEIGHT = 43
    LENS = 44
    CASTLE = 45
    BOATS = 46
    BRIDGE = 47
    BALLOONS = 48
    BIRDS = 49
    BOULDERS = 50
    ROAD = 51
    PALMS = 52
    CACTI = 53
    SKY_TINT_X = 54
    SKY_TINT_Y = 55
    GROUND_TINT_X = 56
    GROUND_TINT_Y = 57


class P(IntEnum):
    """Scalar slots. Heights are metres above the water, x is metres to the right, z metres into the
    picture."""

    SEED = 58
    FOCAL = 59  # focal length in picture heights
    HORIZON = 60  # distance of the horizon line from the top, in picture heights
    CAM_Y = 61
    NEAR_H = 62  # the near bank: its height, and the z where it ends
    NEAR_Z = 63
    BASIN_H = 64  # the middle distance: below 0 it is a lake
    FAR_Z = 65  # the far bank
    FAR_H = 66
    WOBBLE = 67
    TILT = 68
    HILL_A = 69
    HILL_L = 70
    BASIN_ROUGH = 71
    DETAIL = 72
    DUNE_A = 73
    DUNE_L = 74
    DUNE_X = 75  # unit vector across the dunes
    DUNE_Z = 76
    PEAK_X = 77  # four peaks of (x, z, height, radius)
    PEAK_Z = 78
    PEAK_H = 79
    PEAK_W = 80
    PEAK_LAST = 92
    PEAK_SHARP = 93
    RANGE_H = 94
    RANGE_Z = 95
    RANGE_L = 96
    VALLEY_H = 97
    VALLEY_W = 98
    VALLEY_S = 99
    RIDGE = 100
    RIDGE_L = 101
    TERRACE = 102
    TERRACE_S = 103
    PLATEAU = 104
    CRATER = 105
    GRASS = 106
    SANDY = 107
    SHORE = 108
    ROCK_SLOPE = 109
    SNOW_LINE = 110
    SNOW_BAND = 111
    CANOPY = 112
    TREE_LINE = 113
    FIELD = 114
    FIELD_ROWS = 115
    ICE = 116
    LAVA = 117
    LAVA_LAKE = 118
    PLUME = 119
    ROAD = 120  # half width, 0 for none
    ROAD_X = 121
    ROAD_A = 122
    ROAD_L = 123
    TREES = 124
    TREE_H = 125
    CONIFER = 126  # cumulative shares of the kinds of tree
    BROADLEAF = 127
    ACACIA = 128
    PALM = 129
    CACTUS = 130
    BOULDERS = 131
    REEDS = 132
    VILLAGE = 133
    VILLAGE_U = 134
    VILLAGE_Z = 135
    RAIN = 136
    SNOWFALL = 137
    WET = 138  # puddles and dark ground
    BLOSSOM = 139
    RAINBOW = 140  # its strength, middle and radius on the picture plane
    RAINBOW_U = 141
    RAINBOW_S = 142
    RAINBOW_R = 143
    UNDER = 144  # 1: the eye is under the sea
    ALIEN = 145  # 1: another world
    CRATERS = 146
    FERNS = 147
    SUN_U = 148  # where the disc is, in picture heights over focal length; the light comes from there
    SUN_S = 149
    SUN_R = 150
    DISC = 151  # 0 no disc in the frame, 1 sun, 2 moon
    LIGHT_X = 152
    LIGHT_Y = 153
    LIGHT_Z = 154
    STARS = 155
    GLOW = 156
    BAND = 157
    CLOUD_COVER = 158
    CLOUD_PUFF = 159
    CLOUD_SCALE = 160
    OVERCAST = 161
    HAZE = 162
    FOG = 163
    FOG_H = 164
    WAVES = 165
    AURORA = 166
    WINDOWS = 167
    SNOWY = 168  # snow on trees and roofs
    DAPPLE = 169  # cloud shadows
    STRATA = 170
    CONTRAST = 171
    TINT_GRASS = 172  # share of the ground tint taken by grass, forest, sand, rock, field, water, snow
    TINT_LAST = 178
    TIME = 179  # seconds since a clip began
    CITY = 180  # share of lots with a tower, 0 for no city
    CITY_X = 181  # corner of the grid of lots, and how far it reaches
    CITY_Z = 182
    CITY_D = 183
    CITY_H = 184  # the tallest tower
    CITY_LOT = 185
    CROPS = 186  # share of plots that are tilled, 0 for no farmland
    PLOT_L = 187
    PLOT_X = 188  # unit vector across the furrows of half of the plots
    PLOT_Z = 189
    CLIFF_H = 190  # a coast: height of its edge, where it runs, on which side it is (-1 or 1)
    CLIFF_X = 191
    CLIFF_LEAN = 192
    CLIFF_SIDE = 193
    SURF = 194
    PLANET_U = 195  # a planet (radius 0 for none) and its moon
    PLANET_S = 196
    PLANET_R = 197
    PLANET_RING = 198
    MOON_U = 199
    MOON_S = 200
    MOON_R = 201
    PLACED = 202  # how many things are placed on purpose
    PLACED_KIND = 203  # nearest first: (kind, u, z, height, slope of the foot of what flies, random number)
    PLACED_U = 204
    PLACED_Z = 205
    PLACED_H = 206
    PLACED_S = 207
    PLACED_RND = 208
    PLACED_LAST = 346
    LANE_U = 347  # no trees stand between the eye and a castle: around this slope, nearer than this depth
    LANE_W = 348
    LANE_Z = 349
    MOVE_X = 350  # where the camera is, metres from its home, never behind it
    MOVE_Y = 351
    MOVE_Z = 352
    PAN = 353  # slope of the frame's middle to the right


class C(IntEnum):
    """Colour slots, linear RGB; skies and lights are radiances, the rest albedos."""

    ZENITH = 0
    HORIZON = 1
    GLOW = 2
    BAND = 3
    DISC = 4
    LIGHT = 5
    AMBIENT = 6
    BOUNCE = 7
    HAZE = 8
    CLOUD_LIT = 9
    CLOUD_DARK = 10
    GRASS = 11
    GRASS2 = 12
    FOREST = 13
    FOREST2 = 14
    SAND = 15
    ROCK = 16
    ROCK2 = 17
    SNOW = 18
    FLOWER = 19
    FLOWER2 = 20
    WATER = 21
    SHALLOW = 22
    WALL = 23
    ROOF = 24
    ICE = 25
    ROAD = 26
    LAVA = 27
    CROP = 28
    CROP2 = 29
    SOIL = 30
    BLOSSOM = 31
    PLANET = 32


PEAKS = 4
PLACES = 24  # room for things placed on purpose
PLACE = 6  # numbers of each
COLOR0 = 354
SCENE_SIZE = COLOR0 + 3 * len(C)

# Labels, in the order of materials.MATERIALS.
(
    SKY,
    CLOUD,
    SUN,
    MOON,
    MOUNTAIN,
    SNOW,
    ROCK,
    SAND,
    GRASS,
    FOREST,
    WATER,
    ROAD,
    HOUSE,
    ICE,
    FIELD,
    LAVA,
    TOWER,
    BOAT,
    BALLOON,
    CROP,
) = range(20)

# Objects stand on rows of growing distance; each row is cut into cells of at most one object.
ROWS = 40
CELLS = 96
ROW_Z0 = 7.0  # metres
ROW_RATIO = 1.125
RECORD = 8  # z, x, y, height, half width, kind, random number, light
SEEN_UP_TO_M = 14000.0
STEPS = 448
NEARNESS_M = 12.0  # depth is NEARNESS_M / (NEARNESS_M + z): 1 at the eye, 0 for the sky
LOTS = 72  # lots of a city that a ray may pass
MAX_ASPECT = 2.0
