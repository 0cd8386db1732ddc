r"""The rule grammar: a short text that says whether a value is meant, as in `hidden*|obsolete`.

==============  ==========================================================================
`text`          exactly that
`text*`         begins with it; `*text` ends with it, `*text*` contains it
`a*b`           begins with a and ends with b; more `*` are pieces in their order, `**` is `*`
`*`             anything but empty
`a|b`           a or b; a blank alternative is none (`a||b` is `a|b`)
`!…`            not; `!*` is empty
`^…`            tests the parent's value of the same attribute; a root's parent has only empty values
(blank)         never applies
==============  ==========================================================================

Source: the rules of ATR CustomTools (`facts/market.md` §1.3), which leave the corners open. Here:

* `!` and `^` stand in front of the whole rule, once each, in either order: `!a|b` is neither a nor b, as
  people mean it, so that `!rule` is always the opposite of `rule`. In front of a later alternative they
  are refused (`a|!b`): the conditions of a list are alternatives already, so that is written as two.
* `!text*` holds for an empty value: it does not begin with text. A missing attribute is empty.
* Values are texts: `0`, `No` and `false` are not empty.
* Upper and lower case are alike, blanks at both ends of a value and of an alternative mean nothing.
* A backslash takes the meaning from `*`, `!`, `|`, `^` and itself (`\*`, `\\`); elsewhere it is refused,
  so that a path written with single ones is not half understood.

A newcomer would get wrong that the pieces do not overlap: `ab*ba` does not match `aba`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

_SPECIAL = r"*!|^\\"
_TOKEN = re.compile(rf"\\([{_SPECIAL}])|([*|])|([^*|\\]+)|(.)", re.DOTALL)
_PREFIX = re.compile(r"[!^\s]*")


@dataclass(frozen=True, slots=True)
class _Test:
    """A rule, ready to use."""

    alternatives: tuple[tuple[str, ...], ...]
    """The texts of each alternative between its `*`, in order, case folded."""
    negated: bool
    of_parent: bool

    def holds(self, value: str, parent: str) -> bool:
        tested = (parent if self.of_parent else value).strip().casefold()
        return any(_fits(pieces, tested) for pieces in self.alternatives) is not self.negated


def matches(rule: str, value: str | None, parent: str | None = None) -> bool:
    """Return whether `rule` holds for an attribute's `value`, and its `parent`'s value of the same attribute.

    None is the value of an attribute that is missing, and of a parent that is missing.

    Raises:
        ValueError: `rule` is none; a `Rule` of a profile never raises.
    """
    test = _read(rule)
    return test is not None and test.holds(value or "", parent or "")


@lru_cache(maxsize=1024)
def _read(rule: str) -> _Test | None:
    """Return the test that `rule` is; None for a blank one, which never applies."""
    if not rule.strip():
        return None
    prefix = _PREFIX.match(rule)
    signs = prefix[0] if prefix else ""
    if signs.count("!") > 1 or signs.count("^") > 1:
        raise ValueError(f"rule {rule!r} repeats ! or ^: each stands once, in front of the whole rule")
    alternatives = _alternatives(rule, len(signs))
    if not alternatives:
        raise ValueError(f"rule {rule!r} has nothing to test: write a text, * for anything or !* for empty")
    return _Test(alternatives, "!" in signs, "^" in signs)


def _alternatives(rule: str, start: int) -> tuple[tuple[str, ...], ...]:
    found: list[list[str]] = [[""]]
    for escaped, sign, text, stray in _TOKEN.findall(rule, start):
        pieces = found[-1]
        if stray:
            raise ValueError(rf"rule {rule!r} has a \ before no sign: write \\ for a backslash, \* for a *")
        if sign == "|":
            found.append([""])
        elif sign:
            pieces.append("")
        elif text and pieces == [""] and text.lstrip().startswith(("!", "^")):
            raise ValueError(
                f"rule {rule!r} has ! or ^ within: they stand in front of the whole rule; write two "
                rf"conditions instead, or \! and \^ for the signs themselves"
            )
        else:
            pieces[-1] += escaped or text
    return tuple(pieces for pieces in map(_stripped, found) if pieces != ("",))


def _stripped(pieces: list[str]) -> tuple[str, ...]:
    """Return `pieces` as they are compared; `("",)` is a blank alternative."""
    pieces[0] = pieces[0].lstrip()
    pieces[-1] = pieces[-1].rstrip()
    first, *middle = (piece.casefold() for piece in pieces)
    if not middle:
        return (first,)
    return (first, *(piece for piece in middle[:-1] if piece), middle[-1])


def _fits(pieces: tuple[str, ...], value: str) -> bool:
    first, *rest = pieces
    if not rest:
        return value == first
    *middle, last = rest
    end = len(value) - len(last)
    if not value.startswith(first) or not value.endswith(last) or end < len(first):
        return False
    at = len(first)
    for piece in middle:
        # The leftmost place leaves the most for the others: no going back is needed.
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return bool(value)


def _checked(rule: str) -> str:
    _read(rule)
    return rule


Rule = Annotated[str, AfterValidator(_checked)]
"""A rule as text; one that is nonsense is refused."""
