"""One case's file: what happened, in words; pictures before and after; and what a desk may do with it."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from casecore import events
from casecore.acts import move
from casecore.authority import COMMANDERS
from casecore.cases import load
from casecore.errors import Refusal
from casecore.lifecycle import offers
from casecore.reading.cases import may_see
from casecore.reading.contents import CaseFile
from casecore.reading.file import may_see_file, read_file
from casecore.reading.units import find_units
from casecore.store.engine import UnitOfWork
from casecore.store.tables import Case
from casecore.territory.model import Territory
from casecore.vocabulary import Act, EventKind, Level
from casecore.why_words import without_rule
from console.access import DESKS
from console.errors import NotThere
from console.timeline import tell, why
from console.visit import Page, Visit
from dispatch.route import Question, route
from media import NotHeld, RangeNotSatisfiable

# A file of a stranger is shown, never run: no script, no form, no frame, an origin of its own.
MEDIA_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


async def show(visit: Visit) -> Response:
    number = visit.path("number").upper()
    async with visit.ground.record.read() as session:
        found = await read_file(session, visit.territory, visit.scope, number, visit.now)
    if found is None:
        raise NotThere
    if found.line.sensitive:
        found = await _seen(visit, found)
    return _page(visit, found)


async def _seen(visit: Visit, found: CaseFile) -> CaseFile:
    """R12.4: each view of a sensitive file is an entry in it, written before the page is shown."""
    async with visit.acting() as uow:
        case = await load(uow.session, found.id)
        await events.record(
            uow, case, EventKind.VIEWED, actor=visit.actor.person_id, masked=found.line.masked or None
        )
    async with visit.ground.record.read() as session:
        again = await read_file(session, visit.territory, visit.scope, found.line.number, visit.now)
    if again is None:
        raise NotThere
    return again


def _page(visit: Visit, found: CaseFile) -> Response:
    speech, query = visit.speech, visit.query
    return visit.show(
        "case.html",
        file=found,
        line=found.line,
        details=found.details,
        timeline=[tell(speech, event) for event in reversed(found.events)],
        reasons=[
            (
                reason.topic,
                without_rule(visit.ground.words, visit.territory, speech.lang, reason),
                reason.rule,
            )
            for reason in found.why
        ],
        because=why(speech, found.details.because) if found.details else (),
        acts=_acts(visit, found),
        near=_near(visit, found),
        typed=query.text("unit", most=120),
        choices=find_units(visit.territory, query.text("unit", most=120)),
        items=_items(visit),
        done=query.text("done", most=40),
        may_merge=visit.may("case_merging"),
        may_open_hard=bool(visit.roles & COMMANDERS) and offers(found.line.state, Act.OPEN_HARD),
    )


def _acts(visit: Visit, found: CaseFile) -> frozenset[str]:
    """What the page offers. The act itself asks again (casecore.authority), from the posts of that moment."""
    if not visit.roles & DESKS:
        return frozenset()
    wanted = {Act.DESIGNATE} if found.line.masked else {Act.DESIGNATE, Act.RECLASSIFY, Act.INVALIDATE}
    return frozenset(act.value for act in wanted if offers(found.line.state, act))


def _near(visit: Visit, found: CaseFile) -> tuple[str, ...]:
    """Names offered while one types: the units around the place, the towns and the departments."""
    territory, place = visit.territory, found.line.place_unit
    around = (
        [unit for each in territory.lineage(place) for unit in territory.children(each.id)] if place else []
    )
    upper = [u for u in territory.units.values() if u.level in {Level.TOWN, Level.DISTRICT, Level.DEPARTMENT}]
    return tuple(dict.fromkeys(visit.speech.unit(unit.id) for unit in (*around, *upper)))


def _items(visit: Visit) -> list[tuple[str, list[tuple[str, str]]]]:
    """The responsibility list by category, for a select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for item in visit.territory.items.values():
        groups.setdefault(item.category, []).append((item.code, visit.speech.item(item.code)))
    return [(visit.speech.category(category), items) for category, items in groups.items()]


