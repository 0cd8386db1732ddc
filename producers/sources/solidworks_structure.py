"""Which configurations below one another are its components, after the profile's `[structure]` rules.

In this order: configurations that `[source]` ignores are no items; **exclude** drops an item and all below
it; **dissolve** puts its components in its place; **promote** lifts an item beside its parent, once;
**virtual** adds what attributes of an item describe. (`group_siblings` follows in `solidworks_groups.py`.)

* Rules test the file as it is written: `^` is the parent in the file, also below a dissolved one, and no
  rule sees what another has done. An item that is dissolved is not promoted, for nothing of it is left.
* Promote comes after dissolve: what is promoted below a dissolved item is lifted out of that one's parent.
* What is promoted out of a root has no place in this export. The export of the assembly above has it.
* An item that was released by itself (a root) can be excluded, then it has no events at all; it is not
  dissolved or promoted, for that says something of its place in an assembly.
* A virtual item is a component like others: it is lifted when its parent dissolves and dropped when that
  is excluded. The rules do not test it, for it has hardly an attribute.

A newcomer would get wrong to ask an excluded or dissolved item for its number: it needs none.

Source: exclude, dissolve and promote of ATR CustomTools (`facts/market.md` §1.5), which leaves their order
open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Context, Decimal
from fnmatch import translate

from producers.sources.errors import SourceError, shown
from producers.sources.quantities import quantity
from producers.sources.solidworks_tree import Configuration, Document
from schemas.keys import KeyParts
from schemas.profile import Condition, Profile, Virtual

Node = tuple[Document, Configuration]
"""One configuration of one document: what may be an item."""

REFERENCE_COUNT = "Reference Count"
"""Column that PDM adds to a computed BOM: how often the parent uses the component."""

_EXACT = Context(prec=60)
"""Digits enough for any product; it is rounded to 12, as every number of a vault, where it is read."""


class Structure:
    """Finds the nodes that are items in the tree of one file."""

    def __init__(self, file: str, profile: Profile) -> None:
        # `[` begins a set in file-name patterns; in names of configurations it is a character.
        patterns = (translate(p.replace("[", "[[]")) for p in profile.source.ignored_configurations)
        self._ignored = re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)
        self._file = file
        self._source = profile.source
        self._by_vault_object = profile.key.parts is KeyParts.VAULT_OBJECT
        self._rules = profile.structure
        self._reshapes = any((self._rules.exclude, self._rules.dissolve, self._rules.promote))

    def written(self, documents: Iterable[Document]) -> Iterator[Node]:
        """Yield the nodes of `documents` that are not ignored."""
        return (
            (document, configuration)
            for document in documents
            for configuration in document.configurations
            if not self._ignored.match(configuration.name)
        )

    def roots(self, documents: Iterable[Document]) -> Iterator[Node]:
        """Yield the nodes that `documents` of a transaction release."""
        return (node for node in self.written(documents) if not _holds(self._rules.exclude, node[1], None))

    def components(self, parent: Configuration) -> Iterator[Node]:
        """Yield the direct components of `parent`, their quantities per parent.

        Raises:
            SourceError: a quantity that has to be multiplied is wrong.
        """
        if not self._reshapes:
            yield from self._own(parent)
            return
        for node, promoted in self._level(parent):
            if not promoted:
                yield node
            if self._rules.promote:
                lifted = [below for below, leaves in self._level(node[1]) if leaves]
                times = self._used(node[1]) if lifted else Decimal(1)
                yield from (self._multiplied(below, times) for below in lifted)

    def _own(self, parent: Configuration) -> Iterator[Node]:
        """Yield the components of `parent` as the file has them, then its virtual ones."""
        yield from self.written(parent.references)
        for rule in self._rules.virtual:
            yield from self._virtual(rule, parent)

    def _level(self, parent: Configuration) -> Iterator[tuple[Node, bool]]:
        """Yield the components of `parent` after exclude and dissolve, and whether each is promoted."""
        rules = self._rules
        # A stack of our own, so that no depth of a file can exhaust Python's.
        stack = [(parent, self._own(parent), Decimal(1))]
        while stack:
            above, nodes, times = stack[-1]
            node = next(nodes, None)
            if node is None:
                stack.pop()
                continue
            document, configuration = node
            if document.virtual:
                yield self._multiplied(node, times), False
            elif _holds(rules.exclude, configuration, above):
                continue
            elif _holds(rules.dissolve, configuration, above):
                each = _EXACT.multiply(times, self._used(configuration))
                stack.append((configuration, self._own(configuration), each))
            else:
                yield self._multiplied(node, times), _holds(rules.promote, configuration, above)

    def _virtual(self, rule: Virtual, parent: Configuration) -> Iterator[Node]:
        def text(attribute: str | None) -> str:
            return parent.attributes.get(attribute, "") if attribute else ""

        if number := text(rule.number):
            texts = {self._source.name: text(rule.name), self._source.unit: text(rule.unit)}
            attributes = {name: value for name, value in texts.items() if value}
            configuration = Configuration(parent.line, "", text(rule.quantity), attributes)
            # The vault has no object for it. Its own ids are numbers, so this one is never another's.
            vault_object_id = f"virtual:{number}" if self._by_vault_object else ""
            document = Document(parent.line, number, rule.number, "", vault_object_id, [configuration], True)
            yield document, configuration

    def _multiplied(self, node: Node, times: Decimal) -> Node:
        if times == 1:
            return node
        document, configuration = node
        product = _EXACT.multiply(times, self._used(configuration))
        return document, replace(configuration, quantity=str(product))

    def _used(self, configuration: Configuration) -> Decimal:
        try:
            return used(configuration)
        except ValueError as error:
            where = f"configuration {shown(configuration.name)}"
            raise SourceError(self._file, configuration.line, f"quantity of {where}: {error}") from error


def used(configuration: Configuration) -> Decimal:
    """Return how often its parent uses `configuration`: its own quantity, else the reference count.

    The older variant of the export writes no quantities.

    Raises:
        ValueError: it is no number above zero.
    """
    return quantity(configuration.quantity or configuration.attributes.get(REFERENCE_COUNT) or "1")


def _holds(
    conditions: tuple[Condition, ...], configuration: Configuration, parent: Configuration | None
) -> bool:
    above = parent.attributes if parent else {}
    return any(condition.holds(configuration.attributes, above) for condition in conditions)
