"""A journey as a clerk reads it: who said what when, and what came back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from casecore.messages import InboundMessage
from config.journeys.chats import Got
from config.journeys.script import Presses, Says, Step


@dataclass(slots=True)
class Transcript:
    zone: ZoneInfo
    lines: list[str] = field(default_factory=list)

    def _at(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.zone):%m-%d %H:%M:%S}"

    def step(self, now: datetime, step: Step) -> None:
        """Words and presses are told as they go in; the other steps as they stand in the file."""
        if not isinstance(step, Says | Presses):
            self.lines.append(f"{self._at(now)}  -- {step.source}")

    def said(self, now: datetime, message: InboundMessage) -> None:
        parts = [message.text] if message.text else []
        parts += [f"<{file.kind.value} {file.name}>" for file in message.files]
        if message.point:
            parts.append(f"<location {message.point.lat}, {message.point.lon}>")
        if message.press:
            parts.append(f"[{message.press.act}]")
        if message.raw_type:
            parts.append(f"<{message.raw_type}>")
        reply = " (reply)" if message.reply_to else ""
        self.lines.append(f"{self._at(now)}  {message.address}{reply} > {' '.join(parts) or '<empty>'}")

    def notice(self, got: Got) -> None:
        indented = got.text.replace("\n", "\n" + " " * 18)
        self.lines.append(f"{self._at(got.at)}    {got.who} < {got.notice.value}: {indented}")
        if got.files:
            self.lines.append(" " * 18 + f"<{got.files} files>")
        if got.buttons:
            self.lines.append(" " * 18 + " ".join(f"[{button.label}]" for button in got.buttons))

    def held(self, now: datetime, source: str) -> None:
        self.lines.append(f"{self._at(now)}  ok {source}")

    def failed(self, now: datetime, source: str) -> None:
        self.lines.append(f"{self._at(now)}  FAILED {source}")

    def note(self, text: str) -> None:
        self.lines.append(" " * 16 + f"({text})")
