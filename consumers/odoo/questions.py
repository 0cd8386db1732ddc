"""Questions to Odoo of which each may be refused without harm to the others.

A newcomer would get wrong what a missing answer means. A module that is not installed has no orders: that
is an answer. A right that is missing is none, and is told: "nothing uses it" must never be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from consumers.errors import (
    AbsentModelError,
    DeniedError,
    MisconfiguredError,
    PipelineError,
    UnknownFieldError,
)
from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from schemas.dead_letter import cut

MOST = 1000
"""Records of which a part may have any number that one question reads: lines of BOMs and orders."""
_TEXT = 300


class Questions:
    """Questions to Odoo of which each may be refused without harm to the others."""

    def __init__(self, odoo: Odoo, most: int | None = MOST) -> None:
        """Let `newest` read `most` records a question, None being all."""
        self._odoo = odoo
        self._most = most
        self.unknown: list[str] = []
        """What was refused or not read, and why."""
        self.cut = False
        """Whether a question had more records than were read."""

    def rows(self, label: str, model: str, domain: Sequence[Any], *fields: str) -> list[Values]:
        """Return records of `model`, a many2one as [id, name]; none where there is no answer."""
        return self._asked(
            label,
            lambda: self._odoo.call(model, "search_read", domain=domain, fields=list(fields), order="id"),
        )

    def newest(self, label: str, model: str, *domains: Sequence[Any], fields: Sequence[str]) -> list[Values]:
        """Return the newest records of `model`, oldest of them first; what is not read is told.

        The first of the `domains` counts whose fields this Odoo has.
        """
        limit = None if self._most is None else self._most + 1

        def ask() -> list[Values]:
            call = partial(self._odoo.call, model, "search_read", fields=list(fields), order="id desc")
            for domain in domains[:-1]:
                with suppress(UnknownFieldError):
                    return list(call(domain=domain, limit=limit))
            return list(call(domain=domains[-1], limit=limit))

        rows = self._asked(label, ask)
        if self._most is not None and len(rows) > self._most:
            self.cut = True
            self.unknown.append(f"{label} (more than {self._most} lines: only the newest were read)")
        return rows[: self._most][::-1]

    def sums(self, label: str, model: str, domain: Sequence[Any], by: str, field: str) -> dict[int, float]:
        """Return the sum of `field` over the records of `model`, by the id of their `by`."""
        total = f"{field}:sum"
        new = capabilities(self._odoo.version()).formatted_groups

        def ask() -> list[Values]:
            # The older one says product_id: [7, "…"], quantity: 3; the newer one quantity:sum: 3.
            call = partial(self._odoo.call, model, domain=domain, groupby=[by])
            rows: list[Values] = (
                call(method="formatted_read_group", aggregates=[total])
                if new
                else call(method="read_group", fields=[total], lazy=False)
            )
            return rows

        rows = self._asked(label, ask)
        return {row[by][0]: row[total if new else field] for row in rows if row[by]}

    def _asked(self, label: str, ask: Callable[[], list[Values]]) -> list[Values]:
        try:
            return ask()
        except AbsentModelError:
            return []
        except DeniedError:
            raise
        except (PipelineError, MisconfiguredError) as error:
            # Not the world that is down: that is raised, and asked again.
            self.unknown.append(f"{label} ({cut(str(error).splitlines()[0], _TEXT)})")
            return []
