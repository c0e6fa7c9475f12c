"""A handler's buttons about merging and hard matters (R8): what each press asks the record to do."""

from __future__ import annotations

from casecore.messages import Press
from intake.dialogue.effects import ActOn, Effect

# A proposal's buttons are yes and no like any other decision's; their value tells them apart (`m.<end of its id>`).
MERGE = "m."


def merging(press: Press) -> list[Effect] | None:
    """The effects, or None when the button is about something else."""
    if press.act in {"approve", "refuse"} and press.value.startswith(MERGE):
        proposal = press.value.removeprefix(MERGE)
        return [ActOn(act=f"merge_{press.act}", case_id=press.subject, args={"proposal": proposal})]
    if press.act in {"split", "open_hard"}:
        return [ActOn(act=press.act, case_id=press.subject)]
    if press.act == "milestone" and press.value.isdigit():
        return [ActOn(act="milestone", case_id=press.subject, args={"n": int(press.value)})]
    return None
