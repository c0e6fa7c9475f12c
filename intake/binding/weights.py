"""What each kind of evidence is worth in log-odds: fitted on the tune half of tests/intake/binding.jsonl by `fit`.

`named` counts as it is (see naming); the rest were fitted with a pull towards the first guesses of a person.
"""

from __future__ import annotations

from types import MappingProxyType

# First guesses by hand: what a weight is pulled towards where few messages speak of it.
GUESSED = MappingProxyType(
    {
        "named": 1.0, "words": 1.5, "letters": 1.5, "item": 2.5, "category": 0.3,
        "meaning": 2.5, "meaning_item": 4.0, "meaning_said": 1.5,
        "place_elsewhere": -3.0, "place_alone": 2.0, "place_shared": 0.4, "place_other_spot": -0.5,
        "receipt_waiting": 3.0, "receipt_taken": -3.0, "waiting": -0.7,
        "stars_done": 2.5, "stars_over": 0.5, "stars_open": -2.5, "verdict_finished": 1.0, "verdict_open": -0.5,
        "wants_open": 0.5, "wants_finished": -1.0, "done": -0.5, "over_again": 0.5, "over": -2.0, "past": -4.0,
        "handler_base": 3.0, "handler_alone": -3.0, "base": 0.5, "silent": -0.5, "draft": 2.0, "draft_words": 1.0,
        "draft_silent": 2.0, "request": 1.0, "other_item": 3.0, "known_item": 0.5,
        "names_place": 2.0, "names_place_near": 0.8,
        "length": 1.0,
        "no_request": -1.5, "another": 3.5, "goes_on": -1.5,
        "asked": 1.5, "asked_silent": 3.0, "asked_last": 0.5, "asked_answer": 1.5,
        "recent": 0.8, "recent_handler": 0.8, "recent_faint": 1.5, "recent_album": 2.0,
        "told": 1.0, "told_before": 0.3, "told_faint": 1.5, "told_handler": 0.5, "told_before_handler": 0.0,
    }
)  # fmt: skip

# What `fit` printed.
WEIGHTS = MappingProxyType(
    {
        "named": 1.0, "words": 2.16, "letters": 4.05, "item": 2.0, "category": 0.01, "meaning": 2.46,
        "meaning_item": 3.39, "meaning_said": 1.32, "place_elsewhere": -2.41, "place_alone": 2.28,
        "place_shared": 0.4, "place_other_spot": -0.5, "receipt_waiting": 2.62, "receipt_taken": -3.0,
        "waiting": 0.0, "stars_done": 2.61, "stars_over": 0.5, "stars_open": -2.52, "verdict_finished": 0.74,
        "verdict_open": -0.14, "wants_open": 0.0, "wants_finished": -1.43, "done": -0.38, "over_again": 0.5,
        "over": -2.0, "past": -4.01, "handler_base": 1.05, "handler_alone": -3.09, "base": 0.0,
        "silent": -1.0, "draft": 2.69, "draft_words": 1.03, "draft_silent": 2.04, "request": 0.0,
        "other_item": 1.03, "known_item": 0.6, "names_place": 1.31, "names_place_near": 0.73, "length": 0.11,
        "no_request": -1.03, "another": 3.5, "goes_on": -0.84, "asked": 1.91, "asked_silent": 3.03,
        "asked_last": 0.0, "asked_answer": 1.91, "recent": 0.54, "recent_handler": 0.5, "recent_faint": 1.18,
        "recent_album": 3.01, "told": 1.52, "told_before": 1.15, "told_faint": 1.53, "told_handler": 0.78,
        "told_before_handler": 0.0,
    }
)  # fmt: skip
