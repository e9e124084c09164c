"""The biomes as points in one space of traits, so that any mixture of them is a scene.

A trait is a range (low, high); a scene takes one place in it. Mixtures mix the ends. Lengths in metres.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.attributes import BIOMES

Range = tuple[float, float]

# Traits mixed on a logarithmic scale.
LOG = {"near_z", "far_z", "hill_l", "peak_z", "peak_width", "range_z", "eye", "ridge_l", "dune_l"}

_DEFAULT: dict[str, Range] = {
    "eye": (2.2, 11.0),  # of the camera over the near bank
    "near_h": (1.2, 6.0),
    "near_z": (22.0, 130.0),
    "basin_h": (-4.0, 5.0),
    "far_z": (260.0, 1500.0),
    "far_h": (2.0, 14.0),
    "wobble": (0.1, 0.6),
    "hill_a": (1.0, 9.0),
    "hill_l": (50.0, 160.0),
    "basin_rough": (0.2, 0.8),
    "detail": (0.15, 0.5),
    "dune_a": (0.0, 0.0),
    "dune_l": (40.0, 110.0),
    "peaks": (0.0, 2.0),  # how many single mountains
    "peak_z": (1300.0, 4500.0),
    "peak_rise": (0.1, 0.4),  # apparent height, as a share of the room above the horizon
    "peak_width": (1.2, 2.4),  # radius over height
    "peak_sharp": (0.9, 1.3),
    "range_rise": (0.0, 0.3),
    "range_z": (1800.0, 5000.0),
    "valley_rise": (0.0, 0.0),
    "valley_w": (60.0, 160.0),
    "ridge": (0.5, 0.8),
    "ridge_l": (500.0, 1100.0),
    "terrace": (0.0, 0.0),
    "plateau": (9.0, 9.0),  # over the tallest mass
    "crater": (0.0, 0.0),
    "grass": (0.5, 0.9),
    "sandy": (0.0, 0.05),
    "shore": (0.3, 1.0),
    "rock_slope": (0.22, 0.3),
    "snow_line": (1.2, 2.2),  # over the tallest mass
    "canopy": (0.2, 0.6),
    "tree_line": (0.5, 0.9),  # over the tallest mass
    "field": (0.0, 0.1),
    "ice": (0.0, 0.0),
    "lava": (0.0, 0.0),
    "trees": (0.1, 0.5),
    "tree_h": (6.0, 13.0),
    "conifer": (0.0, 0.3),
    "broadleaf": (0.5, 1.0),
    "acacia": (0.0, 0.0),
    "palm": (0.0, 0.0),
    "cactus": (0.0, 0.0),
    "bare": (0.0, 0.05),
    "boulders": (0.0, 0.2),
    "reeds": (0.0, 0.1),
    "road": (0.0, 1.0),
    "strata": (0.04, 0.1),
    "haze": (0.00006, 0.00018),
    "puff": (0.2, 1.0),
    # Natural albedos, sRGB; the second of a pair is its variation.
    "grass_r": (72, 96), "grass_g": (104, 120), "grass_b": (46, 62),
    "grass2_r": (98, 128), "grass2_g": (118, 132), "grass2_b": (60, 80),
    "forest_r": (44, 62), "forest_g": (78, 96), "forest_b": (38, 52),
    "forest2_r": (66, 96), "forest2_g": (96, 118), "forest2_b": (42, 56),
    "sand_r": (206, 222), "sand_g": (180, 194), "sand_b": (138, 152),
    "rock_r": (118, 142), "rock_g": (112, 130), "rock_b": (108, 122),
    "rock2_r": (84, 104), "rock2_g": (80, 96), "rock2_b": (80, 92),
    "water_r": (12, 26), "water_g": (62, 88), "water_b": (88, 114),
    "shallow_r": (60, 86), "shallow_g": (118, 138), "shallow_b": (110, 124),
}  # fmt: skip

_BIOMES: dict[str, dict[str, Range]] = {
    "alpine": {
        "basin_h": (-7.0, 3.0), "peaks": (0.8, 3.6), "peak_rise": (0.35, 0.9), "peak_z": (1500.0, 4200.0),
        "peak_width": (0.95, 1.7), "peak_sharp": (0.95, 1.3), "range_rise": (0.15, 0.6), "ridge": (0.6, 0.95),
        "snow_line": (0.3, 0.72), "canopy": (0.3, 0.8), "tree_line": (0.28, 0.5), "conifer": (1.0, 1.0),
        "broadleaf": (0.0, 0.15), "boulders": (0.1, 0.5), "trees": (0.25, 0.7), "grass": (0.6, 0.95),
    },
    "islands": {
        "near_h": (-3.0, 2.6), "basin_h": (-9.0, -5.0), "far_z": (5000.0, 9000.0), "far_h": (-9.0, -5.0),
        "basin_rough": (0.3, 0.9), "hill_a": (1.0, 4.0), "peaks": (1.4, 4.0), "peak_z": (260.0, 2400.0),
        "peak_rise": (0.1, 0.5), "peak_width": (1.5, 3.6), "peak_sharp": (0.7, 1.1),
        "range_rise": (0.0, 0.06),
        "shore": (1.6, 3.2), "canopy": (0.6, 1.0), "tree_line": (0.9, 1.4), "palm": (0.9, 1.6),
        "broadleaf": (0.2, 0.5),
        "trees": (0.3, 0.8), "tree_h": (6.0, 10.0), "eye": (2.5, 26.0), "ridge": (0.4, 0.75),
        "near_z": (18.0, 70.0),
        "road": (-1.0, 0.3), "water_r": (6, 16), "water_g": (84, 118), "water_b": (124, 150),
        "shallow_r": (64, 100),
        "shallow_g": (190, 214), "shallow_b": (188, 204), "sand_r": (228, 242), "sand_g": (208, 222),
        "sand_b": (168, 188),
        "rock_r": (120, 138), "rock_g": (112, 122), "rock_b": (98, 108),
    },
    "desert": {
        "near_h": (1.0, 4.0), "basin_h": (1.0, 5.0), "hill_a": (2.0, 9.0), "basin_rough": (0.9, 1.4),
        "dune_a": (7.0, 24.0),
        "peaks": (0.0, 2.4), "peak_rise": (0.12, 0.45), "range_rise": (0.0, 0.35), "grass": (0.0, 0.14),
        "sandy": (0.95, 1.0),
        "canopy": (0.0, 0.0), "trees": (0.0, 0.12), "broadleaf": (0.0, 0.0), "conifer": (0.0, 0.0),
        "cactus": (1.0, 1.0),
        "palm": (0.1, 0.3), "rock_slope": (0.42, 0.55), "tree_h": (6.0, 10.0), "boulders": (0.0, 0.25),
        "detail": (0.05, 0.15), "snow_line": (2.0, 4.0),
        "haze": (0.0001, 0.00024), "sand_r": (218, 234), "sand_g": (172, 192), "sand_b": (116, 138),
        "rock_r": (150, 176),
        "rock_g": (108, 128), "rock_b": (82, 98), "rock2_r": (122, 142), "rock2_g": (84, 98),
        "rock2_b": (66, 78),
        "grass_r": (134, 150), "grass_g": (128, 140), "grass_b": (70, 84), "road": (-1.0, 0.4),
    },
    "forest": {
        "hill_a": (4.0, 16.0), "hill_l": (60.0, 190.0), "peaks": (0.0, 2.6), "peak_rise": (0.14, 0.5),
        "peak_width": (1.6, 3.0), "range_rise": (0.08, 0.34), "canopy": (0.85, 1.15), "tree_line": (1.1, 1.7),
        "trees": (0.6, 0.98), "tree_h": (8.0, 17.0), "conifer": (0.1, 1.2), "broadleaf": (0.2, 1.0),
        "ridge": (0.35, 0.65),
        "near_z": (30.0, 190.0), "grass": (0.7, 1.0),
    },
    "canyon": {
        "basin_h": (-3.0, 4.0), "hill_a": (1.5, 6.0), "peaks": (1.2, 4.0), "peak_z": (450.0, 2600.0),
        "peak_rise": (0.22, 0.62),
        "peak_width": (0.8, 1.6), "peak_sharp": (0.35, 0.6), "range_rise": (0.1, 0.42),
        "valley_rise": (-0.5, 0.9),
        "valley_w": (45.0, 150.0), "terrace": (0.7, 1.0), "plateau": (0.5, 0.8), "ridge": (0.35, 0.6),
        "ridge_l": (240.0, 600.0),
        "grass": (0.05, 0.35), "sandy": (0.4, 1.0), "canopy": (0.0, 0.1), "trees": (0.02, 0.3),
        "cactus": (0.2, 0.7),
        "conifer": (0.0, 0.3), "broadleaf": (0.0, 0.4), "bare": (0.0, 0.3), "tree_h": (4.0, 8.0),
        "boulders": (0.2, 0.6),
        "rock_slope": (0.12, 0.2), "snow_line": (1.8, 3.0), "strata": (0.12, 0.25), "sand_r": (206, 224),
        "sand_g": (144, 164),
        "sand_b": (98, 118), "rock_r": (182, 208), "rock_g": (104, 126), "rock_b": (70, 88),
        "rock2_r": (142, 166),
        "rock2_g": (68, 86), "rock2_b": (48, 62), "grass_r": (130, 148), "grass_g": (132, 144),
        "grass_b": (76, 90),
        "water_r": (28, 50), "water_g": (84, 100), "water_b": (82, 98),
    },
    "meadow": {
        "hill_a": (3.0, 12.0), "hill_l": (70.0, 210.0), "basin_h": (-3.0, 6.0), "peaks": (0.0, 1.5),
        "peak_rise": (0.08, 0.3),
        "peak_width": (1.8, 3.4), "range_rise": (0.0, 0.28), "grass": (0.92, 1.0), "field": (0.1, 0.75),
        "canopy": (0.1, 0.5),
        "trees": (0.08, 0.45), "broadleaf": (1.0, 1.0), "road": (-0.4, 1.5), "ridge": (0.35, 0.6),
        "tree_line": (0.9, 1.4),
        "grass_r": (74, 98), "grass_g": (114, 130), "grass_b": (46, 62), "grass2_r": (102, 130),
        "grass2_g": (126, 142),
        "grass2_b": (58, 78), "detail": (0.1, 0.3),
    },
    "arctic": {
        "near_h": (0.8, 4.0), "basin_h": (-6.0, 2.0), "hill_a": (0.8, 5.0), "peaks": (0.4, 3.4),
        "peak_z": (380.0, 3600.0),
        "peak_rise": (0.14, 0.6), "peak_width": (0.8, 2.0), "range_rise": (0.0, 0.5), "grass": (0.0, 0.25),
        "canopy": (0.0, 0.1),
        "trees": (0.0, 0.15), "conifer": (1.0, 1.0), "broadleaf": (0.0, 0.0), "snow_line": (-0.6, 0.0),
        "ice": (0.35, 1.0),
        "boulders": (0.0, 0.3), "shore": (0.0, 0.1), "road": (-1.5, 0.4), "tree_line": (0.1, 0.3),
        "rock_r": (100, 120),
        "rock_g": (104, 120), "rock_b": (114, 128), "water_r": (10, 22), "water_g": (56, 76),
        "water_b": (84, 102),
        "shallow_r": (70, 90), "shallow_g": (150, 170), "shallow_b": (170, 186), "ridge": (0.5, 0.9),
    },
    "volcanic": {
        "basin_h": (-4.0, 4.0), "hill_a": (2.0, 8.0), "peaks": (1.0, 2.6), "peak_z": (1300.0, 3200.0),
        "peak_rise": (0.4, 0.85),
        "peak_width": (1.2, 2.1), "peak_sharp": (1.3, 1.7), "range_rise": (0.0, 0.2), "crater": (1.0, 1.0),
        "ridge": (0.22, 0.42),
        "grass": (0.0, 0.3), "sandy": (0.0, 0.15), "canopy": (0.0, 0.12), "trees": (0.0, 0.25),
        "bare": (0.6, 1.2),
        "broadleaf": (0.0, 0.2), "conifer": (0.0, 0.5), "lava": (0.45, 1.0), "boulders": (0.3, 0.8),
        "snow_line": (1.0, 2.4),
        "rock_r": (84, 104), "rock_g": (74, 88), "rock_b": (72, 84), "rock2_r": (52, 66),
        "rock2_g": (46, 56), "rock2_b": (48, 56),
        "sand_r": (98, 116), "sand_g": (90, 104), "sand_b": (88, 98), "haze": (0.0001, 0.00022),
        "grass_r": (98, 112),
        "grass_g": (108, 120), "grass_b": (60, 70), "detail": (0.4, 0.9), "rock_slope": (0.14, 0.24),
    },
    "savanna": {
        "hill_a": (0.8, 5.0), "hill_l": (90.0, 260.0), "basin_h": (-1.2, 3.0), "peaks": (0.0, 1.8),
        "peak_rise": (0.08, 0.4),
        "peak_width": (1.6, 3.0), "range_rise": (0.0, 0.14), "grass": (0.75, 1.0), "canopy": (0.0, 0.15),
        "trees": (0.1, 0.5),
        "acacia": (1.2, 1.2), "broadleaf": (0.0, 0.2), "conifer": (0.0, 0.0), "tree_h": (6.0, 10.0),
        "boulders": (0.0, 0.3),
        "snow_line": (1.6, 3.0), "grass_r": (158, 184), "grass_g": (132, 150), "grass_b": (74, 92),
        "grass2_r": (180, 202),
        "grass2_g": (152, 170), "grass2_b": (92, 112), "forest_r": (70, 88), "forest_g": (82, 96),
        "forest_b": (40, 52),
        "forest2_r": (100, 122), "forest2_g": (106, 122), "forest2_b": (52, 64), "rock_r": (146, 164),
        "rock_g": (118, 132),
        "rock_b": (96, 108), "haze": (0.0001, 0.00025), "sand_r": (206, 220), "sand_g": (164, 180),
        "sand_b": (116, 132),
    },
    "wetland": {
        "near_h": (0.5, 1.6), "near_z": (14.0, 60.0), "basin_h": (-0.9, -0.1), "far_z": (160.0, 800.0),
        "hill_a": (0.8, 2.6),
        "hill_l": (18.0, 55.0), "basin_rough": (0.55, 1.0), "peaks": (0.0, 1.4), "peak_rise": (0.06, 0.3),
        "peak_width": (2.0, 3.4),
        "range_rise": (0.0, 0.2), "grass": (0.85, 1.0), "canopy": (0.3, 0.8), "trees": (0.15, 0.5),
        "reeds": (0.55, 1.0),
        "conifer": (0.0, 0.6), "broadleaf": (0.6, 1.0), "bare": (0.0, 0.3), "shore": (0.0, 0.2),
        "detail": (0.3, 0.6),
        "eye": (2.0, 7.0), "grass_r": (112, 134), "grass_g": (132, 146), "grass_b": (56, 72),
        "grass2_r": (152, 176),
        "grass2_g": (148, 162), "grass2_b": (78, 94), "water_r": (20, 34), "water_g": (56, 72),
        "water_b": (62, 78),
        "shallow_r": (66, 82), "shallow_g": (88, 100), "shallow_b": (66, 78), "field": (0.0, 0.25),
        "ridge": (0.3, 0.6),
    },
    "city": {
        "near_h": (1.6, 2.6), "near_z": (24.0, 60.0), "basin_h": (-5.0, 6.0), "far_z": (190.0, 420.0),
        "far_h": (2.0, 3.0), "hill_a": (0.1, 0.4), "detail": (0.02, 0.06), "wobble": (0.05, 0.2), "peaks": (0.0, 0.8),
        "peak_z": (3200.0, 5200.0), "peak_rise": (0.05, 0.14), "range_rise": (0.0, 0.08), "range_z": (4500.0, 6500.0),
        "canopy": (0.0, 0.1), "trees": (0.02, 0.3), "tree_h": (5.0, 8.0), "broadleaf": (1.0, 1.0), "road": (-1.0, 0.4),
        "shore": (0.0, 0.1), "grass": (0.9, 1.0), "eye": (3.0, 16.0), "boulders": (0.0, 0.0),
        "snow_line": (2.0, 3.0),
    },
    "farmland": {
        "near_h": (1.5, 5.0), "basin_h": (3.5, 9.0), "hill_a": (2.0, 9.0), "hill_l": (120.0, 260.0),
        "basin_rough": (0.8, 1.2), "far_h": (4.0, 14.0), "detail": (0.02, 0.08), "peaks": (0.0, 0.9),
        "peak_rise": (0.05, 0.2), "peak_width": (2.4, 3.6), "range_rise": (0.0, 0.2), "grass": (1.0, 1.0),
        "field": (0.0, 0.0), "canopy": (0.0, 0.3), "trees": (0.15, 0.4), "tree_h": (6.0, 10.0),
        "broadleaf": (1.0, 1.0), "road": (0.2, 2.4), "eye": (5.0, 20.0), "boulders": (0.0, 0.0), "ridge": (0.3, 0.5),
        "rock_slope": (0.4, 0.5), "shore": (0.0, 0.1),
    },
    "cliffs": {
        "near_h": (-3.0, 3.0), "near_z": (16.0, 40.0), "basin_h": (-9.0, -6.0), "far_z": (6000.0, 9000.0),
        "far_h": (-9.0, -6.0), "hill_a": (0.5, 2.0), "basin_rough": (0.1, 0.3), "peaks": (0.6, 3.4),
        "peak_z": (130.0, 620.0), "peak_rise": (0.1, 0.34), "peak_width": (0.42, 0.7), "peak_sharp": (0.22, 0.4),
        "range_rise": (0.0, 0.0), "ridge": (0.25, 0.5), "grass": (0.9, 1.0), "canopy": (0.0, 0.15),
        "trees": (0.0, 0.12), "boulders": (0.1, 0.5), "road": (-1.0, 0.2), "shore": (0.3, 0.9), "eye": (4.0, 24.0),
        "rock_slope": (0.2, 0.28), "strata": (0.1, 0.22), "snow_line": (2.0, 3.0), "tree_line": (1.5, 2.0),
        "water_r": (8, 20), "water_g": (70, 96), "water_b": (96, 124), "rock_r": (150, 206), "rock_g": (142, 190),
        "rock_b": (128, 172), "rock2_r": (88, 140), "rock2_g": (82, 128), "rock2_b": (76, 116),
        "shallow_r": (64, 96), "shallow_g": (140, 170), "shallow_b": (140, 166),
    },
    "alien": {
        "eye": (3.5, 18.0), "near_h": (1.5, 5.0), "basin_h": (1.0, 5.0), "hill_a": (1.0, 5.0),
        "basin_rough": (0.8, 1.2),
        "field": (0.0, 0.0),
        "peaks": (0.2, 3.2), "peak_rise": (0.1, 0.5), "peak_width": (0.8, 2.4), "range_rise": (0.0, 0.3),
        "grass": (0.0, 0.0), "sandy": (0.4, 0.8), "canopy": (0.0, 0.0), "trees": (0.0, 0.06), "broadleaf": (0.0, 0.0),
        "conifer": (0.0, 0.0), "acacia": (0.6, 1.0), "cactus": (0.3, 0.8), "boulders": (0.3, 0.9),
        "road": (-2.0, 0.1), "rock_r": (104, 138), "rock_g": (102, 134), "rock_b": (102, 134), "sand_r": (140, 168),
        "sand_g": (138, 164), "sand_b": (136, 160), "rock2_r": (70, 92), "rock2_g": (70, 90), "rock2_b": (72, 92),
        "haze": (0.00001, 0.00004), "snow_line": (3.0, 4.0), "rock_slope": (0.3, 0.45), "shore": (0.0, 0.0),
        "detail": (0.1, 0.3), "dune_a": (0.0, 3.0),
    },
    "underwater": {
        "near_h": (1.0, 2.0), "near_z": (20.0, 50.0), "basin_h": (1.0, 3.0), "far_z": (120.0, 300.0),
        "far_h": (3.0, 9.0), "hill_a": (1.0, 4.0), "hill_l": (16.0, 40.0), "basin_rough": (0.8, 1.4),
        "peaks": (0.4, 3.0), "peak_z": (36.0, 110.0), "peak_rise": (0.15, 0.6), "peak_width": (0.9, 1.8),
        "peak_sharp": (0.6, 1.0), "range_rise": (0.0, 0.0), "ridge": (0.3, 0.6), "grass": (0.0, 0.0),
        "sandy": (0.95, 1.0), "field": (0.0, 0.0), "rock_slope": (0.3, 0.4), "canopy": (0.0, 0.0), "trees": (0.75, 1.0),
        "tree_h": (2.4, 4.5), "conifer": (0.1, 0.9), "broadleaf": (0.3, 1.0), "boulders": (0.0, 0.2),
        "road": (-3.0, -2.0), "sand_r": (206, 226), "sand_g": (196, 210), "sand_b": (160, 180),
        "eye": (1.4, 3.6), "snow_line": (9.0, 9.0), "tree_line": (4.0, 5.0), "shore": (0.0, 0.0),
        "forest_r": (70, 110), "forest_g": (120, 150), "forest_b": (40, 60), "forest2_r": (130, 170),
        "forest2_g": (140, 170), "forest2_b": (50, 70), "detail": (0.05, 0.15),
    },
    "jungle": {
        "near_h": (1.2, 4.0), "basin_h": (-4.0, 4.0), "hill_a": (3.0, 12.0), "hill_l": (40.0, 110.0),
        "peaks": (0.0, 2.4), "peak_rise": (0.14, 0.5), "peak_width": (0.9, 2.0), "range_rise": (0.0, 0.3),
        "ridge": (0.3, 0.6), "grass": (1.0, 1.0), "canopy": (1.1, 1.3), "tree_line": (1.6, 2.0),
        "trees": (0.82, 1.0), "tree_h": (12.0, 19.0), "broadleaf": (0.8, 1.0), "palm": (0.4, 0.9),
        "conifer": (0.0, 0.0), "boulders": (0.0, 0.2), "road": (-1.0, 0.6), "haze": (0.0004, 0.0014),
        "near_z": (24.0, 120.0), "shore": (0.0, 0.2), "snow_line": (3.0, 4.0), "rock_slope": (0.36, 0.46),
        "eye": (1.8, 7.0), "grass_r": (44, 66), "grass_g": (92, 114), "grass_b": (34, 48), "grass2_r": (78, 104),
        "grass2_g": (122, 142), "grass2_b": (44, 60), "forest_r": (26, 44), "forest_g": (78, 100),
        "forest_b": (34, 50), "forest2_r": (74, 106), "forest2_g": (122, 148), "forest2_b": (40, 58),
        "water_r": (26, 44), "water_g": (78, 96), "water_b": (66, 84),
    },
}  # fmt: skip

TRAITS: tuple[str, ...] = tuple(_DEFAULT)


def _ends() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = [{**_DEFAULT, **_BIOMES[name]} for name in BIOMES]
    unknown = {key for name in BIOMES for key in _BIOMES[name]} - set(_DEFAULT)
    if unknown:
        raise ValueError(f"world: unknown traits {sorted(unknown)}")
    low = np.array([[row[t][0] for t in TRAITS] for row in rows], np.float64)
    high = np.array([[row[t][1] for t in TRAITS] for row in rows], np.float64)
    return low, high


_LOW, _HIGH = _ends()  # [biomes, traits]
_IS_LOG = np.array([name in LOG for name in TRAITS])
_LOG_LOW = np.log(np.where(_IS_LOG, _LOW, 1.0))
_LOG_HIGH = np.log(np.where(_IS_LOG, _HIGH, 1.0))


def traits(shares: NDArray[np.float64], u: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Each trait's value [N] for biome shares [N, biomes] at places u [N, traits] of their ranges."""
    out: dict[str, NDArray[np.float64]] = {}
    # Not `@`: BLAS rounds a row differently in larger company.
    ends = [np.einsum("nb,bt->nt", shares, table) for table in (_LOW, _HIGH, _LOG_LOW, _LOG_HIGH)]
    for k, name in enumerate(TRAITS):
        low, high = (ends[2][:, k], ends[3][:, k]) if name in LOG else (ends[0][:, k], ends[1][:, k])
        value = low * (1.0 - u[:, k]) + high * u[:, k]
        out[name] = np.exp(value) if name in LOG else value
    return out
