"""Which nodes of an export tree are items, and by what number.

A newcomer would get wrong that `document@id` is the number of *one* configuration only, the one that
`idcfgname` names: another configuration may carry its own number in its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from producers.sources.errors import SourceError, shown
from producers.sources.solidworks_groups import grouped
from producers.sources.solidworks_structure import Node, Structure
from producers.sources.solidworks_tree import Configuration, Document, Part
from schemas.keys import MAX_NUMBER, MissingPartError, identity
from schemas.profile import Profile

DEFAULT_ID_ATTRIBUTE = "Number"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Items:
    """Finds the items in the documents of one file, as the profile shapes them."""

    def __init__(self, file: str, profile: Profile) -> None:
        self._file = file
        self._structure = Structure(file, profile)
        self._profile = profile

    def written(self, documents: Iterable[Document]) -> bool:
        """Return whether any of `documents` is an item, also an excluded one."""
        return any(True for _ in self._structure.written(documents))

    def roots(self, documents: Iterable[Document]) -> list[Part]:
        """Return the items that the `documents` of a transaction release, in their order.

        Configurations that the profile ignores or excludes are no items.

        Raises:
            SourceError: an item without a number, or with one that is too long.
        """
        return self._parts(self._structure.roots(documents))

    def below(self, part: Part) -> list[Part]:
        """Return the direct components of `part`.

        Raises:
            SourceError: as above, or the structure cannot be reshaped as the profile says.
        """
        parts = self._parts(self._structure.components(part.configuration), part.number)
        if self._profile.structure.group_siblings:
            return grouped(self._file, parts, self.identity, self._profile.source.unit)
        return parts

    def identity(self, part: Part) -> tuple[str, ...]:
        """Return what makes `part` the same item as another: what the profile makes keys of.

        Raises:
            SourceError: the export does not have it.
        """
        try:
            return identity(part.names, self._profile.key.parts)
        except MissingPartError as error:
            raise SourceError(self._file, part.line, str(error)) from error

    def walk(self, root: Part) -> Iterator[tuple[tuple[str, ...], Part]]:
        """Yield every item below `root`, parents first, with the numbers on the way from the root to it."""
        path = [root.number]
        stack = [iter(self.below(root))]
        while stack:
            part = next(stack[-1], None)
            if part is None:
                stack.pop()
                path.pop()
                continue
            path.append(part.number)
            yield tuple(path), part
            stack.append(iter(self.below(part)))

    def _parts(self, nodes: Iterable[Node], parent: str = "") -> list[Part]:
        return [
            Part(self._number(document, configuration, parent), document, configuration)
            for document, configuration in nodes
        ]

    def _number(self, document: Document, configuration: Configuration, parent: str) -> str:
        attribute = document.id_attribute or DEFAULT_ID_ATTRIBUTE
        own = configuration.attributes.get(attribute, "")
        elsewhere = document.id_configuration not in {"", configuration.name}
        number = own if document.id is None or (own and elsewhere) else document.id
        if not number or len(number) > MAX_NUMBER or _CONTROL.search(number):
            raise SourceError(self._file, document.line, self._fault(document, configuration, number, parent))
        return number

    def _fault(self, document: Document, configuration: Configuration, number: str, parent: str) -> str:
        where = f"configuration {shown(configuration.name)}"
        where += f" of vault document {document.vault_object_id}" if document.vault_object_id else ""
        where += f" below {shown(parent)}" if parent else ""
        attribute = shown(document.id_attribute or DEFAULT_ID_ATTRIBUTE)
        if number:
            return (
                f"{where} has the number {shown(number)} of {len(number)} characters: at most {MAX_NUMBER} "
                "are allowed, and no control characters; correct it in the vault"
            )
        if document.id is None:
            return (
                f"{where} has no number: the document has neither an id nor a value of {attribute}; "
                "add that column to the BOM layout of the export rule"
            )
        return (
            f"{where} has a blank number: fill in {attribute} in the vault, or list the configuration in "
            "ignored_configurations in [source] of the profile if it is no item"
        )
