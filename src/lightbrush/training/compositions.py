"""Layouts for pages where nothing is drawn: how worlds lie, chosen so that what they have is seen.

    python -m lightbrush.training.compositions --out src/lightbrush/weights/compositions.npz

Every land is there with much and little of what it can have, and with every thing that is at home in it
(`scene.HOMES`), alone and two at a time. Nothing is learned: it takes minutes on one core. What reads them, and the
file, is `engines.compositions`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.engines.compositions import CELLS, SEEN_AS, TOLD, WIDE, save
from lightbrush.engines.embedded import USUAL_UNDRAWN
from lightbrush.world import renderer, scene
from lightbrush.world.attributes import BIOMES, NAMES
from lightbrush.world.materials import MATERIALS

#: No recipe of the network, and no benchmark, has worlds of these seeds.
_SEEDS: Final = 2**44
#: Layouts kept of each land alone, of a land with a thing, and of a land with two things.
_OF_LANDS: Final = 40
_OF_THINGS: Final = 10
_OF_PAIRS: Final = 2
#: So many more are rendered than are kept: those where less is seen are left out.
_TRIED: Final = 2
#: How much of a thing a world has that is asked for.
_MUCH: Final = (0.5, 1.0)
#: Of a cell the side that is rendered, in pixels.
_CELL_PX: Final = 2
#: What has less than this of enough is not seen.
_LEAST: Final = 0.25
#: Asked for of any land but those where nothing stands.
_ANYWHERE: Final = ("water", "no water", "trees", "no trees", "relief", "no relief", "view_height", "no view_height",
                    "lens", "no lens")  # fmt: skip
_SEALED: Final = ("alien", "underwater")
_LABELS: Final = tuple(m.name for m in MATERIALS)


def requests(seed: int) -> Iterator[tuple[dict[str, float], str, int]]:
    """-> attributes, what of them has to be seen, and how many layouts are kept."""
    rng = np.random.default_rng(seed)

    def much(name: str) -> float:
        return float(rng.uniform(*_MUCH)) * (-1.0 if name.startswith("no ") else 1.0)

    for land in BIOMES:
        yield {land: 1.0}, land, _OF_LANDS
        home = [name for name, lands in scene.HOMES.items() if land in lands]
        things = home + ([] if land in _SEALED else [name for name in _ANYWHERE if name not in home])
        for name in things:
            yield {land: 1.0, name.removeprefix("no "): much(name)}, name, _OF_THINGS
        for i, name in enumerate(home):
            for other in (o for o in things[i + 1 :] if o.removeprefix("no ") != name):
                yield {land: 1.0, name: much(name), other.removeprefix("no "): much(other)}, name, _OF_PAIRS


def seen(labels: NDArray[np.uint8], name: str) -> NDArray[np.float64]:
    """How well it is seen in layouts [N, CELLS, WIDE], of 1 at most: less where one thing fills nearly all."""
    middle = labels[:, :, (WIDE - CELLS) // 2 : (WIDE + CELLS) // 2]
    shares = np.stack([(middle == i).mean((1, 2)) for i in range(len(_LABELS))])
    plain: NDArray[np.float64] = (
        1 - (np.delete(shares, _LABELS.index("sky"), 0).max(0) - 0.6).clip(0) / 0.4
    )  # nothing fills it all
    if name not in SEEN_AS:
        return plain
    return np.asarray(plain * np.minimum(1.0, cells_of(labels, name) / SEEN_AS[name][1]))


def as_seen(labels: NDArray[np.uint8], attributes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Attributes [N, len(TOLD)] as layouts [N, CELLS, WIDE] show them: of what is hardly seen there is nothing."""
    told = attributes.copy()
    for name in (name for name in SEEN_AS if name in TOLD and name not in BIOMES):
        column = told[:, TOLD.index(name)]
        column[(cells_of(labels, name) < _LEAST * SEEN_AS[name][1]) & (column > 0)] = 0.0
    return told


def cells_of(labels: NDArray[np.uint8], name: str) -> NDArray[np.int64]:
    """Of how many cells of the middle square it is, [N]."""
    middle = labels[:, :, (WIDE - CELLS) // 2 : (WIDE + CELLS) // 2]
    return np.asarray((middle == _LABELS.index(SEEN_AS[name][0])).sum((1, 2)))


def coarse(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[N, k h, k w] -> [N, h, w]: the commonest of each cell, the first of those that are as common."""
    n, height, width = labels.shape
    k = _CELL_PX
    cells = labels.reshape(n, height // k, k, width // k, k).transpose(0, 1, 3, 2, 4).reshape(-1, k * k)
    counts = (cells[:, :, None] == cells[:, None]).sum(2)
    return np.asarray(cells[np.arange(len(cells)), counts.argmax(1)].reshape(n, height // k, width // k))


def make(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """-> labels [N, CELLS, WIDE], attributes [N, len(TOLD)]."""
    rows, layouts = [], []
    for i, (said, name, count) in enumerate(requests(seed)):
        worlds = scene.scene_from_attributes(said, _SEEDS + 1000 * seed + i, _TRIED * count, USUAL_UNDRAWN)
        made = renderer.render(worlds, width=_CELL_PX * WIDE, height=_CELL_PX * CELLS, samples=1)
        labels = coarse(made.label)
        best = np.argsort(-seen(labels, name), kind="stable")[:count]
        rows.append(scene.attributes_of(worlds)[best])
        layouts.append(labels[best])
        if i % 50 == 0:
            print(i, said, flush=True)
    labels, attributes = np.concatenate(layouts), np.concatenate(rows)[:, [NAMES.index(name) for name in TOLD]]
    return labels, as_seen(labels, attributes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    labels, attributes = make(options.seed)
    save(options.out, labels, attributes)
    print(f"{len(labels)} layouts, {options.out.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
