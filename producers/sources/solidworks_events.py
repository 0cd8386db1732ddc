"""The events of one released item: what one root document of an export becomes.

* one product event with the authority of the item's own transition;
* one product event (a sighting) per distinct component, as deep as asked for;
* one BOM event with the direct components, where there are any: a component's own structure is only
  authoritative when the component itself moves;
* one attachment event per file that the export names, the preview picture among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from producers.sources import quantities
from producers.sources.errors import SourceError
from producers.sources.solidworks_items import Items
from producers.sources.solidworks_structure import used
from producers.sources.solidworks_tree import Part
from schemas import kinds
from schemas.attachment import Attachment, File
from schemas.bom import MAX_LINES, Bom, BomLine
from schemas.event import Event, EventData, new_event
from schemas.item import Item, Transition
from schemas.kinds import Kind
from schemas.product import Authority, Product
from schemas.profile import Source
from schemas.sequence import from_time

T = TypeVar("T")
W = TypeVar("W")


@dataclass(frozen=True)
class Release:
    """What all events of one transaction share."""

    file: str
    source: str
    moment: datetime
    correlationid: str
    columns: Source
    """Which attributes mean what."""
    items: Items
    new_id: Callable[[], str]


def of_root(release: Release, root: Part, depth: int, sighted: set[tuple[str, ...]]) -> Iterator[Event]:
    """Yield the events of `root`; items in `sighted` get no sighting, and new ones are added to it.

    Raises:
        SourceError: a value that an event needs is missing or wrong.
    """
    transition = Transition(to_state=_state(release, root), at=release.moment)
    below = release.items.below(root)
    yield _event(release, kinds.PRODUCT, _product(release, transition, root, Authority.ROOT))
    for part in _components(release, below, depth):
        identity = release.items.identity(part)
        if identity not in sighted:
            sighted.add(identity)
            yield _event(release, kinds.PRODUCT, _product(release, transition, part, Authority.SIGHTING))
    if below:
        yield _event(release, kinds.BOM, _bom(release, transition, root, below))
    for role in (*release.columns.files, release.columns.preview):
        if path := root.value(role):
            file = Attachment(
                transition=transition,
                item=_item(release, root),
                role=role,
                file=File(path=path),
                attributes=root.configuration.attributes,
            )
            yield _event(release, kinds.ATTACHMENT, file)


def _components(release: Release, below: list[Part], depth: int) -> Iterator[Part]:
    level = below
    for _ in range(depth):
        yield from level
        level = [part for parent in level for part in release.items.below(parent)]


def _event(release: Release, kind: Kind, data: EventData) -> Event:
    return new_event(
        kind,
        data,
        event_id=release.new_id(),
        source=release.source,
        time=release.moment,
        sequence=from_time(release.moment),
        correlationid=release.correlationid,
    )


def _item(release: Release, part: Part) -> Item:
    return Item(
        number=part.number,
        revision=part.value(release.columns.revision),
        configuration=part.configuration.name,
        vault_object_id=part.document.vault_object_id or None,
    )


def _product(release: Release, transition: Transition, part: Part, authority: Authority) -> Product:
    columns = release.columns
    return Product(
        transition=transition,
        item=_item(release, part),
        authority=authority,
        name=part.value(columns.name),
        unit=part.value(columns.unit) or None,
        weight=_read(release, part, quantities.weight, part.value(columns.weight)),
        has_components=bool(release.items.below(part)),
        state=part.value(columns.state) or None,
        attributes=part.configuration.attributes,
    )


def _bom(release: Release, transition: Transition, root: Part, below: list[Part]) -> Bom:
    if len(below) > MAX_LINES:
        raise SourceError(
            release.file,
            root.line,
            f"{root.number} has {len(below)} components: at most {MAX_LINES} are allowed",
        )
    columns = release.columns
    lines = tuple(
        BomLine(
            position=position,
            number=part.number,
            quantity=_read(release, part, used, part.configuration),
            unit=part.value(columns.unit) or None,
            revision=part.value(columns.revision),
            configuration=part.configuration.name,
            vault_object_id=part.document.vault_object_id or None,
            state=part.value(columns.state) or None,
            attributes=part.configuration.attributes,
        )
        for position, part in enumerate(below, start=1)
    )
    return Bom(
        transition=transition,
        item=_item(release, root),
        lines=lines,
        attributes=root.configuration.attributes,
    )


def _state(release: Release, root: Part) -> str:
    name = release.columns.state
    if state := root.value(name):
        return state
    raise SourceError(
        release.file,
        root.line,
        f"{root.number} has no state: add the attribute {name!r} to the BOM layout of the export rule, or "
        "name the right one by state in [source] of the profile",
    )


def _read(release: Release, part: Part, parse: Callable[[W], T], written: W) -> T:
    try:
        return parse(written)
    except ValueError as error:
        raise SourceError(release.file, part.line, f"{part.number}: {error}") from error
