"""Which buttons a chat may show on a case: a choice from the state table, so that no button leads nowhere by birth."""

from __future__ import annotations

from casecore.lifecycle import OPEN_STATES, offers
from casecore.messages import Button
from casecore.store.tables import Case
from casecore.vocabulary import Act, State

Rows = tuple[tuple[Button, ...], ...]

# Rows of the handler's card, most likely first; each act appears while the table offers it.
STAFF_ROWS: tuple[tuple[Act, ...], ...] = (
    (Act.ACCEPT,),
    (Act.DONE, Act.PROGRESS),
    (Act.ASK, Act.ESCALATE),
    (Act.TRANSFER, Act.RETURN),
)


def button(case: Case, act: str) -> Button:
    return Button(act=act, subject=case.id, label=f"button.{act}")


def staff_buttons(case: Case) -> Rows:
    """The card's buttons in the case's present state, with the case file below."""
    rows = [tuple(button(case, act.value) for act in row if offers(case.state, act)) for row in STAFF_ROWS]
    return (*(row for row in rows if row), (button(case, "open"),))


def ruling_buttons(case: Case) -> Rows:
    return ((button(case, Act.UPHOLD.value), button(case, Act.REFUSE.value)), (button(case, "open"),))


def resident_buttons(case: Case) -> Rows:
    """What a resident may do with their open case."""
    if case.state not in OPEN_STATES:
        return reopen_button(case) if case.state is State.CLOSED else ()
    return ((button(case, "urge"), button(case, "withdraw")),)


def rating_buttons(case: Case) -> Rows:
    """Five stars in one row, and "not solved" apart from them: closed is not the same as solved."""
    return (
        tuple(button(case, f"rate_{stars}") for stars in range(1, 6)),
        (button(case, "reopen"),),
    )


def reopen_button(case: Case) -> Rows:
    return ((button(case, "reopen"),),)
