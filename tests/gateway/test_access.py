"""Who may open a session."""

from __future__ import annotations

import pytest

from lightbrush.errors import AccessError
from lightbrush.gateway.access import check_origin, check_token, token_for
from lightbrush.settings import Settings

LOCAL = Settings()
OPEN = Settings(host="0.0.0.0")


def refused(settings: Settings, token: str, **headers: str) -> bool:
    try:
        check_origin(settings, bool(token), headers)
    except AccessError as error:
        return error.code == "access.origin"
    return False


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "192.168.1.5:7860"])
def test_our_own_page_may(host: str) -> None:
    assert not refused(LOCAL, "", origin=f"http://{host}", host=host)


def test_a_program_sends_no_origin_and_may() -> None:
    assert not refused(LOCAL, "", host="127.0.0.1:7860")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null", "", "http://["])
def test_a_page_from_elsewhere_may_not(origin: str) -> None:
    assert refused(LOCAL, "", origin=origin, host="127.0.0.1:7860")


def test_a_foreign_name_that_resolves_to_us_may_not() -> None:
    rebound = "evil.example:7860"
    assert refused(LOCAL, "", origin=f"http://{rebound}", host=rebound)
    assert not refused(OPEN, "a token guards it", origin=f"http://{rebound}", host=rebound)


def test_a_listed_origin_may() -> None:
    listed = Settings(origins=("https://studio.example",))
    assert not refused(listed, "", origin="https://studio.example", host="127.0.0.1:7860")


@pytest.mark.parametrize("host", ["[", "[::1", "", "a b", "evil.example"])
def test_a_host_that_names_nothing_of_ours_is_not_trusted(host: str) -> None:
    assert refused(LOCAL, "", origin=f"http://{host}", host=host)


def test_a_token_is_made_only_where_one_is_needed() -> None:
    assert token_for(LOCAL) == ""
    assert token_for(Settings(token="mine")) == "mine"
    made = token_for(OPEN)
    assert len(made) >= 32
    assert made != token_for(OPEN)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {"token": "right"}),
        ({"authorization": "Bearer right"}, {}),
        ({"authorization": "bearer right"}, {}),
    ],
)
def test_the_right_token_opens(headers: dict[str, str], query: dict[str, str]) -> None:
    check_token({"right"}, headers, query)


@pytest.mark.parametrize("query", [{}, {"token": "wrong"}, {"token": "righ"}, {"token": "ümläut"}])
def test_no_other_token_does(query: dict[str, str]) -> None:
    with pytest.raises(AccessError) as caught:
        check_token({"right"}, {}, query)
    assert caught.value.code == "access.token"
    assert "right" not in str(caught.value)
