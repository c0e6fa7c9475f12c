"""Files through the chat: streamed in under a limit, served cleaned, and only to those they were sent to."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image

from bots.channel import Rejected, TooLarge
from casecore.messages import FileRef
from casecore.vocabulary import MessageKind
from tests.bots.web.house import LIMIT, SAME, Client, WebHouse, fresh_id


def jpeg(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return out.getvalue()


async def chatting(house: WebHouse) -> Client:
    client = house.client()
    await client.open()
    await client.post({"client_id": fresh_id(), "text": "hello"})
    return client


async def whole(house: WebHouse, file: FileRef, limit: int = LIMIT) -> bytes:
    return b"".join([chunk async for chunk in house.residents.fetch(file, limit=limit)])


async def test_a_photo_with_its_caption_is_one_message_whose_bytes_can_be_fetched(house: WebHouse) -> None:
    client, content = await chatting(house), jpeg()
    answer = await client.send_file(content, "../../路灯.jpg", text="就是这盏", group="album-0001")
    assert answer.json() == {"ok": True}
    await house.bring_files()
    _, message = await house.inbox()
    (file,) = message.files
    assert (message.kind, message.text, file.name) == (MessageKind.PHOTO, "就是这盏", "路灯.jpg")
    assert message.group and message.group.endswith(":album-0001")
    assert file.ref == hashlib.sha256(content).hexdigest() == file.digest
    assert await whole(house, file) == content
    with pytest.raises(TooLarge):
        await whole(house, file, len(content) - 1)


async def test_the_cleaned_photo_is_seen_by_its_chat_and_by_no_other(house: WebHouse) -> None:
    client, other = await chatting(house), await chatting(house)
    await client.send_file(jpeg("blue"))
    await house.bring_files()
    (file,) = (await client.lines())[-1]["files"]
    address = f"/chat/media/{file['digest']}/thumb"
    seen = await client.http.get(address, headers=SAME)
    assert seen.status_code == 200 and seen.headers["content-type"].startswith("image/")
    assert "sandbox" in seen.headers["content-security-policy"]
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["content-disposition"].startswith("inline")
    assert seen.headers["cache-control"] == "private, no-cache"
    again = await client.http.get(address, headers=SAME | {"If-None-Match": seen.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await other.http.get(address, headers=SAME)).status_code == 404
    # Naming a digest in one's own words opens nothing.
    await other.post({"client_id": fresh_id(), "text": file["digest"]})
    assert (await other.http.get(address, headers=SAME)).status_code == 404
    assert (await house.client().http.get(address, headers=SAME)).status_code == 401


async def test_a_part_of_a_file_can_be_asked_for(house: WebHouse) -> None:
    client = await chatting(house)
    await client.send_file(jpeg("green"))
    await house.bring_files()
    digest = (await client.lines())[-1]["files"][0]["digest"]
    full = (await client.http.get(f"/chat/media/{digest}/clean")).content
    part = await client.http.get(f"/chat/media/{digest}/clean", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, full[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(full)}"
    beyond = await client.http.get(f"/chat/media/{digest}/clean", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize("variant", ["speech", "original", "..", "%2e%2e", "thumb%00"])
async def test_only_variants_for_people_are_served(house: WebHouse, variant: str) -> None:
    client = await chatting(house)
    await client.send_file(jpeg("black"))
    await house.bring_files()
    digest = (await client.lines())[-1]["files"][0]["digest"]
    assert (await client.http.get(f"/chat/media/{digest}/{variant}")).status_code == 404


async def test_a_photo_that_is_no_photo_is_told_as_failed_and_never_served(house: WebHouse) -> None:
    client = await chatting(house)
    content = b"<html><script>alert(1)</script>"
    await client.send_file(content, "x.jpg")
    await house.bring_files()
    (file,) = (await client.lines())[-1]["files"]
    assert file["digest"] is None
    digest = hashlib.sha256(content).hexdigest()
    for variant in ("clean", "thumb", "screen"):
        assert (await client.http.get(f"/chat/media/{digest}/{variant}")).status_code == 404


async def test_too_large_is_said_in_words_and_leaves_nothing_behind(house: WebHouse) -> None:
    client = await chatting(house)
    for size in (LIMIT + 1, 2 * LIMIT, 4 * LIMIT):
        answer = await client.send_file(b"x" * size)
        assert (answer.status_code, answer.json()["error"]) == (413, "file_too_large")
    assert [held async for held in house.archive.store.held()] == []
    assert len(await house.inbox()) == 1


async def test_exactly_the_limit_is_taken(house: WebHouse) -> None:
    client = await chatting(house)
    assert (await client.send_file(b"x" * LIMIT)).status_code == 200


async def test_a_stream_without_a_length_is_cut_off_too(house: WebHouse) -> None:
    client = await chatting(house)
    boundary = "b0undary"

    async def endless() -> AsyncIterator[bytes]:
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
        for _ in range(LIMIT // 1000 + 200):
            yield b"x" * 1000
        yield f"\r\n--{boundary}--\r\n".encode()

    headers = SAME | {
        "X-Minhu-Key": client.key,
        "Content-Type": f"multipart/form-data; boundary={boundary}",
    }
    answer = await client.http.post("/chat/file", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "file_too_large")


@pytest.mark.parametrize(
    ("content", "fields", "error"),
    [
        (b"", {}, "empty_file"),
        (b"x", {"kind": "sticker"}, "malformed"),
        (b"x", {"kind": "text"}, "malformed"),
        (b"x", {"client_id": "x"}, "malformed"),
        (b"x", {"group": "../.."}, "malformed"),
        (b"x", {"text": "长" * 4097}, "too_long"),
    ],
)
async def test_a_bad_form_is_denied(
    house: WebHouse, content: bytes, fields: dict[str, str], error: str
) -> None:
    client = await chatting(house)
    answer = await client.send_file(content, **fields)
    assert answer.status_code in (400, 413) and answer.json()["error"] == error
    assert len(await house.inbox()) == 1


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=a", b"--b\r\n\r\n", 400),
        (
            "multipart/form-data; boundary=a",
            b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--\r\n",
            400,
        ),
        ("multipart/form-data; boundary=a; charset=nonsense", b"--a--\r\n", 400),
    ],
)
async def test_what_is_no_form_is_denied(
    house: WebHouse, content_type: str, body: bytes, status: int
) -> None:
    client = await chatting(house)
    headers = SAME | {"X-Minhu-Key": client.key, "Content-Type": content_type}
    answer: httpx.Response = await client.http.post("/chat/file", content=body, headers=headers)
    assert answer.status_code == status, answer.text


async def test_a_reference_of_nobody_is_rejected(house: WebHouse) -> None:
    for ref in ("no-such-file", "../../etc/passwd", "0" * 64):
        with pytest.raises(Rejected):
            await whole(house, FileRef(kind=MessageKind.PHOTO, ref=ref))
