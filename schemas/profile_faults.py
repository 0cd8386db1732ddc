"""What pydantic says of a profile, in words for who wrote it: the option, what is allowed, what was meant."""

from __future__ import annotations

import re
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.findings import near
from schemas.profile import Profile
from schemas.profile_lines import Path, depth

_ALLOWED = re.compile(r"'([^']*)'")
_KEY = "[key]"
"""How pydantic marks a fault of the key itself."""
_SCALARS = frozenset({"bool", "int", "float", "str"})


class Mistake(NamedTuple):
    """One mistake, by its path in the TOML text."""

    path: Path
    text: str
    suggestion: str = ""


def told(error: ValidationError, document: dict[str, Any]) -> list[Mistake]:
    """Return the mistakes in `document` that `error` tells of, one per option."""
    found: dict[Path, Mistake] = {}
    for fault in error.errors(include_url=False):
        place = fault["loc"][: depth(document, fault["loc"])]
        found.setdefault(fault["loc"] if fault["type"] == "missing" else place, _mistake(place, fault))
    return list(found.values())


def _mistake(place: Path, fault: ErrorDetails) -> Mistake:
    kind, path = fault["type"], fault["loc"]
    option = str(place[-1] if place else "")
    value = repr(fault["input"])[:60]
    suggestion = ""
    if kind == "missing":
        text = f"{path[-1]} is missing"
    elif kind == "extra_forbidden":
        text, suggestion = f"unknown option {option!r}", near(option, _options(path[:-1]))
    elif _KEY in path:
        text = f"{option!r} cannot be a name here: {fault['msg']}"
    elif kind in {"enum", "literal_error"}:
        allowed = _ALLOWED.findall(fault["msg"]) or [fault["msg"].removeprefix("Input should be ")]
        text = f"{option}: {value} is none of {', '.join(allowed)}"
        suggestion = near(str(fault["input"]), allowed)
    elif kind == "value_error":
        text = fault["msg"].removeprefix("Value error, ")
    elif path[-1] in _SCALARS and place != path:
        text = f"{option}: {value} is no text, number, true or false"
    else:
        rule = fault["msg"].replace("valid tuple", "list").replace("valid dictionary", "table")
        text = f"{option}: {rule.replace('Input', value, 1)}"
    return Mistake(place, text, suggestion)


def _options(path: Path) -> list[str]:
    """Return the options of the part of a profile at `path`."""
    kind: Any = Profile
    for step in path:
        kind = _below(kind, step)
    return list(_fields(kind))


def _below(kind: Any, step: str | int) -> Any:
    """Return the type of what `step` leads to in a value of the type `kind`."""
    if fields := _fields(kind):
        return _plain(fields.get(str(step)))
    _, *values = get_args(kind) or (None,)
    return _plain(values[0] if values and isinstance(step, str) else next(iter(get_args(kind)), None))


def _plain(kind: Any) -> Any:
    """Return `kind` without `Annotated` and without `| None`."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    others = [one for one in get_args(kind) if one is not NoneType]
    return others[0] if NoneType in get_args(kind) else kind


def _fields(kind: Any) -> dict[str, Any]:
    """Return option → type when `kind` is a part of a profile, else nothing."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
