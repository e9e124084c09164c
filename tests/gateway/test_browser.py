"""What a page that renders by itself is given: the network's files, and what a shot says."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from lightbrush import pixels, wire
from lightbrush.engines.conditioning import Conditioner
from lightbrush.engines.embedded import conditions_of, laid_out, load_compositions, read_layout, sketched
from lightbrush.gateway.app import Gateway, build
from lightbrush.settings import Settings
from lightbrush.shots import Asset, Frame, Prompt, Reference, Region

RED = Asset.of(pixels.encode(np.full((16, 16, 3), (255, 0, 0), np.uint8), "image/png"))
SHOT = Frame(
    prompts=(Prompt("golden evening light"), Prompt("thick fog", -0.5)),
    references=(Reference(RED, 0.75),),
    parameters={"season": 0.5},
    strength=0.6,
)


@pytest.fixture(scope="module")
def client() -> TestClient:
    """No worker runs: none is needed."""
    return TestClient(build(Gateway(Settings(), token="", worker_token="")), base_url="http://127.0.0.1")


def ask(client: TestClient, shot: Frame, drawn: object = 1.0, night: object = 0.0, **headers: str) -> tuple[int, bytes]:
    where = f"/condition?drawn={drawn}&night={night}"
    answer = client.post(where, content=wire.encode_shot(1, shot), headers=headers)
    return answer.status_code, answer.content


@pytest.mark.parametrize(("drawn", "night"), [(1.0, 0.0), (0.0, 0.0), (0.0061, 0.0), (1.0, 0.4)])
def test_a_shot_says_to_the_page_what_it_says_to_the_engine(client: TestClient, drawn: float, night: float) -> None:
    assert client.put(f"/assets/{RED.sha256}", content=RED.data).status_code == 204
    status, told = ask(client, SHOT, drawn, night)
    assert status == 200
    wanted = conditions_of(SHOT, drawn, night, Conditioner.load(), read_layout())[0]
    assert np.array_equal(np.frombuffer(told, "<f4"), wanted)


def test_what_is_laid_out_for_the_page_is_what_the_engine_lays_out(client: TestClient) -> None:
    shot = replace(SHOT, references=(), seed=4, seed_to=9, seed_mix=0.4, width=448, height=256)
    answer = client.post("/composition", content=wire.encode_shot(1, shot))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    wanted = laid_out(shot, Conditioner.load(), load_compositions()).rgb
    assert np.array_equal(pixels.decode(answer.content), wanted)


def test_a_place_comes_as_a_sketch_too(client: TestClient) -> None:
    shot = replace(SHOT, references=(), seed=4)
    answer = client.post("/composition?sketch=1", content=wire.encode_shot(1, shot))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert np.array_equal(pixels.decode(answer.content), sketched(shot, Conditioner.load(), load_compositions()))


@pytest.mark.parametrize("sketch", [True, False])
def test_a_place_has_what_is_said_of_its_regions(client: TestClient, sketch: bool) -> None:
    there = np.zeros((256, 256, 3), np.uint8)
    there[120:250, 20:130] = 255
    castle = Region(mask=pixels.encode(there, "image/png"), prompts=(Prompt("a castle"),))
    shot = Frame(prompts=(Prompt("alpine lake"),), seed=4, regions=(castle,))
    answer = client.post(f"/composition?sketch={int(sketch)}", content=wire.encode_shot(1, shot))
    assert answer.status_code == 200
    said = shot, Conditioner.load(), load_compositions()
    wanted = sketched(*said) if sketch else laid_out(*said).rgb
    assert np.array_equal(pixels.decode(answer.content), wanted)


def test_masks_beyond_a_mebibyte_are_refused(client: TestClient) -> None:
    large = Region(mask=bytes(1_200_000), prompts=(Prompt("a castle"),))
    answer = client.post("/composition", content=wire.encode_shot(1, Frame(regions=(large,))))
    assert (answer.status_code, b"wire.too_large" in answer.content) == (400, True)


@pytest.mark.parametrize("name", ["drawn", "night"])
@pytest.mark.parametrize("share", ["much", "nan", "1.5", "-1"])
def test_a_share_that_is_none_is_refused(client: TestClient, name: str, share: str) -> None:
    status, said = ask(client, SHOT, **{name: share})
    assert (status, b"shot.parameter" in said) == (400, True)
    assert name.encode() in said
    assert share.encode() in said


def test_a_picture_that_is_not_here_is_asked_for(client: TestClient) -> None:
    unknown = replace(SHOT, references=(Reference(Asset("ab" * 32), 1.0),))
    status, said = ask(client, unknown)
    assert (status, b"asset.missing" in said, b"ab" * 32 in said) == (400, True, True)


@pytest.mark.parametrize(
    ("shot", "code"),
    [
        (replace(SHOT, engine="other"), b"shot.engine"),
        (replace(SHOT, strength=2.0), b"shot.strength"),
        (replace(SHOT, sketch=bytes(1_200_000)), b"wire.too_large"),
    ],
)
def test_what_no_engine_would_render_is_refused(client: TestClient, shot: Frame, code: bytes) -> None:
    status, said = ask(client, shot)
    assert (status, code in said) == (400, True)
    answer = client.post("/composition", content=wire.encode_shot(1, shot))
    assert (answer.status_code, code in answer.content) == (400, True)


def test_it_is_as_guarded_as_the_socket(client: TestClient) -> None:
    assert ask(client, Frame(), origin="https://elsewhere.example")[0] == 403
    guarded = TestClient(build(Gateway(Settings(), token="secret", worker_token="")), base_url="http://127.0.0.1")
    assert ask(guarded, Frame())[0] == 401
    assert guarded.post("/composition", content=wire.encode_shot(1, Frame())).status_code == 401
    assert ask(guarded, Frame(), authorization="Bearer secret")[0] == 200


def test_a_browser_keeps_the_weights_and_asks_whether_they_changed(client: TestClient) -> None:
    answer = client.get("/weights/embedded.safetensors")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-length"] == str(len(answer.content))
    again = client.get("/weights/embedded.safetensors", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_else_is_given(client: TestClient) -> None:
    for path in ("probe.safetensors", "reader.safetensors", "vocab.txt", "%2e%2e/errors.py", ""):
        assert client.get(f"/weights/{path}").status_code == 404


def test_threads_are_allowed_where_the_page_is_isolated(client: TestClient) -> None:
    headers = client.get("/weights/embedded.onnx").headers
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
