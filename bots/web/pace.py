"""How fast one chat may speak: a bucket of tokens each, so that a flood is slowed and nobody else waits."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Pace:
    """At most `burst` at once and `per_second` in the long run, for each name. Kept in memory: a restart forgives."""

    def __init__(self, *, burst: int, per_second: float, most_names: int = 20_000) -> None:
        self._burst = burst
        self._per_second = per_second
        self._most_names = most_names  # about 4 MB of buckets
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str, now: float) -> float:
        """Take one token: 0 when there was one, else the seconds until there is. `now` is in seconds."""
        bucket = self._buckets.get(name) or self._buckets.setdefault(name, _Bucket(self._burst, now))
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._most_names:
            self._buckets.popitem(last=False)
        # A clock that was set back gives nothing and takes nothing.
        grown = bucket.tokens + max(0.0, now - bucket.at) * self._per_second
        bucket.tokens, bucket.at = min(self._burst, grown), now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self._per_second
