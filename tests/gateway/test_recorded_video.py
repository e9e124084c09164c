"""A live video, recorded by a gateway that runs: its premiere is what was seen."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from lightbrush import wire
from lightbrush.client import Jobs
from lightbrush.premiere.bake import bake, grid_of
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import requested
from lightbrush.wire import Kind
from tests.enhance.pictures import Doubler
from tests.gateway.job_site import ask
from tests.gateway.video_site import END, SEA, STORM, Site, engine, frames

pytestmark = [
    pytest.mark.skipif(find_spec("av") is None, reason="needs the extra 'video'"),
    pytest.mark.usefixtures("one_thread"),
]


async def test_a_video_is_baked_as_it_was_seen(site: Site, tmp_path: Path) -> None:
    running = site.running
    async with running.socket() as session:
        welcome = wire.decode_welcome(await session.until(lambda message: message.kind is Kind.WELCOME))
        body = json.dumps({"session": welcome.session}).encode()
        with site.worker("w") as worker:
            recording = ask(running, "POST", "/api/recordings", body).json["id"]
            await session.send(wire.encode_block(1, SEA))
            await worker.render(await worker.asked())
            await frames(session, 9)
            await session.send(wire.encode_block(2, STORM))
            for _ in range(2):
                await worker.render(await worker.asked())
            await frames(session, 14)
            await session.send(wire.encode_block(3, END))
            told = ask(running, "POST", f"/api/recordings/{recording}/stop").json
    assert (told["state"], told["ended"], told["engines"]) == ("ended", "stopped", ["tiny-random"])
    assert told["pictures"] >= 9 + 14
    asked = Jobs(running.url).premiere(recording, to="x2")
    assert asked["premiere"]["pictures"] == told["pictures"]
    (tmp_path / "s").write_bytes(ask(running, "GET", f"/api/recordings/{recording}/file").body)
    log = Log(tmp_path / "s")
    prompts = [log.block(one).prompts for one in log.blocks]
    assert (prompts[0], prompts[-1]) == (SEA.prompts, STORM.prompts)
    request = requested(log, "x2", "light", grid_of(Doubler()), form="png")
    made = bake(log, request, tmp_path / "film.zip", {"tiny-random": engine()}, Doubler())  # type: ignore[dict-item]
    assert made.pictures == told["pictures"]
    assert made.same == made.pictures
