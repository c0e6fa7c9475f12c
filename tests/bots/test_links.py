"""GET /files/<link>: one form of one file for its holder, in ranges; every refusal looks the same."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from bots.links import link_routes
from casecore.clock import ScriptClock
from media import Archive, LocalStore, Variant
from media.links import Purpose, Signer
from media.sight import Sight

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.archive = Archive(LocalStore(folder / "store"), folder / "way")
        self.sight = Sight(self.archive, folder / "way")
        self.signer, self.clock = Signer(b"k" * 32), ScriptClock(NOW)
        app = FastAPI()
        app.include_router(link_routes(self.signer, self.archive, self.sight, self.clock))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://minhu")

    def link(self, digest: str, variant: Variant = Variant.CLEAN, purpose: Purpose = Purpose.CHANNEL) -> str:
        told = self.signer.sign(digest, variant, viewer="p", purpose=purpose, now=self.clock.now())
        return f"/files/{told}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.http.aclose()
    await made.sight.close()
    await made.archive.close()


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(out, "JPEG")
    return out.getvalue()


async def test_a_link_shows_its_file_and_a_part_of_it(desk: Desk) -> None:
    digest = (await desk.archive.take_in(jpeg(), hint="photo")).digest
    whole = await desk.http.get(desk.link(digest))
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/jpeg")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    part = await desk.http.get(desk.link(digest), headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole.content[5:10])
    beyond = await desk.http.get(desk.link(digest), headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


async def test_every_refusal_is_the_same(desk: Desk) -> None:
    """Over, forged, of a file that is not there, and an export's photo where nothing can be hidden."""
    desk.sight.veils = desk.sight.reads = False
    digest = (await desk.archive.take_in(jpeg(), hint="photo")).digest
    over = desk.link(digest)
    ways: list[Callable[[], str]] = [
        lambda: over,
        lambda: desk.link(digest)[:-1] + "_",
        lambda: desk.link("f" * 64),
        lambda: desk.link(digest, Variant.SPEECH),
        lambda: desk.link(digest, Variant.SCREEN, Purpose.EXPORT),
        lambda: "/files/..%2f..%2fetc",
    ]
    desk.clock.set(NOW + timedelta(minutes=15))
    answers = [await desk.http.get(way()) for way in ways]
    assert {answer.status_code for answer in answers[:5]} == {404}
    assert {answer.content for answer in answers[:5]} == {b""}
    assert answers[5].status_code == 404


async def test_a_document_is_only_ever_a_download(desk: Desk) -> None:
    digest = (await desk.archive.take_in(b"a letter to the village " * 9, hint="document")).digest
    told = await desk.http.get(desk.link(digest))
    assert told.headers["content-disposition"].startswith("attachment")
