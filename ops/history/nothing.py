"""What to say of a number of which nothing arrived: since when, whether Odoo has it, what was meant. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ops.history.diagnosis import Diagnosis, Verdict, day
from ops.history.held import Held
from schemas.kinds import Consumer


def never(records: Sequence[Held] | None, since: datetime, *, before: bool, like: str = "") -> Diagnosis:
    """Return the diagnosis of a number of which there is neither an event nor a record of ours.

    `before` tells that something was done with an event that came earlier, `like` which numbers Odoo has
    that are nearly the same.
    """
    if records is None and not before:
        text = (
            f"Nothing arrived since {day(since)}. What Odoo holds is not known, for it was not asked: mend "
            "that and ask again. For longer ago: --since 30d."
        )
        return Diagnosis(Consumer.PRODUCT.value, "product", "", Verdict.NOT_ARRIVED, text)
    if before:
        text = f"Arrived before {day(since)}; for its events look further back, e.g. --since 30d."
        return Diagnosis(Consumer.PRODUCT.value, "product", "", Verdict.NOT_ARRIVED, text)
    text = (
        f"Never arrived since {day(since)}. Look whether its export was published: "
        "`pdm-odoo publish --dry-run` shows which numbers a file has. Numbers are compared exactly, capitals "
        "too. For longer ago: --since 30d."
    )
    if records:
        ids = ", ".join(str(one.id) for one in records if one.kind == Consumer.PRODUCT)
        text += f" Odoo has the number, not from the vault (template {ids}); its first event will adopt it."
    elif like:
        text = f"Odoo has {like}: did you mean that? {text}"
    return Diagnosis(Consumer.PRODUCT.value, "product", "", Verdict.NOT_ARRIVED, text)


def elsewhere(number: str, source: str, sources: Sequence[str]) -> Diagnosis:
    """Return the diagnosis of a number whose events all come from `sources`, and none from `source`."""
    text = f"Nothing of {number} from source {source!r}; its events come from {', '.join(sources)}."
    return Diagnosis(Consumer.PRODUCT.value, "product", "", Verdict.NOT_ARRIVED, text)
