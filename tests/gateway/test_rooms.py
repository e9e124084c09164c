"""Rooms on real sockets, over a real database: what everybody sees, who may do what, and what is never lost."""

from __future__ import annotations

import asyncio
import io
import os
import random
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image
from pycrdt import Array, Doc, Map
from websockets.asyncio.client import connect

from lightbrush import pixels, wire
from lightbrush.shots import Asset, Frame
from lightbrush.studio import protocol
from lightbrush.studio.protocol import Step
from tests.harness import LIMIT_S, SKETCH, GatewayProcess, gateway
from tests.room_site import Page, address, ask, invite, member, refusal, share


@pytest.fixture(scope="module")
def site() -> Iterator[GatewayProcess]:
    with gateway("--workers", "0") as running:
        yield running


def drawing(*ids: str) -> bytes:
    doc: Doc = Doc()  # type: ignore[type-arg]
    marks = doc.get("marks", type=Array)
    for mark in ids:
        marks.append(Map({"id": mark}))
    return doc.get_update()


def large(size: int) -> bytes:
    doc: Doc = Doc()  # type: ignore[type-arg]
    doc.get("marks", type=Array).append(Map({"data": bytes(size)}))
    return doc.get_update()


async def test_a_shared_document_is_there_for_who_joins(site: GatewayProcess) -> None:
    room, owner = share(site.url, drawing("a", "b"))
    editor = invite(site.url, room, owner, "editor")
    async with member(site.url, room, editor["link"]) as page:
        await page.ask_all()
        await page.until_marks({"a", "b"})


async def test_a_page_whose_own_name_was_made_to_resolve_to_us_reads_no_room(site: GatewayProcess) -> None:
    room, owner = share(site.url, drawing("a"))
    status, problem = ask(site.url, f"api/rooms/{room}", link=owner, host="evil.example")
    assert (status, problem["code"]) == (403, "access.origin")


