"""A notice by meaning becomes words and buttons in the reader's language, within what their channel can show.

Owed (facts, buttons) ─► saying (facts in words) ─► lines of the notice ─► text, button rows
                                                         └─ buttons that a channel lacks become numbered words
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bots.channel import Capabilities, RenderedButton
from bots.phrases import PHRASES, Line
from bots.quiet import is_quiet
from bots.saying import Saying
from casecore.messages import Button, Owed
from casecore.territory.model import Territory
from casecore.words import Words

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a channel sends; `data` is what the web chat may show as a card beside the text."""

    text: str
    buttons: Sequence[Sequence[RenderedButton]]
    lang: str
    quiet: bool = False
    data: dict[str, Any] = field(default_factory=dict)


class Renderer:
    """Words for every notice. Immutable."""

    def __init__(self, words: Words, territory: Territory) -> None:
        self._words = words
        self._territory = territory

    def render(self, owed: Owed, *, lang: str, now: datetime, can: Capabilities) -> Rendered:
        """The notice in `lang` (the nearest we have)."""
        lang = self._words.nearest(lang or self._territory.languages[0])
        saying = Saying(words=self._words, territory=self._territory, lang=lang, now=now)
        text = self._text(saying, owed)
        rows = [[self._button(saying, button, can) for button in row] for row in owed.buttons]
        if rows and not can.max_buttons:
            text, rows = f"{text}\n\n{_numbered(rows)}", []
        return Rendered(
            text=_cut(text, can.max_text), buttons=_fitted(rows, can), lang=lang, data=saying.card(owed),
            quiet=is_quiet(owed, self._territory.levels, self._territory.zone, now),
        )  # fmt: skip

    def _text(self, saying: Saying, owed: Owed) -> str:
        facts = saying.facts(owed)
        lines = (self._line(saying, line, facts) for line in PHRASES[owed.notice])
        return "\n".join(line for line in lines if line)

    def _line(self, saying: Saying, line: Line, facts: Mapping[str, Any]) -> str:
        key = line(facts)
        return saying.words.say(saying.lang, key, **facts) if key else ""

    def _button(self, saying: Saying, button: Button, can: Capabilities) -> RenderedButton:
        token = ":".join((button.act, button.subject, button.value)).rstrip(":")
        label = saying.label(button)
        return RenderedButton(label=_cut(label, can.max_button_label or len(label)), token=token)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def _fitted(rows: list[list[RenderedButton]], can: Capabilities) -> tuple[tuple[RenderedButton, ...], ...]:
    """Rows no wider than the channel shows."""
    width = can.max_buttons_in_row or 1
    fitted = [tuple(row[i : i + width]) for row in rows for i in range(0, len(row), width)]
    return tuple(fitted)


def _numbered(rows: list[list[RenderedButton]]) -> str:
    """For a channel without buttons: the choices as numbered lines."""
    labels = [button.label for row in rows for button in row]
    return "\n".join(f"{number}. {label}" for number, label in enumerate(labels, start=1))
