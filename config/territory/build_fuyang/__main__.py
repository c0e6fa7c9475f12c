"""`python -m config.territory.build_fuyang [FOLDER]` writes the generated files of the territory anew."""

from __future__ import annotations

import sys
from pathlib import Path

from config.territory.build_fuyang import cells, sheets
from config.territory.build_fuyang.survey import survey

FUYANG = Path(__file__).parent.parent / "fuyang"


def build(facts: Path, into: Path) -> None:
    """Write units.csv, landmarks.csv and cells.geojson into the folder `into` from the facts in `facts`."""
    district = survey(facts)
    sheets.write_units(into / "units.csv", district, facts / "old_names.csv")
    sheets.write_landmarks(into / "landmarks.csv", district, facts / "known_places.csv")
    cells.write_cells(into / "cells.geojson", district)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FUYANG
    build(FUYANG / "facts", target)
