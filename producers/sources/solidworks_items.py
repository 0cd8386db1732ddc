"""Which nodes of an export tree are items, and by what number.

A newcomer would get wrong that `document@id` is the number of *one* configuration only, the one that
`idcfgname` names: another configuration may carry its own number in its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate

from producers.sources.errors import SourceError, shown
from producers.sources.solidworks_tree import Configuration, Document
from schemas.keys import MAX_NUMBER
from schemas.settings import SourceSettings

DEFAULT_ID_ATTRIBUTE = "Number"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Part:
    """One configuration of one document that is an item, by its number."""

    number: str
    document: Document
    configuration: Configuration

    @property
    def line(self) -> int:
        """Line of the configuration."""
        return self.configuration.line

    def value(self, attribute: str) -> str:
        """Return the stripped value of `attribute`, blank when the export has none."""
        return self.configuration.attributes.get(attribute, "")


class Items:
    """Finds the items in the documents of one file."""

    def __init__(self, file: str, settings: SourceSettings) -> None:
        # `[` begins a set in file-name patterns; in names of configurations it is a character.
        patterns = (translate(p.replace("[", "[[]")) for p in settings.ignored_configurations)
        self._ignored = re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)
        self._file = file

    def of(self, documents: list[Document], parent: str = "") -> list[Part]:
        """Return the items among `documents`, in their order; `parent` is the number above them.

        Configurations that the settings ignore are no items.

        Raises:
            SourceError: an item without a number, or with one that is too long.
        """
        return [
            Part(self._number(document, configuration, parent), document, configuration)
            for document in documents
            for configuration in document.configurations
            if not self._ignored.match(configuration.name)
        ]

    def below(self, part: Part) -> list[Part]:
        """Return the direct components of `part`."""
        return self.of(part.configuration.references, part.number)

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
            "PDM_ODOO_IGNORED_CONFIGURATIONS if it is no item"
        )
