"""What pydantic says of a profile, in words for who wrote it: the option, what is allowed, what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.findings import near
from schemas.profile_lines import Path, depth
from schemas.profile_types import example, options, said

_ALLOWED = re.compile(r"'([^']*)'")
_PARTS = re.compile(r"[^a-z0-9]+")
_SHORTEST = 3
"""Letters of which a word has to have as many to be taken for the beginning of another."""
_KEY = "[key]"
"""How pydantic marks a fault of the key itself."""
_SCALARS = frozenset({"bool", "int", "float", "str"})
_WRONG_TYPES = frozenset({"string_type", "tuple_type", "dict_type", "model_type"})


class Mistake(NamedTuple):
    """One mistake, by its path in the TOML text."""

    path: Path
    text: str
    suggestion: str = ""


def told(error: ValidationError, document: dict[str, Any]) -> list[Mistake]:
    """Return the mistakes in `document` that `error` tells of, one per option.

    An option that is there under a misspelt name is not missing too.
    """
    faults = [
        (fault, place, _mistake(place, fault))
        for fault in error.errors(include_url=False)
        for place in [fault["loc"][: depth(document, fault["loc"])]]
    ]
    meant = {
        (*place[:-1], mistake.suggestion)
        for fault, place, mistake in faults
        if fault["type"] == "extra_forbidden"
    }
    found: dict[Path, Mistake] = {}
    for fault, place, mistake in faults:
        if fault["type"] != "missing":
            found.setdefault(place, mistake)
        elif fault["loc"] not in meant:
            found.setdefault(fault["loc"], mistake)
    return list(found.values())


def _mistake(place: Path, fault: ErrorDetails) -> Mistake:
    kind, path = fault["type"], fault["loc"]
    # What stands in a list has no name of its own.
    option = next((step for step in reversed(place) if isinstance(step, str)), "")
    value = repr(fault["input"])[:60]
    suggestion = ""
    if kind == "missing":
        text = f"{path[-1]} is missing"
    elif kind == "extra_forbidden":
        text, suggestion = f"unknown option {option!r}", near(option, options(path[:-1]))
    elif _KEY in path:
        text = f"{option!r} cannot be a name here: {fault['msg']}"
    elif kind in {"enum", "literal_error"}:
        allowed = _ALLOWED.findall(fault["msg"]) or [fault["msg"].removeprefix("Input should be ")]
        text = f"{option}: {value} is none of {', '.join(allowed)}"
        suggestion = near(str(fault["input"]), allowed) or _part(str(fault["input"]), allowed)
    elif kind == "value_error":
        text = fault["msg"].removeprefix("Value error, ")
    elif path[-1] in _SCALARS and place != path:
        text = f"{option}: {value} is no text, number, true or false"
    elif kind == "string_too_short":
        text = f"{option}: {value} is empty; write a text, or leave the option out"
    elif kind in _WRONG_TYPES:
        text, suggestion = f"{option}: {value} should be {said(path)}", example(path)
    else:
        text = f"{option}: {fault['msg'].replace('Input', value, 1)}"
    return Mistake(place, text, suggestion)


def _part(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` of which a part begins with `word`, as `vault_object` with `vault`."""
    start = word.casefold()
    begun = [other for other in known if any(one.startswith(start) for one in _PARTS.split(other))]
    return begun[0] if len(begun) == 1 and len(start) >= _SHORTEST else ""
