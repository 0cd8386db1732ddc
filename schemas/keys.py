"""Keys and external ids: how a part number becomes a name that Odoo enforces.

A newcomer would get wrong that Odoo reads the part before the first dot of an external id as a
module, and refuses blanks in it: that is why numbers are encoded and never pasted in.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Protocol

MODULE = "pdm_odoo"
"""Module prefix of our external ids. No Odoo module of that name exists, so no upgrade deletes them
(measured on Odoo 19: `load()` accepts an installed module's name, whose upgrade removes the records)."""

MAX_NUMBER = 100
"""Longest part number in characters. The longest seen in real exports has 50."""

MAX_KEY = 2600
"""Longest key in bytes: PostgreSQL refuses entries of an index above 2,704. The longest number and role
always fit; the longest configuration does not, when all of it is in characters that grow twelvefold."""

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


class KeyParts(StrEnum):
    """What makes two events speak of the same item, within one vault: `[key] parts` of the profile."""

    NUMBER = "number"
    NUMBER_AND_CONFIGURATION = "number+configuration"
    VAULT_OBJECT = "vault_object"
    """For vaults that renumber items."""


class Named(Protocol):
    """What names an item: the item itself, or a BOM line its component."""

    @property
    def number(self) -> str:
        """What people know it by."""

    @property
    def configuration(self) -> str:
        """The configuration of its document; empty when it has none."""

    @property
    def vault_object_id(self) -> str | None:
        """The vault's own id of it."""


class MissingPartError(ValueError):
    """What the key is made of is not there."""


def identity(named: Named, parts: KeyParts) -> tuple[str, ...]:
    """Return what makes `named` itself within its source: what its key is made of.

    Raises:
        MissingPartError: it has no vault object id, which `parts` asks for.
    """
    if parts is KeyParts.NUMBER:
        return (named.number,)
    if parts is KeyParts.NUMBER_AND_CONFIGURATION:
        return (named.number, named.configuration)
    if not named.vault_object_id:
        raise MissingPartError(
            f"{named.number!r} has no vault_object_id, and the profile makes keys of it ([key] parts = "
            f"{parts.value!r}); let the export carry the id, or choose other parts in the profile"
        )
    return (named.vault_object_id,)


def title(named: Named, parts: KeyParts) -> str:
    """Return what people tell `named` by: its number, and its configuration where that makes another item."""
    if parts is KeyParts.NUMBER_AND_CONFIGURATION and named.configuration:
        return f"{named.number} ({named.configuration})"
    return named.number


def encode_part(text: str) -> str:
    """Return `text` with every byte outside ``[A-Za-z0-9-]`` written as ``_XX`` (hexadecimal UTF-8).

    The escape has a fixed width and escapes its own mark, so two different texts never collide.
    """
    return "".join(chr(b) if b in _PLAIN else f"_{b:02X}" for b in text.encode())


@lru_cache(maxsize=16_384)
def key(source: str, *parts: str) -> str:
    """Return the key of what `parts` name within `source` (``/pdm/<vault>``): parts joined by dots.

    A dot cannot occur in an encoded part, so ``("a", "b.c")`` and ``("a.b", "c")`` differ. Remembered, for
    a consumer asks for the key of an event and of a component again at every step of a batch.
    """
    return ".".join(encode_part(part) for part in (source.removeprefix("/pdm/"), *parts))


def external_id(aspect: str, record_key: str) -> str:
    """Return the external id of the record that holds `aspect` (product, bom, …) of `record_key`."""
    return f"{MODULE}.{aspect}.{record_key}"
