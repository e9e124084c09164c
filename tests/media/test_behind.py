"""Work behind its caller's back: in order, beside the caller, bounded, and its errors come out."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from lightbrush.behind import Behind

PIECE_BYTES = 100_000


def fail(word: str) -> None:
    raise ValueError(word)


def test_work_is_done_in_order_by_one_other_thread_and_all_of_it_by_the_end() -> None:
    done: list[tuple[int, int]] = []

    def work(number: int) -> None:
        done.append((number, threading.get_ident()))

    before = threading.enumerate()
    with Behind(3 * PIECE_BYTES) as behind:
        for number in range(50):
            behind.give(partial(work, number), PIECE_BYTES)
    assert [number for number, _ in done] == list(range(50))
    assert len({threading.get_ident(), *(thread for _, thread in done)}) == 2
    assert threading.enumerate() == before


def test_the_caller_goes_on_while_a_piece_is_done() -> None:
    gone_on = threading.Event()
    seen: list[bool] = []
    with Behind(PIECE_BYTES) as behind:
        behind.give(lambda: seen.append(gone_on.wait(30)), 0)
        gone_on.set()
    assert seen == [True]


def test_no_more_waits_than_there_is_room_for() -> None:
    done: list[list[int]] = []
    most = 0
    with Behind(2 * PIECE_BYTES + 10_000) as behind:
        for given in range(1, 201):
            behind.give(lambda: done.append(sorted(range(5_000), key=lambda number: -number)), PIECE_BYTES)
            most = max(most, given - len(done))
    assert (len(done), most) == (200, 2)


def test_what_is_larger_than_all_the_room_is_done_too() -> None:
    done: list[str] = []
    with Behind(10) as behind:
        behind.give(partial(done.append, "small"), 1)
        behind.give(partial(done.append, "large"), PIECE_BYTES)
        assert done[:1] == ["small"], "it waited until it was alone"
    assert done == ["small", "large"]


def test_the_first_error_comes_out_at_the_end() -> None:
    def given() -> None:
        with Behind(PIECE_BYTES) as behind:
            behind.give(partial(fail, "first"), 1)
            behind.give(partial(fail, "second"), 1)

    with pytest.raises(ValueError, match="first"):
        given()


def test_or_where_the_caller_would_wait_for_it() -> None:
    given: list[int] = []

    def give_many() -> None:
        with Behind(PIECE_BYTES) as behind:
            for number in range(50):
                behind.give(partial(fail, f"at {number}."), PIECE_BYTES // 2 + 1)
                given.append(number)

    with pytest.raises(ValueError, match=r"at 0\."):
        give_many()
    assert given == [0]


def test_an_error_of_the_caller_is_the_one_that_comes_out_and_ends_the_thread() -> None:
    def interrupted() -> None:
        with Behind(PIECE_BYTES) as behind:
            behind.give(partial(fail, "of the work"), 1)
            raise KeyboardInterrupt

    before = threading.enumerate()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert threading.enumerate() == before
