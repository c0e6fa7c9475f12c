"""Every button leads somewhere: what a chat offers in a state is in the state table for it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from casecore.errors import Outdated
from casecore.lifecycle import HELD_STATES, OPEN_STATES, TRANSITIONS, after, offers
from casecore.messages import Button
from casecore.offers import (
    Rows,
    designate_buttons,
    rating_buttons,
    reopen_button,
    resident_buttons,
    ruling_buttons,
    staff_buttons,
)
from casecore.store.tables import Case
from casecore.vocabulary import Act, CloseReason, State, Urgency

CLOSED_FOR = (CloseReason.RESOLVED, CloseReason.WITHDRAWN, CloseReason.INVALID)
# Buttons that open something rather than act on the case.
LOOKS = {"open", "why"}


def case_in(state: State, *, reason: CloseReason | None = None, deemed: bool = False) -> Case:
    return Case(id="c", state=state, close_reason=reason, deemed=deemed, t0=datetime(2024, 3, 4, tzinfo=UTC))


def act_of(button: Button) -> Act:
    return Act.RATE if button.act.startswith("rate_") else Act(button.act)


def acts(rows: Rows) -> set[Act]:
    return {act_of(button) for row in rows for button in row if button.act not in LOOKS}


@pytest.mark.parametrize(("state", "deemed"), list(product(State, (False, True))))
def test_staff_and_resident_buttons_are_in_the_table(state: State, deemed: bool) -> None:
    reasons = CLOSED_FOR if state is State.CLOSED else (None,)
    for reason in reasons:
        case = case_in(state, reason=reason, deemed=deemed)
        for rows in (staff_buttons(case), resident_buttons(case)):
            assert all(offers(state, act) for act in acts(rows))


def test_rulers_and_desks_get_buttons_that_work_while_the_case_is_held() -> None:
    for state in HELD_STATES - {State.SUSPENDED, State.PROMISED}:
        case = case_in(state)
        assert all(offers(state, act) for act in acts(ruling_buttons(case)) | acts(designate_buttons(case)))


def test_stars_and_reopening_work_when_the_work_is_done() -> None:
    for state in (State.DONE, State.CLOSED):
        case = case_in(state, reason=CloseReason.RESOLVED if state is State.CLOSED else None)
        assert all(offers(state, act) for act in acts(rating_buttons(case)) | acts(reopen_button(case)))


def test_what_was_taken_back_offers_nothing() -> None:
    for reason in (CloseReason.WITHDRAWN, CloseReason.INVALID):
        assert acts(resident_buttons(case_in(State.CLOSED, reason=reason))) == set()


def test_a_case_taken_by_a_person_is_not_offered_to_be_accepted() -> None:
    assert Act.ACCEPT not in acts(staff_buttons(case_in(State.ACCEPTED)))
    assert Act.ACCEPT in acts(staff_buttons(case_in(State.ACCEPTED, deemed=True)))


def test_a_button_says_which_case_it_is_about() -> None:
    for row in staff_buttons(case_in(State.IN_PROGRESS)):
        assert all((button.subject, button.label) == ("c", f"button.{button.act}") for button in row)


def test_the_table_leads_only_to_known_states_and_the_rest_is_outdated() -> None:
    for state, act in product(State, Act):
        if (state, act) in TRANSITIONS:
            assert after(state, act) is TRANSITIONS[state, act]
        else:
            with pytest.raises(Outdated):
                after(state, act)


def test_a_resident_can_always_add_urge_and_withdraw_while_a_case_is_open() -> None:
    for state in OPEN_STATES:
        assert all(offers(state, act) for act in (Act.ADD, Act.URGE, Act.WITHDRAW))


def test_every_state_can_be_reached() -> None:
    reached = {State.SUBMITTED, *(to for (state, _), to in TRANSITIONS.items() if to is not state)}
    assert reached == set(State)


def test_what_cannot_be_returned_shows_no_such_button() -> None:
    """R5.1: an emergency is acted on first; R5.3: a designated unit keeps the case."""
    case = case_in(State.ACCEPTED)
    assert Act.RETURN in acts(staff_buttons(case))
    case.urgency = Urgency.EMERGENCY
    assert Act.RETURN not in acts(staff_buttons(case))
    case.urgency, case.designated = Urgency.URGENT, True
    assert Act.RETURN not in acts(staff_buttons(case))