async def designate(visit: Visit) -> Response:
    """指定办理: a desk names the unit. A name that fits several units is asked back as a choice."""
    number, typed = visit.path("number").upper(), visit.form.text("unit", most=120)
    units = find_units(visit.territory, typed)
    if len(units) != 1:
        return await _choose(visit, number, typed)
    reason = _reason(visit)
    async with visit.acting() as uow:
        case = await _case(visit, uow, number)
        await move.designate(uow, visit.territory, case, visit.actor, to=units[0].id, reason=reason)
    return visit.go(f"/cases/{number}?done=designated")


async def _choose(visit: Visit, number: str, typed: str) -> Response:
    """The same page with the units that the name may mean; nothing was done yet."""
    async with visit.ground.record.read() as session:
        found = await read_file(session, visit.territory, visit.scope, number, visit.now)
    if found is None:
        raise NotThere
    visit.query = visit.form
    return _page(visit, found)


async def reclassify(visit: Visit) -> Response:
    """Put item and place right, and, if asked, send the case to the unit that the list then names."""
    number, typed = visit.path("number").upper(), visit.form.text("place", most=120)
    places = find_units(visit.territory, typed)
    if typed and len(places) != 1:
        raise Refusal("place_unclear", typed=typed)
    async with visit.acting() as uow:
        case = await _case(visit, uow, number, content=True)
        await move.reclassify(
            uow,
            visit.territory,
            case,
            visit.actor,
            item_code=visit.form.text("item", most=20),
            place_unit=places[0].id if places else None,
        )
        if visit.form.ticked("send"):
            await _send(visit, uow, case)
    return visit.go(f"/cases/{number}?done=reclassified")


async def _send(visit: Visit, uow: UnitOfWork, case: Case) -> None:
    """To the entry unit of R1.6, unless it is there already or dispatch itself is about to send it."""
    to = _entry_unit(visit.territory, case)
    if to != case.unit_id and offers(case.state, Act.DESIGNATE):
        reason = visit.form.text("reason") or visit.speech.say("console.case.reclassified_reason")
        await move.designate(uow, visit.territory, case, visit.actor, to=to, reason=reason)


def _entry_unit(territory: Territory, case: Case) -> str:
    question = Question(
        item_code=case.item_code, place_unit=case.place_unit, home_unit=None, needs_triage=False
    )
    return route(territory, question).unit_id


async def invalidate(visit: Visit) -> Response:
    number, reason = visit.path("number").upper(), _reason(visit)
    async with visit.acting() as uow:
        case = await _case(visit, uow, number, content=True)
        await move.invalidate(uow, visit.territory, case, visit.actor, reason=reason)
    return visit.go(f"/cases/{number}?done=invalidated")


async def media(visit: Visit) -> Response:
    """A file of the case. The original as received is never served (media.serving)."""
    number, digest = visit.path("number"), visit.path("digest")
    async with visit.ground.record.read() as session:
        if not await may_see_file(session, visit.scope, number, digest):
            raise NotThere
    wanted = visit.request.headers.get("range")
    try:
        served = await visit.ground.media.serve(digest, visit.path("variant"), range_header=wanted)
    except NotHeld:
        raise NotThere from None
    except RangeNotSatisfiable as error:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{error.size}"})
    headers = {
        "Content-Length": str(served.length),
        "Accept-Ranges": "bytes",
        "ETag": served.etag,
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": MEDIA_POLICY,
        "Content-Disposition": "inline" if served.inline else f'attachment; filename="{digest[:12]}"',
    }
    if served.content_range:
        headers["Content-Range"] = served.content_range
    return StreamingResponse(served.body, served.status, headers, media_type=served.mime)


async def _case(visit: Visit, uow: UnitOfWork, number: str, *, content: bool = False) -> Case:
    """The case for an act, if this person may know of it and, for `content`, reads it in full."""
    if not await may_see(uow.session, visit.scope, number, content=content):
        raise NotThere
    return await load(uow.session, number)


def _reason(visit: Visit) -> str:
    reason = visit.form.text("reason")
    if not reason:
        raise Refusal("reason_missing")
    return reason


PAGES = (
    Page(name="case", path="/cases/{number}", view=show),
    Page(name="case_media", path="/cases/{number}/media/{digest}/{variant}", view=media),
    Page(name="case_designate", path="/cases/{number}/designate", view=designate, method="POST"),
    Page(name="case_reclassify", path="/cases/{number}/reclassify", view=reclassify, method="POST"),
    Page(name="case_invalidate", path="/cases/{number}/invalidate", view=invalidate, method="POST"),
)
