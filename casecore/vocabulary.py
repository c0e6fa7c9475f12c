"""The closed word lists of the domain: every id that is stored, shown by key or written in a journey.

The ids are the glossary's. A word that is not here does not exist for the record: the tables carry
CHECK constraints made from these lists, and the locales carry one entry for each.
"""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """Where in the administrative tree a unit stands (R0). Departments hang below the district."""

    MICROGRID = "microgrid"
    GRID = "grid"
    VILLAGE = "village"
    TOWN = "town"
    DISTRICT = "district"
    DEPARTMENT = "department"


class Stage(StrEnum):
    """The clock a unit works under (R0): grid 1 day, village 3, town and above 7."""

    G = "G"
    V = "V"
    U = "U"


STAGE_OF: dict[Level, Stage] = {
    Level.MICROGRID: Stage.G,
    Level.GRID: Stage.G,
    Level.VILLAGE: Stage.V,
    Level.TOWN: Stage.U,
    Level.DISTRICT: Stage.U,
    Level.DEPARTMENT: Stage.U,
}


class Urgency(StrEnum):
    """How soon someone must answer (R3)."""

    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Side(StrEnum):
    """Which side of the service a conversation belongs to. A staff act is never taken from RESIDENT."""

    RESIDENT = "resident"
    HANDLER = "handler"


class State(StrEnum):
    """The case's life (R0). A draft is no case yet and lives in its own tray."""

    SUBMITTED = "submitted"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    SUSPENDED = "suspended"
    PROMISED = "promised"
    DONE = "done"
    REOPENED = "reopened"
    MERGED = "merged"
    CLOSED = "closed"


class CloseReason(StrEnum):
    RESOLVED = "resolved"
    EXPLAINED = "explained"
    NO_CONTACT = "no_contact"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"
    MERGED = "merged"


class Outcome(StrEnum):
    """How one stay of a case with one unit ended (R0)."""

    OPEN = "open"
    DONE = "done"
    ESCALATED_OK = "escalated_ok"
    ESCALATED_OVERDUE = "escalated_overdue"
    RETURNED_UPHELD = "returned_upheld"
    TRANSFERRED = "transferred"
    SENT_DOWN = "sent_down"
    MERGED_CHILD = "merged_child"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"


class StayKind(StrEnum):
    """What one stay of a case with a unit is (R10.5, R9.1). A case open with a unit has one MAIN or TRACKING stay."""

    MAIN = "main"
    TRACKING = "tracking"  # the grid watches while a provider does the job
    PROVIDER = "provider"  # the provider's own job
    COWORK = "cowork"  # a co-unit's sub-task, or a summons


# The stays that hold the case: `Case.assignment_id` names one of them.
HOLDING: frozenset[StayKind] = frozenset({StayKind.MAIN, StayKind.TRACKING})


class Act(StrEnum):
    """What may be done to a case. Every button a chat offers on a case is one of these."""

    # the house itself
    SUBMIT = "submit"
    DISPATCH = "dispatch"
    DEEM_ACCEPT = "deem_accept"
    PASS_TO_GRID = "pass_to_grid"  # noqa: S105 (an act; nobody logs in with it)
    ESCALATE_OVERDUE = "escalate_overdue"
    SUPERVISE = "supervise"
    CLOSE = "close"
    FOLLOW = "follow"
    # handlers
    ACCEPT = "accept"
    PROGRESS = "progress"
    ASK = "ask"
    CONTACT = "contact"
    RETURN = "return"
    UPHOLD = "approve"
    REFUSE = "refuse"
    ESCALATE = "escalate"
    SEND_DOWN = "send_down"
    TRANSFER = "transfer"
    DESIGNATE = "designate"
    DONE = "done"
    INVALIDATE = "invalidate"
    RECLASSIFY = "reclassify"
    MERGE = "merge"
    SPLIT = "split"
    OPEN_HARD = "open_hard"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RESUME = "resume"
    PROMISE = "promise"
    # residents
    ADD = "addition"
    URGE = "urge"
    WITHDRAW = "withdraw"
    RATE = "rate"
    REOPEN = "reopen"


