"""The record of a dead letter fits into headers, whatever failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import dead_letter
from schemas.dead_letter import DeadLetter, Reason, cut

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TEXT = st.text() | st.text("aä€😀\N{COMBINING ACUTE ACCENT}", max_size=30) | st.just("\ud800 lone surrogate")
LIMITS = {
    dead_letter.ERROR_TYPE: 1024,
    dead_letter.ERROR_MESSAGE: 1024,
    dead_letter.ERROR_STACK: 8192,
    dead_letter.HOST: 1024,
}


def record(**overrides: Any) -> DeadLetter:
    fields: dict[str, Any] = {
        "consumer": "product",
        "reason": Reason.REFUSED_BY_ODOO,
        "error_type": "PermanentError",
        "error_message": "Odoo refuses: no",
        "attempt": 1,
        "dead_at": NOW,
        "first_failed_at": NOW,
        "fingerprint": "0" * 16,
        "host": "host-1",
    }
    return DeadLetter(**(fields | overrides))


@given(TEXT, st.integers(3, 40))
def test_cut_text_is_valid_utf_8_within_its_limit(text: str, limit: int) -> None:
    raw = cut(text, limit).encode()

    assert len(raw) <= limit
    assert raw.decode() == cut(text, limit)


@given(TEXT, st.integers(3, 40))
def test_cut_text_is_the_beginning_and_a_mark_or_all_of_it(text: str, limit: int) -> None:
    whole = text.encode(errors="replace").decode()
    found = cut(text, limit)

    assert found == whole if len(whole.encode()) <= limit else whole.startswith(found.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc…"),
        ("äää", 6, "äää"),
        ("ääää", 6, "ä…"),
        ("€€€", 9, "€€€"),
        ("€€€€", 9, "€€…"),
        ("😀😀", 7, "😀…"),
        ("😀😀", 6, "…"),
    ],
)
def test_a_character_is_kept_whole_or_not_at_all(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


@given(TEXT, st.integers(3, 40))
def test_text_cut_at_its_beginning_is_a_mark_and_the_end_within_the_limit(text: str, limit: int) -> None:
    whole = text.encode(errors="replace").decode()
    found = cut(text, limit, keep_end=True)

    assert len(found.encode()) <= limit
    assert found == whole if len(whole.encode()) <= limit else whole.endswith(found.removeprefix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "…efg"),
        ("ääää", 6, "…ä"),
        ("€€€€", 9, "…€€"),
        ("😀😀", 7, "…😀"),
        ("😀😀", 6, "…"),
        ("abcdef", 3, "…"),
        ("abcdef", 4, "…f"),
    ],
)
def test_at_the_beginning_too_a_character_is_kept_whole_or_not_at_all(
    text: str, limit: int, expected: str
) -> None:
    assert cut(text, limit, keep_end=True) == expected


@pytest.mark.parametrize("filling", ["x", "€", "😀"])
def test_a_stack_keeps_its_end_and_a_message_its_beginning(filling: str) -> None:
    text = f"first {filling * 10_000} last"

    headers = record(error_message=text, error_stack=text).headers()

    assert str(headers[dead_letter.ERROR_STACK]).endswith(f"{filling} last")
    assert str(headers[dead_letter.ERROR_STACK]).startswith(f"…{filling}")
    assert str(headers[dead_letter.ERROR_MESSAGE]).startswith(f"first {filling}")


@pytest.mark.parametrize("text", ["x" * 100_000, "€" * 100_000, "😀" * 100_000])
def test_every_header_is_bounded(text: str) -> None:
    headers = record(error_type=text, error_message=text, error_stack=text, host=text).headers()
    sizes = {name: len(str(value).encode()) for name, value in headers.items()}

    assert all(size <= LIMITS.get(name, 64) for name, size in sizes.items())
    assert sum(sizes.values()) < 16 * 1024


def test_the_headers_are_the_whole_record_as_text_and_numbers() -> None:
    assert record(attempt=6, error_stack="Traceback").headers() == {
        "pdm-consumer": "product",
        "pdm-reason": "refused_by_odoo",
        "pdm-error-type": "PermanentError",
        "pdm-error-message": "Odoo refuses: no",
        "pdm-error-stack": "Traceback",
        "pdm-attempt": 6,
        "pdm-dead-at": "2026-03-02T10:00:00+00:00",
        "pdm-first-failed-at": "2026-03-02T10:00:00+00:00",
        "pdm-fingerprint": "0" * 16,
        "pdm-host": "host-1",
    }


def test_what_a_retry_carries_is_ours_and_never_of_the_broker() -> None:
    assert all(name.startswith("pdm-") or name == "traceparent" for name in dead_letter.CARRIED)
    assert dead_letter.ATTEMPT not in dead_letter.CARRIED
