"""How long a call waits, and what it says when that was too long."""

from __future__ import annotations

import pytest

from producers.errors import AccessRefusedError, BrokerError, BrokerUnavailableError, ConfirmTimeoutError
from producers.patience import Line


def line(**fields: object) -> Line:
    known = {
        "where": "host:5672/",
        "silence": 10.0,
        "blocked_limit": 300.0,
        "fault": BrokerUnavailableError(),
    }
    return Line(**(known | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "touched", "until"),
    [
        ({}, 100.0, 110.0),
        ({"ready": True, "since": 50.0}, 100.0, 110.0),
        ({"ready": True, "since": 105.0}, 100.0, 115.0),  # connected just now: the clock starts there
        ({"ready": True, "blocked": "low on memory", "since": 103.0}, 100.0, 403.0),
    ],
)
def test_a_call_waits_until(state: dict[str, object], touched: float, until: float) -> None:
    assert line(**state).deadline(touched) == until


@pytest.mark.parametrize(
    ("state", "kind", "text"),
    [
        ({"fault": AccessRefusedError("wrong password")}, AccessRefusedError, "wrong password"),
        (
            {"ready": True, "blocked": "low on disk"},
            BrokerUnavailableError,
            r"\(low on disk\); free memory or disk",
        ),
        ({"ready": True}, ConfirmTimeoutError, "no answer .* for 12.0 s; whether it arrived is unknown"),
    ],
)
def test_a_late_call_says_why(state: dict[str, object], kind: type[BrokerError], text: str) -> None:
    with pytest.raises(kind, match=text):
        raise line(**state).late(12.0)


def test_a_connection_that_confirms_nothing_for_too_long_is_replaced() -> None:
    silent = line()
    silent.opened(0.0)

    assert not silent.mute(9.9)
    assert silent.mute(10.0)
    silent.block("low on memory", 10.0)
    assert not silent.mute(100.0)


def test_pauses_double_up_to_thirty_seconds() -> None:
    tired = line()
    pauses = []
    for _ in range(7):
        tired.lost(BrokerUnavailableError(), now=0.0)
        pauses.append(tired.longest_pause(waited_for=False))

    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert tired.longest_pause(waited_for=True) == 2


@pytest.mark.parametrize(("open_for", "failures"), [(59.0, 6), (60.0, 1)])
def test_a_connection_that_lasted_a_minute_clears_the_failures_before_it(
    open_for: float, failures: int
) -> None:
    flapping = line(failures=5)
    flapping.opened(1000.0)

    flapping.lost(BrokerUnavailableError(), 1000.0 + open_for)

    assert flapping.failures == failures
