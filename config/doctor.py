"""What keeps Minhu from working well on this machine, each finding with the one command that mends it.

A check looks at one thing and answers with one or more findings; it changes nothing. `examine` runs them
all. The words are in the locales under `cli.doctor.<check>.<symptom>`; a remedy is a command line.
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from shlex import quote

from bots.telegram.settings import BotSettings
from casecore.errors import CasecoreError
from casecore.territory import Territory, TerritoryInvalid, read_territory
from config.launch import RUNTIME, Environment
from config.places import weights_folder
from config.runfile import server_of
from media import doctor as media_doctor

# A busy day of one district brings in the order of 100 MB of photos and voice notes.
SPACE_WANTED = 2_000_000_000
SPACE_NEEDED = 200_000_000
# The State Council names next year's holidays in November; two months leave time to enter them.
CALENDAR_WARNING = timedelta(days=60)
# Files of a shared disk may be stamped by another machine's clock.
CLOCK_TOLERANCE = timedelta(minutes=5)


class Grade(StrEnum):
    """OK is well, NOTE may stay as it is, WARN will hurt one day, BAD keeps Minhu from working."""

    OK = "ok"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`check` and `symptom` name the words; `facts` fill them; `remedy` is one command, empty when OK."""

    check: str
    symptom: str
    grade: Grade = Grade.OK
    facts: Mapping[str, str] = field(default_factory=dict)
    remedy: str = ""

    @property
    def key(self) -> str:
        return f"cli.doctor.{self.check}.{self.symptom}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What is examined. `channels` maps the variable that holds a channel's token to the token, or None.

    `database` is the record's URL; None leaves it out.
    """

    data: Path
    territory: Path
    host: str
    port: int
    now: datetime
    environment: Environment | None = None
    channels: Mapping[str, str | None] = field(default_factory=dict)
    database: str | None = None
    speech: Path | None = None
    """Where the speech model is to be; None: where `minhu voice setup` puts it."""
    transcriber: str = "faster-whisper"
    voice_host: str = ""
    """Of the server that listens, when one does."""


async def examine(place: Premises) -> list[Finding]:
    """Every finding, in the order in which a person would mend them."""
    findings = [python(), *packages(place), *data_folder(place), clock(place), port(place)]
    if place.database is not None:
        findings.append(await database(place.database))
    findings += [*territory(place), *channels(place), voice(place), *media(place)]
    return findings


def python() -> Finding:
    """For the report: an older Python than we need does not come this far (see `minhu`)."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(check="python", symptom="ok", facts={"version": version})


def packages(place: Premises) -> Iterator[Finding]:
    """Only a checkout has an environment of its own; an installed Minhu was installed whole."""
    if place.environment is None:
        return
    if place.environment.stamped(RUNTIME):
        yield Finding(check="packages", symptom="ok")
    else:
        yield Finding(check="packages", symptom="stale", grade=Grade.WARN, remedy="./minhu --version")


def data_folder(place: Premises) -> Iterator[Finding]:
    folder = place.data
    where = {"folder": str(folder)}
    if not folder.exists():
        yield Finding(check="data", symptom="absent", grade=Grade.NOTE, facts=where, remedy="./minhu up")
        folder = next(parent for parent in folder.absolute().parents if parent.exists())
    if not _writable(folder):
        remedy = f"sudo chown -R $USER {quote(str(folder))}"
        yield Finding(check="data", symptom="closed", grade=Grade.BAD, facts=where, remedy=remedy)
        return
    if place.data.exists():
        yield Finding(check="data", symptom="ok", facts=where)
    yield _space(folder)


