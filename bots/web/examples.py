"""Three requests that a newcomer may tap to see how it is done: matters and villages of the territory at hand."""

from __future__ import annotations

from casecore.territory.model import Item, Territory, name_in
from casecore.vocabulary import Level, Urgency

HOW_MANY = 3
# Two lines of a chip on a narrow phone.
LONGEST = 24


def examples(territory: Territory, lang: str) -> list[tuple[str, str]]:
    """Pairs of village and matter in `lang`, from as many villages and categories as there are."""
    villages = [unit for unit in territory.units.values() if unit.level is Level.VILLAGE]
    if not villages:
        return []
    matters = [_matter(territory, item, lang) for item in _items(territory)]
    step = max(1, len(villages) // HOW_MANY)
    return [
        (name_in(villages[i * step % len(villages)].names, lang), matter) for i, matter in enumerate(matters)
    ]


def _items(territory: Territory) -> list[Item]:
    """Everyday matters near the door, one a category, in the list's own order."""
    chosen: dict[str, Item] = {}
    for item in territory.items.values():
        near = item.start_level in (Level.MICROGRID, Level.GRID)
        if near and item.urgency is Urgency.NORMAL and not item.sensitive and _short(item):
            chosen.setdefault(item.category, item)
    return list(chosen.values())[:HOW_MANY]


def _short(item: Item) -> str | None:
    return next((text for text in item.examples if len(text) <= LONGEST * 3), None)


def _matter(territory: Territory, item: Item, lang: str) -> str:
    """Examples are written in the territory's first language; in another the matter's name has to do."""
    own = territory.languages[0].split("-")[0] == lang.split("-")[0]
    example = _short(item) if own else None
    return example or name_in(item.names, lang)
