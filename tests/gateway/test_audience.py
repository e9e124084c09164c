"""Who of a room renders, and who sees it: the rule, and the same on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect

from lightbrush import wire
from lightbrush.gateway.audience import Audience, Seat, renderer
from lightbrush.gateway.session import Session
from lightbrush.shots import Asset
from lightbrush.wire import Kind, Message
from tests.harness import SKETCH, GatewayProcess, Wire, gateway, shot
from tests.room_site import ask, invite, share


def seats(*told: tuple[str, bool, bool], shows: str = "") -> list[Seat]:
    return [Seat(Session(name), "r", may, able, name in shows) for name, may, able in told]


@pytest.mark.parametrize(
    ("told", "before", "now"),
    [
        ([("a", True, True), ("b", True, True)], None, "a"),
        ([("a", True, True), ("b", True, True)], "b", "b"),
        ([("a", True, False), ("b", True, True)], "a", "b"),
        ([("a", True, False), ("b", True, False)], "b", "b"),
        ([("a", False, True), ("b", True, True)], None, "b"),
        ([("a", False, True)], None, None),
        ([("b", True, True)], "a", "b"),
        ([], "a", None),
    ],
)
def test_one_of_a_room_renders(told: list[tuple[str, bool, bool]], before: str | None, now: str | None) -> None:
    assert renderer(seats(*told), before) == now


@pytest.mark.parametrize(
    ("shows", "told", "before", "now"),
    [
        ("b", [("a", True, True), ("b", True, True)], "a", "b"),
        ("b", [("a", True, True), ("b", True, False)], "a", "a"),
        ("b", [("a", True, True), ("b", False, True)], "a", "a"),
        ("ab", [("a", True, True), ("b", True, True)], "b", "b"),
    ],
)
def test_the_page_that_shows_a_camera_renders(
    shows: str, told: list[tuple[str, bool, bool]], before: str, now: str
) -> None:
    assert renderer(seats(*told, shows=shows), before) == now


def test_rooms_do_not_see_each_other() -> None:
    audience = Audience()
    a, b, c, alone = (Session(name) for name in "abcd")
    audience.enter(a, "one", True)
    audience.enter(b, "one", False)
    audience.enter(c, "two", True)
    assert audience.shows_to(a) == [b]
    assert audience.shows_to(c) == []
    assert audience.shows_to(alone) == []
    assert audience.alone(alone)
    assert not audience.follows(alone)
    assert audience.leave(a) == []
    assert audience.follows(b)


@pytest.fixture(scope="module")
def site() -> Iterator[GatewayProcess]:
    with gateway() as running:
        yield running


@asynccontextmanager
async def seated(site: GatewayProcess, room: str, link: str) -> AsyncIterator[Wire]:
    where = f"{site.socket_url}?room={room}&link={link}"
    async with connect(where, compression=None, max_size=2**26, max_queue=None) as socket:
        yield Wire(socket)


async def followed(socket: Wire, follows: bool) -> None:
    def told(message: Message) -> bool:
        return message.kind is Kind.STATUS and wire.decode_status(message).follows is follows

    await socket.until(told)


async def test_a_render_is_everybodys_and_another_goes_on_when_who_made_it_leaves(site: GatewayProcess) -> None:
    room, owner = share(site.url)
    viewer = invite(site.url, room, owner, "viewer")["link"]
    async with seated(site, room, viewer) as eve, seated(site, room, owner) as bob:
        await followed(eve, True)
        async with seated(site, room, owner) as ada:
            await followed(ada, True)
            await bob.status("ready")
            made = await bob.render(5, shot(seed=1))
            for other in (ada, eve):
                message = await other.answer()
                assert (message.kind, message.seq) == (Kind.PICTURE, 0)
                assert wire.decode_picture(message).data == made.data
            await ada.send(wire.encode_shot(1, shot(seed=2)))
            assert (await ada.problem())[1].code == "room.follows"
            await eve.send(wire.encode_shot(1, shot(seed=2)))
            assert (await eve.problem())[1].code == "room.role"
            # Who comes later sees what was rendered last, at once.
            async with seated(site, room, viewer) as late:
                assert wire.decode_picture(await late.answer()).data == made.data
            # Its page is not seen any more: another one's renders.
            await bob.send(wire.encode_seat(wire.Seat(able=False)))
            await followed(bob, True)
            await followed(ada, False)
            made = await ada.render(2, shot(seed=3))
            assert wire.decode_picture(await bob.answer()).data == made.data
            await bob.send(wire.encode_seat(wire.Seat(able=True)))
        await followed(bob, False)
        made = await bob.render(6, shot(seed=4))
        while wire.decode_picture(await eve.answer()).data != made.data:
            pass


async def test_a_link_opens_a_session_of_its_room_and_no_other(site: GatewayProcess) -> None:
    with gateway("--user", "ada:aaaa") as guarded:
        room, owner = share(guarded.url, token="aaaa")
        editor = invite(guarded.url, room, owner, "editor")
        viewer = invite(guarded.url, room, owner, "viewer")["link"]
        async with seated(guarded, room, editor["link"]) as bob:
            await bob.status("ready")
            await bob.render(1, shot(seed=1))
            assert ask(guarded.url, f"api/rooms/{room}/links/{editor['id']}", "DELETE", link=owner)[0] == 204
            _, problem = await bob.problem()
            assert problem.code == "room.link"
        for query, code in (
            (f"room={room}&link=guess", "room.missing"),
            (f"room={room}", "access.token"),
            (f"room=r-0&link={owner}", "room.missing"),
            (f"room={room}&link={viewer}&alone=1", "room.role"),
            ("", "access.token"),
        ):
            root = guarded.socket_url.split("?")[0]
            async with connect(f"{root}?{query}") as socket:
                assert (await Wire(socket).problem())[1].code == code


def test_pictures_to_render_from_are_taken_from_editors_alone(site: GatewayProcess) -> None:
    with gateway("--workers", "0", "--token", "secret") as guarded:
        room, owner = share(guarded.url, token="secret")
        viewer = invite(guarded.url, room, owner, "viewer")["link"]
        path = f"assets/{Asset.of(SKETCH).sha256}"
        assert ask(guarded.url, path, "PUT", SKETCH)[0] == 401
        assert ask(guarded.url, f"{path}?room={room}", "PUT", SKETCH, link=viewer)[0] == 403
        assert ask(guarded.url, f"{path}?room={room}", "PUT", SKETCH, link=owner)[0] == 204
