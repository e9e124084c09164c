"""The built page as files: what a browser may keep, and what it must ask for again."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from lightbrush.gateway import page


@pytest.fixture
def built(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "index-4f2a.js").write_text("let a")
    app = Starlette(routes=[Mount("/", page.Page(tmp_path))], middleware=[Middleware(page.SecurityHeaders)])
    return TestClient(app)


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


def test_a_page_that_is_not_built_says_how_to_build_it() -> None:
    client = TestClient(Starlette(routes=[Route("/", page.missing)]))
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make serve" in answer.text
