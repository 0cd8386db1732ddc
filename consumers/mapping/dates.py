"""Dates of the vault → dates and times as Odoo's RPC writes and reads them: text, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from consumers.mapping.facts import Fact
from consumers.mapping.texts import shown, text_of
from consumers.odoo.fields import FieldInfo
from schemas.profile import FieldRule


def date(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001 - all makers alike
    """Return what makes days."""
    return lambda value: _moment(text_of(value), rule.formats).date().isoformat()


def date_time(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001
    """Return what makes moments of whole seconds."""
    return lambda value: _moment(text_of(value), rule.formats).isoformat(" ", "seconds")


def _moment(text: str, formats: tuple[str, ...]) -> datetime:
    """Return the time in UTC; one without a zone is taken as UTC.

    Raises:
        ValueError: no format fits; the text is a reason.
    """
    for form in formats or (None,):
        try:
            # A time without a zone is meant: see above.
            found = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
            return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
        except (ValueError, OverflowError):
            continue
    allowed = ", ".join(formats) or "ISO 8601, as 2026-03-02"
    raise ValueError(f"{shown(text)} is no date; allowed: {allowed}")
