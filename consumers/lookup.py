"""The lookup consumer: rows of one model in Odoo → one JSON file that the vault's cards read.

It also reads anew which fields Odoo has, when an event says that they changed.

A newcomer would get wrong that the file says nothing of when it was read: equal rows give an equal
file, so whoever watches the folder sees changes only.
Calls per request: 1 for the fields, 1 per thousand rows.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from consumers.errors import MisconfiguredError, PermanentError, RefusedModelError, TransientError
from consumers.odoo.client import Odoo, Values
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result, Verdict
from schemas import kinds, topology
from schemas.dead_letter import Reason
from schemas.event import Event, new_event, to_message
from schemas.lookup import LookupRefreshed, LookupRequest, SchemaRefreshRequest
from schemas.message import Message
from schemas.sequence import from_time
from schemas.settings import ConsumerSettings

PAGE = 1000
"""Rows per call: paging by id stays fast at any depth, unlike by offset."""


@dataclass(frozen=True)
class _Kept:
    """A list that is in place."""

    rows: int
    sha256: str
    result: Result


class LookupHandler:
    """Bring lists from Odoo into files, and tell about each in `pdm.results`."""

    def __init__(
        self,
        odoo: Odoo,
        schema: Schema,
        settings: ConsumerSettings,
        publish: Callable[[Sequence[Message]], None],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._odoo = odoo
        self._schema = schema
        self._settings = settings
        self._publish = publish
        self._now = now
        self._new_id = new_id

    def prepare(self) -> None:
        """Ask Odoo whether it answers this login."""
        self._odoo.call("res.users", "context_get")

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Refresh the list, or the schema, of each request; one verdict per event, in order.

        Raises:
            UnavailableError: Odoo cannot work now, or the folder of the lists cannot be written.
            BrokerError: a result could not be published; nothing may be acknowledged.
        """
        return [
            self._reread(event) if event.kind is kinds.SCHEMA_REFRESH else self._applied(event)
            for event in events
        ]

    def _reread(self, event: Event) -> Verdict:
        # Takes over what another process has read since.
        self._schema.refreshed()
        request, before = event.data, self._schema.snapshot
        try:
            models = _known(request, self._schema.known)
        except PermanentError as error:
            return error
        # What was read after somebody said so is what he means.
        said = event.time.timestamp()
        if old := [name for name in models if name in before.tables and before.tables[name].read_at <= said]:
            # Not read by force: whoever sends such events without end must not keep Odoo busy.
            self._schema.outdated(*old)
            self._schema.refreshed()
        return Applied(Result.UPDATED if self._schema.snapshot.changed(before) else Result.UNCHANGED)

    def _applied(self, event: Event) -> Verdict:
        try:
            kept = self._refresh(event.data)
        except (PermanentError, TransientError) as error:
            return error
        # After the file is in place: who hears of a list finds it. A result that is lost here is
        # published by the redelivery, which calls the list unchanged.
        self._publish([self._refreshed(event, kept)])
        return Applied(kept.result, f"{kept.rows} rows")

    def _refresh(self, request: LookupRequest) -> _Kept:
        if request.model not in self._settings.lookup_models:
            raise PermanentError(
                Reason.LOOKUP_FORBIDDEN,
                f"model {request.model!r} is not among those that PDM_ODOO_LOOKUP_MODELS allows: "
                f"{', '.join(self._settings.lookup_models)}",
            )
        try:
            rows = self._rows(request)
        except RefusedModelError as error:
            # One list that Odoo refuses is the fault of its request and must not hold all others.
            raise PermanentError(Reason.LOOKUP_FORBIDDEN, f"model {request.model!r}: {error}") from error
        body = orjson.dumps(
            {"name": request.name, "model": request.model, "fields": request.fields, "rows": rows},
            option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE,
        )
        path = self._settings.lookup_dir / f"{request.name}.json"
        try:
            result = _keep(path, body, f".{request.name}.part")
        except OSError as error:
            raise MisconfiguredError(
                f"the list {path} cannot be written ({error.strerror}); check PDM_ODOO_LOOKUP_DIR"
            ) from error
        return _Kept(len(rows), hashlib.sha256(body).hexdigest(), result)

    def _rows(self, request: LookupRequest) -> list[Values]:
        known = self._odoo.call(request.model, "fields_get", attributes=["type"])
        _check(request, known)
        # Archived rows come too; a reader tells them by `active`.
        fields = [*request.fields, *(["active"] if "active" in known else [])]
        rows: list[Values] = []
        last = 0
        while True:
            page = self._odoo.call(
                request.model,
                "search_read",
                domain=[["id", ">", last]],
                fields=list(dict.fromkeys(fields)),
                order="id",
                limit=PAGE,
                load=None,
            )
            rows += page
            if len(page) < PAGE:
                return rows
            last = page[-1]["id"]

    def _refreshed(self, request: Event, kept: _Kept) -> Message:
        moment = self._now()
        note = LookupRefreshed(
            name=request.data.name,
            model=request.data.model,
            rows=kept.rows,
            sha256=kept.sha256,
            changed=kept.result is not Result.UNCHANGED,
        )
        event = new_event(
            kinds.LOOKUP_REFRESHED,
            note,
            event_id=self._new_id(),
            source=request.source,
            time=moment,
            sequence=from_time(moment),
            correlationid=request.correlationid,
            causationid=request.id,
        )
        return to_message(event, topology.RESULTS)


def _known(request: SchemaRefreshRequest, known: frozenset[str]) -> Iterable[str]:
    if foreign := [name for name in request.models if name not in known]:
        used = ", ".join(sorted(known))
        raise PermanentError(
            Reason.INVALID_DATA, f"fields of {', '.join(foreign)} are not used; those of {used} are"
        )
    return request.models or known


def _check(request: LookupRequest, known: Mapping[str, Mapping[str, Any]]) -> None:
    for field in request.fields:
        if field not in known:
            raise PermanentError(
                Reason.INVALID_DATA, f"model {request.model!r} has no field {field!r}{_meant(field, known)}"
            )
        if known[field]["type"] == "binary":
            raise PermanentError(
                Reason.LOOKUP_FORBIDDEN, f"field {field!r} of {request.model!r} is binary; a list holds none"
            )


def _meant(field: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(field, known)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _keep(path: Path, body: bytes, part_name: str) -> Result:
    """Make `body` the content of `path`, so that a reader sees the old list or the new one, never half."""
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        before = None
        path.parent.mkdir(parents=True, exist_ok=True)
    if before == body:
        return Result.UNCHANGED
    # One name for all attempts: what a killed one left is overwritten.
    part = path.with_name(part_name)
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Result.CREATED if before is None else Result.UPDATED