def _writable(folder: Path) -> bool:
    """Tried, not asked: permissions say nothing about a read-only or a full disk."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError:
        return False
    return True


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    facts = {"free": f"{free / 1e9:.1f}"}
    if free >= SPACE_WANTED:
        return Finding(check="space", symptom="ok", facts=facts)
    return Finding(
        check="space",
        symptom="low",
        grade=Grade.WARN if free >= SPACE_NEEDED else Grade.BAD,
        facts=facts,
        remedy=f"du -xh {quote(str(folder))} | sort -h | tail -20",
    )


def clock(place: Premises) -> Finding:
    """Time cannot have passed less than the newest file of ours says. No network is asked."""
    newest = max((file.stat().st_mtime for file in _dated(place)), default=0.0)
    behind = timedelta(seconds=newest - place.now.timestamp())
    zone = place.now.astimezone().strftime("%Z %z")
    facts = {"now": place.now.astimezone().strftime("%Y-%m-%d %H:%M"), "zone": zone}
    if behind > CLOCK_TOLERANCE:
        return Finding(
            check="clock",
            symptom="behind",
            grade=Grade.BAD,
            facts={**facts, "minutes": f"{behind.total_seconds() / 60:.0f}"},
            remedy="sudo timedatectl set-ntp true",
        )
    return Finding(check="clock", symptom="ok", facts=facts)


def _dated(place: Premises) -> Iterator[Path]:
    if place.environment is not None:
        yield place.environment.root / RUNTIME
    if place.data.is_dir():
        yield from (file for file in place.data.iterdir() if file.is_file())


def port(place: Premises) -> Finding:
    facts = {"port": str(place.port)}
    if place.data.is_dir() and server_of(place.data) is not None:
        return Finding(check="port", symptom="ours", facts=facts)
    if _free(place.host, place.port):
        return Finding(check="port", symptom="ok", facts=facts)
    other = next((p for p in range(place.port + 1, place.port + 50) if _free(place.host, p)), 0)
    remedy = f"./minhu up --port {other}"
    return Finding(check="port", symptom="taken", grade=Grade.BAD, facts=facts, remedy=remedy)


def _free(host: str, number: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does: a port in TIME_WAIT can be served.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return False
    return True


async def database(url: str) -> Finding:
    # Here, because the database's libraries take longer to import than all other checks to run.
    from casecore.store.condition import condition_of

    seen = await condition_of(url)
    facts = {"version": seen.version, "wanted": seen.wanted, "why": seen.why}
    if seen.state == "fit":
        return Finding(check="database", symptom="ok", facts=facts)
    if seen.state in {"absent", "behind"}:
        remedy = "./minhu up"
        return Finding(check="database", symptom=seen.state, grade=Grade.NOTE, facts=facts, remedy=remedy)
    remedy = "git pull" if seen.state == "ahead" else _revive(url)
    return Finding(check="database", symptom=seen.state, grade=Grade.BAD, facts=facts, remedy=remedy)


def _revive(url: str) -> str:
    """A server may be down; a file may be damaged, and SQLite says where before a backup replaces it."""
    if not url.startswith("sqlite"):
        return "sudo systemctl start postgresql"
    file = url.partition(":///")[2]
    look = f"import sqlite3; print(*sqlite3.connect({file!r}).execute('PRAGMA integrity_check'))"
    return f"python3 -c {quote(look)}"


def territory(place: Premises) -> Iterator[Finding]:
    try:
        known = read_territory(place.territory)
    except TerritoryInvalid as invalid:
        yield Finding(
            check="territory",
            symptom="invalid",
            grade=Grade.BAD,
            facts={"folder": str(place.territory), "count": str(len(invalid.mistakes))},
            remedy=f"./minhu territory check {quote(str(place.territory))}",
        )
        return
    except (OSError, CasecoreError) as error:
        facts = {"folder": str(place.territory), "why": str(error)}
        yield Finding(
            check="territory",
            symptom="unreadable",
            grade=Grade.BAD,
            facts=facts,
            remedy=f"./minhu territory check {quote(str(place.territory))}",
        )
        return
    facts = {"name": next(iter(known.names.values())), "units": str(len(known.units))}
    yield Finding(check="territory", symptom="ok", facts=facts)
    yield calendar(known, place)


def calendar(known: Territory, place: Premises) -> Finding:
    """A table of holidays speaks for whole years: its last day is the last of its last year."""
    if not known.holidays:
        return Finding(check="calendar", symptom="none", grade=Grade.NOTE, remedy=_edit_calendar(place))
    end = date(int(max(known.holidays)[:4]), 12, 31)
    left = end - place.now.astimezone(known.zone).date()
    facts = {"end": end.isoformat(), "days": str(left.days)}
    if left > CALENDAR_WARNING:
        return Finding(check="calendar", symptom="ok", facts=facts)
    symptom, grade = ("ends", Grade.WARN) if left >= timedelta(0) else ("over", Grade.BAD)
    return Finding(check="calendar", symptom=symptom, grade=grade, facts=facts, remedy=_edit_calendar(place))


def _edit_calendar(place: Premises) -> str:
    return f"${{EDITOR:-nano}} {quote(str(place.territory / 'calendar.csv'))}"


def channels(place: Premises) -> Iterator[Finding]:
    """Is a token there, and does it look like one? It is never shown."""
    for variable, token in place.channels.items():
        facts = {"variable": variable}
        remedy = f"export {variable}=…"
        if not token:
            yield Finding(check="channel", symptom="off", grade=Grade.NOTE, facts=facts, remedy=remedy)
        elif _telegram_token(token):
            yield Finding(check="channel", symptom="ok", facts=facts)
        else:
            yield Finding(check="channel", symptom="malformed", grade=Grade.BAD, facts=facts, remedy=remedy)


def _telegram_token(token: str) -> bool:
    try:
        BotSettings(token=token, account="doctor")
    except ValueError:
        return False
    return True


def voice(place: Premises) -> Finding:
    """Who listens. Whether the model is there says `media`: without it, too, voices are taken and kept."""
    if place.transcriber == "none":
        return Finding(check="voice", symptom="off", grade=Grade.NOTE, remedy="unset MINHU_TRANSCRIBER")
    if place.transcriber == "http":
        return Finding(check="voice", symptom="elsewhere", facts={"host": place.voice_host})
    folder = place.speech or weights_folder(place.data)
    return Finding(check="voice", symptom="ok", facts={"name": place.transcriber, "model": folder.name})


def media(place: Premises) -> Iterator[Finding]:
    """The room knows its needs. What is missing costs a way of being understood; nothing here stops Minhu."""
    not_needed = {"speech_model", "transcriber"} if place.transcriber in {"http", "none"} else set()
    lacking = [
        seen
        for seen in media_doctor.examine(place.speech or weights_folder(place.data))
        if not seen.fine and seen.need not in not_needed
    ]
    if not lacking:
        yield Finding(check="media", symptom="ok")
    for seen in lacking:
        remedy = seen.remedy.replace("pip ", ".venv/bin/pip ").replace("minhu ", "./minhu ")
        grade = Grade.WARN if remedy else Grade.NOTE
        yield Finding(
            check="media", symptom=seen.need, grade=grade, facts={"detail": seen.detail}, remedy=remedy
        )
