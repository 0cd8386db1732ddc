"""The mapping profile: one TOML file in which a customer says what goes where, under which rule.

Shapes only; `profile_text.py` reads the file and knows its lines, `consumers/mapping` applies the rules.
A newcomer would get wrong that the type of a value is never written here: the field in Odoo has one, and
`pdm-odoo profile check` compares the two before the first event.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    WithJsonSchema,
    field_validator,
)

from schemas.field_rule import FieldName, FieldRule, Name, Part
from schemas.keys import KeyParts
from schemas.rule import Rule, matches


class Action(StrEnum):
    """What a destination state means for Odoo."""

    UPSERT = "upsert"
    ARCHIVE = "archive"
    """Bring it up to date and archive it; where Odoo does not have it, an archived record keeps its place."""
    IGNORE = "ignore"


class Actions(Part):
    """What one destination state means, per kind of event."""

    product: Action
    bom: Action
    attachment: Action


_ACTIONS_SCHEMA = {
    "anyOf": [
        {"enum": [action.value for action in Action]},
        {
            "type": "object",
            "properties": {
                kind: {"enum": [action.value for action in Action]} for kind in Actions.model_fields
            },
            "required": list(Actions.model_fields),
            "additionalProperties": False,
        },
    ]
}
"""A state's action is written once for all kinds, or once per kind."""


class Key(Part):
    """What an item is recognised by: in our events, and once in an Odoo that already holds it."""

    parts: KeyParts = KeyParts.NUMBER
    identify: FieldName = "default_code"
    """Field of `product.product` by which a product that is not ours yet is adopted."""


class ModelRules(Part):
    """What may happen to the records of one model, and the rule of each field."""

    create: bool = True
    update: bool = True
    archive: bool = True
    never: tuple[FieldName, ...] = ()
    """Fields that no rule may write, whatever stands below."""
    fields: dict[FieldName, FieldRule] = Field(default_factory=dict)


class Condition(Part):
    """A rule on the value of one attribute: `{ from = "BOM", when = "hidden*" }`."""

    from_: Annotated[Name, Field(alias="from")]
    when: Rule

    def holds(self, attributes: Mapping[str, str], above: Mapping[str, str]) -> bool:
        """Return whether it holds for the `attributes` of an item whose parent has those `above`."""
        return matches(self.when, attributes.get(self.from_), above.get(self.from_))


class Virtual(Part):
    """A component without a file of its own (paint, glue) that attributes of its parent describe."""

    number: Name
    """Attribute of the parent with the component's number; nothing is added where it is empty."""
    quantity: Name | None = None
    """Attribute with the quantity per parent; 1 when absent or empty."""
    unit: Name | None = None
    name: Name | None = None


class Structure(Part):
    """How the tree of an export is reshaped before it becomes events; `publish` applies it."""

    exclude: tuple[Condition, ...] = ()
    """The item and all below it are dropped when one of these holds."""
    dissolve: tuple[Condition, ...] = ()
    """The item is removed and its components take its place, quantities multiplied."""
    promote: tuple[Condition, ...] = ()
    """The item is lifted beside its parent, its quantity multiplied by the parent's."""
    virtual: tuple[Virtual, ...] = ()
    group_siblings: bool = False
    """Lines of one parent with the same item become one, their quantities summed."""


class Source(Part):
    """Which attributes of an export mean what."""

    revision: Name = "Revision"
    state: Name = "State"
    name: Name = "Description"
    unit: Name = "Unit"
    weight: Name = "Weight"
    files: tuple[Name, ...] = ("PDF File", "Drawing File", "STEP File", "DXF File")
    """Attributes whose value is the path of a file below an attachment root; the name becomes the role."""
    preview: Name = "Preview File"
    """Attribute whose value is the path of a picture, which becomes the image of the product."""
    ignored_configurations: tuple[Name, ...] = ("*SM-FLAT-PATTERN*", "*<As Welded>*")
    """Configurations that are no items, as file-name patterns (`*`, `?`), upper and lower case alike."""


class Revisions(StrEnum):
    """What a new revision does to the BOM that Odoo holds."""

    OVERWRITE = "overwrite"
    NEW_VERSION = "new_version"
    """A new BOM takes over and the old one is archived: open manufacturing orders keep theirs."""


class Duplicates(StrEnum):
    """What happens to lines of one BOM that have the same component."""

    KEEP = "keep"
    MERGE = "merge"


class MissingComponent(StrEnum):
    """What happens when a component of a BOM is not in Odoo."""

    WAIT = "wait"
    STUB = "stub"


class Unreleased(StrEnum):
    """What happens when a component of a released BOM is not released itself."""

    ACCEPT = "accept"
    WAIT = "wait"
    REJECT = "reject"


class BomPolicy(Part):
    """How structures become BOMs."""

    revisions: Revisions = Revisions.OVERWRITE
    duplicates: Duplicates = Duplicates.KEEP
    missing: MissingComponent = MissingComponent.WAIT
    unreleased: Unreleased = Unreleased.ACCEPT
    """A component is unreleased when the profile does not say `upsert` of the state it had in the vault."""
    scrap: Name | None = None
    """Attribute of a line with the share of it that is lost, in percent: the quantity grows by it."""
    byproducts: tuple[Condition, ...] = ()
    """A line for which one of these holds is a by-product."""


class Profile(Part):
    """A whole profile."""

    version: Literal[1]
    states: dict[Name, Annotated[Actions, WithJsonSchema(_ACTIONS_SCHEMA)]]
    """Destination state → what it means. A state that is not here dead-letters, nobody guesses."""
    key: Key = Key()
    source: Source = Source()
    structure: Structure = Structure()
    bom: BomPolicy = BomPolicy()
    units: dict[Name, Name] = Field(default_factory=dict)
    """The vault's name of a unit → its name in Odoo, upper and lower case alike."""
    company: FieldRule | None = None
    """Which company an event is for, as a rule whose value names a `res.company`."""
    models: dict[str, ModelRules]

    @field_validator("states", mode="before")
    @classmethod
    def _one_action_for_all(cls, states: Any) -> Any:
        """Expand `Released = "upsert"` to each kind."""
        if not isinstance(states, dict):
            return states
        kinds = tuple(Actions.model_fields)
        return {
            state: dict.fromkeys(kinds, action) if isinstance(action, str) else action
            for state, action in states.items()
        }

    def rules(self, model: str) -> ModelRules:
        """Return the rules of `model`; without any it may be written as far as the pipeline itself does."""
        return self.models.get(model, _NO_RULES)

    def unit(self, name: str) -> str:
        """Return Odoo's name of the vault's unit `name`: the same where the profile gives none."""
        return self._units.get(name.strip().casefold(), name)

    @cached_property
    def _units(self) -> Mapping[str, str]:
        return {name.casefold(): target for name, target in self.units.items()}


_NO_RULES = ModelRules()
