"""Which items an export releases, and whether what it says of them can be true.

Two rules that real vaults made necessary:

*One number, one content.* Several configurations or documents of one transaction may claim the same
number. Where attributes and references are the same they are one item; else the file is refused, for
nobody can say which of them the number means (mirrored parts that share a number, most often).

*No assembly inside itself.* An export is refused when its root occurs anywhere below itself (``A > A``,
``A > B > A``): then a line of the BOM that we would send is part of a cycle, which Odoo refuses. A cycle
that does not pass through the root (``A > B > C > B``) is accepted, for the lines of A are sound and
those of B are sent only by B's own transition, where this rule holds again.
"""

from __future__ import annotations

from producers.sources.errors import SourceError, shown
from producers.sources.solidworks_items import Items, Part
from producers.sources.solidworks_tree import Document


def find(name: str, items: Items, documents: list[Document]) -> dict[str, Part]:
    """Return the items that the `documents` of one transaction release, by number.

    Raises:
        SourceError: a rule above is broken, or an item anywhere in the trees has no valid number.
    """
    roots: dict[str, Part] = {}
    for part in items.of(documents):
        _check_no_cycle(name, items, part)
        first = roots.setdefault(part.number, part)
        if first is not part and _content(items, first) != _content(items, part):
            raise SourceError(
                name,
                part.line,
                f"configuration {shown(part.configuration.name)} claims the number {shown(part.number)} of "
                f"configuration {shown(first.configuration.name)} (line {first.line}) with other content: "
                "give them different numbers, or list one in PDM_ODOO_IGNORED_CONFIGURATIONS",
            )
    return roots


def _check_no_cycle(name: str, items: Items, root: Part) -> None:
    # Also the check of every number in the tree: the walk refuses a blank one at any depth.
    for path, part in items.walk(root):
        if part.number == root.number:
            raise SourceError(
                name,
                part.line,
                f"{shown(' > '.join(path), 200)} contains itself: Odoo refuses cycles; correct the vault",
            )


def _content(items: Items, root: Part) -> list[tuple[object, ...]]:
    below = (
        (
            len(path),
            part.number,
            part.configuration.name,
            part.configuration.quantity,
            part.configuration.attributes,
        )
        for path, part in items.walk(root)
    )
    return [(root.configuration.attributes,), *below]
