"""What somebody says or sends, as a step: words, files beside the journey, a place, a sticker, a binding code."""

from __future__ import annotations

from typing import Any

from casecore.messages import Point
from casecore.vocabulary import MessageKind
from config.journeys.at import At
from config.journeys.document import Table
from config.journeys.keys import SENT_KINDS
from config.journeys.script import File, Says

FILES = {
    "photo": MessageKind.PHOTO,
    "video": MessageKind.VIDEO,
    "voice": MessageKind.VOICE,
    "document": MessageKind.DOCUMENT,
}


def message(at: At, table: Table, base: dict[str, Any]) -> Says:
    """A `says` or `sends` step (or both: words beside files)."""
    at.only(table, {base["side"].value, "says", "sends", "case", "binds"})
    if not {"says", "sends", "binds"} & table.keys():
        at.wrong(f"{base['who']} neither says, sends nor presses anything")
    sends = at.table(table["sends"], "sends") if "sends" in table else Table()
    at.only(sends, SENT_KINDS)
    words = [at.text(place[key], key) for place, key in ((table, "says"), (sends, "text")) if key in place]
    unsupported = sends.get("unsupported")
    return Says(
        **base, text="\n".join(words), files=_files(at, sends), point=_point(at, sends),
        unsupported=at.text(unsupported, "unsupported") if unsupported is not None else None,
        case=at.number(table["case"], "case") if table.get("case") is not None else None,
        code=table.get("binds") is True,
    )  # fmt: skip


def _files(at: At, sends: Table) -> tuple[File, ...]:
    found: list[File] = []
    for key, kind in FILES.items():
        named = sends.get(key)
        for name in named if isinstance(named, list) else [named] if named is not None else []:
            path = at.file.parent / at.text(name, key)
            if not path.is_file():
                at.wrong(f"no file {name!r} beside the journey", line=sends.lines[key])
            found.append(File(kind=kind, path=path))
    return tuple(found)


def _point(at: At, sends: Table) -> Point | None:
    if "location" not in sends:
        return None
    table = at.table(sends["location"], "location")
    at.only(table, {"lat", "lon"})
    lat, lon = table.get("lat"), table.get("lon")
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        at.wrong("a location has lat and lon in degrees")
    return Point(lat=float(lat), lon=float(lon))
