"""The console as one router under /console: every view's pages, each behind the same door."""

from __future__ import annotations

from fastapi import APIRouter

from casecore.clock import Clock
from casecore.store.engine import Record
from casecore.territory.model import Territory
from casecore.words import Words
from console.access import ACCESS
from console.guard import guarded
from console.paper import paper
from console.views import cases, file, learning, merging, people, person, road, signing, start, static, triage
from console.visit import ROOT, Ground, MediaReader, Page

PAGES: tuple[Page, ...] = (
    *static.PAGES,
    *signing.PAGES,
    *start.PAGES,
    *cases.PAGES,
    *file.PAGES,
    *merging.PAGES,
    *triage.PAGES,
    *road.PAGES,
    *learning.PAGES,
    *people.PAGES,
    *person.PAGES,
)


def routes(
    record: Record, territory: Territory, words: Words, media_reader: MediaReader, clock: Clock
) -> APIRouter:
    """The router for `config.serve` to mount. KeyError when a page has no line in `access.ACCESS`."""
    ground = Ground(
        record=record, territory=territory, words=words, media=media_reader, clock=clock, paper=paper()
    )
    router = APIRouter(prefix=ROOT, include_in_schema=False)
    for page in PAGES:
        if page.name not in ACCESS:
            raise KeyError(f"the console's page {page.name!r} has no line in console.access.ACCESS")
        router.add_api_route(
            page.path,
            guarded(ground, page),
            methods=[page.method],
            name=f"console_{page.name}",
            response_model=None,
        )
    return router
