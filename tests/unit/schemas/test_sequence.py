"""Sequences sort as plain strings the way things happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas.sequence import Sequence, from_time, from_version

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS)  # noqa: DTZ001
VERSIONS = st.integers(0, 10**20 - 1)


@given(MOMENTS, MOMENTS)
def test_a_later_moment_has_a_higher_sequence_in_any_time_zone(one: datetime, other: datetime) -> None:
    assert (from_time(one) < from_time(other)) == (one < other)
    assert (from_time(one) == from_time(other)) == (one == other)


@given(VERSIONS, VERSIONS)
def test_a_later_version_has_a_higher_sequence(one: int, other: int) -> None:
    assert (from_version(one) < from_version(other)) == (one < other)


@given(MOMENTS.map(from_time) | VERSIONS.map(from_version))
def test_a_sequence_has_one_width_and_is_allowed_in_an_envelope(sequence: str) -> None:
    assert len(sequence) == 20
    assert TypeAdapter(Sequence).validate_python(sequence) == sequence


def test_one_microsecond_makes_a_difference() -> None:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    assert from_time(moment) == "00001772443800000000"
    assert from_time(moment + timedelta(microseconds=1)) == "00001772443800000001"


@pytest.mark.parametrize("version", [-1, -(10**19)])
def test_a_version_below_zero_is_refused_because_its_sign_would_sort_wrongly(version: int) -> None:
    with pytest.raises(ValueError, match=f"^{version} is before the first version, or before 1970"):
        from_version(version)


def test_a_time_before_1970_is_refused() -> None:
    assert from_time(datetime(1970, 1, 1, tzinfo=UTC)) == "0" * 20
    with pytest.raises(ValueError, match="before 1970"):
        from_time(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
