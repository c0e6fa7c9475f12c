"""What a browser sends: the fields of a form or of an address, bounded and cleaned, never trusted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request

from console.errors import BadForm

# The longest field is a reason; nobody writes more than a page. A larger body is an attack or a mistake.
BODY_MOST = 64 * 1024
FIELDS_MOST = 100
FIELD_MOST = 2_000

Word = TypeVar("Word", bound=StrEnum)


class Form:
    """Fields by name. A field that is not there is blank; control characters are gone."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    def text(self, name: str, *, most: int = FIELD_MOST) -> str:
        return _clean(self._fields.get(name, ""))[:most].strip()

    def secret(self, name: str) -> str:
        """As typed: a password may begin with a blank."""
        return self._fields.get(name, "")[:FIELD_MOST]

    def ticked(self, name: str) -> bool:
        return self._fields.get(name, "") in {"1", "on"}

    def number(self, name: str, default: int) -> int:
        text = self.text(name, most=9)
        return int(text) if text.isascii() and text.isdecimal() else default

    def word(self, name: str, words: type[Word]) -> Word | None:
        """One id of a closed list; None for anything else."""
        text = self.text(name, most=60)
        return next((word for word in words if word.value == text), None)

    def instant(self, name: str, zone: ZoneInfo) -> datetime | None:
        """What `<input type=datetime-local>` sends, as an aware instant; None when it is none."""
        try:
            local = datetime.fromisoformat(self.text(name, most=30))
        except ValueError:
            return None
        return local.replace(tzinfo=zone) if local.tzinfo is None else local


def asked(request: Request) -> Form:
    """The fields of the address."""
    return Form(dict(request.query_params))


async def sent(request: Request) -> Form:
    """The fields of a form's body. BadForm when it is too large or not UTF-8."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MOST:
            raise BadForm(413, "too_large")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MOST
        )
    except ValueError as error:
        raise BadForm from error
    return Form(dict(pairs))


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL, and no sentence needs another control character than line breaks and tabs."""
    return "".join(
        letter for letter in text if letter in "\n\t" or letter.isprintable() or letter == "\u3000"
    )
