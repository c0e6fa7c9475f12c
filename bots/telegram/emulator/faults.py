"""What may go wrong between a bot and its server: switches that bite a number of times, then let go.

throttle      429 with retry_after = value       hang          no answer for value seconds, then 504
html          5xx with an HTML page              reset_before  connection reset, nothing done
garbled       200, done, half a JSON             reset_after   done, then connection reset
error         Bot API error: code = value, description = text
raw           status = value, body = text, nothing done

downloads only:  redirect (to text), short (fewer bytes than told), drip (a byte at a time)
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS = frozenset(
    {
        "throttle",
        "html",
        "garbled",
        "hang",
        "reset_before",
        "reset_after",
        "error",
        "raw",
        "redirect",
        "short",
        "drip",
    }
)
DOWNLOAD = "download"


@dataclass(slots=True, kw_only=True)
class Fault:
    """`method` is a Bot API method in lower case, `download`, or `*` for whatever comes."""

    kind: str
    method: str = "*"
    times: int = 1
    value: float = 0
    text: str = ""


class Faults:
    """The switches that are on, first set first."""

    def __init__(self) -> None:
        self._set: list[Fault] = []

    def put(self, kind: str, *, method: str = "*", times: int = 1, value: float = 0, text: str = "") -> None:
        """Switch a fault on. ValueError for a kind that is not in the table above."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(sorted(KINDS))}")
        self._set.append(Fault(kind=kind, method=method.lower(), times=times, value=value, text=text))

    def take(self, method: str) -> Fault | None:
        """The fault that bites this call, if any."""
        for fault in self._set:
            if fault.method in ("*", method.lower()):
                fault.times -= 1
                if fault.times <= 0:
                    self._set.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        self._set.clear()
