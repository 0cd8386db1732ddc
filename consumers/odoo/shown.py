"""What a call may show in the log: cut JSON, without the content of files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from schemas.dead_letter import cut

_TEXT = 200
"""Longer texts are nothing to read in a log."""
_CONTENT = re.compile(r"(.*/)?(datas|raw|db_datas|image(_.*)?)")
"""Fields with the content of a file, of which not even a short one is shown."""
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
        names = value.get("fields")
        return {key: _loaded(names, one) if key == "data" else _of(key, one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_shortened(one) for one in value]
    return value


def _of(field: Any, value: Any) -> Any:
    """Return what may be shown of the `value` of `field`."""
    if isinstance(value, str) and _CONTENT.fullmatch(str(field)):
        return f"({len(value)} characters)"
    return _shortened(value)


def _loaded(names: Any, rows: Any) -> Any:
    """Return what may be shown of the `rows` of a `load()` whose columns are `names`."""
    if not (isinstance(names, Sequence) and isinstance(rows, Sequence)):
        return _shortened(rows)
    return [[_of(name, one) for name, one in zip(names, row, strict=False)] for row in rows]
