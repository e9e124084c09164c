"""The kinds of things that stand, float or fly, and what their parts are made of."""

from __future__ import annotations

CONIFER = 1
BROADLEAF = 2
ACACIA = 3
PALM = 4
BARE = 5
CACTUS = 6
BOULDER = 7
HOUSE = 8
BUSH = 9
REED = 10
RAINTREE = 11
FERN = 12
KELP = 13
CORAL = 14
BALE = 15
# Placed on purpose.
BARN = 16
CASTLE = 17
LIGHTHOUSE = 18
BRIDGE = 19
SAILBOAT = 20
ROWBOAT = 21
BALLOON = 22
BIRDS = 23
FISH = 24
VINES = 25

# Materials of a drawing.
LEAF = 0
WOOD = 1
STONE = 2
WALL_LIT = 3
ROOFING = 4
WINDOW = 5
STRAW = 7
WHITE = 8
PAINT = 9  # a vivid colour of the thing's own
PAINT2 = 10  # and one that goes with it
RED = 11
LAMP = 12
DARK = 13

Drawing = tuple[float, float, float, float, float, int]


def girth(kind: int) -> float:
    """Half width over height."""
    if kind == CONIFER:
        return 0.25
    if kind == BROADLEAF:
        return 0.46
    if kind == ACACIA:
        return 0.74
    if kind == PALM:
        return 0.42
    if kind == BARE:
        return 0.34
    if kind == CACTUS:
        return 0.32
    if kind == BOULDER:
        return 0.8
    if kind == HOUSE:
        return 0.95
    if kind == BUSH:
        return 0.85
    if kind == RAINTREE:
        return 0.42
    if kind == FERN:
        return 1.1
    if kind == KELP:
        return 0.3
    if kind == CORAL:
        return 0.8
    if kind == BALE:
        return 0.62
    if kind == BARN:
        return 0.95
    if kind == CASTLE:
        return 0.72
    if kind == LIGHTHOUSE:
        return 0.2
    if kind == BRIDGE:
        return 3.6
    if kind == SAILBOAT:
        return 0.44
    if kind == ROWBOAT:
        return 1.7
    if kind == BALLOON:
        return 0.36
    if kind == BIRDS:
        return 1.5
    if kind == FISH:
        return 1.6
    if kind == VINES:
        return 1.1
    return 0.7


def floats(kind: int) -> bool:
    """Stands in water, its foot on the surface."""
    return kind >= BRIDGE and kind <= ROWBOAT


def flies(kind: int) -> bool:
    """Its foot is at a slope above the eye, not on the ground."""
    return kind >= BALLOON
