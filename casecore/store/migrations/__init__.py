"""The record's schema, revision by revision: linear, forwards and back, on both dialects.

versions/0001_*.py is the first; each later one names the one before it. `HEAD` is the newest, said here
so that a start-up can compare it with the stored one without importing Alembic.
"""

from __future__ import annotations

HEAD = "0001"
