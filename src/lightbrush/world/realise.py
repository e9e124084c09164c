"""What the attributes of scenes come to: the camera, the land and what covers it, what stands there, weather, colours.

Each part fills its columns of the scenes; later ones read what earlier ones wrote.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.attributes import ATTRIBUTES, BIOMES
from lightbrush.world.biomes import TRAITS, traits
from lightbrush.world.chance import Draw, smooth
from lightbrush.world.layout import COLOR0, PEAKS, SCENE_SIZE, A, C, P
from lightbrush.world.light import light, other_light
from lightbrush.world.materials import hue_colour, tinted, to_linear
from lightbrush.world.placed import place_things

F64 = NDArray[np.float64]
Rows = NDArray[np.float32]

#: What the tint of the land touches, in the order of its columns.
TINT_PARTS = ("grass", "forest", "sand", "rock", "field", "water", "snow")


def realise(a: F64, draw: Draw) -> Rows:
    """Attributes [N, A] to whole scenes [N, P]."""
    n = len(a)
    p = np.zeros((n, SCENE_SIZE))
    p[:, : len(ATTRIBUTES)] = a
    biome = a[:, : len(BIOMES)]
    t = traits(biome, draw.block(len(TRAITS)))
    snow_wish, tree_wish = a[:, A.SNOW], a[:, A.TREES]
    # Boats and bridges stand in water.
    afloat = np.maximum(a[:, A.BOATS], a[:, A.BRIDGE]) > 0.08
    water_wish = np.where(afloat, np.maximum(a[:, A.WATER], 0.1), a[:, A.WATER])
    relief = a[:, A.RELIEF]
    p[:, P.SEED] = np.floor(draw.unit() * 65536.0)
    p[:, P.UNDER] = biome[:, A.UNDERWATER] > 0.5
    airless = draw.chance(0.4) & (biome[:, A.ALIEN] > 0.6)
    p[:, P.ALIEN] = np.where(airless, 2.0, biome[:, A.ALIEN] > 0.45)
    _frame(p, a, t, draw)
    tallest = _land(p, a, t, draw, relief, water_wish)
    _basin(p, afloat)
    _city(p, a, draw)
    _farm(p, a, draw)
    _coast(p, a, draw)
    p[:, P.CRATERS] = np.where(p[:, P.ALIEN] > 0.5, draw.uniform(0.5, 1.0), 0.0)
    p[:, P.FERNS] = np.clip(1.4 * biome[:, A.JUNGLE] - 0.2, 0.0, 1.0) * (tree_wish > -0.6)
    # Cover.
    p[:, P.GRASS] = np.clip(t["grass"] - 0.25 * np.maximum(-tree_wish, 0.0) * (t["grass"] < 0.5), 0.0, 1.0)
    p[:, P.SANDY] = t["sandy"]
    p[:, P.SHORE] = t["shore"]
    p[:, P.ROCK_SLOPE] = t["rock_slope"]
    band = 0.12 * tallest + 8.0
    line = t["snow_line"] * tallest
    up = np.maximum(snow_wish, 0.0)
    down = np.maximum(-snow_wish, 0.0)
    line = line * (1.0 - smooth(0.0, 0.75, up)) - 60.0 * smooth(0.3, 0.8, up) * (1.0 + band / 40.0)
    line = np.where(
        t["snow_line"] > 0.1,
        line + down * 1.1 * tallest,
        line + smooth(0.15, 0.9, down) * (0.9 * tallest + 60.0),
    )
    p[:, P.SNOW_LINE] = line
    p[:, P.SNOW_BAND] = band
    p[:, P.SNOWY] = np.clip(smooth(8.0, -20.0, line), 0.0, 1.0)
    p[:, P.TREE_LINE] = t["tree_line"] * tallest + 12.0
    wooded = np.where(
        tree_wish > 0.0, t["trees"] + (1.0 - t["trees"]) * 0.9 * tree_wish, t["trees"] * (1.0 + tree_wish)
    )
    palms, cacti, bloom = a[:, A.PALMS], a[:, A.CACTI], np.clip(a[:, A.BLOSSOM], 0.0, 1.0)
    wanted = np.maximum(np.maximum(palms, cacti), bloom)
    wooded = np.where(wanted > 0.08, np.maximum(wooded, 0.2 + 0.45 * wanted), wooded)
    p[:, P.TREES] = np.clip(np.where((tree_wish < -0.85) | airless, 0.0, wooded), 0.0, 1.0)
    p[:, P.BASIN_H] = np.where(airless, np.maximum(p[:, P.BASIN_H], 1.5), p[:, P.BASIN_H])
    canopy = np.where(tree_wish > 0.0, t["canopy"] + 0.8 * tree_wish, t["canopy"] * (1.0 + 1.2 * tree_wish))
    p[:, P.CANOPY] = np.clip(canopy, 0.0, 1.3) * np.where(t["canopy"] < 0.03, smooth(0.2, 0.9, tree_wish), 1.0)
    p[:, P.TREE_H] = t["tree_h"] * draw.uniform(0.8, 1.25)
    t["palm"] = np.where(palms > 0.0, t["palm"] + 10.0 * palms, t["palm"] * (1.0 + palms))
    t["cactus"] = np.where(cacti > 0.0, t["cactus"] + 10.0 * cacti, t["cactus"] * (1.0 + cacti))
    t["broadleaf"] = t["broadleaf"] + 6.0 * bloom
    p[:, P.BLOSSOM] = np.where(bloom > 0.08, smooth(0.0, 0.6, bloom), 0.0)
    kinds = np.stack([t[k] for k in ("conifer", "broadleaf", "acacia", "palm", "cactus", "bare")], axis=1) + 1e-3
    shares = np.cumsum(kinds / kinds.sum(axis=1, keepdims=True), axis=1)
    p[:, P.CONIFER : P.CACTUS + 1] = shares[:, :5]
    stones = t["boulders"] * draw.unit()
    rocks = a[:, A.BOULDERS]
    p[:, P.BOULDERS] = np.where(
        rocks > 0.0, stones + (1.15 - stones) * np.maximum(rocks, 0.0) ** 1.5, stones * (1.0 + rocks)
    )
    p[:, P.REEDS] = t["reeds"] * (p[:, P.SNOWY] < 0.5)
    flowers = a[:, A.FLOWERS]
    bloom = np.where(
        flowers > 0.0,
        t["field"] + (1.0 - t["field"]) * smooth(0.1, 0.9, flowers),
        t["field"] * (1.0 + 1.1 * flowers),
    )
    p[:, P.FIELD] = np.clip(bloom, 0.0, 1.0) * (p[:, P.SNOWY] < 0.5)
    p[:, P.GRASS] = np.maximum(p[:, P.GRASS], 0.85 * smooth(0.15, 0.8, flowers) * (p[:, P.FIELD] > 0.1))
    p[:, P.FIELD_ROWS] = draw.chance(0.35 * biome[:, A.MEADOW] + 0.3 * (a[:, A.VILLAGE] > 0.2)).astype(np.float64)
    p[:, P.ICE] = t["ice"] * (1.0 - smooth(0.2, 0.9, down))
    p[:, P.STRATA] = t["strata"] * 60.0 / np.maximum(tallest, 40.0)
    _lava(p, biome, t, draw)
    _village(p, a, t, draw)
    _weather(p, a, t, draw)
    _heavens(p, a, draw)
    place_things(p, a, t, draw)
    _colours(p, a, t, draw, biome)
    return p.astype(np.float32)


def _frame(p: F64, a: F64, t: dict[str, F64], draw: Draw) -> None:
    """Camera: focal length, horizon, eye."""
    p[:, P.FOCAL] = 1.12 * np.exp(draw.uniform(-0.12, 0.12) + 0.6 * a[:, A.LENS])
    high, low = np.maximum(a[:, A.VIEW_HEIGHT], 0.0), np.maximum(-a[:, A.VIEW_HEIGHT], 0.0)
    usual = np.where(draw.chance(0.75), draw.uniform(0.42, 0.66), draw.uniform(0.3, 0.72))
    usual = np.where(p[:, P.UNDER] > 0.5, draw.uniform(0.42, 0.58), usual)
    p[:, P.HORIZON] = usual + (draw.uniform(0.14, 0.24) - usual) * high**1.3 + (0.76 - usual) * 0.7 * low
    p[:, P.NEAR_H] = t["near_h"]
    eye = np.exp(np.log(t["eye"]) * (1.0 - high) + np.log(170.0) * high)
    p[:, P.CAM_Y] = np.maximum(t["near_h"], 0.0) + np.maximum(eye * (1.0 - 0.8 * low), 1.2)


def _land(p: F64, a: F64, t: dict[str, F64], draw: Draw, relief: F64, water: F64) -> F64:
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


def _lava(p: F64, biome: F64, t: dict[str, F64], draw: Draw) -> None:
    hot = np.where(t["lava"] > 0.22, t["lava"], 0.0)
    p[:, P.LAVA] = hot
    p[:, P.LAVA_LAKE] = (draw.chance(0.3) & (biome[:, A.VOLCANIC] > 0.6)).astype(np.float64)
    p[:, P.PLUME] = np.where(draw.chance(0.75) & (p[:, P.CRATER] > 0.4), draw.uniform(0.6, 1.0), 0.0)


def _basin(p: F64, afloat: NDArray[np.bool_]) -> None:
    """Room for boats and bridges: a lake or sea behind a near bank."""
    p[:, P.BASIN_H] = np.where(afloat, np.minimum(p[:, P.BASIN_H], -3.0), p[:, P.BASIN_H])
    p[:, P.HILL_A] = np.where(afloat, np.minimum(p[:, P.HILL_A], 5.0), p[:, P.HILL_A])
    p[:, P.BASIN_ROUGH] = np.where(afloat, np.minimum(p[:, P.BASIN_ROUGH], 0.3), p[:, P.BASIN_ROUGH])
    near = np.where(p[:, P.CAM_Y] > 20.0, 60.0, 26.0)
    p[:, P.NEAR_Z] = np.where(afloat, np.minimum(p[:, P.NEAR_Z], near), p[:, P.NEAR_Z])
    p[:, P.FAR_Z] = np.where(afloat, np.maximum(p[:, P.FAR_Z], 300.0), p[:, P.FAR_Z])
    p[:, P.DUNE_A] = np.where(afloat, np.minimum(p[:, P.DUNE_A], 5.0), p[:, P.DUNE_A])


def _city(p: F64, a: F64, draw: Draw) -> None:
    """A grid of towers: behind water or a park, or around the street one stands in."""
    share = a[:, A.CITY]
    on = share > 0.28
    wet = p[:, P.BASIN_H] < 0.0
    street = draw.chance(0.4) & ~wet & (share > 0.6)
    lot = np.where(street, draw.uniform(30.0, 40.0), draw.uniform(34.0, 58.0))
    start = np.where(wet, 1.02 * p[:, P.FAR_Z], draw.uniform(130.0, 300.0))
    start = np.where(street, draw.uniform(16.0, 46.0), start)
    room = p[:, P.HORIZON] / p[:, P.FOCAL]
    skyline = draw.uniform(0.5, 0.88) * room * (start + 3.0 * lot) + 0.6 * p[:, P.CAM_Y]
    p[:, P.CITY] = np.where(on, (0.6 + 0.4 * share) * draw.uniform(0.8, 1.0), 0.0)
    p[:, P.CITY_X] = np.where(street, draw.uniform(-1.2, 1.2), draw.uniform(0.0, 60.0))
    p[:, P.CITY_Z] = start
    p[:, P.CITY_D] = 28.0 * lot
    p[:, P.CITY_H] = np.where(street, draw.uniform(60.0, 170.0), np.clip(skyline, 50.0, 330.0))
    p[:, P.CITY_LOT] = lot
    p[:, P.HILL_A] = np.where(on, np.minimum(p[:, P.HILL_A], 0.6), p[:, P.HILL_A])
    p[:, P.FAR_H] = np.where(on, np.clip(p[:, P.FAR_H], 1.5, 3.0), p[:, P.FAR_H])
    p[:, P.BASIN_H] = np.where(on & ~wet, 2.0, p[:, P.BASIN_H])
    p[:, P.TILT] = np.where(on, 0.0, p[:, P.TILT])
    p[:, P.VALLEY_H] = np.where(on, 0.0, p[:, P.VALLEY_H])
    p[:, P.DUNE_A] = np.where(on, 0.0, p[:, P.DUNE_A])
    for k in range(PEAKS):  # no mountain among the towers
        near = on & (p[:, P.PEAK_Z + 4 * k] - p[:, P.PEAK_W + 4 * k] < start + 28.0 * lot)
        p[:, P.PEAK_H + 4 * k] = np.where(near, 0.0, p[:, P.PEAK_H + 4 * k])


def _farm(p: F64, a: F64, draw: Draw) -> None:
    """A patchwork of plots."""
    share = a[:, A.FARMLAND]
    p[:, P.CROPS] = np.where(share > 0.28, 0.55 + 0.35 * share * draw.uniform(0.7, 1.0), 0.0)
    p[:, P.PLOT_L] = draw.uniform(34.0, 75.0) * np.where(p[:, P.CAM_Y] > 40.0, 1.5, 1.0)
    turn = draw.uniform(-0.5, 0.5)
    p[:, P.PLOT_X] = np.cos(turn)
    p[:, P.PLOT_Z] = np.sin(turn)


def _coast(p: F64, a: F64, draw: Draw) -> None:
    """Cliffs to one side of the frame, running off into the distance across it."""
    share = a[:, A.CLIFFS]
    on = share > 0.28
    side = np.where(draw.chance(0.5), 1.0, -1.0)
    half = 0.5 / p[:, P.FOCAL]
    height = draw.uniform(28.0, 85.0) * (0.6 + 0.4 * share) * np.exp(0.5 * a[:, A.RELIEF])
    p[:, P.CLIFF_H] = np.where(on, height, 0.0)
    p[:, P.CLIFF_SIDE] = side
    p[:, P.CLIFF_X] = side * draw.uniform(20.0, 70.0)
    p[:, P.CLIFF_LEAN] = side * draw.uniform(-0.75, 0.3) * half
    p[:, P.SURF] = np.where(on, np.clip(draw.uniform(0.5, 0.9) + 0.3 * a[:, A.WAVES], 0.0, 1.0), 0.0)
    # From the sea, from a beach, or from the top of the cliff itself.
    top = on & draw.chance(0.4) & (share > 0.6)
    p[:, P.NEAR_H] = np.where(top, 0.75 * height, p[:, P.NEAR_H])
    p[:, P.NEAR_Z] = np.where(top, np.minimum(p[:, P.NEAR_Z], 30.0), p[:, P.NEAR_Z])
    p[:, P.CAM_Y] = np.where(top, p[:, P.CAM_Y] + 0.75 * height, p[:, P.CAM_Y])


def _heavens(p: F64, a: F64, draw: Draw) -> None:
    """Planets over another world; aurora, rainbow and what falls over any."""
    unit = 1.0 / p[:, P.FOCAL]
    room = p[:, P.HORIZON] * unit
    alien = p[:, P.ALIEN] > 0.5
    side = np.where(draw.chance(0.5), 1.0, -1.0)
    side = np.where(p[:, P.DISC] > 0.5, -np.sign(p[:, P.SUN_U] + 1e-6), side)  # away from the sun
    radius = np.exp(draw.uniform(np.log(0.09), np.log(0.3))) * unit
    p[:, P.PLANET_R] = np.where(alien, radius, 0.0)
    p[:, P.PLANET_U] = side * draw.uniform(0.08, 0.36) * unit
    p[:, P.PLANET_S] = draw.uniform(0.4, 0.85) * room
    p[:, P.PLANET_RING] = draw.chance(0.45) & (radius < 0.2 * unit)
    p[:, P.MOON_R] = np.where(alien & draw.chance(0.6), draw.uniform(0.018, 0.05) * unit, 0.0)
    p[:, P.MOON_U] = p[:, P.PLANET_U] - side * (1.2 * radius + draw.uniform(0.06, 0.3) * unit)
    p[:, P.MOON_S] = draw.uniform(0.5, 0.92) * room
    falls = np.where(p[:, P.UNDER] > 0.5, 0.0, 1.0)
    p[:, P.RAIN] = np.where(a[:, A.RAIN] > 0.08, a[:, A.RAIN], 0.0) * falls
    p[:, P.SNOWFALL] = np.where(a[:, A.SNOWFALL] > 0.08, a[:, A.SNOWFALL], 0.0) * falls
    p[:, P.WET] = 0.95 * smooth(0.0, 0.5, p[:, P.RAIN])
    bow = np.where(a[:, A.RAINBOW] > 0.08, 0.3 + 0.7 * a[:, A.RAINBOW], 0.0) * falls
    p[:, P.RAINBOW] = bow * smooth(-0.15, 0.1, a[:, A.SUN_HEIGHT])
    p[:, P.RAINBOW_R] = np.minimum(draw.uniform(0.42, 0.62) * unit, 0.98 * room)
    p[:, P.RAINBOW_U] = draw.uniform(-0.3, 0.3) * unit
    p[:, P.RAINBOW_S] = np.minimum(draw.uniform(-0.12, 0.02) * unit, 0.9 * room - p[:, P.RAINBOW_R])
    clear = (1.0 - p[:, P.OVERCAST]) * falls
    p[:, P.AURORA] = np.where(a[:, A.AURORA] > 0.08, 0.35 + 0.75 * a[:, A.AURORA], 0.0) * clear
    p[:, P.STARS] = np.where(alien, np.maximum(p[:, P.STARS], 0.85), p[:, P.STARS])


def _village(p: F64, a: F64, t: dict[str, F64], draw: Draw) -> None:
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
    wish = a[:, A.ROAD]
    road = draw.chance(np.clip(0.3 * t["road"] + 0.5 * houses, 0.0, 0.9) * (wish > -0.15)) | (wish > 0.15)
    road &= (p[:, P.CITY] <= 0.0) & (p[:, P.UNDER] < 0.5)
    p[:, P.ROAD] = np.where(road, draw.uniform(1.0, 1.9) + np.maximum(wish, 0.0), 0.0)
    p[:, P.ROAD_X] = draw.uniform(-7.0, 7.0)
    p[:, P.ROAD_A] = draw.uniform(3.0, 15.0)
    p[:, P.ROAD_L] = draw.uniform(0.35, 0.9)


def _storm(a: F64) -> F64:
    """How dark the weather is, 0..1: rain darkens the day, unless the sun shines through it on a rainbow."""
    rain = np.where(a[:, A.RAINBOW] > 0.08, 0.0, 0.8 * a[:, A.RAIN]) * (a[:, A.UNDERWATER] < 0.5)
    out: F64 = np.clip(np.maximum(a[:, A.STORM], rain), 0.0, 1.0)
    return out


def _weather(p: F64, a: F64, t: dict[str, F64], draw: Draw) -> None:
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
    bow = a[:, A.RAINBOW] > 0.08  # stands opposite the sun
    inside = draw.chance(np.where(night, 0.52, 0.64)) & ~bow & (p[:, P.UNDER] < 0.5)
    inside &= np.maximum(a[:, A.RAIN], a[:, A.SNOWFALL]) < 0.15
    radius = np.exp(draw.uniform(np.log(4.0), np.log(14.0))) / 256.0 / p[:, P.FOCAL]
    p[:, P.SUN_R] = np.where(night, radius * 0.85, radius)
    p[:, P.DISC] = np.where(inside, np.where(night, 2.0, 1.0), 0.0)
    azimuth = (
        np.pi
        * np.where(bow, draw.uniform(0.84, 0.96), draw.uniform(0.28, 0.95))
        * np.where(draw.chance(0.5), -1.0, 1.0)
    )  # 0 ahead, pi behind
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
    storm = _storm(a)
    falling = np.clip(np.maximum(a[:, A.RAIN], 0.8 * a[:, A.SNOWFALL]), 0.0, 1.0) * ~bow
    clouds = np.maximum(a[:, A.CLOUDS], np.where(falling > 0.08, 0.3 + 0.6 * falling, -1.0))
    clouds = np.where((p[:, P.ALIEN] > 0.5) | (p[:, P.UNDER] > 0.5), -1.0, clouds)
    cover = np.clip(np.where(clouds > 0.0, 0.34 + 0.58 * clouds, 0.34 + 0.42 * clouds), 0.0, 0.86)
    cover = np.where(clouds < -0.75, 0.0, np.maximum(cover, 0.75 * storm))
    p[:, P.CLOUD_COVER] = cover
    p[:, P.OVERCAST] = np.clip(np.maximum(0.9 * smooth(0.6, 0.95, clouds), 0.85 * smooth(0.3, 0.9, storm)), 0.0, 0.9)
    p[:, P.CLOUD_PUFF] = np.where(draw.chance(0.6), t["puff"], 0.0) * (1.0 - 0.8 * storm)
    p[:, P.CLOUD_SCALE] = np.exp(draw.uniform(np.log(0.6), np.log(1.5)))
    p[:, P.DAPPLE] = np.where(height > 0.1, np.clip(cover * 1.1 - 0.15, 0.0, 0.6), 0.0)
    fog = a[:, A.FOG]
    thick = np.clip(fog, 0.0, 1.0)
    p[:, P.HAZE] = 0.62 * t["haze"] * np.where(fog < 0.0, 1.0 + 0.75 * fog, 1.0 + 2.0 * thick)
    p[:, P.HAZE] *= 1.0 + 1.8 * falling
    p[:, P.FOG] = 0.00022 * np.exp(4.5 * thick) * smooth(0.04, 0.2, fog)
    p[:, P.FOG] += 0.0003 * falling**1.5
    p[:, P.FOG_H] = 12.0 + draw.unit() * 50.0 + 120.0 * thick**3
    waves = a[:, A.WAVES]
    p[:, P.WAVES] = np.clip(
        np.where(waves > 0.0, 0.3 + 0.75 * waves, 0.3 * (1.0 + waves) ** 1.5) + 0.25 * storm, 0.0, 1.2
    )
    p[:, P.STARS] = smooth(-0.16, -0.42, height) * (1.0 - p[:, P.OVERCAST])
    p[:, P.WINDOWS] = 3.2 * smooth(0.12, -0.12, height)
    p[:, P.HAZE] = np.where(p[:, P.UNDER] > 0.5, draw.uniform(0.009, 0.022), p[:, P.HAZE])
    p[:, P.CONTRAST] = 1.05 + 0.03 * a[:, A.WARMTH] - 0.12 * storm


def _own_hue(x: F64, y: F64, on: NDArray[np.bool_], draw: Draw) -> tuple[F64, F64]:
    """A tint [N], or where there is none and `on`, one of the scene's own."""
    hue = 2.0 * np.pi * draw.unit()
    size = draw.uniform(0.55, 0.95) * (on & (np.hypot(x, y) < 0.05))
    return x + size * np.cos(hue), y + size * np.sin(hue)


