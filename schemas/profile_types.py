"""What an option of a profile takes, by its path: in words and as an example for who wrote something else.

A newcomer would get wrong that nothing is written down here: the models of `profile.py` say it.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from schemas.profile import Action, Actions, Profile
from schemas.profile_lines import Path

_ATTRIBUTES = frozenset({"from", "scrap"})
"""Options outside [source], where all are, that name an attribute of the vault: no number is meant."""


def options(path: Path) -> list[str]:
    """Return the options of the part of a profile at `path`."""
    return list(_fields(_at(path)))


def said(path: Path) -> str:
    """Return what belongs at `path`: `a text in quotes`."""
    kind = _at(path)
    if kind is Actions:
        return f"one of {', '.join(Action)}, or a table with {_listed(_fields(kind))}"
    if get_origin(kind) is tuple:
        item = _item(kind)
        return f"a list of tables with {_listed(_needed(item))}" if _fields(item) else "a list of texts"
    if needed := _needed(kind):
        return f"a table with {_listed(needed)}"
    if _is_table(kind):
        return "a table"
    is_attribute = path[0] == "source" or path[-1] in _ATTRIBUTES
    return "the name of an attribute, in quotes" if is_attribute else "a text in quotes"


def example(path: Path) -> str:
    """Return how that is written which belongs at `path`, or nothing where it would not help."""
    shown = _example(_at(path))
    named = isinstance(path[-1], str)  # what stands in a list has no name of its own
    return f"{path[-1]} = {shown}" if shown and named else shown


def _example(kind: Any) -> str:
    if kind is Actions:
        return f'"{next(iter(Action))}"'
    if get_origin(kind) is tuple:
        return f"[{_example(_item(kind))}]"
    if shown := _needed(kind) or [name for name in _fields(kind) if name == "from"]:
        return "{ " + ", ".join(f'{name} = "…"' for name in shown) + " }"
    return "" if _is_table(kind) else '"…"'


def _at(path: Path) -> Any:
    """Return the type of what stands at `path` of a profile."""
    kind: Any = Profile
    for step in path:
        kind = _below(kind, step)
    return kind


def _needed(kind: Any) -> list[str]:
    """Return the options without which there is no part of the type `kind`."""
    fields = kind.model_fields.items() if _fields(kind) else ()
    return [field.alias or name for name, field in fields if field.is_required()]


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _item(kind: Any) -> Any:
    return _plain(get_args(kind)[0])


def _is_table(kind: Any) -> bool:
    return bool(_fields(kind)) or get_origin(kind) is dict


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
