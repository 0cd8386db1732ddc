"""The tree of an export file: documents, their configurations, what those refer to.

It is read as it is written and reshaped as a profile says. Each node knows its line, so that whoever finds
a fault can say where. Nothing is interpreted here but blanks at both ends, which are stripped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Configuration:
    """One configuration of a document; its attributes are stripped, its quantity is as written."""

    line: int
    name: str
    quantity: str
    """Blank when absent."""
    attributes: dict[str, str] = field(default_factory=dict)
    references: list[Document] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the vault."""

    line: int
    id: str | None
    """Stripped value of the identifying variable; None in the older variant, which writes none."""
    id_attribute: str
    id_configuration: str
    """Name of the configuration whose variable `id` is."""
    vault_object_id: str
    configurations: list[Configuration] = field(default_factory=list)
    virtual: bool = False
    """Not in the file: attributes of the document above describe it."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transition as the export rule wrote it."""

    line: int
    type: str
    date: str
    vault: str
    documents: list[Document] = field(default_factory=list)


class Names(NamedTuple):
    """What keys are made of (`schemas/keys.py`)."""

    number: str
    configuration: str
    vault_object_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """One configuration of one document that is an item, by its number."""

    number: str
    document: Document
    configuration: Configuration

    @property
    def names(self) -> Names:
        """Return what makes it itself."""
        return Names(self.number, self.configuration.name, self.document.vault_object_id)

    @property
    def line(self) -> int:
        """Line of the configuration."""
        return self.configuration.line

    def value(self, attribute: str) -> str:
        """Return the stripped value of `attribute`, blank when the export has none."""
        return self.configuration.attributes.get(attribute, "")
