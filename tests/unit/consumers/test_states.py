"""What a state means is said by the customer, never guessed."""

from __future__ import annotations

import pytest

from consumers.errors import PermanentError
from consumers.results import Applied, Result
from consumers.states import action, screen
from schemas.dead_letter import Reason
from schemas.profile import Action
from tests.factories import attachment, bom, event, profile, transition
from tests.unit.consumers.deliveries import seen

PROFILE = profile()


def test_only_events_in_a_state_that_means_upsert_are_due() -> None:
    released, ignored = seen("A"), seen("B", transition=transition(to_state="In Work"))

    due, verdicts = screen([released, ignored], PROFILE)

    assert due == [released]
    assert verdicts == {
        ignored.key: Applied(Result.UNCHANGED, "state 'In Work' is ignored", supersedes=False)
    }


@pytest.mark.parametrize("state", ["Obsolete", "released", "RELEASED", "Released for sale"])
def test_an_unknown_state_is_refused_with_the_known_ones_and_the_remedy(state: str) -> None:
    due, verdicts = screen([seen("A", transition=transition(to_state=state))], PROFILE)

    [error] = verdicts.values()
    assert due == []
    assert isinstance(error, PermanentError)
    assert error.reason is Reason.UNKNOWN_STATE
    assert str(error) == (
        f"state {state!r} has no meaning yet; known: Released, In Work. "
        "Add it to [states] in the profile and publish it again"
    )


def test_an_unknown_state_harms_only_its_own_event() -> None:
    strange, released = seen("A", transition=transition(to_state="Obsolete")), seen("B")

    due, verdicts = screen([strange, released], PROFILE)

    assert due == [released]
    assert list(verdicts) == [strange.key]


def test_blanks_around_a_state_do_not_count() -> None:
    assert action(seen(transition=transition(to_state=" Released ")), PROFILE) is Action.UPSERT


def test_a_state_may_mean_another_thing_for_each_kind_of_event() -> None:
    obsolete = {"product": "upsert", "bom": "ignore", "attachment": "ignore"}
    rules = profile(states={"Obsolete": obsolete})
    gone = transition(to_state="Obsolete")

    assert action(seen(transition=gone), rules) is Action.UPSERT
    assert action(event(bom(transition=gone)), rules) is Action.IGNORE
    assert action(event(attachment(transition=gone)), rules) is Action.IGNORE
