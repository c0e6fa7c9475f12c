"""What the Bot API's error descriptions mean to us: its codes are few, and 400 covers very unlike things."""

from __future__ import annotations

from bots.channel import ChannelError, Rejected, TooLarge, Unreachable
from bots.telegram.secrecy import hide

NOT_MODIFIED = "message is not modified"
# A token that the server refuses is a matter for the operator; nobody's message is thrown away for it.
REFUSED_TOKEN_PAUSE = 60.0

_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "rights to send", "bot was kicked")
_TOO_BIG = ("file is too big", "request entity too large", "wrong file size")


def refusal(description: str) -> ChannelError:
    """The error for a 400 or 413 with this description."""
    text = description.lower()
    if any(phrase in text for phrase in _TOO_BIG):
        return TooLarge(hide(description))
    if any(phrase in text for phrase in _GONE):
        return Unreachable(hide(description))
    return Rejected(hide(description))
