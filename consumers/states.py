"""What a destination state means: the customer says it, nobody guesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consumers.errors import PermanentError
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.item import Transition
from schemas.settings import StateAction


def action(transition: Transition, states: Mapping[str, StateAction]) -> StateAction:
    """Return what `transition.to_state` means by `states` (setting PDM_ODOO_STATES).

    Raises:
        PermanentError: the state is not listed.
    """
    found = states.get(transition.to_state)
    if found is None:
        raise PermanentError(
            Reason.UNKNOWN_STATE,
            f"state {transition.to_state!r} has no meaning yet; known: {', '.join(states)}. "
            "Add it to PDM_ODOO_STATES and publish it again",
        )
    return found


def screen(
    events: Sequence[Event], states: Mapping[str, StateAction]
) -> tuple[list[Event], dict[str, Verdict]]:
    """Return the events that Odoo must see, and the verdicts of all others by key."""
    due: list[Event] = []
    verdicts: dict[str, Verdict] = {}
    for event in events:
        state = event.data.transition.to_state
        try:
            if action(event.data.transition, states) is StateAction.UPSERT:
                due.append(event)
            else:
                verdicts[event.key] = Applied(
                    Result.UNCHANGED, f"state {state!r} is ignored", supersedes=False
                )
        except PermanentError as error:
            verdicts[event.key] = error
    return due, verdicts
