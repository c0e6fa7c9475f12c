"""The territory: places, responsibility list, departments, roster, limits and calendar of one district."""

from casecore.territory.model import (
    Department,
    Item,
    Landmark,
    ServiceLevels,
    Territory,
    Unit,
)
from casecore.territory.reader import Mistake, TerritoryInvalid, read_territory

__all__ = [
    "Department",
    "Item",
    "Landmark",
    "Mistake",
    "ServiceLevels",
    "Territory",
    "TerritoryInvalid",
    "Unit",
    "read_territory",
]
