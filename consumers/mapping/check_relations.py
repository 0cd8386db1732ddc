"""Whether a rule can find, and may create, the related records of its field."""

from __future__ import annotations

from collections.abc import Iterator

from consumers.odoo.fields import FieldInfo, ModelInfo
from schemas.field_rule import FieldRule, Missing
from schemas.findings import near
from schemas.profile_faults import Mistake
from schemas.profile_lines import Path

_FOUND_BY = frozenset({"char", "text"})


def relation_faults(
    path: Path, rule: FieldRule, field: FieldInfo, target: ModelInfo | None
) -> Iterator[Mistake]:
    """Yield why `rule` at `path` cannot fill `field` with records of `target`."""
    if target is None:
        text = f"its value is a record of {field.relation}, which the login may not read"
        yield Mistake(path, text)
        return
    by = rule.by or "name"
    place: Path = (*path, "by") if rule.by else path
    found = target.fields.get(by)
    if found is None:
        yield Mistake(place, f"by: {target.name} has no field {by!r}", near(by, target.fields))
    elif not found.searchable or found.type not in _FOUND_BY:
        yield Mistake(
            place, f"by: records of {target.name} cannot be found by {by!r}: it is no text to search"
        )
    if rule.missing is Missing.CREATE:
        # `name` gets the text too where another field is looked at.
        given = {by, "name", "id"} | target.defaults.keys()
        needed = [name for name, one in target.fields.items() if one.expected and name not in given]
        if needed:
            text = f"missing = 'create' cannot make a {target.name}: Odoo also requires {', '.join(needed)}"
            yield Mistake((*path, "missing"), text, "missing = 'reject'")
