"""Cycles found before Odoo is asked to write: its own refusal names no BOM and takes the whole batch with it.

A newcomer would get wrong who is refused: every event that adds a link of the cycle, and no other. An event
that only repeats what Odoo holds is not at fault, even if the cycle runs through it. Where it runs through a
BOM of the vault's that only Odoo holds, the event is tried again: what unties it may be on its way.
Odoo's check stays the last line, for what two batches do at once, and above `ROUNDS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom_plan import Plan
from consumers.mapping.cycles import Structure, Uses
from consumers.odoo.ancestry import where_used
from consumers.odoo.client import Odoo

ROUNDS = 8
"""Calls at most: 32 levels."""

Boms = Mapping[int, Sequence[int] | None]
"""Template → its BOMs in use; None when it was not read."""


def refused(odoo: Odoo, plans: Sequence[Plan], boms: Boms) -> dict[str, PermanentError | TransientError]:
    """Return, by key, the events of those `plans` that would close a cycle.

    No call when all that is added is a leaf, or gets its BOM by these plans; else one per four levels
    above the BOMs that something is added to.
    """
    built = {plan.event.key: (plan, made) for plan in plans if (made := plan.structure)}
    found = _closing(Uses.of(made for _, made in built.values()), built)
    # What is refused leaves in Odoo what it has.
    built = {key: one for key, one in built.items() if key not in found}
    below = {made.parent: made.parts for _, made in built.values()}
    replaced = {bom for plan, _ in built.values() for bom in plan.replaced}
    starts = {made.parent for _, made in built.values() if _leads_to_odoo(made, below, replaced, boms)}
    if starts:
        uses = Uses.of(made for _, made in built.values())
        _ask(odoo, uses, starts, replaced)
        found |= _closing(uses, built)
    return found


def _closing(
    uses: Uses, built: Mapping[str, tuple[Plan, Structure]]
) -> dict[str, PermanentError | TransientError]:
    refusals = {key: uses.refusal(made) for key, (_, made) in built.items()}
    return {key: error for key, error in refusals.items() if error}


def _leads_to_odoo(
    made: Structure, below: Mapping[int, frozenset[int]], replaced: set[int], boms: Boms
) -> bool:
    """Return whether what `made` adds has a BOM that only Odoo knows, at any level of these plans."""
    seen, waiting = set[int](), list(made.added)
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        held = boms.get(one)
        if held is None or any(bom not in replaced for bom in held):
            return True
        waiting += below.get(one, ())
    return False


def _ask(odoo: Odoo, uses: Uses, starts: set[int], replaced: set[int]) -> None:
    """Add to `uses` where Odoo uses `starts`, and what these are used in, up to the top."""
    asked: set[int] = set()
    for _ in range(ROUNDS):
        if not (due := uses.closure(starts) - asked):
            return
        asked |= due
        for use in where_used(odoo, sorted(due)):
            asked |= {use.parent} if use.asked else set()
            if use.bom not in replaced:
                if use.ours and use.parent not in uses.above.get(use.component, ()):
                    uses.passing.add((use.component, use.parent))
                if not use.ours:
                    uses.passing.discard((use.component, use.parent))
                uses.add(use.component, use.parent)
                uses.names.setdefault(use.parent, use.number)
