"""Files of finished events: one CloudEvent, one per line (NDJSON), or an array of them.

All three are one grammar: JSON values one after another, or one array of values. Each is cut out of
the file as it stands and decoded by the same function that consumers use, so that a file is refused
for the reasons a message would be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from producers.sources import text
from producers.sources.errors import SourceError
from schemas.event import Event, UndecodableError, decode

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def parse(body: bytes, name: str) -> list[Event]:
    """Return the events of the file `name` with content `body`, in its order.

    Raises:
        SourceError: with the line on which the first refused event begins.
    """
    text.check(body, name)
    events = [
        _event(name, line, value) for line, value in _values(body.removeprefix(text.BOM).decode(), name)
    ]
    if not events:
        raise SourceError(name, 1, "holds no event: the array is empty")
    return events


def _event(name: str, line: int, value: str) -> Event:
    try:
        return decode(value.encode())
    except UndecodableError as error:
        reason = " ".join(str(error).split())
        raise SourceError(name, line, f"{reason} ({error.reason.value}); correct the event") from error


def _values(content: str, name: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each JSON value."""
    at = _skip(content, 0)
    array = content.startswith("[", at)
    if array:
        at = _skip(content, at + 1)
    line, counted = 1, 0
    while at < len(content) and not (array and content[at] == "]"):
        line, counted = line + content.count("\n", counted, at), at
        end = _end(content, at, name)
        yield line, content[at:end]
        at = _skip(content, end)
        if array and content.startswith(",", at):
            at = _skip(content, at + 1)
        elif array and not content.startswith("]", at):
            raise _broken(content, at, name, "a comma or the end of the array is missing")
    if array and (after := _skip(content, at + 1)) < len(content):
        raise _broken(content, after, name, "something follows the array")
    if array and at >= len(content):
        raise _broken(content, at, name, "the array is not closed")


def _end(content: str, at: int, name: str) -> int:
    try:
        return _DECODER.raw_decode(content, at)[1]
    except json.JSONDecodeError as error:
        raise _broken(content, error.pos, name, error.msg) from error
    except RecursionError as error:
        raise _broken(content, at, name, "values are nested too deep") from error
    except ValueError as error:
        # Python refuses integers of thousands of digits.
        raise _broken(content, at, name, str(error)) from error


def _skip(content: str, at: int) -> int:
    match = _BLANK.match(content, at)
    return match.end() if match else at


def _broken(content: str, at: int, name: str, fault: str) -> SourceError:
    line = content.count("\n", 0, at) + 1
    return SourceError(name, line, f"is not JSON ({fault}): the file may be cut off; write it again")
