"""Which company an event is for, and one view of Odoo per company.

A newcomer would get wrong to keep one memory of related records for all: what a name means can differ
by company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from consumers.errors import ConflictError, PermanentError
from consumers.mapping.facts import Facts, facts
from consumers.mapping.rules import COMPANY, company
from consumers.odoo.client import Odoo
from consumers.odoo.company import InCompany
from consumers.odoo.relations import Place, Relations
from consumers.results import Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.keys import external_id
from schemas.profile import Profile

Texts = Mapping[Place, Sequence[str]]
"""Texts to look up, by where."""


@dataclass(frozen=True)
class Scope:
    """Odoo as one company sees it."""

    odoo: Odoo
    relations: Relations
    company: int | None = None
    """None: the companies of the connection."""
    everywhere: Odoo | None = None
    """Odoo as all companies of our user see it; None where the scope is not that of one company."""

    def external_id(self, aspect: str, key: str) -> str:
        """Return the external id of what each company has its own of: BOMs, vendor lines."""
        return external_id(aspect, f"{key}.company-{self.company}" if self.company else key)


class Companies:
    """Splits batches by company. Safe to share between threads."""

    def __init__(self, odoo: Odoo, profile: Profile, *, dry_run: bool = False) -> None:
        """Split by the company rule of `profile`; in a dry run no related record is created."""
        self._odoo = odoo
        self._profile = profile
        self._dry_run = dry_run
        self._rule = company(profile)
        self._all = self._seen_by(odoo)
        self._scopes: dict[int, Scope] = {}

    def split(self, events: Sequence[Event]) -> tuple[list[tuple[Scope, list[Event]]], dict[str, Verdict]]:
        """Return `events` by the company they are for, and the verdicts of those whose company is unclear.

        Without a company rule all belong to one scope: the connection's own companies.
        """
        if self._rule is None or not events:
            return [(self._all, list(events))], {}
        rule, verdicts = self._rule, dict[str, Verdict]()
        due, wanted = wanted_of(events, lambda event: [rule.wanted(self._facts(event))], verdicts)
        looked_up(self._all, wanted, frozenset())
        groups: dict[int, list[Event]] = {}
        for event in due:
            try:
                found = rule.values(self._facts(event), self._all.relations).get(COMPANY.name)
                groups.setdefault(found or 0, []).append(event)
            except PermanentError as error:
                verdicts[event.key] = error
        for event in groups.pop(0, []):
            verdicts[event.key] = PermanentError(
                Reason.MISSING_VALUE, "the event names no company, and the rule [company] has no default"
            )
        return [(self._scope(found), group) for found, group in groups.items()], verdicts

    def apply(
        self, events: Sequence[Event], work: Callable[[Scope, list[Event]], Mapping[str, Verdict]]
    ) -> dict[str, Verdict]:
        """Let `work` bring the events of each company into Odoo; return all verdicts by key.

        Raises: as `work`.
        """
        groups, verdicts = self.split(events)
        for scope, group in groups:
            try:
                verdicts |= work(scope, group)
            except ConflictError:
                # Perhaps a related record is gone: the next try must not use what is remembered of it.
                scope.relations.forget()
                self._all.relations.forget()
                raise
        return verdicts

    def _facts(self, event: Event) -> Facts:
        # An event that does not have the attribute is one for the default company.
        absent = dict.fromkeys(self._profile.company.names() if self._profile.company else (), "")
        return absent | dict(facts(event))

    def _scope(self, found: int) -> Scope:
        if found not in self._scopes:
            self._scopes[found] = replace(
                self._seen_by(InCompany(self._odoo, found)), company=found, everywhere=InCompany(self._odoo)
            )
        return self._scopes[found]

    def _seen_by(self, odoo: Odoo) -> Scope:
        return Scope(odoo, Relations(odoo, self._profile.unit, dry_run=self._dry_run))


def looked_up(scope: Scope, wanted: Iterable[Texts], create: frozenset[Place]) -> None:
    """Look up all texts of `wanted` in one call per place; create missing records at `create`."""
    joined: dict[Place, list[str]] = {}
    for one in wanted:
        for place, texts in one.items():
            joined.setdefault(place, []).extend(texts)
    scope.relations.look_up(joined, create)


def wanted_of(
    events: Sequence[Event], ask: Callable[[Event], Iterable[Texts]], verdicts: dict[str, Verdict]
) -> tuple[list[Event], list[Texts]]:
    """Return the events that can be planned, and what they want looked up, as `ask` says of each.

    An event of which `ask` raises PermanentError gets that as its verdict.
    """
    due: list[Event] = []
    wanted: list[Texts] = []
    for event in events:
        try:
            wanted += ask(event)
        except PermanentError as error:
            verdicts[event.key] = error
        else:
            due.append(event)
    return due, wanted
