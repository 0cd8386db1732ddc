"""The tree of an export file as it is written: documents, their configurations, what those refer to.

Each node knows its line, so that whoever finds a fault can say where. Nothing is interpreted here but
blanks at both ends, which are stripped.
"""

from __future__ import annotations

from dataclasses import dataclass, field


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


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transition as the export rule wrote it."""

    line: int
    type: str
    date: str
    vault: str
    documents: list[Document] = field(default_factory=list)
