"""Name → channel, imported only when it is asked for: a house with the web chat alone pays for nothing else.

Each module named here has one function `open_channel(*, clock: Clock, **settings) -> Channel` that
takes its settings as plain values and starts nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from bots.channel import Channel
from casecore.clock import Clock, SystemClock

MODULES: dict[str, str] = {
    "web": "bots.web.channel",
    "telegram-residents": "bots.telegram.residents",
    "telegram-handlers": "bots.telegram.handlers",
    "simulator": "bots.simulator",
}


def create(name: str, *, clock: Clock | None = None, **settings: Any) -> Channel:
    """The channel of this name with its settings, not started.

    KeyError with the known names when there is none, ValueError when a setting cannot work.
    """
    if name not in MODULES:
        raise KeyError(f"no channel {name!r}; there are {', '.join(sorted(MODULES))}")
    module = import_module(MODULES[name])
    return cast(Channel, module.open_channel(clock=clock or SystemClock(), **settings))
