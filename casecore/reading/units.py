"""Finding a unit by what a person types: its id, its path, or a part of its name."""

from __future__ import annotations

from casecore.territory.model import Territory, Unit

# More than this is no choice any more; the person types another letter.
FOUND_MOST = 20
_IGNORED = str.maketrans("", "", " ,，·/、-—")


def find_units(territory: Territory, typed: str) -> tuple[Unit, ...]:
    """The one unit that is meant exactly, else those whose path contains it; shortest path first."""
    wanted = _plain(typed)
    if not wanted:
        return ()
    if typed.strip() in territory.units:
        return (territory.unit(typed.strip()),)
    found: list[tuple[int, str, Unit]] = []
    exact: list[Unit] = []
    for unit in territory.units.values():
        paths = [_plain(territory.path(unit.id, lang)) for lang in territory.languages]
        aliases = [_plain(alias) for alias in unit.aliases]
        names = [_plain(name) for name in unit.names.values()]
        if wanted in (*paths, *names, *aliases):
            exact.append(unit)
        elif any(wanted in text for text in (*paths, *aliases)):
            found.append((len(paths[0]), unit.id, unit))
    if len(exact) == 1:
        return (exact[0],)
    near = [unit for _, _, unit in sorted(found, key=lambda each: each[:2])]
    return tuple([*exact, *near][:FOUND_MOST])


def _plain(text: str) -> str:
    return text.casefold().translate(_IGNORED)
