"""Profiles for tests of the handlers: the default one, changed by a few lines of TOML."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from schemas.profile import Profile


def ruled(text: str) -> Profile:
    """Return the default profile with the tables of `text` merged in; any other value replaces its own."""
    default = tomllib.loads((files("ops") / "profiles" / "default.toml").read_text("utf-8"))
    return Profile.model_validate(_merged(default, tomllib.loads(text)))


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(one[name], other[name])
        for name in one.keys() & other.keys()
        # A rule has one source: it replaces the other as a whole.
        if isinstance(one[name], dict)
        and isinstance(other[name], dict)
        and not {"from", "template", "constant"} & other[name].keys()
    }
    return {**one, **other, **both}
