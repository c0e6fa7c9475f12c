"""Measurements: speed and memory beside a limit or a peer, never part of the tests."""