async def test_what_one_draws_the_others_see(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    editor = invite(site.url, room, owner, "editor")
    async with member(site.url, room, owner) as ada, member(site.url, room, editor["link"]) as bob:
        await ada.draw("by ada")
        await bob.until_marks({"by ada"})
        await bob.draw("by bob")
        await ada.until_marks({"by ada", "by bob"})


async def test_random_edits_of_six_at_once_converge(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    async with asyncio.TaskGroup() as group:
        done = asyncio.Barrier(6)

        async def edit(seed: int) -> None:
            chance = random.Random(seed)
            async with member(site.url, room, owner) as page:
                for step in range(60):
                    act = chance.random()
                    if act < 0.6 or len(page.marks) < 3:
                        page.marks.insert(chance.randint(0, len(page.marks)), Map({"id": f"{seed}/{step}"}))
                    elif act < 0.8:
                        del page.marks[chance.randrange(len(page.marks))]
                    else:
                        page.params[f"p{chance.randint(0, 4)}"] = chance.random()
                    await page.flush()
                    if chance.random() < 0.3:
                        await page.kept()
                await page.kept()
                await done.wait()
                await page.kept()
                results.append((page.marks.to_py(), page.params.to_py(), page.doc.get_state()))
                await done.wait()

        results: list[tuple[object, object, bytes]] = []
        for seed in range(6):
            group.create_task(edit(seed))
    assert len(results) == 6
    assert all(one[:2] == results[0][:2] for one in results)


async def test_who_was_offline_merges_both_ways(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    async with member(site.url, room, owner, client=7) as ada:
        await ada.draw("first")
        await ada.kept()
    ada.marks.append(Map({"id": "drawn offline"}))
    async with member(site.url, room, owner) as bob:
        await bob.draw("meanwhile")
        await bob.kept()
        async with member(site.url, room, owner, client=7) as again:
            again.doc.apply_update(ada.doc.get_update())
            await again.ask_all()
            await again.until_marks({"first", "meanwhile", "drawn offline"})
            await bob.until_marks({"first", "meanwhile", "drawn offline"})


async def test_cursors_and_names_are_told_and_taken_back(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    viewer = invite(site.url, room, owner, "viewer")
    async with member(site.url, room, owner) as ada:
        async with member(site.url, room, viewer["link"]) as bob:
            await bob.say(42, 1, {"user": {"name": "Bob"}})
            await ada.until(lambda: 42 in ada.heard)
            assert "Bob" in ada.heard[42].state
        await ada.until(lambda: ada.heard[42].state == "null")
        async with member(site.url, room, viewer["link"]) as carol:
            await ada.say(1, 1, {"user": {"name": "Ada"}})
            await carol.until(lambda: 1 in carol.heard)
            assert 42 not in carol.heard


async def test_nobody_speaks_for_another_member(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    async with (
        member(site.url, room, owner) as ada,
        member(site.url, room, owner) as eve,
        member(site.url, room, owner) as bob,
    ):
        await bob.say(42, 1, {"user": {"name": "Bob"}})
        await eve.until(lambda: 42 in eve.heard)
        await eve.say(42, 9, {"user": {"name": "not Bob"}})
        await eve.say(43, 1, {"user": {"name": "Eve"}})
        await ada.until(lambda: 43 in ada.heard)
        assert "not" not in ada.heard[42].state


# Roles


async def test_a_viewer_sees_and_cannot_change_anything(site: GatewayProcess) -> None:
    room, owner = share(site.url, drawing("a"))
    viewer = invite(site.url, room, owner, "viewer")
    async with member(site.url, room, owner) as ada, member(site.url, room, viewer["link"]) as eve:
        await eve.ask_all()
        await eve.until_marks({"a"})
        for step in (Step.UPDATE, Step.STEP_2):
            await eve.socket.send(protocol.sync(step, drawing("by eve")))
        await eve.until(lambda: len(eve.problems) == 2)
        assert {problem.code for problem in eve.problems} == {"room.role"}
        await ada.draw("b")
        await eve.until_marks({"a", "b"})
        await ada.kept()
        assert ada.ids() == {"a", "b"}
    link = viewer["link"]
    assert ask(site.url, f"api/rooms/{room}/updates", "POST", drawing("x"), link=link)[0] == 403
    assert ask(site.url, f"api/rooms/{room}/assets/{Asset.of(SKETCH).sha256}", "PUT", SKETCH, link=link)[0] == 403
    assert ask(site.url, f"api/rooms/{room}/changes", link=link)[0] == 403
    assert ask(site.url, f"api/rooms/{room}/versions", link=link)[0] == 200


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_the_owner_invites_revokes_and_ends(site: GatewayProcess, role: str) -> None:
    room, owner = share(site.url)
    link = invite(site.url, room, owner, role)
    for path, method, body in (
        (f"api/rooms/{room}/links", "POST", {"role": "editor"}),
        (f"api/rooms/{room}/links", "GET", None),
        (f"api/rooms/{room}/links/{link['id']}", "DELETE", None),
        (f"api/rooms/{room}", "DELETE", None),
    ):
        status, problem = ask(site.url, path, method, body, link=link["link"])
        assert (status, problem["code"]) == (403, "room.role")
    assert ask(site.url, f"api/rooms/{room}", link=link["link"])[1]["role"] == role


async def test_a_revoked_link_ends_who_came_by_it_and_opens_nothing(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    editor = invite(site.url, room, owner, "editor")
    async with member(site.url, room, editor["link"]) as bob:
        await bob.kept()
        assert ask(site.url, f"api/rooms/{room}/links/{editor['id']}", "DELETE", link=owner)[0] == 204
        await bob.until(lambda: bob.closed is not None)
        assert (bob.problems[-1].code, bob.closed) == ("room.link", 4403)
    assert await refusal(site.url, room, link=editor["link"]) == ("room.link", 4403)
    status, problem = ask(site.url, f"api/rooms/{room}/updates", "POST", drawing("x"), link=editor["link"])
    assert (status, problem["code"]) == (403, "room.link")


async def test_a_link_that_expires_ends_who_came_by_it(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    editor = invite(site.url, room, owner, "editor", expires_in_s=0.5)
    async with member(site.url, room, editor["link"]) as bob:
        await bob.until(lambda: bob.closed is not None)
        assert (bob.problems[-1].code, bob.closed) == ("room.link", 4403)
    assert await refusal(site.url, room, link=editor["link"]) == ("room.link", 4403)


@pytest.mark.parametrize("asked", [{"role": "owner"}, {"role": "editor", "expires_in_s": -1}, {"x": 1}])
def test_a_link_is_asked_for_as_it_should_be(site: GatewayProcess, asked: dict[str, object]) -> None:
    room, owner = share(site.url)
    status, problem = ask(site.url, f"api/rooms/{room}/links", "POST", asked, link=owner)
    assert (status, problem["code"]) == (400, "room.request")


async def test_without_the_link_of_this_room_nothing_opens(site: GatewayProcess) -> None:
    room, _ = share(site.url)
    _, other = share(site.url)
    for query in ({}, {"link": "guessed"}, {"link": other}):
        assert await refusal(site.url, room, **query) == ("room.missing", 4404)
    assert ask(site.url, f"api/rooms/{room}", link=other)[0] == 404
    assert ask(site.url, "api/rooms/r-0", link=other)[1]["code"] == "room.missing"


async def test_documents_of_another_user_are_neither_listed_nor_read() -> None:
    with gateway("--workers", "0", "--user", "ada:aaaa", "--user", "bob:bbbb") as site:
        room, owner = share(site.url, drawing("secret"), token="aaaa")
        assert [r["id"] for r in ask(site.url, "api/rooms", token="aaaa")[1]["rooms"]] == [room]
        assert ask(site.url, "api/rooms", token="bbbb")[1] == {"rooms": []}
        assert ask(site.url, "api/rooms")[0] == 401
        for path in ("", "/versions", "/versions/0", "/changes", "/links"):
            status, problem = ask(site.url, f"api/rooms/{room}{path}", token="bbbb")
            assert (status, problem["code"]) == (404, "room.missing")
        assert await refusal(site.url, room, token="bbbb") == ("room.missing", 4404)
        assert await refusal(site.url, room) == ("access.token", 4401)
        async with member(site.url, room, token="aaaa") as ada:
            await ada.ask_all()
            await ada.until_marks({"secret"})
        # A link opens it to someone without a token, and nothing else of the gateway.
        viewer = invite(site.url, room, owner, "viewer")["link"]
        async with member(site.url, room, viewer) as guest:
            await guest.ask_all()
            await guest.until_marks({"secret"})
        assert ask(site.url, "api/engines", link=viewer)[0] == 401
        assert ask(site.url, "api/jobs", link=viewer)[0] == 401
        assert ask(site.url, "api/rooms", "POST", b"", link=viewer)[0] == 401
        # But who edits by one is told what is laid out where nothing is drawn.
        editor = invite(site.url, room, owner, "editor")["link"]
        place, said = f"composition?sketch=1&room={room}", wire.encode_shot(1, Frame())
        assert [ask(site.url, place, "POST", said, link=link)[0] for link in (editor, viewer, "")] == [200, 403, 401]


async def test_a_room_that_is_ended_is_gone_for_all(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    async with member(site.url, room, owner) as ada:
        await ada.kept()
        assert ask(site.url, f"api/rooms/{room}", "DELETE", link=owner)[0] == 204
        await ada.until(lambda: ada.closed is not None)
        assert ada.closed == 4404
    assert await refusal(site.url, room, link=owner) == ("room.missing", 4404)


async def test_a_page_from_elsewhere_is_refused(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    async with member(site.url, room, owner) as ada:
        await ada.kept()
    async with connect(address(site.url, room, link=owner), origin="https://evil.example") as socket:  # type: ignore[arg-type]
        page = Page(socket)
        await asyncio.wait_for(page.read_forever(), LIMIT_S)
        assert (page.problems[0].code, page.closed) == ("access.origin", 4403)


# Bounds


BAD = {
    "nothing": (b"", "room.message"),
    "an unknown kind": (b"\x09\x00", "room.message"),
    "a length beyond the end": (b"\x00\x02\xff\xff\x03", "room.message"),
    "awareness that is no JSON": (b"\x01\x06\x01\x05\x01\x02{]", "room.message"),
    "awareness that is too long": (
        protocol.awareness([protocol.Entry(1, 1, '{"a":"' + "x" * 3000 + '"}')]),
        "room.message",
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_message_that_cannot_be_read_is_answered(site: GatewayProcess, name: str) -> None:
    data, code = BAD[name]
    room, owner = share(site.url)
    async with member(site.url, room, owner) as ada, member(site.url, room, owner) as eve:
        await eve.socket.send(data)
        await eve.until(lambda: bool(eve.problems))
        assert eve.problems[0].code == code
        await eve.draw("still here")
        await ada.until_marks({"still here"})


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 40, drawing("a")[:-3], b"\x01\x01\x00\x00\x04\x01\x00"],
    ids=["empty", "noise", "cut", "a gap"],
)
async def test_a_change_that_is_none_is_refused_and_the_room_lives_on(site: GatewayProcess, data: bytes) -> None:
    room, owner = share(site.url)
    async with member(site.url, room, owner) as ada:
        async with member(site.url, room, owner) as eve:
            await eve.socket.send(protocol.sync(Step.UPDATE, data))
            await eve.until(lambda: eve.closed is not None)
            assert (eve.problems[0].code, eve.closed) == ("room.update", 4400)
        await ada.draw("on")
        await ada.kept()
    async with member(site.url, room, owner) as again:
        await again.ask_all()
        await again.until_marks({"on"})


async def test_random_damage_never_stops_a_room(site: GatewayProcess) -> None:
    """Among these are some at which the library panics."""
    room, owner = share(site.url, drawing("a", "b", "c"))
    chance = random.Random(5)
    whole = drawing("x", "y", "z")
    async with member(site.url, room, owner) as ada:
        for turn in range(60):
            damaged = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                damaged[chance.randrange(len(damaged))] = chance.choice([0, 127, 128, 255, chance.randrange(256)])
            async with member(site.url, room, owner) as eve:
                await eve.socket.send(protocol.sync(Step.UPDATE, bytes(damaged)))
                await eve.ask_all()
                await eve.until(lambda: eve.closed is not None or eve.answers > 0)
            await ada.draw(f"on {turn}")
        await ada.kept()
        assert {"a", "b", "c", "on 0", "on 59"} <= ada.ids()


async def test_changes_and_documents_have_a_largest_size() -> None:
    with gateway("--workers", "0", "--message-bytes", "100000", "--room-bytes", str(1024 * 1024)) as site:
        room, owner = share(site.url)
        async with member(site.url, room, owner) as eve:
            await eve.socket.send(protocol.sync(Step.UPDATE, large(120_000)))
            await eve.until(lambda: eve.closed is not None)
            assert (eve.problems[0].code, eve.closed) == ("room.update_size", 4413)
        # By HTTP it may be larger, as what was done offline may be; the document's own limit holds there too.
        path = f"api/rooms/{room}/updates"
        assert ask(site.url, path, "POST", large(600_000), link=owner)[0] == 204
        status, problem = ask(site.url, path, "POST", large(600_000), link=owner)
        assert (status, problem["code"]) == (507, "room.full")
        status, problem = ask(site.url, path, "POST", large(1_100_000), link=owner)
        assert (status, problem["code"]) == (413, "room.update_size")
        async with member(site.url, room, owner) as ada:
            await ada.draw("small ones go on")
            await ada.kept()


async def test_a_room_has_so_many_members_at_once() -> None:
    with gateway("--workers", "0", "--room-members", "2") as site:
        room, owner = share(site.url)
        async with member(site.url, room, owner) as ada, member(site.url, room, owner) as bob:
            await ada.kept()
            await bob.kept()
            assert (await refusal(site.url, room, link=owner))[0] == "room.full"
        async with member(site.url, room, owner) as carol:
            await carol.kept()


# What is kept


async def test_nothing_acknowledged_is_lost_when_the_gateway_is_killed(tmp_path: Path) -> None:
    """By real processes and kill -9, in the middle of it: what was answered, and what another member has seen."""
    flags = ("--workers", "0", "--data-folder", str(tmp_path))
    with gateway(*flags) as site:
        room, owner = share(site.url)
    for turn in range(3):
        with gateway(*flags) as site:
            async with member(site.url, room, owner) as ada, member(site.url, room, owner) as bob:
                acknowledged: set[str] = set()

                async def draw(page: Page = ada, turn: int = turn, kept: set[str] = acknowledged) -> None:
                    for number in range(10_000):
                        await page.draw(f"{turn}/{number}")
                        if number % 7 == 0:
                            await page.kept()
                            kept |= {f"{turn}/{n}" for n in range(number + 1)}

                drawing = asyncio.create_task(draw())
                await bob.until(lambda: bob.updates > 40)
                os.kill(site.process.pid, signal.SIGKILL)
                seen = bob.ids()
                drawing.cancel()
                await asyncio.gather(drawing, return_exceptions=True)
        with gateway(*flags) as site:
            async with member(site.url, room, owner) as carol:
                await carol.kept()
                assert carol.ids() >= acknowledged | seen
                assert acknowledged


async def test_who_changed_what_and_how_it_was_is_told(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    editor = invite(site.url, room, owner, "editor", label="for Bob")
    async with member(site.url, room, editor["link"], name="Bob\n<b>") as bob:
        await bob.kept()
        for number in range(120):
            await bob.draw(f"{number}")
        await bob.kept()
    changes = ask(site.url, f"api/rooms/{room}/changes?most=500", link=owner)[1]["changes"]
    by_bob = [change for change in changes if change["who"] == f"link:{editor['id']}"]
    assert sum(change["updates"] for change in by_bob) == 120
    assert {change["name"] for change in by_bob} == {"Bob<b>"}
    assert changes == sorted(changes, key=lambda change: -change["seq"])
    versions = ask(site.url, f"api/rooms/{room}/versions", link=owner)[1]["versions"]
    assert versions[0]["seq"] >= 100
    doc: Doc = Doc()  # type: ignore[type-arg]
    doc.apply_update(ask(site.url, f"api/rooms/{room}/versions/{versions[0]['seq']}", link=owner)[1])
    assert len(doc.get("marks", type=Array)) == versions[0]["seq"]
    assert ask(site.url, f"api/rooms/{room}/versions/7", link=owner)[0] == 404
    assert ask(site.url, f"api/rooms/{room}/changes?before=x", link=owner)[1]["code"] == "room.request"


def test_pictures_of_a_document_are_kept_with_it(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    viewer = invite(site.url, room, owner, "viewer")["link"]
    name = Asset.of(SKETCH).sha256
    path = f"api/rooms/{room}/assets/"
    assert ask(site.url, path + name, link=viewer)[0] == 404
    assert ask(site.url, path + name, "PUT", SKETCH, link=owner)[0] == 204
    assert ask(site.url, path + name, link=viewer) == (200, SKETCH)
    assert ask(site.url, path + "0" * 64, "PUT", SKETCH, link=owner)[1]["code"] == "asset.hash"
    page = b"<script>alert(1)</script>"
    assert ask(site.url, path + Asset.of(page).sha256, "PUT", page, link=owner)[1]["code"] == "pixels.format"
    assert pixels.measure(SKETCH)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_hand_written_client_cannot_bring_what_is_more_than_a_picture(site: GatewayProcess, kind: str) -> None:
    room, owner = share(site.url)
    where_it_was = Image.Exif()
    where_it_was[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0)}
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, kind, exif=where_it_was)
    bare = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(bare, kind)
    polyglot = bare.getvalue() + b"PK\x03\x04 and a page: <script>alert(1)</script>"
    for data in (file.getvalue(), polyglot):
        path = f"api/rooms/{room}/assets/{Asset.of(data).sha256}"
        status, problem = ask(site.url, path, "PUT", data, link=owner)
        assert (status, problem["code"]) == (400, "asset.extra")
        assert ask(site.url, path, link=owner)[0] == 404
    path = f"api/rooms/{room}/assets/{Asset.of(bare.getvalue()).sha256}"
    assert ask(site.url, path, "PUT", bare.getvalue(), link=owner)[0] == 204


async def test_two_gateways_do_not_keep_one_folder(tmp_path: Path) -> None:
    flags = ("--workers", "0", "--data-folder", str(tmp_path))
    with gateway(*flags) as first:
        share(first.url)
        with gateway(*flags) as second:
            status, problem = ask(second.url, "api/rooms", "POST", b"")
            assert (status, problem["code"]) == (500, "room.store")


async def test_a_member_that_does_not_read_costs_no_memory_and_comes_up_with_the_others(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    gateway = psutil.Process(site.process.pid)
    where = address(site.url, room, link=owner)
    async with (
        member(site.url, room, owner) as ada,
        connect(where, compression=None, max_size=2**27, max_queue=1) as deaf,
    ):
        rss = []
        for number in range(300):
            ada.params["picture"] = bytes([number % 256]) * 100_000
            await ada.flush()
            if number % 50 == 49:
                await ada.kept()
                rss.append(gateway.memory_info().rss)
        assert max(rss[2:]) - rss[1] < 16 * 2**20
        told = ask(site.url, "metrics")[1].decode()
        resyncs = re.search(r"^lightbrush_room_resyncs_total (\S+)$", told, re.MULTILINE)
        assert resyncs is not None
        assert float(resyncs[1]) >= 1.0
        bob = Page(deaf)
        reader = asyncio.create_task(bob.read_forever())
        await bob.until(lambda: (bob.params.to_py() or {}).get("picture") == ada.params["picture"])
        assert bob.updates < 300
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
