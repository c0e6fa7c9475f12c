"""How well speech is understood, measured on recordings of known sentences.

Measures, all rates 0–1 (cer and pinyin_error_rate may pass 1) and None where nothing could be measured:

    n                   recordings
    cer                 characters wrong in the words that people read, of those said; signs and spaces aside
    pinyin_error_rate   the same of syllables without tones: a sound that was right, written otherwise, counts as right
    rtf                 seconds of listening for a second of sound
    place_found         of sentences that, typed, name a place: the same unit is found in the words
    item_top1           the best item is right
    item_top1_typed     the same of the sentences typed: what speech costs is the difference

An item is right when the labels list it. Without labels the typed sentence is the measure: its best item counts as
right, and item_top1_typed is 1 by definition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from intake.judgement import Understanding
from intake.likeness import distance
from intake.pinyin import spellings
from intake.understand import Understander
from intake.wording import fold

Labels = Mapping[str, tuple[str, ...]]
"""Name of a recording → the item codes that are right for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A recording of `seconds`, what is said in it, the words that came of it ('' when unheard), and the time taken."""

    name: str
    said: str
    words: str
    seconds: float
    took: float


def read_labels(path: Path) -> Labels:
    """JSON lines with `id` (the recording's name without its ending) and `codes`. Raises ValueError."""
    found: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if row.strip():
            try:
                data = json.loads(row)
                found[str(data["id"])] = tuple(map(str, data["codes"]))
            except (ValueError, KeyError, TypeError) as fault:
                raise ValueError(f"{path.name}, row {number}: {fault!r}") from fault
    return found


def measures(
    clips: Sequence[Clip], understander: Understander, labels: Labels | None = None
) -> dict[str, float | None]:
    """The measures listed above, by name."""
    read = [(clip, understander.understand(clip.said), understander.understand(clip.words)) for clip in clips]
    placed = [(_place(typed), _place(spoken)) for _, typed, spoken in read if _place(typed)]
    sorted_ = [(_right(clip, typed, labels), typed, spoken) for clip, typed, spoken in read]
    labelled = [(right, _item(typed), _item(spoken)) for right, typed, spoken in sorted_ if right]
    seconds = sum(clip.seconds for clip in clips)
    return {
        "n": len(clips),
        "cer": _error_rate(clips, letters),
        "pinyin_error_rate": _error_rate(clips, syllables),
        "rtf": round(sum(clip.took for clip in clips) / seconds, 4) if seconds else None,
        "place_found": _share(typed == spoken for typed, spoken in placed),
        "item_top1": _share(spoken in right for right, _, spoken in labelled),
        "item_top1_typed": _share(typed in right for right, typed, _ in labelled),
    }


def letters(text: str) -> str:
    """What is said in a text: simplified letters and figures, without signs and spaces."""
    return "".join(char for char in fold(text) if char.isalnum())


def syllables(text: str) -> tuple[str, ...]:
    """The commonest toneless reading of each character; what has none stands for itself."""
    return spellings(letters(text), most=1)[0]


def _error_rate(clips: Sequence[Clip], form: Callable[[str], Sequence[str]]) -> float | None:
    pairs = [(form(clip.said), form(clip.words)) for clip in clips]
    said = sum(len(one) for one, _ in pairs)
    return round(sum(distance(one, other) for one, other in pairs) / said, 4) if said else None


def _right(clip: Clip, typed: Understanding, labels: Labels | None) -> tuple[str, ...]:
    if labels is not None:
        return labels.get(clip.name, ())
    best = _item(typed)
    return (best,) if best else ()


def _item(got: Understanding) -> str | None:
    return got.matters[0].code if got.matters else None


def _place(got: Understanding) -> str | None:
    """The unit of the best place that the message's own words named."""
    return next((guess.unit_id for guess in got.places if guess.text and guess.unit_id), None)


def _share(held: Iterable[bool]) -> float | None:
    all_ = list(held)
    return round(sum(all_) / len(all_), 4) if all_ else None
