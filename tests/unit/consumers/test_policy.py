"""The policy as one table: a verdict and an attempt make an outcome."""

from __future__ import annotations

import pytest

from consumers.errors import AmbiguousError, ConflictError, PermanentError, TransientError
from consumers.policy import Dead, Done, Retry, decide
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason

LADDER = ["5s", "30s", "2m", "10m", "1h", "dead", "dead"]
TABLE: list[tuple[Verdict, list[str]]] = [
    *((Applied(result), [result.value] * 7) for result in Result),
    (PermanentError(Reason.REFUSED_BY_ODOO, "no"), ["dead"] * 7),
    (PermanentError(Reason.UNFORESEEN, "no"), ["dead"] * 7),
    (TransientError(Reason.MISSING_PRODUCT, "not yet"), LADDER),
    (TransientError(Reason.FILE_MISSING, "not yet"), LADDER),
    (ConflictError("somebody wrote"), LADDER),
    (AmbiguousError("no reply"), LADDER),
    (TransientError(Reason.UNFORESEEN, "a bug"), ["5s", "30s", "dead", "dead", "dead", "dead", "dead"]),
]
ROWS = [
    pytest.param(verdict, attempt, fate, id=f"{verdict!r:.60} on attempt {attempt}: {fate}")
    for verdict, fates in TABLE
    for attempt, fate in enumerate(fates, 1)
]


@pytest.mark.parametrize(("verdict", "attempt", "fate"), ROWS)
def test_a_verdict_on_an_attempt_has_this_outcome(verdict: Verdict, attempt: int, fate: str) -> None:
    outcome = decide(verdict, attempt)

    match outcome:
        case Done(result=result):
            assert result.value == fate
        case Retry(tier=tier, error=error):
            assert (tier.name, error) == (fate, verdict)
        case Dead(error=error):
            assert ("dead", verdict) == (fate, error)


def test_what_a_person_should_know_travels_with_the_outcome() -> None:
    assert decide(Applied(Result.STALE, "Odoo holds 7"), 1) == Done(Result.STALE, "Odoo holds 7")
