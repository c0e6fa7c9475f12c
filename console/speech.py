"""How the console speaks to one reader: sentences, local times, names of units and matters in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from casecore.errors import Refusal
from casecore.territory.model import Territory, name_in
from casecore.vocabulary import Role
from casecore.words import Words

HOUR, DAY = 3600, 86400
# Lists whose words chats and console share; the others are the console's own.
SHARED = frozenset({"level", "urgency", "outcome", "close_reason"})


class Speech:
    """Words of one language over one territory."""

    def __init__(self, words: Words, territory: Territory, lang: str) -> None:
        self._words = words
        self._territory = territory
        self.lang = lang

    def say(self, key: str, /, **facts: Any) -> str:
        return self._words.say(self.lang, key, **facts)

    def word(self, group: str, value: Any) -> str:
        """The word for an id of a closed list (`console.state.done`, `level.town`); blank for None."""
        room = "" if group in SHARED else "console."
        return self.say(f"{room}{group}.{value}") if value is not None else ""

    def known(self, key: str, otherwise: str) -> str:
        """The sentence of a key that another room owns, or `otherwise` while that room has none."""
        return self.say(key) if self._words.has(key) else otherwise

    def unit(self, unit_id: str | None) -> str:
        """A unit's path in words; its id if the territory no longer has it; blank for None."""
        if unit_id is None:
            return ""
        return self._territory.path(unit_id, self.lang) if unit_id in self._territory.units else unit_id

    def holder(self, unit_id: str | None) -> str:
        """A unit as somebody who holds a case: the district itself does so by its centre."""
        centre = unit_id is not None and unit_id == self._territory.root
        return self.say("unit.district_centre") if centre else self.unit(unit_id)

    def item(self, code: str | None) -> str:
        found = self._territory.items.get(code or "")
        return name_in(found.names, self.lang) if found else (code or "")

    def category(self, category: str | None) -> str:
        for item in self._territory.items.values():
            if item.category == category:
                return name_in(item.category_names, self.lang)
        return category or ""

    def role(self, role: Role) -> str:
        card = self._territory.roles.get(role)
        return name_in(card.names, self.lang) if card else role.value

    def language_name(self, lang: str) -> str:
        """A language in its own words."""
        return self._words.say(lang, "console.language_name")

    @property
    def languages(self) -> Iterable[str]:
        return self._words.languages

    def moment(self, at: datetime | None) -> str:
        """`2026-11-23 18:30`, local; blank for None."""
        return at.astimezone(self._territory.zone).strftime("%Y-%m-%d %H:%M") if at else ""

    def moment_or_text(self, value: Any) -> str:
        """An ISO instant as a local time; anything else as it is."""
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        return self.moment(at) if at.tzinfo is not None else str(value)

    def left(self, due: datetime | None, now: datetime) -> str:
        """`2 小时 5 分` until due, or how long it is over."""
        if due is None:
            return ""
        seconds = int((due - now).total_seconds())
        return self.say(f"console.time.{'left' if seconds >= 0 else 'over'}", span=self.span(abs(seconds)))

    def span(self, seconds: int) -> str:
        if seconds >= 2 * DAY:
            return self.say("console.time.days", days=seconds // DAY)
        if seconds >= 2 * HOUR:
            return self.say("console.time.hours", hours=seconds // HOUR)
        return self.say("console.time.minutes", minutes=seconds // 60)

    def percent(self, share: float | None) -> str:
        """A probability in whole per cent; a dash when nobody judged."""
        return "—" if share is None else f"{100 * share:.0f}%"

    def refusal(self, refusal: Refusal) -> str:
        """A refusal in words, with the number of its rule when it has one."""
        facts: Mapping[str, str] = {key: self.moment_or_text(value) for key, value in refusal.facts.items()}
        key = f"refusal.{refusal.reason}"
        if not self._words.has(key):
            key = "console.error.refused"
        return self.say(key, **{"rule": refusal.rule, **facts})
