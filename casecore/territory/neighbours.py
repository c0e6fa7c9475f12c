"""Who sees to what lies outside: neighbours.csv, the districts around with the number that their residents ring."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.territory.model import Neighbour
from casecore.territory.table import Columns, FirstSeen, Row, column_for

FILE = "neighbours.csv"
COLUMNS = Columns(plain=("aliases", "hotline"))


def read_neighbours(rows: Sequence[Row], languages: tuple[str, ...]) -> tuple[Neighbour, ...]:
    """In the file's order; a district that a resident names is sent to its hotline and to no other's."""
    seen = FirstSeen()
    found: list[Neighbour] = []
    for row in rows:
        names, hotline = row.names("name", languages), row.required("hotline")
        first = column_for("name", languages[0])
        if hotline and seen.takes(row, first, names.get(languages[0], row.number)):
            found.append(Neighbour(names=names, aliases=row.several("aliases"), hotline=hotline))
    return tuple(found)
