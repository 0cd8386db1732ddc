"""How one field of Odoo gets its value: the shape of a rule in the mapping profile.

A newcomer would get wrong what is absent: an attribute that an event does not have leaves the field
alone, one that is empty takes the default.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?(@[a-z]+)?$")]
Scalar = bool | int | float | str

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")
"""`{name}` in a template; `{{` and `}}` are the braces themselves."""


class Part(BaseModel):
    """Base of every part of a profile: immutable, and a misspelt option is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Master(StrEnum):
    """Whose value stands when both have one."""

    PDM = "pdm"
    ODOO = "odoo"
    """The vault fills the field where it is empty in Odoo, and never writes over a value there.

    A boolean of a record that is there always has a value."""
    SEED = "seed"
    """Written when the record is created, never again."""


class Missing(StrEnum):
    """What happens when no record of the related model has the value."""

    REJECT = "reject"
    CREATE = "create"
    DEFAULT = "default"
    """Take the rule's `default` instead."""
    IGNORE = "ignore"
    """Leave the field as it is."""


class Unmapped(StrEnum):
    """What happens to a value that the rule's `map` does not list."""

    KEEP = "keep"
    REJECT = "reject"
    EMPTY = "empty"


class TooLong(StrEnum):
    """What happens to a text that is longer than `max_length`."""

    REJECT = "reject"
    CUT = "cut"


class FieldRule(Part):
    """How one field of Odoo gets its value: where from, through which conversion, and when it is written.

    The value comes from exactly one of `from`, `template`, `constant`. An attribute that an event does
    not have leaves the field alone; one that is empty takes `default`, else empties the field.
    """

    from_: Annotated[Name | None, Field(alias="from")] = None
    """An attribute of the vault, or a fact of the event such as `item.number` (see schemas.facts.FACTS)."""
    template: Name | None = None
    """Text with `{names}` of attributes and facts; empty when all of them are."""
    constant: Scalar | None = None
    default: Scalar | None = None
    """Value when the source is empty; a text may have placeholders, as a template."""
    map: dict[str, Scalar] = Field(default_factory=dict)
    """Value of the vault → value instead, upper and lower case alike."""
    unmapped: Unmapped = Unmapped.KEEP
    required: bool = False
    max_length: Annotated[int, Field(ge=1, le=100_000)] | None = None
    too_long: TooLong = TooLong.REJECT
    insert: bool = True
    """Whether the field is written when a record is created."""
    update: bool = True
    """Whether the field is written when the record is there already."""
    master: Master = Master.PDM
    decimal: Literal[".", ","] | None = None
    """Decimal sign; the other sign may group thousands. Without it a point, and no groups."""
    unit: Name | None = None
    """Unit of the number in Odoo (kg, mm, …): values with another unit of its kind are converted."""
    source_unit: Name | None = None
    """Unit of a number that is written without one; `unit` when absent."""
    formats: tuple[Name, ...] = ()
    """Formats of dates as in `strptime` (`%d.%m.%Y`), tried in order; ISO 8601 when there are none."""
    true: tuple[Name, ...] = ()
    """Words that mean yes; together with `false` they replace the usual words of yes and no."""
    false: tuple[Name, ...] = ()
    by: FieldName | None = None
    """Field of the related model that holds the value: `name` when absent."""
    separator: Annotated[str, StringConstraints(min_length=1, max_length=8)] | None = None
    """What stands between several values of a many2many field."""
    missing: Missing = Missing.REJECT
    languages: dict[Language, Name] = Field(default_factory=dict)
    """Language of Odoo → attribute or fact that holds the text in it; an empty one leaves Odoo's alone."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [value for value in (self.from_, self.template, self.constant) if value is not None]
        if len(given) != 1:
            raise ValueError("exactly one of from, template and constant is needed")
        if self.missing is Missing.DEFAULT and self.default is None:
            raise ValueError("missing = 'default' needs a default")
        if bool(self.true) != bool(self.false):
            raise ValueError("true and false are given together")
        if both := {word.casefold() for word in self.true} & {word.casefold() for word in self.false}:
            raise ValueError(f"true and false share {', '.join(sorted(both))}")
        if self.unmapped is not Unmapped.KEEP and not self.map:
            raise ValueError("unmapped needs a map")
        if self.source_unit and not self.unit:
            raise ValueError("source_unit needs unit, the unit of the field in Odoo")
        if not (self.insert or self.update):
            raise ValueError("a field with insert = false and update = false is never written")
        if self.master is Master.SEED and not self.insert:
            raise ValueError("master = 'seed' is written only on insert, and insert is false")
        return self

    def names(self) -> tuple[str, ...]:
        """Return the attributes and facts that the rule reads, each once, in order."""
        texts = [self.template, self.default if isinstance(self.default, str) else None]
        found = [name for text in texts if text for name in placeholders(text)]
        return tuple(dict.fromkeys([*([self.from_] if self.from_ else []), *found, *self.languages.values()]))


def placeholders(text: str) -> list[str]:
    """Return the names in a template."""
    return [match[1].strip() for match in PLACEHOLDER.finditer(text) if match[1]]
