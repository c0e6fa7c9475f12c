"""Facts of a notice as a reader understands them: names instead of ids, local times instead of instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casecore.messages import Button, Owed
from casecore.territory.model import Territory, Unit, name_in
from casecore.vocabulary import EventKind, Level
from casecore.why import from_facts
from casecore.why_words import sentences
from casecore.words import Words
from media.limits import MIB, Limits

# Facts that are instants, shown as local times.
INSTANTS = ("due", "response_due", "until", "next", "plan_due", "new_due", "end")
# A resident's own words are quoted back up to here; the whole is in the case file.
QUOTE_MOST = 300
# People count in days from two days on.
HOURS_AS_HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One reader's language and moment."""

    words: Words
    territory: Territory
    lang: str
    now: datetime

    def facts(self, owed: Owed) -> dict[str, Any]:
        """Every fact of the notice in words; ids stay beside them under `<name>_id` for choosing a phrase."""
        raw = dict(owed.facts)
        shown: dict[str, Any] = dict.fromkeys(
            ("case", "person", "text", "note", "result", "question", "reason", "place_text"), ""
        ) | {key: value for key, value in raw.items() if value is not None}
        shown["text"] = _quoted(str(raw.get("text") or ""))
        for name in INSTANTS:
            shown[name] = self.time(raw[name]) if raw.get(name) else ""
        shown["item_id"], shown["item"] = raw.get("item"), self.item(raw.get("item"))
        shown["unit_id"], shown["unit"] = raw.get("unit"), self.unit(raw.get("unit"))
        shown["place_id"], shown["place"] = (
            raw.get("place"),
            self.place(raw.get("place"), shown["place_text"]),
        )
        shown["right_unit"] = self.unit(raw.get("right_unit"))
        for name in ("urgency", "state", "level"):
            shown[f"{name}_id"] = raw.get(name)
            shown[name] = self.say(f"{name}.{raw[name]}") if raw.get(name) else ""
        for name, stem in (("asked", "approval"), ("suspension", "suspension")):
            shown[f"{name}_id"] = raw.get(name)
            shown[name] = self.say(f"{stem}.{raw[name]}") if raw.get(name) else ""
        self._lists(raw, shown)
        return shown

    def _lists(self, raw: Mapping[str, Any], shown: dict[str, Any]) -> None:
        if "alike" in raw:
            shown["alike"] = "\n".join(self._alike_line(alike) for alike in raw["alike"])
        elif "other_text" in raw:
            shown["alike"] = self._alike(raw)
            shown["other_text"] = _quoted(str(raw["other_text"] or ""))
        if "parts" in raw:
            shown["parts"] = "\n".join(self._part(part, len(raw["parts"])) for part in raw["parts"])
        if "cases" in raw:
            shown["count"] = len(raw["cases"])
            shown["cases"] = "\n".join(self._case_line(case) for case in raw["cases"])
        if "lines" in raw:
            shown["lines"] = "\n".join(self._event_line(line) for line in raw["lines"])
        if "reasons" in raw:
            reasons = from_facts(raw["reasons"])
            shown["reasons"] = "\n".join(sentences(self.words, self.territory, self.lang, reasons))
        for name in ("failures", "unheard"):
            if raw.get(name):
                shown[name] = " ".join(self._media(reason) for reason in dict.fromkeys(raw[name]))

    def _media(self, reason: str) -> str:
        """Why a file was not kept or heard, with the limits that a resident can keep to."""
        limits = Limits()
        return self.say(
            f"media.{reason}", sound_minutes=round(limits.audio_seconds / 60),
            video_minutes=round(limits.video_seconds / 60), megabytes=limits.bytes_in // MIB,
        )  # fmt: skip

    def say(self, key: str, **facts: Any) -> str:
        return self.words.say(self.lang, key, **facts)

    def time(self, iso: str) -> str:
        """A local time as people say it: today, tomorrow, else the date with its weekday."""
        local = datetime.fromisoformat(iso).astimezone(self.territory.zone)
        days = (local.date() - self.now.astimezone(self.territory.zone).date()).days
        key = {0: "time.today", 1: "time.tomorrow"}.get(days, "time.date")
        weekday = self.say(f"time.weekday_{local.isoweekday()}")
        month = self.say(f"time.month_{local.month}")
        return self.say(key, day=local.day, month=month, weekday=weekday, clock=f"{local:%H:%M}")

    def item(self, code: str | None) -> str:
        item = self.territory.items.get(code or "")
        return name_in(item.names, self.lang) if item else self.say("item.unknown")

    def unit(self, unit_id: str | None) -> str:
        unit = self.territory.units.get(unit_id or "")
        if unit is None:
            return ""
        if unit.level is Level.DISTRICT:
            return self.say("unit.district_centre")
        if unit.level is Level.DEPARTMENT:
            return name_in(unit.names, self.lang)
        return self.territory.path(unit.id, self.lang)

    def place(self, unit_id: str | None, words: str) -> str:
        """Where, as exactly as it is known: the village's path, and the resident's own words for the spot."""
        unit = self.territory.units.get(unit_id or "")
        if unit is None:
            return words
        anchor = self.territory.at_level(unit.id, Level.VILLAGE) or unit
        path = self.territory.path(anchor.id, self.lang)
        if not words or words in path:
            return path
        if path in words:
            return words
        return self.say("place.with_words", place=path, words=self._beside(anchor, words))

    def _beside(self, unit: Unit, words: str) -> str:
        """The resident's words for the spot without a name that already stands before them."""
        if any(words.startswith(name) for name in self._landmarks(unit)):
            return words  # "双塔村委会" is a name of its own
        names = {
            name for each in self.territory.lineage(unit.id) for name in (*each.names.values(), *each.aliases)
        }
        for name in sorted(names, key=len, reverse=True):
            rest = words.removeprefix(name).strip(" ,，、的")
            if words.startswith(name) and rest:
                return rest
        return words

    def _landmarks(self, unit: Unit) -> list[str]:
        near = (mark for mark in self.territory.landmarks if self.territory.inside(mark.unit, unit.id))
        return [name for mark in near for name in (*mark.names.values(), *mark.aliases)]

    def label(self, button: Button) -> str:
        facts = button.facts
        if button.label == "item":
            return self.item(facts["item"])
        if button.label == "place":
            return self.territory.path(facts["place"], self.lang)
        if button.label in {"button.milestone", "button.me_too_n"}:
            return self.say(button.label, **facts)
        if button.label in {"case", "button.withdraw_case", "button.split"}:
            short = str(facts["case"]).rpartition("-")[2].lstrip("0")
            key = "button.case" if button.label == "case" else button.label
            unit = self.territory.units.get(facts.get("place") or "")
            if unit is not None and button.label == "case":
                place = name_in(unit.names, self.lang)
                return self.say("button.case_at", case=short, item=self.item(facts.get("item")), place=place)
            return self.say(key, case=short, item=self.item(facts.get("item")))
        return self.say(button.label)

    def card(self, owed: Owed) -> dict[str, Any]:
        """Facts for a channel that shows cards: a few ids and local times, never needed to understand the text."""
        kept = ("case", "state", "urgency", "field", "stars", "asks_location", "act")
        data = {key: owed.facts[key] for key in kept if owed.facts.get(key) is not None}
        due = owed.facts.get("due")
        return data | ({"due": due, "due_words": self.time(due)} if due else {})

    def _part(self, part: Mapping[str, Any], count: int) -> str:
        key = "notice.summary_card.part" if count == 1 else "notice.summary_card.part_of_several"
        return self.say(key, text=_quoted(part["text"]), item=self.item(part["item"]))

    def _case_line(self, case: Mapping[str, Any]) -> str:
        return self.say(
            "notice.case_line", case=case["case"], item=self.item(case.get("item")),
            state=self.say(f"state.{case['state']}"), due=self.time(case["due"]) if case.get("due") else "—",
            place=self.place(case.get("place"), case.get("place_text") or ""),
        )  # fmt: skip

    def _alike_line(self, alike: Mapping[str, Any]) -> str:
        """An open case as a stranger may know it: matter, rough place, distance, age, state (R8.2)."""
        return self.say(
            "alike.line", item=self.item(alike.get("item")), place=self.place(alike.get("place"), ""),
            how=self._alike(alike), state=self.say(f"state.{alike['state']}"),
        )  # fmt: skip

    def _alike(self, facts: Mapping[str, Any]) -> str:
        """How far apart in place and time."""
        metres, hours = facts.get("alike_metres"), float(facts.get("alike_hours") or 0)
        said = [self.say("alike.same_unit")]
        if metres is not None:
            near = round(metres, -1)
            said = [self.say("alike.metres", metres=int(near)) if near else self.say("alike.here")]
        if hours < 1:
            said.append(self.say("alike.minutes", count=max(1, round(hours * 60))))
        elif hours < HOURS_AS_HOURS:
            said.append(self.say("alike.hours", count=round(hours)))
        else:
            said.append(self.say("alike.days", count=round(hours / 24)))
        if facts.get("alike_same_photo"):
            said.append(self.say("alike.same_photo"))
        if facts.get("alike_resident_said"):
            said.append(self.say("alike.said_other"))
        return self.say("alike.join").join(said)

    def _event_line(self, line: Mapping[str, Any]) -> str:
        reason = f"route.{line['text']}"  # a dispatch gives its reason as an id
        text = (
            self.say(reason)
            if line["kind"] == EventKind.DISPATCHED and self.words.has(reason)
            else line["text"]
        )
        return self.say(
            "notice.event_line", at=self.time(line["at"]), kind=self.say(f"event.{line['kind']}"),
            who=line["who"], text=_quoted(text),
        )  # fmt: skip


def _quoted(text: str) -> str:
    return text if len(text) <= QUOTE_MOST else text[: QUOTE_MOST - 1] + "…"