class EventKind(StrEnum):
    """A fact about a case, told in the past tense. Written once, never edited (R12.4)."""

    SUBMITTED = "submitted"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    DEEMED_ACCEPTED = "deemed_accepted"
    PROGRESS = "progress"
    ASKED = "asked"
    CONTACTED = "contacted"
    ADDITION = "addition"
    URGED = "urged"
    REMINDED = "reminded"
    RETURN_ASKED = "return_asked"
    RETURN_UPHELD = "return_upheld"
    RETURN_REFUSED = "return_refused"
    ESCALATED = "escalated"
    ESCALATED_OVERDUE = "escalated_overdue"
    PASSED_TO_GRID = "passed_to_grid"
    SENT_DOWN = "sent_down"
    TRANSFERRED = "transferred"
    DESIGNATED = "designated"
    SUPERVISED = "supervised"
    RECLASSIFIED = "reclassified"
    DONE = "done"
    RATED = "rated"
    REOPENED = "reopened"
    MERGE_PROPOSED = "merge_proposed"
    MERGE_REFUSED = "merge_refused"
    MERGED = "merged"
    JOINED = "joined"
    SPLIT = "split"
    SAME_CAUSE = "same_cause"
    HARD_OPENED = "hard_opened"
    PLANNED = "planned"
    MILESTONE_DONE = "milestone_done"
    APPROVAL_ASKED = "approval_asked"
    APPROVED = "approved"
    APPROVAL_REFUSED = "approval_refused"
    APPROVAL_LAPSED = "approval_lapsed"
    EXTENDED = "extended"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    PROMISED = "promised"
    WITHDRAWN = "withdrawn"
    INVALIDATED = "invalidated"
    CLOSED = "closed"
    ALERTED = "alerted"
    VIEWED = "viewed"
    REFUSED = "refused"


class Notice(StrEnum):
    """What may be owed to somebody: a meaning, never a text. `bots.render` finds the words."""

    # residents
    WELCOME = "welcome"
    HELP = "help"
    LISTENING = "listening"
    SUMMARY_CARD = "summary_card"
    QUESTION = "question"
    SUBMITTED = "submitted"
    EMERGENCY_HELP = "emergency_help"
    OUT_OF_AREA = "out_of_area"
    ACCEPTED = "accepted"
    PROGRESS = "progress"
    MOVED = "moved"
    ASKED = "asked"
    STATUS = "status"
    ADDED = "added"
    URGED = "urged"
    DONE = "done"
    RATING_REQUEST = "rating_request"
    RATED = "rated"
    REOPEN_OFFER = "reopen_offer"
    REOPENED = "reopened"
    MERGED = "merged"
    PLANNED = "planned"
    CONTACTED = "contacted"
    EXTENDED = "extended"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    PROMISED = "promised"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    THANKS = "thanks"
    LANGUAGE = "language"
    NOT_UNDERSTOOD = "not_understood"
    MEDIA_FAILED = "media_failed"
    # staff
    ALERT = "alert"
    TASK_CARD = "task_card"
    TASK_LIST = "task_list"
    TASK_MOVED = "task_moved"
    APPROVAL_CARD = "approval_card"
    URGE = "urge"
    ADDITION = "addition"
    WITHDRAWN = "withdrawn"
    SUPERVISION_ORDER = "supervision_order"
    RULED = "ruled"
    CASE_FILE = "case_file"
    EXPLANATION = "explanation"  # also to residents, in short
    DUTY = "duty"
    BOUND = "bound"
    FOLLOW_UP = "follow_up"
    JOINED = "joined"
    HARD_MATTER = "hard_matter"
    PROMPT = "prompt"
    NOTED = "noted"
    # both
    REMINDER = "reminder"
    REFUSED = "refused"
    OUTDATED = "outdated"


class TimerKind(StrEnum):
    """What may fall due. A timer that fires on a stale case version does nothing."""

    RESPONSE_DUE = "response_due"
    CLAIM_DUE = "claim_due"
    REMIND = "remind"
    STAGE_DUE = "stage_due"
    RULING_DUE = "ruling_due"
    SUPERVISION_DUE = "supervision_due"
    RATING_REMIND = "rating_remind"
    RATING_CLOSES = "rating_closes"
    PLAN_DUE = "plan_due"
    MILESTONE_DUE = "milestone_due"
    APPROVAL_DUE = "approval_due"
    SUSPENSION_REVIEW = "suspension_review"
    SUSPENSION_ENDS = "suspension_ends"


class ApprovalKind(StrEnum):
    """What one person asks another, one level up, to allow. `casecore.acts.rulings` says what each yes and no does."""

    EXTENSION = "extension"  # R6
    SUSPENSION = "suspension"  # R7
    REVIEW = "review"  # R7 S2: does a legal procedure still last?
    PROMISE = "promise"  # R2.4
    PROMISE_AGAIN = "promise_again"  # R2.4
    EXCLUSION = "exclusion"
    CHECK = "check"  # R11.1


