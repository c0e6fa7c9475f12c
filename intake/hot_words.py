"""The names that are likely to be said here, given to the transcriber so that it writes them and not their sound.

A model reads only so many (the transcriber cuts the list where its limit is), so the likeliest come first:

    the villages of the speaker's own town ─► the towns ─► one word for each kind of matter, category by category
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, zip_longest

from casecore.territory.model import Territory, Unit, name_in
from casecore.vocabulary import Level

# Villages of the own town before the towns. With more of them no room is left for all the towns of a district
# as large as ours (24 names), and people report from elsewhere too.
VILLAGES_MOST = 8
# One character is said in every sentence; a longer phrase is a sentence of its own and not a name.
SHORTEST, LONGEST = 2, 4


class HotWords:
    """Made once for a territory. Immutable."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory
        self._lang = territory.languages[0]
        towns = [unit for unit in territory.units.values() if unit.level is Level.TOWN]
        self._everywhere = (*map(self._name, towns), *self._matters())

    def of(self, home: str | None) -> tuple[str, ...]:
        """The likeliest first. `home` is the unit that the speaker is registered at, or last reported from."""
        return tuple(dict.fromkeys((*self._around(home), *self._everywhere)))

    def _around(self, home: str | None) -> tuple[str, ...]:
        if home is None or home not in self._territory.units:
            return ()
        town = self._territory.at_level(home, Level.TOWN)
        if town is None:
            return ()
        own = self._territory.at_level(home, Level.VILLAGE)
        inside = [*([own] if own else []), *self._territory.children(town.id)]
        return tuple(dict.fromkeys(map(self._name, inside)))[:VILLAGES_MOST]

    def _matters(self) -> tuple[str, ...]:
        """A short word of each item, the first item of each category before the second of any."""
        words: dict[str, list[str]] = defaultdict(list)
        for item in self._territory.items.values():
            likeliest_first = item.keywords.get(self._lang, ())
            word = next((w for w in likeliest_first if SHORTEST <= len(w) <= LONGEST), None)
            if word is not None:
                words[item.category].append(word)
        rounds = zip_longest(*words.values())
        return tuple(word for word in chain.from_iterable(rounds) if word)

    def _name(self, unit: Unit) -> str:
        return name_in(unit.names, self._lang)
