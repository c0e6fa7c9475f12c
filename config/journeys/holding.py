"""Does a seen value hold against a wanted one? List: any of; `key~`: contains all; `key!~`: none; null: absent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from casecore.territory.model import Territory
from config.journeys.script import Check, Op

Fits = Callable[[Any, Any], bool]


def holds(check: Check, seen: Any, fits: Fits) -> bool:
    """`seen` is a value, None, or a list of values of which any may fit."""
    if check.op is Op.IS:
        return any(_is(seen, wanted, fits) for wanted in check.wanted)
    return all(_has(seen, str(wanted)) is (check.op is Op.HAS) for wanted in check.wanted)


def _is(seen: Any, wanted: Any, fits: Fits) -> bool:
    values = _list(seen)
    if wanted is None:
        return not values
    return any(fits(value, wanted) for value in values)


def _has(seen: Any, wanted: str) -> bool:
    """Words within a text; a member of a list."""
    if isinstance(seen, list | tuple):
        return wanted in [str(value) for value in seen]
    return seen is not None and wanted in str(seen)


def _list(seen: Any) -> Iterable[Any]:
    if seen is None or seen == "":
        return []
    return seen if isinstance(seen, list | tuple) else [seen]


def same(seen: Any, wanted: Any) -> bool:
    return bool(seen == wanted)


def same_text(seen: Any, wanted: Any) -> bool:
    return str(seen) == str(wanted)


def same_minute(seen: datetime, wanted: datetime) -> bool:
    """R0: timestamps to the minute."""
    return _minute(seen) == _minute(wanted)


def _minute(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


def same_language(seen: str, wanted: str) -> bool:
    """`zh` stands for `zh-CN`."""
    return seen.lower() == wanted.lower() or seen.lower().startswith(f"{wanted.lower()}-")


def same_share(seen: Decimal | int, wanted: Any) -> bool:
    """Rates to four decimals."""
    return isinstance(wanted, int | float) and abs(Decimal(str(seen)) - Decimal(str(wanted))) < Decimal(
        "0.00005"
    )


def in_unit(territory: Territory, unit_of: Callable[[str], str]) -> Fits:
    """A unit stands for every unit inside it."""
    return lambda seen, wanted: territory.inside(seen, unit_of(str(wanted)))
