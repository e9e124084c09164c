"""Settings: what wins, what is refused, and that their documentation is true."""

from __future__ import annotations

import runpy
from pathlib import Path

import msgspec
import pytest

from lightbrush.errors import SettingsError
from lightbrush.settings import Settings, describe, is_loopback, load

DOCS = Path(__file__).parents[2] / "docs"


def code_of(**arguments: object) -> tuple[str, str]:
    with pytest.raises(SettingsError) as caught:
        load(**{"environment": {}} | arguments)  # type: ignore[arg-type]
    return caught.value.code, str(caught.value)


def test_nothing_said_gives_the_defaults() -> None:
    assert load(environment={}) == Settings()


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "l.toml"
    file.write_text('port = 1\nhost = "file"\nengine = ["x", "y"]\n')
    environment = {"LIGHTBRUSH_PORT": "2", "LIGHTBRUSH_HOST": "environment", "PATH": "/bin"}
    settings = load({"port": 3}, environment, file)
    assert (settings.port, settings.host, settings.engine) == (3, "environment", ("x", "y"))


def test_the_environment_can_name_the_file_and_write_lists_and_numbers(tmp_path: Path) -> None:
    file = tmp_path / "l.toml"
    file.write_text("port = 1\n")
    environment = {
        "LIGHTBRUSH_CONFIG": str(file),
        "LIGHTBRUSH_ENGINE": "a, b",
        "LIGHTBRUSH_SHOT_TIMEOUT_S": "2.5",
    }
    settings = load(environment=environment)
    assert (settings.port, settings.engine, settings.shot_timeout_s) == (1, ("a", "b"), 2.5)


def test_an_unknown_name_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "l.toml"
    file.write_text("prot = 1\n")
    code, text = code_of(file=file)
    assert code == "settings.unknown"
    assert "Did you mean port?" in text
    assert code_of(environment={"LIGHTBRUSH_PROT": "1"})[0] == "settings.unknown"
    assert code_of(flags={"prot": 1})[0] == "settings.unknown"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 70_000),
        ("port", "many"),
        ("workers", -1),
        ("device", "tpu"),
        ("engine", []),
        ("message_bytes", 1),
        ("asset_bytes", 16 * 2**20),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(name: str, value: object) -> None:
    code, text = code_of(flags={name: value})
    assert code == "settings.value"
    assert name in text


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "l.toml"
    file.write_bytes(content)
    assert code_of(file=file)[0] == "settings.value"
    assert code_of(file=tmp_path / "missing")[0] == "settings.value"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])
def test_what_is_not_loopback_is_known_too(host: str) -> None:
    assert not is_loopback(host)


def test_every_setting_says_what_it_is_for() -> None:
    described = {setting.name: setting.description for setting in describe()}
    assert list(described) == [field.name for field in msgspec.structs.fields(Settings)]
    assert all(text.endswith(".") for text in described.values())


@pytest.mark.parametrize("name", ["attributes.md", "errors.md", "settings.md"])
def test_the_generated_pages_are_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == runpy.run_path(str(DOCS / "generate.py"))["pages"]()[name]
