"""Where the value of a rule comes from: attribute, template or constant, then its `map`, then its default.

Everything that a rule says is looked at once; what remains is a function of an event's facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from consumers.mapping.facts import Fact, Facts
from consumers.mapping.texts import shown, text_of
from schemas.field_rule import PLACEHOLDER, FieldRule, Scalar, Unmapped
from schemas.findings import near

Origin = Callable[[Facts], Fact | None]
"""Gives the value, "" for empty, None when the event does not have it."""

_SIGNS = {"{{": "{", "}}": "}"}


def origin(rule: FieldRule) -> Origin:
    """Return what gives the value of `rule`; it raises ValueError for a value that `map` must list."""
    find = _mapped(_source(rule), rule) if rule.map else _source(rule)
    if rule.default is None:
        return find
    default = filled(rule.default)

    def found(facts: Facts) -> Fact | None:
        value = find(facts)
        return default(facts) or "" if value is not None and is_empty(value) else value

    return found


def filled(value: Scalar) -> Origin:
    """Return what gives `value`, with its placeholders filled when it is a text."""
    if isinstance(value, str) and PLACEHOLDER.search(value):
        template = _template(value)
        return lambda facts: template(facts) or ""
    return lambda facts: value  # noqa: ARG005 - it is the same for all events


def is_empty(value: Fact) -> bool:
    """Return whether `value` is a text of nothing but blanks."""
    return isinstance(value, str) and not value.strip()


def _source(rule: FieldRule) -> Origin:
    if (name := rule.from_) is not None:
        return lambda facts: facts.get(name)
    if rule.template is not None:
        return _template(rule.template)
    constant = rule.constant
    return lambda facts: constant  # noqa: ARG005 - it is the same for all events


def _template(template: str) -> Origin:
    """Return what fills the placeholders; empty when all are, absent when the event has none of them."""
    pieces: list[tuple[bool, str]] = []
    end = 0
    for match in PLACEHOLDER.finditer(template):
        pieces.append((False, template[end : match.start()]))
        pieces.append((True, match[1].strip()) if match[1] else (False, _SIGNS[match[0]]))
        end = match.end()
    pieces.append((False, template[end:]))
    names = [text for is_name, text in pieces if is_name]
    if not names:
        constant = "".join(text for _, text in pieces).strip()
        return lambda facts: constant  # noqa: ARG005 - it is the same for all events

    def fill(facts: Facts) -> str | None:
        known = {name: text_of(facts[name]) for name in names if name in facts}
        if not known:
            return None
        if not any(known.values()):
            return ""
        return "".join(known.get(text, "") if is_name else text for is_name, text in pieces).strip()

    return fill


def _mapped(find: Origin, rule: FieldRule) -> Origin:
    table: Mapping[str, Scalar] = {key.strip().casefold(): value for key, value in rule.map.items()}
    keys, unmapped = tuple(rule.map), rule.unmapped

    def found(facts: Facts) -> Fact | None:
        value = find(facts)
        if value is None:
            return None
        target = table.get(text_of(value).casefold())
        if target is not None:
            return target
        if unmapped is Unmapped.KEEP or is_empty(value):
            return value
        if unmapped is Unmapped.EMPTY:
            return ""
        hint = near(text_of(value), keys)
        known = ", ".join(keys)
        raise ValueError(
            f"{shown(value)} is not in the rule's map: {known}" + (f" (near: {hint})" if hint else "")
        )

    return found
