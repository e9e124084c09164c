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
    SUN_HEIGHT = 10
    WARMTH = 11
    CLOUDS = 12
    STORM = 13
    FOG = 14
    SNOW = 15
    WATER = 16
    WAVES = 17
    TREES = 18
    AUTUMN = 19
    RELIEF = 20
    VILLAGE = 21
    FLOWERS = 22
    SKY_TINT_X = 23
    SKY_TINT_Y = 24
    GROUND_TINT_X = 25
    GROUND_TINT_Y = 26


class P(IntEnum):
    """Scalar slots. Heights are metres above the water, x is metres to the right, z metres into the
    picture."""

    SEED = 27
    FOCAL = 28  # focal length in picture heights
    HORIZON = 29  # distance of the horizon line from the top, in picture heights
    CAM_Y = 30
    NEAR_H = 31  # the near bank: its height, and the z where it ends
    NEAR_Z = 32
    BASIN_H = 33  # the middle distance: below 0 it is a lake
    FAR_Z = 34  # the far bank
    FAR_H = 35
    WOBBLE = 36
    TILT = 37
    HILL_A = 38
    HILL_L = 39
    BASIN_ROUGH = 40
    DETAIL = 41
    DUNE_A = 42
    DUNE_L = 43
    DUNE_X = 44  # unit vector across the dunes
    DUNE_Z = 45
    PEAK_X = 46  # four peaks of (x, z, height, radius)
    PEAK_Z = 47
    PEAK_H = 48
    PEAK_W = 49
    PEAK_LAST = 61
    PEAK_SHARP = 62
    RANGE_H = 63
    RANGE_Z = 64
    RANGE_L = 65
    VALLEY_H = 66
    VALLEY_W = 67
    VALLEY_S = 68
    RIDGE = 69
    RIDGE_L = 70
    TERRACE = 71
    TERRACE_S = 72
    PLATEAU = 73
    CRATER = 74
    GRASS = 75
    SANDY = 76
    SHORE = 77
    ROCK_SLOPE = 78
    SNOW_LINE = 79
    SNOW_BAND = 80
    CANOPY = 81
    TREE_LINE = 82
    FIELD = 83
    FIELD_ROWS = 84
    ICE = 85
    LAVA = 86
    LAVA_LAKE = 87
    PLUME = 88
    ROAD = 89  # half width, 0 for none
    ROAD_X = 90
    ROAD_A = 91
    ROAD_L = 92
    TREES = 93
    TREE_H = 94
    CONIFER = 95  # cumulative shares of the kinds of tree
    BROADLEAF = 96
    ACACIA = 97
    PALM = 98
    CACTUS = 99
    BOULDERS = 100
    REEDS = 101
    VILLAGE = 102
    VILLAGE_U = 103
    VILLAGE_Z = 104
    HERO_KIND = 105  # three trees placed on purpose: (kind, u, z, height)
    HERO_U = 106
    HERO_Z = 107
    HERO_H = 108
    HERO_LAST = 116
    SUN_U = 117  # where the disc is, in picture heights over focal length; the light comes from there
    SUN_S = 118
    SUN_R = 119
    DISC = 120  # 0 no disc in the frame, 1 sun, 2 moon
    LIGHT_X = 121
    LIGHT_Y = 122
    LIGHT_Z = 123
    STARS = 124
    GLOW = 125
    BAND = 126
    CLOUD_COVER = 127
    CLOUD_PUFF = 128
    CLOUD_SCALE = 129
    OVERCAST = 130
    HAZE = 131
    FOG = 132
    FOG_H = 133
    WAVES = 134
    AURORA = 135
    WINDOWS = 136
    SNOWY = 137  # snow on trees and roofs
    DAPPLE = 138  # cloud shadows
    STRATA = 139
    CONTRAST = 140
    TINT_GRASS = 141  # share of the ground tint taken by grass, forest, sand, rock, field, water, snow
    TINT_LAST = 147


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


PEAKS = 4
HEROES = 3
COLOR0 = 148
SCENE_SIZE = COLOR0 + 3 * len(C)

# Labels, in the order of materials.MATERIALS.
SKY, CLOUD, SUN, MOON, MOUNTAIN, SNOW, ROCK, SAND, GRASS, FOREST, WATER, ROAD, HOUSE, ICE, FIELD, LAVA = range(16)

# Objects stand on rows of growing distance; each row is cut into cells of at most one object.
ROWS = 40
CELLS = 96
ROW_Z0 = 7.0  # metres
ROW_RATIO = 1.125
RECORD = 8  # z, x, y, height, half width, kind, random number, light
SEEN_UP_TO_M = 14000.0
STEPS = 448
NEARNESS_M = 12.0  # depth is NEARNESS_M / (NEARNESS_M + z): 1 at the eye, 0 for the sky
MAX_ASPECT = 2.0
