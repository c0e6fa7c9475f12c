"""Everything that can be said against a territory's folder: its tables and, if they hold, its map."""

from __future__ import annotations

from pathlib import Path

from casecore.territory.cells import check_cells
from casecore.territory.gazetteer import read_gazetteer
from casecore.territory.mistakes import Findings, Mistake
from casecore.territory.reader import TerritoryInvalid, read_territory


def check(folder: Path) -> list[Mistake]:
    """Every mistake in `folder`, none if it is ready for use. Polygons are checked once the tables hold."""
    try:
        territory = read_territory(folder)
    except TerritoryInvalid as invalid:
        return invalid.mistakes
    findings = Findings()
    for _ in read_gazetteer(folder, territory.languages, territory.units, findings):
        pass
    return [*findings.mistakes, *check_cells(territory)]
