"""The one table of what may happen to a case: (state, act) → state, with the reason beside each line.

An act that is not listed for the present state is refused as outdated. Acts that change nothing about the
state but are allowed in it stand here too: what a chat offers and what the record accepts is the same list.
"""

from __future__ import annotations

from casecore.errors import Outdated
from casecore.vocabulary import Act, State

S = State

OPEN_STATES: frozenset[State] = frozenset(
    {S.SUBMITTED, S.DISPATCHED, S.ACCEPTED, S.IN_PROGRESS, S.SUSPENDED, S.PROMISED, S.REOPENED}
)
# What a resident still waits for: merged into another, the request is as open as that one (R8.2).
AWAITED_STATES: frozenset[State] = OPEN_STATES | {S.MERGED}
HELD_STATES: frozenset[State] = OPEN_STATES - {S.SUBMITTED}
WORKING: tuple[State, ...] = (S.ACCEPTED, S.IN_PROGRESS)
WAITING: tuple[State, ...] = (S.DISPATCHED, S.REOPENED)
# The clock runs in these, and may be stopped (R13.2); a unit may ask for it only once it has taken the case (R7).
RUNNING: tuple[State, ...] = (*WAITING, *WORKING, S.PROMISED)

TRANSITIONS: dict[tuple[State, Act], State] = {
    # a new case finds its unit
    (S.SUBMITTED, Act.DISPATCH): S.DISPATCHED,  # R1.6: entry level from the list, unit from the place
    (S.SUBMITTED, Act.RECLASSIFY): S.SUBMITTED,  # triage names the item before it goes out
    (S.SUBMITTED, Act.INVALIDATE): S.CLOSED,  # spam or a test, seen by triage
    # the unit answers
    (S.DISPATCHED, Act.ACCEPT): S.ACCEPTED,  # R3: a human acceptance is the response
    (S.REOPENED, Act.ACCEPT): S.ACCEPTED,  # R11.5: the same unit takes it up again
    (
        S.ACCEPTED,
        Act.ACCEPT,
    ): S.ACCEPTED,  # R1.5, T3-1: a person takes up what silence had accepted (only that)
    (S.DISPATCHED, Act.DEEM_ACCEPT): S.ACCEPTED,  # R1.5: silence is acceptance
    (S.REOPENED, Act.DEEM_ACCEPT): S.ACCEPTED,  # R1.5
    (S.DISPATCHED, Act.PASS_TO_GRID): S.DISPATCHED,  # R2.1: nobody in the microgrid claimed it
    (S.ACCEPTED, Act.PASS_TO_GRID): S.DISPATCHED,  # R2.1 with R1.5: deemed accepted is not claimed
    # the unit works
    **{(s, Act.PROGRESS): S.IN_PROGRESS for s in WORKING},  # a note or a photo shows that work began
    **{(s, Act.ASK): S.IN_PROGRESS for s in WORKING},  # R5.5: facts are asked for, the case stays
    **{(s, Act.CONTACT): S.IN_PROGRESS for s in WORKING},  # R7 S1: an attempt to reach the resident
    **{(s, Act.DONE): S.DONE for s in WORKING},  # R11.1
    # it goes elsewhere
    **{(s, Act.RETURN): s for s in (*WAITING, *WORKING)},  # R5.1: a request; the case stays until the ruling
    **{(s, Act.REFUSE): s for s in (*WAITING, *WORKING)},  # R5.2
    **{(s, Act.UPHOLD): S.DISPATCHED for s in (*WAITING, *WORKING)},  # R5.4: to the right unit
    **{(s, Act.ESCALATE): S.DISPATCHED for s in (*WAITING, *WORKING)},  # R4.2
    **{(s, Act.SEND_DOWN): S.DISPATCHED for s in (*WAITING, *WORKING)},  # R4.2: nothing was tried; also 交办
    **{(s, Act.TRANSFER): S.DISPATCHED for s in WORKING},  # R18.1, R1.4: only who has taken it may pass it on
    **{(s, Act.DESIGNATE): S.DISPATCHED for s in (*WAITING, *WORKING)},  # R5.3: binding
    **{(s, Act.ESCALATE_OVERDUE): S.DISPATCHED for s in (*WAITING, *WORKING)},  # R4.4
    **{(s, Act.SUPERVISE): s for s in (*WAITING, *WORKING)},  # R4.5: the case does not move
    **{(s, Act.RECLASSIFY): s for s in (*WAITING, *WORKING)},  # the code was wrong; the holder stays
    **{(s, Act.INVALIDATE): S.CLOSED for s in (*WAITING, *WORKING)},  # R0: invalid
    # one matter of several residents (R8)
    **{(s, Act.MERGE): S.MERGED for s in OPEN_STATES},  # R8.2: the child goes with its master
    (S.MERGED, Act.SPLIT): S.DISPATCHED,  # R8.4: to the unit that holds the master
    (S.MERGED, Act.SUBMIT): S.SUBMITTED,  # R8.4: its master had no unit yet; it finds its own
    (S.MERGED, Act.FOLLOW): S.DONE,  # R8.3: the master's result is the child's
    **{(S.MERGED, act): S.MERGED for act in (Act.ADD, Act.URGE)},  # R8.2: its resident is heard as before
    (S.MERGED, Act.WITHDRAW): S.CLOSED,  # the others' request goes on
    **{(S.PROMISED, act): S.PROMISED for act in (Act.PROGRESS, Act.ASK, Act.CONTACT)},  # the work goes on
    (S.PROMISED, Act.DONE): S.DONE,  # R8.5, R2.4: kept before or at the promised date
    **{(s, Act.OPEN_HARD): S.PROMISED for s in (*WAITING, *WORKING, S.PROMISED)},  # R8.5
    # the clock is moved
    **{(s, Act.EXTEND): s for s in WORKING},  # R6: a request; the level above decides
    **{(s, Act.PROMISE): S.PROMISED for s in WORKING},  # R2.4: approved feedback with one promised date
    (S.PROMISED, Act.PROMISE): S.PROMISED,  # R2.4: one new promise
    (S.PROMISED, Act.SUPERVISE): S.PROMISED,  # R4.5: the promised day passed without a result
    **{(s, Act.SUSPEND): S.SUSPENDED for s in RUNNING},  # R7, R13.2
    (S.SUSPENDED, Act.RESUME): S.IN_PROGRESS,  # R7: the reason is over
    (S.SUSPENDED, Act.DISPATCH): S.DISPATCHED,  # R13.5: nobody had taken it when it was frozen
    (
        S.SUSPENDED,
        Act.PROMISE,
    ): S.PROMISED,  # R13.5: what was promised is promised still, later by the frozen time
    (S.SUSPENDED, Act.CLOSE): S.CLOSED,  # R7 S1: it ran out without an answer (T7-2)
    **{
        (S.SUSPENDED, act): S.SUSPENDED for act in (Act.PROGRESS, Act.ASK, Act.CONTACT)
    },  # the resident is heard of
    # the resident speaks
    **{(s, Act.ADD): s for s in (*OPEN_STATES, S.DONE)},  # nothing that a resident adds is lost
    **{(s, Act.URGE): s for s in OPEN_STATES},  # R4.3
    **{(s, Act.WITHDRAW): S.CLOSED for s in OPEN_STATES},  # the resident's right at any time before done
    (S.DONE, Act.RATE): S.DONE,  # R11.2; a good rating closes by the next line (R18.11)
    (S.CLOSED, Act.RATE): S.CLOSED,  # R18.11: the rating can be changed until +168 h
    (S.DONE, Act.CLOSE): S.CLOSED,  # R18.11, or the window ended
    (S.DONE, Act.REOPEN): S.REOPENED,  # R11.3, R11.5
    (S.CLOSED, Act.REOPEN): S.REOPENED,  # R11.5: within 168 h of the done notice
}


def after(state: State, act: Act) -> State:
    """The state that `act` leads to from `state`; Outdated when the table has no such line."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise Outdated(state=state.value, act=act.value) from None


def offers(state: State, act: Act) -> bool:
    """Is `act` in the table for `state`? What a chat may put on a button."""
    return (state, act) in TRANSITIONS
