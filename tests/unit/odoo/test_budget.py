"""The budget: calls per second, calls at once, and who is first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from consumers.odoo.budget import Budget, limits
from consumers.work import StoppedError
from schemas.metrics import Metrics
from tests.unit.odoo.servers import Server, client, settings


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds

    def clock(self) -> float:
        return self.now


def test_calls_are_spaced_and_the_first_waits_for_nothing() -> None:
    time, waited = Time(), list[float]()
    budget = Budget(4, None, waited.append, time.clock, time.sleep)

    for _ in range(3):
        with budget.turn():
            pass

    assert time.slept == [0.25, 0.25]
    assert waited == [0, 0.25, 0.25]


def test_a_call_that_took_longer_than_its_share_delays_nobody() -> None:
    time = Time()
    budget = Budget(1, None, clock=time.clock, sleep=time.sleep)

    with budget.turn():
        time.now += 5
    with budget.turn():
        pass

    assert time.slept == []


def test_what_was_not_used_is_not_saved_up() -> None:
    time = Time()
    budget = Budget(1, None, clock=time.clock, sleep=time.sleep)
    time.now += 60

    for _ in range(3):
        with budget.turn():
            pass

    assert time.slept == [1, 1]


def test_without_limits_nobody_waits() -> None:
    time = Time()
    budget = Budget(None, None, clock=time.clock, sleep=time.sleep)

    for _ in range(100):
        with budget.turn():
            pass

    assert time.slept == []


def test_no_more_than_allowed_run_at_once_and_who_came_first_goes_first() -> None:
    budget = Budget(None, 1)
    order: list[int] = []

    def work(number: int) -> None:
        with budget.turn():
            order.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    with budget.turn():
        for queued, thread in enumerate(threads, 1):
            thread.start()
            until(lambda count=queued: len(budget._queue) == count)  # type: ignore[misc]
        assert order == []
    for thread in threads:
        thread.join(5)

    assert order == [0, 1, 2, 3, 4]


def until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if true():
            return
        pause.wait(0.01)
    pytest.fail("it never came true")


def test_a_call_that_failed_gives_its_turn_back() -> None:
    budget = Budget(None, 1)

    with pytest.raises(ZeroDivisionError), budget.turn():
        raise ZeroDivisionError

    with budget.turn():
        pass


@pytest.mark.parametrize(
    ("url", "set_", "expected"),
    [
        ("https://erp.example.com", {}, (None, None)),
        ("https://erp.example.com", {"calls_per_second": 5, "parallel_calls": 2}, (5, 2)),
        ("https://works.odoo.com", {}, (1, 1)),
        ("https://WORKS.odoo.com.", {}, (1, 1)),
        ("https://works.dev.odoo.com", {}, (1, 1)),
        ("https://works.odoo.com", {"calls_per_second": 3, "parallel_calls": 4}, (3, 4)),
        ("https://works.odoo.com", {"calls_per_second": 0.5}, (0.5, 1)),
        ("https://odoo.com.example.com", {}, (None, None)),
        ("https://notodoo.com", {}, (None, None)),
    ],
)
def test_odoos_own_cloud_has_a_budget_unless_another_is_set(
    url: str, set_: dict[str, Any], expected: tuple[float | None, int | None]
) -> None:
    assert limits(settings(url=url, **set_)) == expected


def test_waiting_is_counted_and_every_request_takes_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    time, registry = Time(), CollectorRegistry()
    on_time = partial(Budget, clock=time.clock, sleep=time.sleep)
    monkeypatch.setattr("consumers.odoo.connection.Budget", on_time)
    odoo = client(Server(), Metrics(registry), calls_per_second=50)

    odoo.call("uom.uom", "search_read")
    odoo.call("uom.uom", "search_read")

    # The login is a request too: three turns, two waits of 20 ms.
    assert time.slept == [0.02, 0.02]
    waited = registry.get_sample_value("pdm_odoo_odoo_budget_wait_seconds_total")
    assert waited == pytest.approx(0.04)


def test_a_stop_ends_the_wait_for_the_rate_and_no_turn_is_lost() -> None:
    time, stop = Time(), threading.Event()

    def stopped(_seconds: float) -> None:
        stop.set()

    budget = Budget(0.01, 1, clock=time.clock, sleep=stopped, stop=stop)
    with budget.turn():
        pass
    with pytest.raises(StoppedError), budget.turn():
        pytest.fail("it was not waited for")

    assert budget._running == 0


def test_a_stop_is_heard_while_really_waiting() -> None:
    stop = threading.Event()
    budget = Budget(0.001, None, stop=stop)
    with budget.turn():
        pass
    threading.Timer(0.05, stop.set).start()

    with pytest.raises(StoppedError), budget.turn():
        pytest.fail("it was not waited for")


def test_a_call_that_need_not_wait_is_made_though_the_process_stops() -> None:
    stop = threading.Event()
    stop.set()
    made = []

    with Budget(1, 1, stop=stop).turn():
        made.append(1)

    assert made


def test_a_stop_ends_the_wait_for_a_free_place_and_the_queue_goes_on() -> None:
    stop = threading.Event()
    budget = Budget(None, 1, stop=stop)
    ended: list[BaseException] = []

    def work() -> None:
        try:
            with budget.turn():
                pytest.fail("it was not waited for")
        except StoppedError as error:
            ended.append(error)

    with budget.turn():
        waiting = threading.Thread(target=work)
        waiting.start()
        until(lambda: len(budget._queue) == 1)
        stop.set()
        waiting.join(5)

    assert len(ended) == 1
    assert not budget._queue
    with budget.turn():
        pass


def test_a_call_that_is_interrupted_while_it_waits_holds_up_nobody() -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    time = Time()
    budget = Budget(1, 1, clock=time.clock, sleep=interrupted)
    with budget.turn():
        pass
    with pytest.raises(KeyboardInterrupt), budget.turn():
        pytest.fail("it was not waited for")

    time.now += 60
    with budget.turn():
        pass
