"""The matter that a member of staff means: by its code, its name, a part of its name, or a word of the list."""

from __future__ import annotations

from collections.abc import Iterable

from casecore.territory.model import Item, Territory


def find_items(territory: Territory, said: str) -> tuple[str, ...]:
    """Codes of the matters that `said` may mean, the closest first: one when it is clear, none when there is none."""
    wanted = _plain(said)
    if not wanted:
        return ()
    items = territory.items.values()
    for fits in (_is_code, _is_name, _in_name, _is_word, _has_word):
        found = tuple(item.code for item in items if fits(item, wanted))
        if found:
            return found
    return ()


def _plain(said: str) -> str:
    return "".join(said.split()).strip("“”\"'。.，,").casefold()


def _names(item: Item) -> Iterable[str]:
    return (_plain(name) for name in item.names.values())


def _words(item: Item) -> Iterable[str]:
    return (_plain(word) for words in item.keywords.values() for word in words)


def _is_code(item: Item, wanted: str) -> bool:
    return item.code.casefold() == wanted


def _is_name(item: Item, wanted: str) -> bool:
    return wanted in _names(item)


def _in_name(item: Item, wanted: str) -> bool:
    return any(wanted in name for name in _names(item))


def _is_word(item: Item, wanted: str) -> bool:
    return wanted in _words(item)


def _has_word(item: Item, wanted: str) -> bool:
    return any(len(word) > 1 and word in wanted for word in (*_names(item), *_words(item)))
