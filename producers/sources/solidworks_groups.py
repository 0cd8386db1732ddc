"""Lines of one parent with the same item become one, as `group_siblings` of a profile asks for.

The first sibling that is a file of the vault stands for all, in the place of the first of them. A
newcomer would get wrong to compare its structure with that of the others: one item has one content, and
its own transition has the last word on what that is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from decimal import Decimal

from producers.sources.errors import SourceError, shown
from producers.sources.solidworks_structure import used
from producers.sources.solidworks_tree import Part


def grouped(file: str, parts: Iterable[Part], identity: Callable[[Part], Hashable], unit: str) -> list[Part]:
    """Return `parts` of one parent with one for each `identity`, its quantity the exact sum.

    Args:
        file: what refusals call the file.
        parts: the components.
        identity: says what makes a part the same item as another.
        unit: attribute that holds the unit of the quantity.

    Raises:
        SourceError: one item is used in different units, or a quantity is wrong.
    """
    groups: dict[Hashable, list[Part]] = {}
    for part in parts:
        groups.setdefault(identity(part), []).append(part)
    return [group[0] if len(group) == 1 else _one(file, group, unit) for group in groups.values()]


def _one(file: str, group: list[Part], unit: str) -> Part:
    kept = next((part for part in group if not part.document.virtual), group[0])
    for part in group:
        if part.value(unit).casefold() != kept.value(unit).casefold():
            raise SourceError(
                file,
                part.line,
                f"{part.number} is used in {shown(part.value(unit))} here and in {shown(kept.value(unit))} "
                f"by the same parent (line {kept.line}), which cannot be summed: give both one unit in the "
                "vault, or turn group_siblings off in [structure] of the profile",
            )
    total = sum((_used(file, part) for part in group), Decimal(0))
    return replace(kept, configuration=replace(kept.configuration, quantity=str(total)))


def _used(file: str, part: Part) -> Decimal:
    try:
        return used(part.configuration)
    except ValueError as error:
        raise SourceError(file, part.line, f"{part.number}: {error}") from error
