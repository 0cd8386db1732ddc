"""Questions to Odoo of which each may be refused without harm to the others.

A newcomer would get wrong what a missing answer means. A module that is not installed has no orders: that
is an answer. A right that is missing is none, and is told: "nothing uses it" must never be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from consumers.errors import AbsentModelError, DeniedError, MisconfiguredError, PipelineError
from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from schemas.dead_letter import cut

_TEXT = 300


class Questions:
    """Questions to Odoo of which each may be refused without harm to the others."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo
        self.unknown: list[str] = []
        """What was refused, and why."""

    def rows(self, label: str, model: str, domain: Sequence[Any], *fields: str) -> list[Values]:
        """Return records of `model`, a many2one as [id, name]; none where there is no answer."""
        return self._asked(
            label,
            lambda: self._odoo.call(model, "search_read", domain=domain, fields=list(fields), order="id"),
        )

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
