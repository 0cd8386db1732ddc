"""Dates of the vault → dates and times as Odoo's RPC writes and reads them: text, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from consumers.mapping.facts import Fact
from consumers.mapping.texts import shown, text_of
from consumers.odoo.fields import FieldInfo
from schemas.field_rule import FieldRule


def date(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001 - all makers alike
    """Return what makes days: the one that is written, whatever the zone of a time beside it."""
    return lambda value: _moment(text_of(value), rule.formats).date().isoformat()


def date_time(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001
    """Return what makes moments of whole seconds in UTC; one without a zone is taken as UTC."""
    return lambda value: _in_utc(_moment(text_of(value), rule.formats)).isoformat(" ", "seconds")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError as error:
        raise ValueError(f"{moment} is out of range") from error


def _moment(text: str, formats: tuple[str, ...]) -> datetime:
    """Return the time as it is written.

    Raises:
        ValueError: no format fits; the text is a reason.
    """
    for form in formats or (None,):
        try:
            return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError:
            continue
    allowed = ", ".join(formats) or "ISO 8601, as 2026-03-02"
    raise ValueError(f"{shown(text)} is no date; allowed: {allowed}")
