"""What a transcriber wrote, mended: traditional characters made simple."""

from __future__ import annotations

from casecore.territory.model import Territory
from intake.wording import simplified


class Mender:
    """Made once for a territory. Immutable."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory

    def mend(self, text: str) -> str:
        return simplified(text).strip()
