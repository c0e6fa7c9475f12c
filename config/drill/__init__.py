"""Drills: the house is broken on purpose, and what it promised is counted afterwards."""
