"""Which buttons a chat may show on a case: a choice from the state table, so that no button leads nowhere by birth."""

from __future__ import annotations

from casecore.lifecycle import AWAITED_STATES, WORKING, offers
from casecore.messages import Button
from casecore.store.tables import Case
from casecore.vocabulary import Act, CloseReason, Level, Stage, State, Urgency

Rows = tuple[tuple[Button, ...], ...]

# Rows of the handler's card, most likely first; each act appears while the table offers it.
STAFF_ROWS: tuple[tuple[Act, ...], ...] = (
    (Act.ACCEPT,),
    (Act.DONE, Act.PROGRESS),
    (Act.ASK, Act.ESCALATE),
    (Act.TRANSFER, Act.RETURN),
    (Act.SEND_DOWN, Act.DESIGNATE),
    (Act.RESUME, Act.CONTACT, Act.EXTEND, Act.SUSPEND, Act.PROMISE),
)
# Who has units below may send down (R4.2); the district centre names a unit with binding effect (R5.3).
SENDS_DOWN = frozenset({Level.VILLAGE, Level.TOWN, Level.DISTRICT})


# What was taken back or was no request cannot be rated or reopened.
NEVER_WORKED: frozenset[CloseReason] = frozenset({CloseReason.WITHDRAWN, CloseReason.INVALID})


def button(case: Case, act: str) -> Button:
    return Button(act=act, subject=case.id, label=f"button.{act}")


def staff_buttons(case: Case) -> Rows:
    """The card's buttons in the case's present state, with the case file below."""
    rows = [tuple(button(case, act.value) for act in row if _may(case, act)) for row in STAFF_ROWS]
    last = (*watch_buttons(case)[0], *((button(case, Act.RECLASSIFY.value),) if _may_sort(case) else ()))
    return (*(row for row in rows if row), last)


def _may_sort(case: Case) -> bool:
    """Whoever holds it on the spot may say that it is about something else; a department may not (R5.3)."""
    return offers(case.state, Act.RECLASSIFY) and case.level is not Level.DEPARTMENT


def _may(case: Case, act: Act) -> bool:
    """In the table, and not taken already: only silence's acceptance may be taken up by a person (R1.5)."""
    if act is Act.SEND_DOWN and case.level not in SENDS_DOWN:
        return False
    if act is Act.DESIGNATE and case.level is not Level.DISTRICT:
        return False
    if act is Act.RETURN and (case.urgency is Urgency.EMERGENCY or case.designated):
        return False  # R5.1: act first; R5.3: a designated unit cannot return
    if act in {Act.EXTEND, Act.SUSPEND} and (case.urgency is Urgency.EMERGENCY or case.state not in WORKING):
        return False  # R6, R7: never for emergencies; who asks has taken it
    if act is Act.PROMISE and (
        case.stage is not Stage.U or case.hard_id is not None or case.state is State.SUSPENDED
    ):
        return False  # R2.4: feedback is owed at stage U; a hard matter has its plan (R8.5)
    taken = act is Act.ACCEPT and case.state is State.ACCEPTED and not case.deemed
    return offers(case.state, act) and not taken


def watch_buttons(case: Case) -> Rows:
    """For those who are told of a case and do not hold it: they may look, and ask why it went there."""
    return ((button(case, "open"), button(case, "why")),)


def ruling_buttons(case: Case) -> Rows:
    return ((button(case, Act.UPHOLD.value), button(case, Act.REFUSE.value)), *watch_buttons(case))


def designate_buttons(case: Case) -> Rows:
    """For the desk that has to name the unit (R5.3)."""
    return ((button(case, Act.DESIGNATE.value),), *watch_buttons(case))


def resident_buttons(case: Case) -> Rows:
    """What a resident may do with their open case."""
    if case.state in AWAITED_STATES:
        return ((button(case, "urge"), button(case, "withdraw")),)
    if case.state is State.DONE:
        return rating_buttons(case)
    worked = case.state is State.CLOSED and case.close_reason not in NEVER_WORKED
    return reopen_button(case) if worked else ()


def rating_buttons(case: Case) -> Rows:
    """Five stars in one row, and "not solved" apart from them: closed is not the same as solved."""
    return (
        tuple(button(case, f"rate_{stars}") for stars in range(1, 6)),
        (button(case, "reopen"),),
    )


def reopen_button(case: Case) -> Rows:
    return ((button(case, "reopen"),),)
