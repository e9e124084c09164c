"""What becomes of a shot whose worker dies, and of the mailbox of who leaves."""

from __future__ import annotations

import pytest

from lightbrush.fleet.board import Board, Loss
from lightbrush.fleet.dispatch import Decision, smooth


def board(workers: int = 1) -> Board:
    made = Board()
    for number in range(workers):
        made.worker_up(f"w{number}", ("a",))
    return made


def test_the_newest_shot_wins_and_keeps_its_place() -> None:
    b = board(0)
    first, _ = b.offer("s", "a", 1.0)
    second, superseded = b.offer("s", "a", 2.0)
    assert superseded == first
    (waiting,) = b.state().waiting
    assert (waiting.ticket, waiting.since_s) == (second, 1.0)


def test_a_lost_shot_that_is_still_the_newest_waits_again_in_its_old_place() -> None:
    b = board()
    ticket, _ = b.offer("s", "a", 1.0)
    b.decide(1.0)
    loss = b.worker_down("w0")
    assert loss is not None
    assert loss.requeued
    assert [(w.ticket, w.since_s) for w in b.state().waiting] == [(ticket, 1.0)]


def test_a_lost_shot_that_a_newer_one_replaced_is_dropped() -> None:
    b = board()
    b.offer("s", "a", 1.0)
    b.decide(1.0)
    newer, _ = b.offer("s", "a", 2.0)
    loss = b.worker_down("w0")
    assert loss is not None
    assert not loss.requeued
    assert not loss.exhausted
    assert [w.ticket for w in b.state().waiting] == [newer]


def test_a_shot_that_kills_every_worker_is_given_up() -> None:
    b = board()
    b.offer("s", "a", 1.0)
    for attempt in range(1, b.policy.max_attempts + 1):
        b.worker_up("w0", ("a",))
        b.decide(1.0)
        loss = b.worker_down("w0")
        assert loss is not None
        assert loss.exhausted == (attempt == b.policy.max_attempts)
    assert b.state().waiting == ()


def test_who_leaves_takes_the_mailbox_along_and_what_is_in_flight_is_forgotten() -> None:
    b = board()
    b.offer("s", "a", 1.0)
    b.decide(1.0)
    second, _ = b.offer("s", "a", 1.5)
    assert b.leave("s") == second
    loss = b.worker_down("w0")
    assert loss is not None
    assert not loss.requeued


def test_only_renders_count_towards_the_measured_time() -> None:
    b = board()
    b.offer("s", "a", 0.0)
    b.decide(0.0)
    b.finish("w0", 0.001, rendered=False)
    assert b.render_s == {}
    b.offer("s", "a", 1.0)
    b.decide(1.0)
    b.finish("w0", 1.25, rendered=True)
    assert b.render_s == {"a": 0.25}


def test_an_answer_nobody_asked_for_is_none() -> None:
    assert board().finish("w0", 1.0, rendered=True) is None


def test_a_busy_fleet_decides_nothing() -> None:
    b = board()
    b.offer("s", "a", 0.0)
    b.decide(0.0)
    b.offer("t", "a", 0.0)
    assert b.decide(1.0) == Decision()


def crowd() -> tuple[Board, dict[str, int]]:
    """A worker that renders two sessions' shots at once, the first picture having been measured to take 0.1 s."""
    b = Board()
    b.worker_up("w0", ("a",), ("a",))
    b.offer("r", "a", 0.0, alike="64x64")
    b.decide(0.0)
    tickets = {name: b.offer(name, "a", 0.05, alike="64x64")[0] for name in ("s", "t")}
    b.finish("w0", 0.1, rendered=True)
    (assignment,) = b.decide(0.1).assignments
    assert [shot.ticket for shot in assignment.shots] == list(tickets.values())
    return b, tickets


def test_a_worker_is_free_when_it_has_answered_all_that_it_rendered_at_once() -> None:
    b, tickets = crowd()
    assert b.waiting == 0
    done = b.finish("w0", 0.22, rendered=True, ticket=tickets["t"])
    assert done is not None
    assert (done.session, b.idle("w0")) == ("t", False)
    assert [shot.session for shot in b.holding("w0")] == ["s"]
    b.finish("w0", 0.24, rendered=True, ticket=tickets["s"])
    assert b.idle("w0")
    assert b.state().curves == {("a", "64x64"): {1: 0.1, 2: pytest.approx(0.14)}}
    assert b.render_s["a"] == pytest.approx(smooth(0.1, 0.07, b.policy))


def test_all_that_a_dead_worker_rendered_at_once_waits_again_and_one_by_one() -> None:
    b, _ = crowd()
    loss = b.worker_down("w0")
    assert isinstance(loss, Loss)
    assert [each.requeued for each in (loss, *loss.more)] == [True, True]
    b.worker_up("w1", ("a",), ("a",))
    (assignment,) = b.decide(1.0).assignments
    assert len(assignment.shots) == 1


def test_a_batch_that_took_long_is_tried_again_after_a_while() -> None:
    b, tickets = crowd()
    for name in ("s", "t"):
        b.finish("w0", 9.0, rendered=True, ticket=tickets[name])

    def together(now_s: float) -> int:
        for name in ("s", "t"):
            b.offer(name, "a", now_s, alike="64x64")
        (assignment,) = b.decide(now_s).assignments
        for _ in assignment.shots:
            b.finish("w0", now_s + 0.1, rendered=True)
        for name in ("s", "t"):
            b.leave(name)
        return len(assignment.shots)

    assert [together(10.0), together(30.0), together(80.0)] == [1, 1, 2]
