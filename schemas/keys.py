"""Keys and external ids: how a part number becomes a name that Odoo enforces.

A newcomer would get wrong that Odoo reads the part before the first dot of an external id as a
module, and refuses blanks in it: that is why numbers are encoded and never pasted in.
"""

from __future__ import annotations

MODULE = "pdm_odoo"
"""Module prefix of our external ids. No Odoo module of that name exists, so no upgrade deletes them
(measured on Odoo 19: `load()` accepts an installed module's name, whose upgrade removes the records)."""

MAX_NUMBER = 100
"""Longest part number in characters. The longest seen in real exports has 50."""

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


def encode_part(text: str) -> str:
    """Return `text` with every byte outside ``[A-Za-z0-9-]`` written as ``_XX`` (hexadecimal UTF-8).

    The escape has a fixed width and escapes its own mark, so two different texts never collide.
    """
    return "".join(chr(b) if b in _PLAIN else f"_{b:02X}" for b in text.encode())


def key(source: str, *parts: str) -> str:
    """Return the key of what `parts` name within `source` (``/pdm/<vault>``): parts joined by dots.

    A dot cannot occur in an encoded part, so ``("a", "b.c")`` and ``("a.b", "c")`` differ.
    """
    return ".".join(encode_part(part) for part in (source.removeprefix("/pdm/"), *parts))


def external_id(aspect: str, record_key: str) -> str:
    """Return the external id of the record that holds `aspect` (product, bom, …) of `record_key`."""
    return f"{MODULE}.{aspect}.{record_key}"
