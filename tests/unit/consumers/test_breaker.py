"""The breaker: one question while Odoo is down, one batch when it is back, then more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest
from prometheus_client import CollectorRegistry

from consumers.breaker import PAUSE_FOR_A_PERSON, Breaker
from consumers.errors import (
    DeniedError,
    MisconfiguredError,
    RefusedModelError,
    UnavailableError,
)
from consumers.work import StoppedError
from schemas.metrics import Metrics

DOWN = UnavailableError("connection refused")


class Scene(threading.Event):
    """A breaker, its clock, and an Odoo that answers the probe or not. Waits take no time but its own."""

    def __init__(self, chance: float = 1.0) -> None:
        super().__init__()
        self.now = 0.0
        self.asked: list[float] = []
        self.told: list[BaseException] = []
        self.away: list[UnavailableError] = []
        self.registry = CollectorRegistry()
        self.breaker = Breaker(self._probe, Metrics(self.registry), self, lambda: self.now, lambda: chance)
        self.tired = float("inf")
        """When a wait is given up, to see that it would go on."""

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.is_set() or self.now > self.tired

    def _probe(self) -> None:
        self.asked.append(self.now)
        if self.away:
            raise self.away.pop(0)

    def batch(self, failure: Exception | None = None) -> float:
        """Work on one batch; return when it had its turn."""
        with suppress(type(failure) if failure else StoppedError), self.breaker.turn(self.told.append):
            started = self.now
            if failure:
                raise failure
        return started

    def started(self) -> Callable[[Exception], None]:
        """Begin a batch; return what ends it by a failure."""
        turn = self.breaker.turn(self.told.append)
        turn.__enter__()

        def end(failure: Exception) -> None:
            with suppress(type(failure)):
                turn.__exit__(type(failure), failure, None)

        return end

    def at_once(self) -> int:
        """Return how many batches may run at the same time now, of nine."""
        self.tired = self.now
        with ExitStack() as stack:
            for count in range(9):
                try:
                    stack.enter_context(self.breaker.turn(self.told.append))
                except StoppedError:
                    stack.pop_all()
                    return count
            stack.pop_all()
        return 9

    def metric(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"pdm_odoo_breaker_{name}")


def test_while_odoo_works_nobody_waits_and_nobody_asks() -> None:
    scene = Scene()

    assert [scene.batch() for _ in range(20)] == [0.0] * 20
    assert scene.at_once() == 9
    assert scene.asked == []


def test_while_odoo_is_down_it_is_asked_for_less_and_less_often_and_no_batch_runs() -> None:
    scene = Scene()
    scene.away = [DOWN] * 8

    scene.batch(DOWN)
    back = scene.batch()

    pauses = [
        round(later - earlier) for earlier, later in zip([0.0, *scene.asked], scene.asked, strict=False)
    ]
    assert pauses == [2, 4, 8, 16, 30, 30, 30, 30, 30]
    assert back == scene.asked[-1]


def test_the_pause_is_drawn_so_that_many_processes_do_not_come_back_together() -> None:
    scene = Scene(chance=0.25)

    scene.batch(DOWN)
    scene.batch()

    assert 0.5 <= scene.asked[0] <= 0.7


def test_a_longer_pause_that_odoo_asks_for_is_kept() -> None:
    scene = Scene()

    scene.batch(UnavailableError("HTTP 429", retry_after=240))
    scene.batch()

    assert 240 <= scene.asked[0] < 241


@pytest.mark.parametrize(("passed", "limit"), [(1, 2), (2, 4), (3, 8), (4, 9)])
def test_when_odoo_is_back_twice_as_many_batches_run_with_each_that_passes(passed: int, limit: int) -> None:
    scene = Scene()
    scene.batch(DOWN)

    for _ in range(passed):
        scene.batch()

    assert scene.at_once() == limit


def test_the_first_batch_after_that_runs_alone() -> None:
    scene = Scene()
    scene.batch(DOWN)

    with scene.breaker.turn(scene.told.append):
        scene.tired = scene.now + 60
        with pytest.raises(StoppedError), scene.breaker.turn(scene.told.append):
            pass


def test_it_is_open_until_a_batch_passes_and_batches_that_fail_together_trip_it_once() -> None:
    scene = Scene()
    together = [scene.started() for _ in range(3)]
    for end in together:
        end(DOWN)

    assert (scene.metric("open"), scene.metric("trips_total")) == (1, 1)
    scene.batch()
    assert (scene.metric("open"), scene.metric("trips_total")) == (0, 1)


def test_a_batch_that_began_before_the_trip_neither_delays_the_way_back_nor_trips_again() -> None:
    scene = Scene()
    end = scene.started()
    scene.batch(DOWN)

    scene.batch()
    end(DOWN)

    assert scene.metric("trips_total") == 1
    assert scene.at_once() == 2


def test_odoo_that_goes_away_again_is_waited_for_longer() -> None:
    scene = Scene()
    scene.batch(DOWN)
    scene.batch(DOWN)

    again = scene.now
    scene.batch()

    assert 4 <= scene.asked[-1] - again < 4.2


def test_a_login_that_is_refused_is_tried_by_one_batch_a_minute() -> None:
    scene = Scene()

    tried = [scene.batch(DeniedError("wrong password")) for _ in range(3)]

    assert [round(moment) for moment in tried] == [0, 60, 120]
    assert PAUSE_FOR_A_PERSON == 60
    assert scene.asked == [], "whether it answers says nothing of the login"


@pytest.mark.parametrize("kind", [RefusedModelError, MisconfiguredError])
def test_what_keeps_one_consumer_from_its_work_holds_no_other(kind: Callable[[str], Exception]) -> None:
    scene = Scene()

    scene.batch(kind("the user lacks a right"))

    assert scene.at_once() == 9


def test_a_stop_ends_the_wait() -> None:
    scene = Scene()
    scene.away = [DOWN] * 50
    scene.batch(DOWN)
    scene.set()

    with pytest.raises(StoppedError), scene.breaker.turn(scene.told.append):
        pass


def test_who_waits_is_told_why_though_another_batch_found_it_out() -> None:
    scene = Scene()
    scene.batch(DOWN)

    scene.batch()

    assert set(scene.told) == {DOWN}
