"""The responsibility list: items.csv read, each code checked against departments and provider types."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from casecore.territory.model import Item, ProviderType
from casecore.territory.table import Columns, FirstSeen, Row, column_for
from casecore.vocabulary import Level, Urgency

FILE = "items.csv"
COLUMNS = Columns(
    plain=(
        "code", "category", "kind", "provider_order", "market_providers", "society_providers",
        "lead_department", "co_departments", "start_level", "urgency", "scale", "town_may_summon",
        "sensitive", "examples",
    ),
    worded=("name", "category", "keywords"),
)  # fmt: skip
KINDS = ("complaint", "request", "report", "enquiry", "suggestion")
SCALES = ("small", "big", "hard")
# R10: the market first, society helps, government is the backstop and always last.
ORDERS = ("government", "market;government", "society;government", "market;society;government")


def read_items(
    rows: Sequence[Row],
    languages: tuple[str, ...],
    departments: Collection[str],
    providers: Mapping[str, ProviderType],
) -> dict[str, Item]:
    codes = FirstSeen()
    found: dict[str, Item] = {}
    for row in rows:
        item = _item(row, languages)
        _check_departments(row, item, departments)
        _check_providers(row, "market", item.provider_order, item.market_providers, providers)
        _check_providers(row, "society", item.provider_order, item.society_providers, providers)
        if item.code and codes.takes(row, "code", item.code):
            found[item.code] = item
    return found


def _item(row: Row, languages: tuple[str, ...]) -> Item:
    """A cell that was wrong leaves a stand-in here: the mistake is noted, so the item never gets out."""
    return Item(
        code=row.required("code"),
        names=row.names("name", languages),
        category=row.required("category"),
        category_names=row.names("category", languages),
        kind=row.one_of("kind", KINDS) or KINDS[0],
        provider_order=tuple((row.one_of("provider_order", ORDERS) or "government").split(";")),
        market_providers=row.several("market_providers"),
        society_providers=row.several("society_providers"),
        lead_department=row.required("lead_department"),
        co_departments=row.several("co_departments"),
        start_level=row.word("start_level", Level) or Level.DISTRICT,
        urgency=row.word("urgency", Urgency) or Urgency.NORMAL,
        scale=row.one_of("scale", SCALES) or SCALES[0],
        town_may_summon=row.flag("town_may_summon"),
        sensitive=row.flag("sensitive"),
        keywords=_keywords(row, languages),
        examples=row.several("examples", "|"),
    )


def _keywords(row: Row, languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    row.names("keywords", languages)  # notes a blank first language: such an item is never found
    return {tag: row.several(column_for("keywords", tag)) for tag in languages}


def _check_departments(row: Row, item: Item, departments: Collection[str]) -> None:
    if not departments:
        return  # that table could not be read, which is told once and not again by each item
    if item.lead_department and item.lead_department not in departments:
        row.note("lead_department", "unknown_department")
    for code in item.co_departments:
        if code not in departments:
            row.note("co_departments", "unknown_department", value=code)


def _check_providers(
    row: Row, side: str, order: tuple[str, ...], codes: tuple[str, ...], providers: Mapping[str, ProviderType]
) -> None:
    column = f"{side}_providers"
    if side in order and not codes:
        row.note(column, "provider_step", step=side)
    if codes and side not in order:
        row.note(column, "provider_without_step", step=side)
    for code in codes:
        if not providers:
            continue  # told once, as above
        if code not in providers:
            row.note(column, "unknown_provider", value=code)
        elif providers[code].side != side:
            row.note(column, "wrong_side", value=code, side=providers[code].side)
