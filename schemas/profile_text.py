"""TOML text → profile, and every mistake in it with its line.

A newcomer would get wrong to stop at the first mistake: a rule with one is left out and told, the rest
becomes a profile, so that one look shows all there is to mend.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from schemas.environment import SettingsError
from schemas.facts import VARIANT
from schemas.findings import Finding
from schemas.profile import Profile
from schemas.profile_faults import Mistake, told
from schemas.profile_lines import Lines, Path, depth
from schemas.profile_rules import mistakes

_LINE = re.compile(r"line (\d+)")
_STAND_INS: dict[str, Any] = {"version": 1, "states": {}, "models": {}}
"""What takes the place of a section that is missing or left out, so that the others can be looked at."""
_WHOLE = {"structure": 3, "bom": 3, "states": 2, "company": 1}
"""Section → steps of the path of what is left out as a whole, beside the rules of fields."""


class ProfileError(SettingsError):
    """A profile has mistakes; the text has a line for each."""

    def __init__(self, name: str, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(finding.shown(name) for finding in self.findings))


def parse(text: str, name: str) -> Profile:
    """Return the profile in the TOML `text` of the file `name`.

    Raises:
        ProfileError: there is any mistake that can be seen without Odoo; all of them are told.
    """
    profile, findings, _ = examine(text)
    if profile is None or findings:
        raise ProfileError(name, findings)
    return profile


def examine(text: str) -> tuple[Profile | None, list[Finding], Lines]:
    """Return the profile in `text` without the rules that have a mistake, the mistakes, and the lines.

    The profile is None when too little of the text can be understood.
    """
    text = text.removeprefix("\ufeff")  # Windows editors write it
    lines = Lines(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax(error, text)], lines
    profile, found = _valid(document)
    if profile is not None and (more := mistakes(profile)):
        found += more
        _leave_out(document, [mistake.path for mistake in more])
        profile, _ = _valid(document)
    return profile, sorted((finding(lines, *mistake) for mistake in found), key=lambda one: one.line), lines


def finding(lines: Lines, path: Path, text: str, suggestion: str = "") -> Finding:
    """Return what `text` says of the option at `path`, with its line."""
    model, field = VARIANT if path == ("key", "identify") else "", path
    if path[:1] == ("models",) and len(path) > 1:
        model, field = str(path[1]), path[3:4] if path[2:3] == ("fields",) else path[2:]
    return Finding(lines.of(path), model, ".".join(map(str, field)), text, suggestion)


def _syntax(error: tomllib.TOMLDecodeError, text: str) -> Finding:
    match = _LINE.search(str(error))
    line = int(match[1]) if match else text.rstrip().count("\n") + 1
    return Finding(line, "", "", f"is no TOML: {error}")


def _valid(document: dict[str, Any]) -> tuple[Profile | None, list[Mistake]]:
    """Return the profile without what is wrong, which is taken out of `document`, and the mistakes."""
    found: list[Mistake] = []
    for _ in range(3):  # what is left out may uncover a fault of what held it, at most twice
        try:
            return Profile.model_validate(document), found
        except ValidationError as error:
            new = told(error, document)
        found += [mistake for mistake in new if mistake not in found]
        _leave_out(document, [mistake.path for mistake in new])
        for section, stand_in in _STAND_INS.items():
            document.setdefault(section, stand_in)
    return None, found


def _leave_out(document: dict[str, Any], paths: Iterable[Path]) -> None:
    """Take the options at `paths` out of `document`, with all that makes no sense without them."""
    places = {_whole(path) for path in paths}
    for path in sorted(places, key=_from_the_end, reverse=True):
        if path and depth(document, path) == len(path):
            holder: Any = document
            for step in path[:-1]:
                holder = holder[step]
            del holder[path[-1]]


def _whole(path: Path) -> Path:
    """Return where that begins which is left out for a mistake at `path`: a rule, a condition, a state.

    Without one of its options it would be told to be missing.
    """
    if path[2:3] == ("fields",):
        return path[:4]
    return path[: _WHOLE.get(str(path[0]), len(path))] if path else path


def _from_the_end(path: Path) -> tuple[tuple[bool, Any], ...]:
    """Order paths so that of one array the later places can be left out first."""
    return tuple((isinstance(step, str), step) for step in path)
