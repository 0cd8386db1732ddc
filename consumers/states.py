"""What a destination state means: the customer says it in the profile, nobody guesses."""

from __future__ import annotations

from collections.abc import Sequence

from consumers.errors import PermanentError
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Action, Profile


def action(event: Event, profile: Profile) -> Action:
    """Return what the destination state of `event` means for its kind.

    Raises:
        PermanentError: the profile does not list the state.
    """
    state = event.data.transition.to_state
    actions = profile.states.get(state)
    if actions is None:
        raise PermanentError(
            Reason.UNKNOWN_STATE,
            f"state {state!r} has no meaning yet; known: {', '.join(profile.states)}. "
            "Add it to [states] in the profile and publish it again",
        )
    meant: Action = getattr(actions, event.kind.entity)
    return meant


def archives(event: Event, profile: Profile) -> bool:
    """Return whether the destination state of `event` asks to archive. Raises as `action`."""
    return action(event, profile) is Action.ARCHIVE


def screen(events: Sequence[Event], profile: Profile) -> tuple[list[Event], dict[str, Verdict]]:
    """Return the events that Odoo must see, and the verdicts of all others by key."""
    due: list[Event] = []
    verdicts: dict[str, Verdict] = {}
    for event in events:
        try:
            meant = action(event, profile)
            if meant is Action.UPSERT or (meant is Action.ARCHIVE and event.data.rank):
                due.append(event)
            else:
                # The state of a component that was seen in a parent is the parent's.
                what = "is ignored" if meant is Action.IGNORE else "archives its own item, no component of it"
                note = f"state {event.data.transition.to_state!r} {what}"
                verdicts[event.key] = Applied(Result.UNCHANGED, note, supersedes=False)
        except PermanentError as error:
            verdicts[event.key] = error
    return due, verdicts