class ApprovalState(StrEnum):
    """What became of a request for approval. No answer in time is a refusal: `lapsed`."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"


class SuspensionReason(StrEnum):
    """Why a clock may stand still (R7)."""

    S1 = "s1"  # waiting for the resident
    S2 = "s2"  # legal or statutory procedure
    S3 = "s3"  # weather, or declared emergency mode
    S4 = "s4"  # parts, season or budget


class CorrectionKind(StrEnum):
    """Who found the judgement on a request wrong, and where they said so: each is a labelled example to learn from."""

    CARD_ITEM = "card_item"  # the resident chose another matter on the card, or one when asked
    CARD_PLACE = "card_place"  # the resident changed the place on the card
    RETURN = "return"  # a unit's "not mine" was upheld, the right unit named (R5.4)
    TRIAGE = "triage"  # a desk sorted what nobody had understood
    RECLASSIFIED = "reclassified"  # a desk or handler put item or place right


class AliasState(StrEnum):
    """What became of a proposal that words mean a unit."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class MessageKind(StrEnum):
    """What a person sent. A button press is a message too, and walks the same road."""

    TEXT = "text"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"
    LOCATION = "location"
    CONTACT = "contact"
    PRESS = "press"
    START = "start"
    EDIT = "edit"
    UNSUPPORTED = "unsupported"


class Role(StrEnum):
    """Codes of roles.csv in lower case (R18.10)."""

    RESIDENT = "resident"
    MICRO_LEAD = "micro_lead"
    GRID_LEAD = "grid_lead"
    GRID_FULL = "grid_full"
    GRID_PART = "grid_part"
    GRID_GUIDE = "grid_guide"
    VILLAGE_SEC = "village_sec"
    VILLAGE_DESK = "village_desk"
    TOWN_CMD = "town_cmd"
    TOWN_DESK = "town_desk"
    TOWN_LEAD = "town_lead"
    STATION = "station"
    DEPT_LIAISON = "dept_liaison"
    DEPT_HEAD = "dept_head"
    PROPERTY_MGR = "property_mgr"
    OWNERS_COM = "owners_com"
    PROVIDER = "provider"
    SOCIETY_ORG = "society_org"
    VOLUNTEER = "volunteer"
    VISIT_LEAD = "visit_lead"
    VISIT_MEMBER = "visit_member"
    DISTRICT_CMD = "district_cmd"
    DISTRICT_DESK = "district_desk"
    DISTRICT_LEADER = "district_leader"
    ASSESSOR = "assessor"
    SENSITIVE_OFF = "sensitive_off"
    ADMIN = "admin"


# Who gets the task card of a unit, by its level (journeys.md).
DUTY_ROLE: dict[Level, Role] = {
    Level.MICROGRID: Role.MICRO_LEAD,
    Level.GRID: Role.GRID_FULL,
    Level.VILLAGE: Role.VILLAGE_DESK,
    Level.TOWN: Role.TOWN_DESK,
    Level.DISTRICT: Role.DISTRICT_DESK,
    Level.DEPARTMENT: Role.DEPT_LIAISON,
}

# The level whose units a role serves; a post on a larger unit covers each unit of this level inside it.
LEVEL_OF_ROLE: dict[Role, Level] = {
    Role.MICRO_LEAD: Level.MICROGRID,
    Role.GRID_LEAD: Level.GRID,
    Role.GRID_FULL: Level.GRID,
    Role.GRID_PART: Level.GRID,
    Role.GRID_GUIDE: Level.GRID,
    Role.VILLAGE_SEC: Level.VILLAGE,
    Role.VILLAGE_DESK: Level.VILLAGE,
    Role.TOWN_CMD: Level.TOWN,
    Role.TOWN_DESK: Level.TOWN,
    Role.TOWN_LEAD: Level.TOWN,
    Role.STATION: Level.TOWN,
    Role.DEPT_LIAISON: Level.DEPARTMENT,
    Role.DEPT_HEAD: Level.DEPARTMENT,
    Role.DISTRICT_CMD: Level.DISTRICT,
    Role.DISTRICT_DESK: Level.DISTRICT,
    Role.DISTRICT_LEADER: Level.DISTRICT,
    Role.ASSESSOR: Level.DISTRICT,
    Role.SENSITIVE_OFF: Level.DISTRICT,
    Role.ADMIN: Level.DISTRICT,
    Role.PROPERTY_MGR: Level.GRID,
    Role.OWNERS_COM: Level.GRID,
    Role.PROVIDER: Level.DISTRICT,
    Role.SOCIETY_ORG: Level.DISTRICT,
    Role.VOLUNTEER: Level.DISTRICT,
    Role.VISIT_LEAD: Level.DISTRICT,
    Role.VISIT_MEMBER: Level.DISTRICT,
}
