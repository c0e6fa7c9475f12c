"""Who may open which page: one line a route. A route without a line here does not start (see `routes`).

What a person sees on a page is narrower still: casecore.reading.scope cuts lists and files to their posts,
and casecore.authority decides each act.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from casecore.reading.scope import DEPARTMENT_READERS, DISTRICT_READERS, MESSAGE_READERS, PLACE_READERS
from casecore.vocabulary import Role

Rule = frozenset[Role] | Literal["open", "signed_in"]

OPEN: Rule = "open"
SIGNED_IN: Rule = "signed_in"  # whoever has a session, even when the last post is gone: to leave
CASE_READERS = PLACE_READERS | DISTRICT_READERS | DEPARTMENT_READERS | {Role.SENSITIVE_OFF}
# Desks and commanders act; leaders, departments (who work in chat) and assessors read.
DESKS = frozenset(
    {
        Role.VILLAGE_DESK,
        Role.VILLAGE_SEC,
        Role.TOWN_DESK,
        Role.TOWN_CMD,
        Role.DISTRICT_DESK,
        Role.DISTRICT_CMD,
    }
)
KEEPERS = frozenset({Role.ADMIN})
# What was learned is the district's affair; only its desk may read the messages in a report.
READERS_OF_LESSONS = MESSAGE_READERS

ACCESS: Mapping[str, Rule] = {
    "static": OPEN,
    "language": OPEN,
    "sign_in": OPEN,
    "sign_in_try": OPEN,
    "sign_out": SIGNED_IN,
    "start": CASE_READERS | KEEPERS,
    "start_slash": CASE_READERS | KEEPERS,
    "cases": CASE_READERS,
    "case": CASE_READERS,
    "case_media": CASE_READERS,
    "case_designate": DESKS,
    "case_reclassify": DESKS,
    "case_invalidate": DESKS,
    "case_merging": DESKS | {Role.TOWN_LEAD, Role.DISTRICT_LEADER},
    "triage": DESKS,
    "triage_message": MESSAGE_READERS,
    "triage_notice": MESSAGE_READERS,
    "road": DESKS | KEEPERS,
    "learning": MESSAGE_READERS | KEEPERS,
    "learning_name": KEEPERS,
    "roster": KEEPERS,
    "roster_add": KEEPERS,
    "person": KEEPERS,
    "person_post": KEEPERS,
    "person_end": KEEPERS,
    "person_duty": KEEPERS,
    "person_code": KEEPERS,
    "person_unbind": KEEPERS,
    "person_login": KEEPERS,
    "person_password": KEEPERS,
    "person_login_off": KEEPERS,
}


def admits(rule: Rule, roles: frozenset[Role]) -> bool:
    """May somebody who is signed in and holds posts of `roles` pass?"""
    return isinstance(rule, str) or bool(rule & roles)
