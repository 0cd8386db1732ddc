"""Export files of SOLIDWORKS PDM: the XML of an export rule on a transition → events.

The only ordering that an export carries is the time in `transaction@date`; it becomes the sequence.
A newcomer would get wrong that the file's name means nothing: PDM adds 001, 002 … when it is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import ValidationError

from producers.sources.errors import SourceError, shown
from producers.sources.solidworks_events import Release, of_root
from producers.sources.solidworks_items import Items
from producers.sources.solidworks_roots import find
from producers.sources.solidworks_tree import Transaction
from producers.sources.solidworks_xml import read_tree
from schemas.event import Event, encode, explain
from schemas.message import MAX_BODY
from schemas.profile import Profile

EXPORT = "wf_export_document_attributes"
IMPORT = "wf_import_document_attributes"

_SECONDS = re.compile(r"[0-9]{1,11}")


def parse(
    body: bytes,
    name: str,
    profile: Profile,
    *,
    new_id: Callable[[], str],
    depth: int = 1,
    correlationid: str | None = None,
) -> list[Event]:
    """Return the events of the export file `name` with content `body`; none when all items are excluded.

    Args:
        body: the file, UTF-8, with or without byte order mark and XML declaration.
        name: what refusals call the file.
        profile: which attributes mean what, and how the structure is reshaped.
        new_id: makes the id of each event.
        depth: levels of components that are sighted, from 1.
        correlationid: shared by all events; made by `new_id` when absent.

    Raises:
        SourceError: the file is refused as a whole.
    """
    items = Items(name, profile)
    correlationid = correlationid or new_id()
    events: list[Event] = []
    transactions = read_tree(body, name)
    for transaction in transactions:
        _check_type(name, transaction)
        release = Release(
            file=name,
            source=_source(name, transaction),
            moment=_moment(name, transaction),
            correlationid=correlationid,
            columns=profile.source,
            items=items,
            new_id=new_id,
        )
        roots = find(name, items, transaction.documents)
        sighted = set(roots)
        for root in roots.values():
            try:
                events.extend(of_root(release, root, depth, sighted))
            except ValidationError as error:
                raise SourceError(name, root.line, f"{root.number}: {explain(error)}") from error
    # A file of excluded items is as it should be; one without any is a fault of the export rule.
    if not events and not any(items.written(transaction.documents) for transaction in transactions):
        raise SourceError(
            name,
            1,
            "holds no item: there is no document, or ignored_configurations in [source] of the profile "
            "lists each configuration",
        )
    # JSON is shorter than this XML, so only a large file can hold an event that is too large.
    if len(body) > MAX_BODY // 2:
        _check_sizes(name, events)
    return events


def _check_sizes(name: str, events: list[Event]) -> None:
    for event in events:
        if (size := len(encode(event))) > MAX_BODY:
            raise SourceError(
                name,
                1,
                f"the {event.kind.entity} event of {event.subject} would have {size} bytes; {MAX_BODY} "
                "are allowed at most: take columns out of the BOM layout",
            )


def _check_type(name: str, transaction: Transaction) -> None:
    if transaction.type == EXPORT:
        return
    hint = "this is the type of files for PDM to import" if transaction.type == IMPORT else "not an export"
    raise SourceError(
        name, transaction.line, f"transaction has type {shown(transaction.type)}, not {EXPORT!r}: {hint}"
    )


def _source(name: str, transaction: Transaction) -> str:
    vault = transaction.vault
    if not 0 < len(vault) <= 64 or "/" in vault or not vault.isprintable():
        raise SourceError(
            name,
            transaction.line,
            f"vaultname {shown(vault)} is no vault: 1 to 64 characters without a slash are needed",
        )
    return f"/pdm/{vault}"


def _moment(name: str, transaction: Transaction) -> datetime:
    if _SECONDS.fullmatch(transaction.date):
        return datetime.fromtimestamp(int(transaction.date), UTC)
    raise SourceError(
        name,
        transaction.line,
        f"date {shown(transaction.date)} is no time: whole seconds since 1970 are expected",
    )
