"""What both web chats are handed by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from casecore.store.engine import Record
from casecore.territory.model import Territory
from casecore.words import Words
from media import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """`spool` is a folder of the data folder where uploads under way may lie; it is made when needed.

    `secure` says that people reach the front door by HTTPS, perhaps through a proxy: cookies are then
    marked Secure, and browsers are told to stay with HTTPS.
    """

    record: Record
    territory: Territory
    words: Words
    archive: Archive
    spool: Path
    secure: bool = False
