"""Which items an export releases, and whether what it says of them can be true.

Two rules that real vaults made necessary:

*One item, one content.* Several configurations or documents of one transaction may claim to be the same
item, by what the profile makes keys of. Where attributes and references are the same they are one; else
the file is refused, for nobody can say which of them is meant (mirrored parts that share a number, most
often).

*No assembly inside itself.* An export is refused when its root occurs anywhere below itself (``A > A``,
``A > B > A``): then a line of the BOM that we would send is part of a cycle, which Odoo refuses. A cycle
that does not pass through the root (``A > B > C > B``) is accepted, for the lines of A are sound and
those of B are sent only by B's own transition, where this rule holds again.
"""

from __future__ import annotations

from producers.sources.errors import SourceError, shown
from producers.sources.solidworks_items import Items
from producers.sources.solidworks_tree import Document, Part


def find(name: str, items: Items, documents: list[Document]) -> dict[tuple[str, ...], Part]:
    """Return the items that the `documents` of one transaction release, by identity.

    Raises:
        SourceError: a rule above is broken, or an item anywhere in the trees has no valid number.
    """
    roots: dict[tuple[str, ...], Part] = {}
    for part in items.roots(documents):
        _check_no_cycle(name, items, part)
        first = roots.setdefault(items.identity(part), part)
        if first is not part and _content(items, first) != _content(items, part):
            raise SourceError(
                name,
                part.line,
                f"configuration {shown(part.configuration.name)} claims to be {shown(first.number)} as "
                f"configuration {shown(first.configuration.name)} does (line {first.line}), with other "
                "content: give them different numbers, list one in ignored_configurations in [source] of the "
                "profile, or tell them apart by parts in [key]",
            )
    return roots


def _check_no_cycle(name: str, items: Items, root: Part) -> None:
    # Also the check of every number in the tree: the walk refuses a blank one at any depth.
    itself = items.identity(root)
    for path, part in items.walk(root):
        if items.identity(part) == itself:
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
