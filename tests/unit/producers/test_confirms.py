"""The confirm window: nobody's message is taken for confirmed that was not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.confirms import Batch, Window
from producers.errors import BrokerError, BrokerUnavailableError, NackedError, UnroutableError
from schemas.message import Message

LOST = BrokerUnavailableError("lost")


def message(name: str = "m", key: str = "k", size: int = 1) -> Message:
    return Message("x", key, b"." * size, message_id=name)


def batch(*names: str, key: str = "k", size: int = 1) -> Batch:
    return Batch([message(name, key, size) for name in names], now=0.0)


def window(messages: int = 10, size: int = 1000) -> Window:
    return Window(messages, size, lambda: 0.0)


def sent(window: Window, *batches: Batch) -> list[str | None]:
    """Add the batches and send all that the window allows; return the ids in their order."""
    for each in batches:
        window.add(each)
    taken = []
    while (got := window.take()) is not None:
        taken.append(got.message_id)
    return taken


def faults(of: Batch) -> tuple[Any, list[str | None]]:
    """Return the class of the fault that is raised, and the unconfirmed ids."""
    assert of.done.is_set()
    with pytest.raises(BrokerError) as caught:
        of.raise_fault()
    return type(caught.value), [each.message_id for each in caught.value.unconfirmed]


def test_a_batch_is_done_when_its_last_message_is_confirmed() -> None:
    w, b = window(), batch("a", "b")
    assert sent(w, b) == ["a", "b"]

    w.settled(2, multiple=False, accepted=True)
    assert not b.done.is_set()
    w.settled(1, multiple=False, accepted=True)

    assert b.done.is_set()
    b.raise_fault()


def test_one_confirm_may_stand_for_all_before_it() -> None:
    w, b, other = window(), batch("a", "b", "c"), batch("d")
    assert sent(w, b) == ["a", "b", "c"]
    assert sent(w, other) == ["d"]

    w.settled(3, multiple=True, accepted=True)

    assert b.done.is_set()
    assert not other.done.is_set()


def test_batches_take_turns() -> None:
    assert sent(window(), batch("a1", "a2", "a3"), batch("b1", "b2")) == ["a1", "b1", "a2", "b2", "a3"]


def test_a_full_window_sends_no_more_until_something_is_confirmed() -> None:
    w = window(messages=2)
    assert sent(w, batch("a", "b", "c")) == ["a", "b"]

    w.settled(1, multiple=False, accepted=True)

    assert sent(w) == ["c"]


def test_a_message_larger_than_the_window_goes_alone() -> None:
    w = window(size=10)
    assert sent(w, batch("small"), batch("large", size=50)) == ["small"]

    w.settled(1, multiple=False, accepted=True)

    assert sent(w, batch("next")) == ["large"]


def test_a_refused_message_is_named_after_all_are_settled() -> None:
    w, b = window(), batch("a", "b", "c")
    sent(w, b)

    w.settled(1, multiple=False, accepted=False)
    assert not b.done.is_set()
    w.settled(3, multiple=True, accepted=True)

    assert faults(b) == (NackedError, ["a"])


def test_a_returned_message_is_unroutable_although_it_is_confirmed() -> None:
    w, b, other = window(), batch("a", "b"), batch("c", key="elsewhere")
    sent(w, b, other)

    w.returned("x", "k", "b", "NO_ROUTE")
    w.settled(3, multiple=True, accepted=True)

    assert faults(b) == (UnroutableError, ["b"])
    other.raise_fault()


def test_of_messages_that_look_the_same_all_count_as_returned() -> None:
    w, one, two = window(), batch("same"), batch("same")
    sent(w, one, two)

    w.returned("x", "k", "same", "NO_ROUTE")

    assert faults(one) == faults(two) == (UnroutableError, ["same"])


def test_a_lost_channel_fails_what_was_sent_and_keeps_what_waits() -> None:
    w = window(messages=3)
    done, half, waiting = batch("a"), batch("b", "c"), batch("d")
    assert sent(w, done, half) == ["a", "b", "c"]
    w.settled(2, multiple=False, accepted=True)
    w.add(waiting)
    w.settled(1, multiple=False, accepted=True)

    w.restart(LOST)

    done.raise_fault()
    assert faults(half) == (BrokerUnavailableError, ["c"])
    assert not waiting.done.is_set()
    assert sent(w) == ["d"]
    w.settled(1, multiple=False, accepted=True)  # a new channel counts from 1
    waiting.raise_fault()


def test_of_a_batch_half_sent_on_a_lost_channel_nothing_more_is_sent() -> None:
    w, b = window(messages=1), batch("a", "b")
    assert sent(w, b) == ["a"]

    w.restart(LOST)

    assert faults(b) == (BrokerUnavailableError, ["a", "b"])
    assert sent(w) == []


def test_a_withdrawn_batch_frees_its_places_and_its_late_confirms_are_ignored() -> None:
    w, slow, next_one = window(messages=2), batch("a", "b"), batch("c", "d")
    sent(w, slow)
    w.withdraw(slow, LOST)

    assert sent(w, next_one) == ["c", "d"]
    w.settled(2, multiple=True, accepted=True)

    assert not next_one.done.is_set()
    w.settled(4, multiple=True, accepted=True)
    next_one.raise_fault()
    assert faults(slow) == (BrokerUnavailableError, ["a", "b"])


def test_the_error_names_the_first_message_and_counts_the_others() -> None:
    w, b = window(), batch("a", "b", "c", key="wrong")
    sent(w, b)
    w.returned("x", "wrong", "c", "NO_ROUTE")
    w.returned("x", "wrong", "b", "NO_ROUTE")
    w.settled(3, multiple=True, accepted=True)

    with pytest.raises(UnroutableError) as caught:
        b.raise_fault()

    assert str(caught.value).startswith("message b to exchange 'x' with routing key 'wrong': no queue")
    assert "(2 of 3 messages were not confirmed)" in str(caught.value)


@given(st.data())
def test_every_message_ends_once_and_only_confirmed_ones_end_well(data: st.DataObject) -> None:
    """Whatever the broker answers, and in whatever order: confirmed, or among the unconfirmed."""
    limit = data.draw(st.integers(1, 5))
    w = Window(limit, 10_000, lambda: 0.0)
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    batches = [batch(*(f"{n}.{i}" for i in range(size))) for n, size in enumerate(sizes)]
    accepted: set[str | None] = set()
    open_tags: dict[int, str | None] = {}
    last = 0
    for each in batches:
        w.add(each)
    while not all(each.done.is_set() for each in batches):
        while (got := w.take()) is not None:
            last += 1
            open_tags[last] = got.message_id
        assert len(open_tags) <= limit
        match data.draw(st.sampled_from(["ack", "ack all", "nack", "return", "lose"])):
            case "ack" | "ack all" as how:
                tag = data.draw(st.sampled_from(sorted(open_tags)))
                w.settled(tag, multiple=how == "ack all", accepted=True)
                gone = [t for t in open_tags if t == tag or (how == "ack all" and t < tag)]
                accepted |= {open_tags.pop(t) for t in gone}
            case "nack":
                tag = data.draw(st.sampled_from(sorted(open_tags)))
                w.settled(tag, multiple=False, accepted=False)
                open_tags.pop(tag)
            case "return":
                tag = data.draw(st.sampled_from(sorted(open_tags)))
                w.returned("x", "k", open_tags[tag], "NO_ROUTE")
                w.settled(tag, multiple=False, accepted=True)
                open_tags.pop(tag)
            case _:
                w.restart(LOST)
                open_tags, last = {}, 0

    for each in batches:
        unconfirmed: set[str | None] = set()
        try:
            each.raise_fault()
        except BrokerError as error:
            unconfirmed = {m.message_id for m in error.unconfirmed}
        assert {m.message_id for m in each.messages} - unconfirmed <= accepted
    assert not w
