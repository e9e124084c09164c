"""What is seen where in a picture: asked by a page, read by the probe that ships."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import numpy as np
import pytest
from starlette.testclient import TestClient

from lightbrush import pixels
from lightbrush.engines import embedded
from lightbrush.errors import AssetError
from lightbrush.gateway.app import Gateway, build
from lightbrush.gateway.labels import MAX_BODY_BYTES, MAX_WAITING, Labelled, Labels
from lightbrush.settings import Settings
from lightbrush.shots import Frame, Prompt
from lightbrush.world.materials import MATERIALS

NAMES = tuple(m.name for m in MATERIALS)
#: Rows of a picture, and what is seen there.
SKY, WATER, GRASS = slice(10, 110), slice(160, 190), slice(220, 250)


@pytest.fixture(scope="module")
def client() -> TestClient:
    """No worker runs: none is needed."""
    return TestClient(build(Gateway(Settings(), token="", worker_token="")), base_url="http://127.0.0.1")


def rendered() -> bytes:
    """By the embedded engine: sky over water over grass."""
    sketch = np.zeros((256, 256, 3), np.uint8)
    colour = {m.name: m.rgb for m in MATERIALS}
    sketch[:150], sketch[150:200], sketch[200:] = colour["sky"], colour["water"], colour["grass"]
    shot = Frame(sketch=pixels.encode(sketch, "image/png"), prompts=(Prompt("bright noon, clear sky"),), seed=3)
    return pixels.encode(embedded.load("cpu").render(shot).pixels, "image/png")


def test_a_render_is_read_as_what_was_drawn(client: TestClient) -> None:
    answer = client.post("/labels", content=rendered())
    assert answer.status_code == 200
    told = msgspec.msgpack.decode(answer.content, type=Labelled)
    assert (told.width, told.height, told.names) == (256, 256, NAMES)
    read = np.frombuffer(told.labels, np.uint8).reshape(256, 256)
    for rows, name in ((SKY, "sky"), (WATER, "water"), (GRASS, "grass")):
        assert (read[rows] == NAMES.index(name)).mean() > 0.7


@pytest.mark.parametrize(
    ("picture", "code"),
    [(b"no picture", "pixels.format"), (bytes(MAX_BODY_BYTES + 1), "asset.size")],
)
def test_what_cannot_be_read_is_refused(client: TestClient, picture: bytes, code: str) -> None:
    answer = client.post("/labels", content=picture)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_page_of_another_site_cannot_ask(client: TestClient) -> None:
    answer = client.post("/labels", content=b"", headers={"origin": "https://elsewhere.example"})
    assert answer.json()["code"] == "access.origin"


async def test_no_more_pictures_are_here_at_once_than_may() -> None:
    labels = Labels()
    labels._waiting = MAX_WAITING

    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    with pytest.raises(AssetError, match="others ask"):
        await labels.read(body())
    assert labels._waiting == MAX_WAITING
