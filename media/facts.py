"""What is known of a file that was taken in: reported by the child process, kept by the store as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from media.errors import MediaFailure, MediaFault
from media.sniff import MediaKind
from media.store import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One variant: what it is served as, and its bytes."""

    mime: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`mime` and `size` are the original's; `width`, `height` (upright) and `duration` (s) those of CLEAN.

    `lat`, `lon` are WGS-84 degrees and `taken_at` an aware UTC instant; both come from the file and are
    therefore only what the sender's device claims. `phash` is 16 hex digits (media.likeness). `failures`
    name parts that could not be kept, such as a video's sound. `held`: served to nobody before a scanner has looked.
    """

    kind: MediaKind
    mime: str
    size: int = 0
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    lat: float | None = None
    lon: float | None = None
    taken_at: datetime | None = None
    phash: str | None = None
    failures: tuple[MediaFailure, ...] = ()
    held: bool = False
    variants: Mapping[Variant, Form] = field(default_factory=dict)

    def sized(self, size: int, variants: Mapping[Variant, int]) -> Facts:
        """The same with sizes as the parent measured them: a child's word is not taken for them."""
        forms = {
            variant: replace(self.variants[variant], size=bytes_) for variant, bytes_ in variants.items()
        }
        return replace(self, size=size, variants=forms)


_PLAIN = ("mime", "size", "width", "height", "duration", "lat", "lon", "phash")


def to_json(facts: Facts) -> dict[str, Any]:
    return {
        **{name: getattr(facts, name) for name in _PLAIN},
        "kind": facts.kind.value,
        "taken_at": facts.taken_at.isoformat() if facts.taken_at else None,
        "failures": [failure.value for failure in facts.failures],
        "held": facts.held,
        "variants": {name.value: asdict(form) for name, form in facts.variants.items()},
    }


def from_json(data: Mapping[str, Any]) -> Facts:
    """Raises MediaFault when `data` is not what `to_json` writes (a damaged store, a child gone wrong)."""
    try:
        taken = data["taken_at"]
        return Facts(
            kind=MediaKind(data["kind"]),
            taken_at=datetime.fromisoformat(taken) if taken else None,
            failures=tuple(MediaFailure(failure) for failure in data["failures"]),
            held=bool(data.get("held", False)),
            variants={Variant(name): Form(**form) for name, form in data["variants"].items()},
            **{name: data[name] for name in _PLAIN},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MediaFault(f"facts of a file are damaged: {error!r}") from error


def dumps(facts: Facts) -> bytes:
    return json.dumps(to_json(facts), ensure_ascii=False, sort_keys=True).encode()


def loads(content: bytes) -> Facts:
    """Raises MediaFault."""
    try:
        data = json.loads(content)
    except ValueError as error:
        raise MediaFault(f"facts of a file are damaged: {error}") from error
    return from_json(data)
