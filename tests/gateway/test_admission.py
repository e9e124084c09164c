"""Who is let in, who waits and knows for how many, and who is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush import wire
from lightbrush.errors import AccessError, SettingsError
from lightbrush.fleet.admission import Policy, room
from lightbrush.fleet.scaling import Load
from lightbrush.gateway.access import User, user_of, users_of
from lightbrush.gateway.door import Door
from lightbrush.settings import Settings
from lightbrush.wire import Kind, Message
from tests.harness import Wire, gateway, shot

loads = st.builds(
    Load,
    st.just("a"),
    drawing=st.integers(0, 500),
    shots_per_s=st.floats(0, 1000),
    render_s=st.none() | st.floats(0.001, 3.0),
)


async def place(session: Wire, number: int) -> None:
    def told(message: Message) -> bool:
        return message.kind is Kind.STATUS and wire.decode_status(message).place == number

    await session.until(told)


@given(st.integers(0, 300), st.lists(loads, max_size=3), st.integers(0, 50), st.floats(0, 5))
def test_nobody_is_let_in_beyond_the_seats(seated: int, asked: list[Load], workers: int, full_s: float) -> None:
    assert 0 <= room(seated, asked, workers, Policy(max_sessions=256, full_s=full_s)) <= max(0, 256 - seated)


def test_a_fleet_is_full_when_one_more_who_draws_would_make_pictures_too_old() -> None:
    policy = Policy(max_sessions=1000, full_s=1.0)
    drawing = [Load("a", drawing=15, shots_per_s=900.0, render_s=0.1)]
    assert room(20, drawing, 2, policy) == 3  # 18 turns of 0.1 s on two workers are 0.9 s
    assert room(20, [Load("a", drawing=18, shots_per_s=900.0, render_s=0.1)], 2, policy) == 0
    assert room(20, [Load("a", drawing=18, shots_per_s=900.0, render_s=0.1)], 3, policy) == 9
    assert room(20, [Load("a", drawing=0, shots_per_s=0.0)], 2, policy) == 980


def test_those_who_wait_are_let_in_in_their_order_with_what_they_sent_last() -> None:
    door = Door(Policy(max_sessions=1), max_queue=2, user_sessions=0)
    for name in ("a", "b", "c"):
        door.check(User("u"), (), 1)
        door.arrive(name, User("u"))
        if name == "a":
            assert door.admit((), 1) == [("a", b"")]
    assert door.admit((), 1) == []
    assert door.keep("c", b"old")
    assert door.keep("c", b"new")
    assert not door.keep("a", b"is in")
    with pytest.raises(AccessError) as caught:
        door.check(User("u"), (), 1)
    assert caught.value.code == "access.full"
    door.leave("b")
    assert door.queue == ("c",)
    door.leave("a")
    assert door.admit((), 1) == [("c", b"new")]


async def test_a_full_gateway_tells_newcomers_their_place_and_lets_them_in_as_others_leave() -> None:
    with gateway("--max-sessions", "1") as running:
        async with running.socket() as first:
            await first.render(1, shot())
            async with running.socket() as second, running.socket() as third:
                await place(second, 1)
                await place(third, 2)
                await third.send(wire.encode_shot(5, shot(seed=5)))
                await third.send(wire.encode_shot(6, shot(seed=6)))
                await first.render(2, shot())
                await first.socket.close()
                await place(second, 0)
                await second.render(1, shot())
                await place(third, 1)
                await second.socket.close()
                answer = await third.answer()
                assert (answer.kind, answer.seq) == (Kind.PICTURE, 6)


async def test_a_full_fleet_lets_newcomers_in_when_fewer_draw() -> None:
    with gateway("--full-ms", "150") as running:
        async with running.socket() as first, running.socket() as second:
            await second.status("ready")
            busy = shot(parameters={"cost_ms": 100.0})
            for seq in range(1, 15):
                await (first if seq % 2 else second).send(wire.encode_shot(seq, busy))
                await (first if seq % 2 else second).answer()
            async with running.socket() as third:
                await place(third, 1)
                await first.render(99, shot())
                await place(third, 0)
                await third.render(1, shot())


async def test_a_user_may_have_so_many_sessions_and_no_more_and_others_theirs() -> None:
    flags = ["--user", "ann:aaa", "--user", "ben:bbb:2", "--user-sessions", "1"]
    with gateway(*flags) as running:
        as_ann = {"additional_headers": {"Authorization": "Bearer aaa"}}
        async with running.socket(**as_ann) as first:
            await first.render(1, shot())
            async with running.socket(**as_ann) as second:
                assert (await second.problem())[1].code == "access.user"
            async with running.socket(additional_headers={"Authorization": "Bearer bbb"}) as other:
                await other.render(1, shot())
        async with running.socket() as stranger:
            assert (await stranger.problem())[1].code == "access.token"


def test_a_user_is_who_shows_the_token_else_the_address() -> None:
    users = users_of(Settings(users=("ann:aaa", "ben:bbb:2.5")))
    assert user_of(users, {}, {"token": "bbb"}, "10.0.0.1") == User("ben", 2.5)
    assert user_of(users, {"authorization": "Bearer aaa"}, {}, "10.0.0.1") == User("ann", 1.0)
    assert user_of(users, {}, {}, "10.0.0.1") == User("10.0.0.1")


@pytest.mark.parametrize("line", ["ann", "ann:", ":token", "ann:token:heavy", "ann:token:0", "ann:token:nan"])
def test_a_user_without_a_name_a_token_or_a_weight_is_refused(line: str) -> None:
    with pytest.raises(SettingsError):
        users_of(Settings(users=(line,)))
