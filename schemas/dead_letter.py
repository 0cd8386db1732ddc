"""Dead letters: the closed list of reasons, and the record that travels in message headers.

Header names are declared here and nowhere else. Sizes are bounded because a content header larger
than a frame (128 KiB) closes the whole connection with 501, again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ATTEMPT = "pdm-attempt"
"""Attempt the delivery is on, from 1. Ours, because the broker's counters differ by version."""
FIRST_FAILED_AT = "pdm-first-failed-at"
REASON = "pdm-reason"
ERROR_TYPE = "pdm-error-type"
ERROR_MESSAGE = "pdm-error-message"
ERROR_STACK = "pdm-error-stack"
FINGERPRINT = "pdm-fingerprint"
CONSUMER = "pdm-consumer"
HOST = "pdm-host"
DEAD_AT = "pdm-dead-at"
ORIGINAL_EXCHANGE = "pdm-orig-exchange"
ORIGINAL_ROUTING_KEY = "pdm-orig-routing-key"
REPLAY_ID = "pdm-replay-id"
REPLAYS = "pdm-replays"
TRACEPARENT = "traceparent"

CARRIED = (FIRST_FAILED_AT, ORIGINAL_EXCHANGE, ORIGINAL_ROUTING_KEY, REPLAY_ID, REPLAYS, TRACEPARENT)
"""Headers that survive a retry as they are. All others, the broker's `x-death` first of all, are dropped:
RabbitMQ 3.10 interprets a published `x-death` and can drop the message as a cycle."""

MAX_MESSAGE = 1024
MAX_STACK = 8192
MAX_HEADER = 1024


class Reason(StrEnum):
    """Why a message was dead-lettered. Closed: the runbook has a remedy for each."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    INVALID_ENVELOPE = "invalid_envelope"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    INVALID_DATA = "invalid_data"
    UNKNOWN_STATE = "unknown_state"
    AMBIGUOUS_MATCH = "ambiguous_match"
    MISSING_PRODUCT = "missing_product"
    UNKNOWN_UNIT = "unknown_unit"
    UNIT_MISMATCH = "unit_mismatch"
    QUANTITY_TOO_SMALL = "quantity_too_small"
    UNRELEASED_COMPONENT = "unreleased_component"
    CYCLE = "cycle"
    COMPANY_MISMATCH = "company_mismatch"
    MISSING_VALUE = "missing_value"
    INVALID_VALUE = "invalid_value"
    UNKNOWN_RECORD = "unknown_record"
    NOT_ALLOWED = "not_allowed"
    FILE_FORBIDDEN = "file_forbidden"
    FILE_MISSING = "file_missing"
    FILE_MISMATCH = "file_mismatch"
    FILE_TOO_LARGE = "file_too_large"
    LOOKUP_FORBIDDEN = "lookup_forbidden"
    REFUSED_BY_ODOO = "refused_by_odoo"
    CONFLICT = "conflict"
    UNFORESEEN = "unforeseen"
    CRASH = "crash"


@dataclass(frozen=True)
class DeadLetter:
    """What a dead letter says of itself, beside its untouched body."""

    consumer: str
    reason: Reason
    error_type: str
    error_message: str
    attempt: int
    dead_at: datetime
    first_failed_at: datetime
    fingerprint: str
    host: str
    error_stack: str = ""

    def headers(self) -> dict[str, str | int]:
        """Return the record as message headers, every text cut to its limit."""
        return {
            CONSUMER: self.consumer,
            REASON: self.reason.value,
            ERROR_TYPE: cut(self.error_type, MAX_HEADER),
            ERROR_MESSAGE: cut(self.error_message, MAX_MESSAGE),
            ERROR_STACK: cut(self.error_stack, MAX_STACK, keep_end=True),
            ATTEMPT: self.attempt,
            DEAD_AT: self.dead_at.isoformat(),
            FIRST_FAILED_AT: self.first_failed_at.isoformat(),
            FINGERPRINT: self.fingerprint,
            HOST: cut(self.host, MAX_HEADER),
        }


def cut(text: str, limit: int, *, keep_end: bool = False) -> str:
    """Return `text` in at most `limit` bytes of UTF-8; a mark tells that something is missing.

    With `keep_end` the beginning is cut: the end of a traceback says what happened.
    """
    raw = text.encode(errors="replace")
    if len(raw) <= limit:
        return raw.decode()
    if keep_end:
        return "…" + raw[len(raw) - limit + 3 :].decode(errors="ignore")
    return raw[: limit - 3].decode(errors="ignore") + "…"
