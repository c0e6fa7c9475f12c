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
        "place_elsewhere": -3.0, "place_alone": 2.0, "place_shared": 0.4,
        "receipt_waiting": 3.0, "receipt_taken": -3.0, "waiting": -0.7,
        "stars_done": 2.5, "stars_over": 0.5, "stars_open": -2.5, "verdict_finished": 1.0, "verdict_open": -0.5,
        "wants_open": 0.5, "wants_finished": -1.0, "done": -0.5, "over_again": 0.5, "over": -2.0, "past": -4.0,
        "handler_base": 3.0, "handler_alone": -3.0, "base": 0.5, "silent": -0.5, "draft": 2.0, "draft_words": 1.0,
        "draft_silent": 2.0, "request": 1.0, "other_item": 3.0, "known_item": 0.0, "names_place": 2.0, "names_place_near": 0.8, "length": 1.0,
        "no_request": -1.5, "another": 3.5, "goes_on": -1.5,
        "asked": 1.5, "asked_silent": 3.0, "asked_last": 0.5, "asked_answer": 1.5,
        "recent": 0.8, "recent_handler": 0.8, "recent_faint": 1.5, "recent_album": 2.0,
        "told": 1.0, "told_before": 0.3, "told_faint": 1.5, "told_handler": 0.5, "told_before_handler": 0.0,
    }
)  # fmt: skip

# What `fit` printed.
WEIGHTS = MappingProxyType(
    {
        "named": 1.0, "words": 0.26, "letters": 3.59, "item": 2.03, "category": 0.02, "meaning": 2.08,
        "meaning_item": 1.79, "meaning_said": 0.63, "place_elsewhere": -2.73, "place_alone": 2.08,
        "place_shared": -1.27, "receipt_waiting": 2.19, "receipt_taken": -3.0, "waiting": 0.22,
        "stars_done": 2.67, "stars_over": 0.5, "stars_open": -2.54, "verdict_finished": 0.69,
        "verdict_open": 0.09, "wants_open": -0.27, "wants_finished": -1.52, "done": -0.54, "over_again": 0.51,
        "over": -1.99, "past": -6.06, "handler_base": 0.5, "handler_alone": -3.13, "base": -1.17,
        "silent": -0.52, "draft": 3.16, "draft_words": 1.12, "draft_silent": 2.09, "request": -0.51,
        "other_item": 0.87, "known_item": 2.38, "names_place": 2.0, "names_place_near": 2.46, "length": 1.01,
        "no_request": -0.35, "another": 5.46, "goes_on": -0.28, "asked": 2.12, "asked_silent": 3.04,
        "asked_last": -1.55, "asked_answer": 2.11, "recent": 0.31, "recent_handler": 0.26, "recent_faint": 0.98,
        "recent_album": 3.56, "told": 1.77, "told_before": 0.65, "told_faint": 1.36, "told_handler": 0.99,
        "told_before_handler": 0.2,
    }
)  # fmt: skip
