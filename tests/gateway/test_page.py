"""The built page as files: what a browser may keep, and what it must ask for again."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from lightbrush.gateway import page


@pytest.fixture
def built(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "index-4f2a.js").write_text("let a")
    return TestClient(Starlette(routes=[page.route(tmp_path)], middleware=[Middleware(page.SecurityHeaders)]))


def test_the_page_is_asked_for_anew_each_time(built: TestClient) -> None:
    answer = built.get("/")
    assert (answer.status_code, answer.text) == (200, "<!doctype html>")
    assert answer.headers["cache-control"] == "no-cache"
    again = built.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


def test_hashed_files_are_kept_for_good(built: TestClient) -> None:
    answer = built.get("/assets/index-4f2a.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_a_file_that_is_not_there_is_not_kept(built: TestClient) -> None:
    answer = built.get("/assets/gone-0000.js")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("path", ["/../page.py", "/%2e%2e/page.py", "/assets/..%2f..%2fpage.py"])
def test_nothing_outside_its_folder_is_served(built: TestClient, path: str) -> None:
    assert built.get(path).status_code == 404


def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    answer = TestClient(Starlette(routes=[page.route(tmp_path)])).get("/")
    assert answer.status_code == 503
    assert "make serve" in answer.text


@pytest.mark.parametrize("built", [True, False])
def test_what_no_route_has_is_not_found_built_or_not(tmp_path: Path, built: bool) -> None:
    async def put(_request: Request) -> Response:
        return Response(status_code=204)

    if built:
        (tmp_path / "index.html").write_text("<!doctype html>")
    client = TestClient(Starlette(routes=[Route("/assets/{name}", put, methods=["PUT"]), page.route(tmp_path)]))
    assert client.put("/assets/no-digest").status_code == 204
    assert client.head("/assets/no-digest").status_code == 404
    assert client.get("/nowhere").status_code == 404
