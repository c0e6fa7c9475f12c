"""What one Telegram bot needs to know about itself: plain values, checked once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]+")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# The characters and length that setWebhook allows for secret_token; the path key keeps to them too.
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """One bot. Times are seconds. ValueError, which never repeats a secret, when a value cannot work.

    `webhook_key` is the unguessable end of the webhook's path and `webhook_secret` what the Bot API
    repeats in its header; both must match. `public_url` is where the front door is reached from
    outside; when it is None in webhook mode, somebody else registers the webhook.
    """

    token: str = field(repr=False)
    account: str
    api_base: str = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    public_url: str | None = None
    webhook_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    timeout: float = 10.0
    """One call without files, from connect to the last byte."""
    upload_timeout: float = 60.0
    """One call with files, and one download: 20 MB at 3 Mbit/s."""
    poll_timeout: int = 25
    """How long the server may hold getUpdates; below the 30 s after which common proxies cut a connection."""
    retry_pause: float = 1.0
    """First pause after a failed poll; it doubles up to 30 times itself."""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("token: not of the form <number>:<letters>, as BotFather gives it")
        if not _ACCOUNT.fullmatch(self.account):
            raise ValueError(f"account: {self.account!r} is not lower-case letters, digits and hyphens")
        if not re.match(r"https?://[^/]", self.api_base):
            raise ValueError("api_base: must start with http:// or https://")
        if self.mode == "webhook":
            self._check_webhook()

    def _check_webhook(self) -> None:
        for name in ("webhook_key", "webhook_secret"):
            if not _SECRET.fullmatch(getattr(self, name)):
                raise ValueError(f"{name}: webhook mode needs 1 to 256 of A-Z a-z 0-9 _ -")
        if self.public_url is not None and not re.match(r"https?://[^/]", self.public_url):
            raise ValueError("public_url: must start with http:// or https://")

    @property
    def bot_id(self) -> int:
        """The bot's own user id: the number before the colon of its token."""
        return int(self.token.partition(":")[0])

    @property
    def base(self) -> str:
        return self.api_base.rstrip("/")
