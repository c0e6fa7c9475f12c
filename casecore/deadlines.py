"""Every clock of the rules as arithmetic on instants: no state, no reading of the time.

stage_due      R2     24 / 72 / 168 h from arrival at the stage
unit_due       R2.3   inside stage U: at least 48 h for a receiving unit, at most 48 h past the stage
response_due   R3     5 / 15 / 30 min, nights of normal cases until 08:30
claim_due      R2.1   an unclaimed microgrid case
reminders      R4.3   50 %, 75 %, 2 h before
return_until   R5.1   by when "not mine" may be said
extension_most R6     24 / 72 / 168 h, urgent half, emergency none
suspension_most R7    72 h / 60 d / 72 h / 30 d by reason
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from casecore.clock import require_aware
from casecore.territory.model import ServiceLevels
from casecore.vocabulary import Stage, SuspensionReason, Urgency

# R18.2: finishing at `due` is timely, so what happens to late cases happens just after it.
JUST_AFTER = timedelta(seconds=1)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone)


def _at(local: datetime, clock: time) -> datetime:
    return require_aware(local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0))


def stage_hours(levels: ServiceLevels, stage: Stage) -> timedelta:
    hours = {
        Stage.G: levels.stage_hours_g,
        Stage.V: levels.stage_hours_v,
        Stage.U: levels.stage_hours_u,
    }[stage]
    return timedelta(hours=hours)


def stage_due(levels: ServiceLevels, stage: Stage, started: datetime) -> datetime:
    """R2: the stage's own full clock from the moment of arrival (R2.2)."""
    return started + stage_hours(levels, stage)


def unit_due(levels: ServiceLevels, stage_ends: datetime, arrived: datetime) -> datetime:
    """R2.3: `min(max(stage_due, arrived + 48 h), stage_due + 48 h)`."""
    floor = timedelta(hours=levels.unit_floor_hours)
    return min(max(stage_ends, arrived + floor), stage_ends + floor)


def reopened_due(levels: ServiceLevels, stage: Stage, reopened: datetime) -> datetime:
    """R11.5: half the stage: 12 / 36 / 84 h."""
    hours = {
        Stage.G: levels.reopen_hours_g,
        Stage.V: levels.reopen_hours_v,
        Stage.U: levels.reopen_hours_u,
    }[stage]
    return reopened + timedelta(hours=hours)


def response_due(
    levels: ServiceLevels, urgency: Urgency, arrived: datetime, zone: ZoneInfo, *, halved: bool = False
) -> datetime:
    """R3: first response; a normal case of the night is answered by 08:30. `halved` for key groups (R3.2)."""
    minutes = {
        Urgency.NORMAL: levels.response_minutes_normal,
        Urgency.URGENT: levels.response_minutes_urgent,
        Urgency.EMERGENCY: levels.response_minutes_emergency,
    }[urgency]
    limit = timedelta(minutes=minutes)
    if halved:
        limit = max(limit / 2, timedelta(minutes=levels.response_floor_minutes))
    if urgency is Urgency.NORMAL:
        morning = _night_answer(levels, arrived, zone)
        if morning is not None:
            return morning
    return arrived + limit


def _night_answer(levels: ServiceLevels, arrived: datetime, zone: ZoneInfo) -> datetime | None:
    local = _local(arrived, zone)
    hour, minute = divmod(levels.response_night_until_minutes, 60)
    if local.time() < time(levels.response_day_starts):
        return _at(local, time(hour, minute))
    if local.time() >= time(levels.response_day_ends):
        return _at(local + timedelta(days=1), time(hour, minute))
    return None


def claim_due(levels: ServiceLevels, arrived: datetime, zone: ZoneInfo) -> datetime:
    """R2.1: two hours by day (08:00–20:00), else by 10:00."""
    local = _local(arrived, zone)
    if local.time() < time(levels.claim_day_starts):
        return _at(local, time(levels.claim_night_until))
    if local.time() >= time(levels.claim_day_ends):
        return _at(local + timedelta(days=1), time(levels.claim_night_until))
    return arrived + timedelta(hours=levels.claim_hours)


def reminders(levels: ServiceLevels, arrived: datetime, due: datetime) -> tuple[tuple[str, datetime], ...]:
    """R4.3: (which, when) at 50 %, 75 % and 2 h before due; those that are not after `arrived` are left out."""
    span = due - arrived
    moments = (
        ("half", arrived + span / 2),
        ("three_quarters", arrived + span * 3 / 4),
        ("last", due - timedelta(hours=levels.reminder_hours_before)),
    )
    return tuple((which, at) for which, at in moments if at > arrived)


def return_until(levels: ServiceLevels, stage: Stage, urgency: Urgency, arrived: datetime) -> datetime | None:
    """R5.1: the last instant at which "not mine" may be said; None for emergencies, which cannot be returned."""
    if urgency is Urgency.EMERGENCY:
        return None
    if urgency is Urgency.URGENT:
        return arrived + timedelta(hours=levels.return_hours_urgent)
    hours = {Stage.G: levels.return_hours_g, Stage.V: levels.return_hours_v, Stage.U: levels.return_hours_u}[
        stage
    ]
    return arrived + timedelta(hours=hours)


def ruling_due(levels: ServiceLevels, urgency: Urgency, asked: datetime) -> datetime:
    """R5.2: 30 minutes (urgent) or 4 hours; no ruling in time is a refusal."""
    if urgency is Urgency.NORMAL:
        return asked + timedelta(hours=levels.ruling_hours_normal)
    return asked + timedelta(minutes=levels.ruling_minutes_urgent)


def extension_most(levels: ServiceLevels, stage: Stage, urgency: Urgency) -> timedelta | None:
    """R6: by how much a stage may be extended; None for emergencies, which may not."""
    if urgency is Urgency.EMERGENCY:
        return None
    hours = {
        Stage.G: levels.extension_hours_g,
        Stage.V: levels.extension_hours_v,
        Stage.U: levels.extension_hours_u,
    }[stage]
    share = levels.extension_urgent_percent if urgency is Urgency.URGENT else 100
    return timedelta(hours=hours) * share / 100


def suspension_most(levels: ServiceLevels, reason: SuspensionReason) -> timedelta:
    """R7: how long a clock may stand still for each reason."""
    return {
        SuspensionReason.S1: timedelta(hours=levels.suspend_hours_s1),
        SuspensionReason.S2: timedelta(days=levels.suspend_days_s2),
        SuspensionReason.S3: timedelta(hours=levels.suspend_hours_s3),
        SuspensionReason.S4: timedelta(days=levels.suspend_days_s4),
    }[reason]


def suspension_reviews(levels: ServiceLevels, since: datetime, until: datetime) -> tuple[datetime, ...]:
    """R7 S2: when the level above looks again, every 15 days before the end."""
    step = timedelta(days=levels.suspend_review_days)
    most = int((until - since) / step)
    return tuple(at for n in range(1, most + 1) if (at := since + n * step) < until)


def silence_due(levels: ServiceLevels, urgency: Urgency, shown: datetime) -> datetime:
    """R1.1: when silence after the summary card means yes. Emergencies never wait."""
    minutes = {
        Urgency.NORMAL: levels.silence_minutes_normal,
        Urgency.URGENT: levels.silence_minutes_urgent,
        Urgency.EMERGENCY: 0,
    }[urgency]
    return shown + timedelta(minutes=minutes)


def draft_reminder(levels: ServiceLevels, now: datetime, zone: ZoneInfo) -> datetime:
    """R1.2: 09:00 of the next day."""
    return _at(_local(now, zone) + timedelta(days=1), time(levels.draft_reminder_hour))
