"""The names of places: how they are written, spoken, mistyped and found in a sentence."""
