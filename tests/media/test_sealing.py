"""At rest nothing is readable without the key, nothing can be changed, moved or cut off unseen; keys rotate."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from media import LocalStore, MediaFault
from media.sealing import Keys, SealedStore, new_key
from media.store import facts_key, original_key

A, B = "a" * 64, "b" * 64
OLD, NEW = new_key(), new_key()
WORDS = b"the resident at Jiayuan 7-301 says " * 5000


@pytest.fixture
def folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def _sealed(folder: LocalStore, *keys: str) -> SealedStore:
    return SealedStore(folder, Keys.parse("\n".join(keys)))


async def _all(store: SealedStore | LocalStore, key: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, start, stop)])


async def test_the_disk_holds_no_word_of_it(folder: LocalStore) -> None:
    store = _sealed(folder, OLD)
    await store.put_bytes(original_key(A), WORDS)
    await store.put_bytes(original_key(B), WORDS)
    first, second = (folder.path(original_key(d)).read_bytes() for d in (A, B))
    assert b"resident" not in first
    assert first[16:] != second[16:], "the same bytes are sealed differently each time"
    assert await _all(store, original_key(A)) == WORDS


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 200_000])
async def test_every_size_and_range_opens_exactly(folder: LocalStore, tmp_path: Path, size: int) -> None:
    store, content = _sealed(folder, OLD), os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    await store.put(original_key(A), tmp_path / "file")
    await store.put_bytes(original_key(B), content)
    for digest in (A, B):
        assert await store.size(original_key(digest)) == size
        assert await _all(store, original_key(digest)) == content
        for start, stop in ((0, 1), (65530, 65540), (65536, None), (size // 2, size // 2 + 3), (size, None)):
            assert await _all(store, original_key(digest), start, stop) == content[start:stop]
    assert list(tmp_path.glob("*.sealed-*")) == []


@pytest.mark.parametrize(
    "harm", ["flip", "cut at a chunk", "cut", "swap chunks", "another's place", "header"]
)
async def test_what_was_changed_does_not_open(folder: LocalStore, harm: str) -> None:
    store = _sealed(folder, OLD)
    await store.put_bytes(original_key(A), os.urandom(200_000))
    path, chunk = folder.path(original_key(A)), 65536 + 16
    body = bytearray(path.read_bytes())
    if harm == "flip":
        body[70_000] ^= 1
    elif harm == "cut at a chunk":
        del body[32 + 2 * chunk :]
    elif harm == "cut":
        del body[-5:]
    elif harm == "swap chunks":
        body[32 : 32 + 2 * chunk] = body[32 + chunk : 32 + 2 * chunk] + body[32 : 32 + chunk]
    elif harm == "header":
        body[20] ^= 1
    path.write_bytes(body)
    key = original_key(A)
    if harm == "another's place":
        key = original_key(B)
        folder.path(key).parent.mkdir(parents=True)
        path.rename(folder.path(key))
    with pytest.raises(MediaFault, match="changed"):
        await _all(store, key)


async def test_keys_rotate_without_a_gap(folder: LocalStore) -> None:
    await folder.put_bytes(facts_key(B), b"kept before encryption was set")
    await _sealed(folder, OLD).put_bytes(original_key(A), WORDS)
    both = _sealed(folder, NEW, OLD)
    assert await _all(both, original_key(A)) == WORDS
    assert await _all(both, facts_key(B)) == b"kept before encryption was set"
    assert await both.reseal() == 2
    assert await both.reseal() == 0
    only_new = _sealed(folder, NEW)
    assert await _all(only_new, original_key(A)) == WORDS
    assert b"before" not in folder.path(facts_key(B)).read_bytes()
    with pytest.raises(MediaFault, match="no key"):
        await _all(_sealed(folder, OLD), original_key(A))


@pytest.mark.parametrize("text", ["", "short", "AAAA", "not base64 " * 4])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="media key|base64|decode|padding|Only|Incorrect"):
        Keys.parse(text)


def test_a_key_is_never_shown() -> None:
    assert OLD not in repr(Keys.parse(OLD))