def _colours(p: F64, a: F64, t: dict[str, F64], draw: Draw, biome: F64) -> None:
    n = len(p)

    def put(slot: C, rgb: F64) -> None:
        p[:, COLOR0 + 3 * slot : COLOR0 + 3 * slot + 3] = rgb

    storm = _storm(a)
    # Another world has hues of its own where none was asked for; a moon has no air at all.
    alien = p[:, P.ALIEN] > 0.5
    airless = p[:, P.ALIEN] > 1.5
    sky_x, sky_y = _own_hue(a[:, A.SKY_TINT_X], a[:, A.SKY_TINT_Y], alien & ~airless, draw)
    land_x, land_y = _own_hue(a[:, A.GROUND_TINT_X], a[:, A.GROUND_TINT_Y], alien & ~airless, draw)
    lit = light(a[:, A.SUN_HEIGHT], a[:, A.WARMTH], storm, p[:, P.OVERCAST], sky_x, sky_y)
    p[:, P.HAZE] *= np.where(airless, 0.1, np.where(alien, 4.0, 1.0))
    other_light(lit, alien, airless, p[:, P.UNDER] > 0.5, sky_x, sky_y)
    p[:, P.GLOW] = lit["glow_power"]
    p[:, P.BAND] = lit["band_power"]
    for slot, name in (
        (C.ZENITH, "zenith"), (C.HORIZON, "horizon"), (C.GLOW, "glow"), (C.BAND, "band"), (C.DISC, "disc"),
        (C.LIGHT, "light"), (C.AMBIENT, "ambient"), (C.BOUNCE, "bounce"), (C.HAZE, "haze"), (C.CLOUD_LIT,
        "cloud_lit"), (C.CLOUD_DARK, "cloud_dark"),
    ):  # fmt: skip
        put(slot, lit[name])
    # Which parts of the land a ground tint takes: usually everything that grows, often everything.
    tint_x, tint_y = land_x.astype(np.float32), land_y.astype(np.float32)
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
    for k, name in enumerate(TINT_PARTS):
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
    put(C.CROP, tint(fixed(216, 178, 84), "field"))
    put(C.CROP2, tint(blend(fixed(78, 128, 44), fixed(130, 158, 54), draw.unit()), "field"))
    put(C.SOIL, tint(blend(fixed(112, 78, 52), fixed(140, 100, 72), draw.unit()), "field"))
    put(C.BLOSSOM, blend(fixed(236, 140, 178), fixed(246, 206, 216), draw.unit()))
    blossoming = 0.85 * p[:, P.BLOSSOM] * (1.0 - evergreen)
    for slot in (C.FOREST, C.FOREST2):
        at = COLOR0 + 3 * slot
        put(slot, blend(p[:, at : at + 3], p[:, COLOR0 + 3 * C.BLOSSOM :][:, :3], blossoming))
    planet = hue_colour(*np.stack([np.cos(6.283 * red), np.sin(6.283 * red)]).astype(np.float32)).astype(np.float64)
    put(C.PLANET, 0.25 + 0.6 * planet)
    put(C.ROAD, blend(fixed(156, 128, 96), albedo("sand"), np.clip(t["sandy"], 0.0, 0.7)))
    put(C.LAVA, np.repeat(np.array([[4.6, 0.95, 0.07]]), n, axis=0))
