"""What a call may show in the log: cut JSON, without the content of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from schemas.dead_letter import cut

_TEXT = 200
"""Longer texts are file contents, or nothing to read in a log."""
_JSON = 2000


def call(ids: Sequence[int] | None, arguments: Mapping[str, Any], reply: Any) -> dict[str, Any]:
    """Return the log fields of one call: how many records, its arguments and its reply as cut JSON."""
    return {
        "records": None if ids is None else len(ids),
        "arguments": _cut(arguments),
        "reply": _cut(reply),
    }


def _cut(value: Any) -> str:
    text = orjson.dumps(_shortened(value), option=orjson.OPT_NON_STR_KEYS, default=str).decode()
    return cut(text, _JSON)


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _TEXT else f"{value[:20]}… ({len(value)} characters)"
    if isinstance(value, Mapping):
        return {key: _shortened(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_shortened(one) for one in value]
    return value
