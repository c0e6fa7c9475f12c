"""The store keeps objects whole or not at all, reads ranges, and sweeps what no record names.

One suite over a folder, an S3 bucket (over HTTP, from a server that a package ships), and both of them sealed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media import BucketStore, LocalStore, Store
from media.errors import MediaFault, NotHeld
from media.sealing import Keys, SealedStore, new_key
from media.store import Variant, digest_of, facts_key, forget, original_key, served_key, sweep
from tests.media.s3_server import bucket

A, B = "a" * 64, "b" * 64


@pytest.fixture(params=["folder", "bucket", "sealed folder", "sealed bucket"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    with ExitStack() as servers:
        made: Store
        if "bucket" in request.param:
            made = BucketStore(servers.enter_context(bucket(tmp_path / "s3")))
        else:
            made = LocalStore(tmp_path / "store")
        yield SealedStore(made, Keys.parse(new_key())) if "sealed" in request.param else made


@pytest.fixture
def folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


async def _all(store: Store, key: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, start, stop)])


async def test_what_is_put_is_read_back(store: Store, tmp_path: Path) -> None:
    content = os.urandom(600_000)
    (tmp_path / "file").write_bytes(content)
    await store.put(original_key(A), tmp_path / "file")
    assert await _all(store, original_key(A)) == content
    assert await store.size(original_key(A)) == len(content)
    assert (tmp_path / "file").exists(), "the source is copied, not taken away"


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 1), (5, 9), (255_000, 300_000), (299_999, None), (300_000, None)],
)
async def test_ranges_are_exact_across_chunks(store: Store, start: int, stop: int | None) -> None:
    content = os.urandom(300_000)
    await store.put_bytes(original_key(A), content)
    assert await _all(store, original_key(A), start, stop) == content[start:stop]


async def test_what_is_not_held_is_said_so(store: Store) -> None:
    with pytest.raises(NotHeld):
        await store.size(original_key(A))
    with pytest.raises(NotHeld):
        await _all(store, original_key(A))
    await store.delete(original_key(A))


@pytest.mark.parametrize(
    "digest",
    ["../../etc/passwd", "a" * 63, "A" * 64, "", "a" * 63 + "\0", "a" * 64 + "/..", "\u202e" + "a" * 63],
)
def test_only_digests_make_keys(digest: str) -> None:
    for make in (original_key, facts_key, lambda d: served_key(d, Variant.THUMB)):
        with pytest.raises(NotHeld):
            make(digest)


@pytest.mark.parametrize(
    "key",
    [
        "original/../x",
        f"secrets/{A}",
        f"served/{A}/..",
        f"served/{A}/a/b",
        f"served/{A}/\0",
        f"served/{A}/.x",
    ],
)
async def test_the_store_itself_refuses_foreign_keys(store: Store, key: str) -> None:
    with pytest.raises(NotHeld):
        await store.put_bytes(key, b"x")


async def test_a_write_that_fails_midway_leaves_nothing(
    folder: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up at the fsync: the old object stays, no torn file is left."""
    await folder.put_bytes(facts_key(A), b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MediaFault, match="No space"):
        await folder.put_bytes(facts_key(A), b"new")
    assert await _all(folder, facts_key(A)) == b"old"
    assert list((tmp_path / "store/unfinished").iterdir()) == []


async def test_files_are_private(folder: LocalStore) -> None:
    await folder.put_bytes(original_key(A), b"x")
    assert folder.path(original_key(A)).stat().st_mode & 0o077 == 0


async def test_forget_removes_all_of_one_digest_only(store: Store) -> None:
    for key in (original_key(A), served_key(A, Variant.CLEAN), facts_key(A), facts_key(B)):
        await store.put_bytes(key, b"x")
    assert await forget(store, A) == 3
    assert {held.key async for held in store.held()} == {facts_key(B)}


async def test_sweep_takes_old_orphans_and_spares_the_living_and_the_young(
    folder: LocalStore, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    old = (now - timedelta(days=2)).timestamp()
    young, dead = "c" * 64, "d" * 64
    for digest in (A, young, dead):
        for key in (original_key(digest), served_key(digest, Variant.CLEAN), facts_key(digest)):
            await folder.put_bytes(key, b"x")
            os.utime(folder.path(key), (old, old))
    os.utime(folder.path(facts_key(young)))
    torn = tmp_path / "store/unfinished/torn"
    torn.write_bytes(b"half")
    os.utime(torn, (old, old))

    assert await sweep(folder, {A}, before=now - timedelta(days=1)) == [dead]

    assert {digest_of(held.key) async for held in folder.held()} == {A, young}
    assert not torn.exists()


async def test_sweep_does_the_same_whatever_keeps_the_objects(store: Store) -> None:
    for digest in (A, B):
        for key in (original_key(digest), served_key(digest, Variant.CLEAN), facts_key(digest)):
            await store.put_bytes(key, b"x")
    assert await sweep(store, {A}, before=datetime.now(UTC) - timedelta(days=1)) == []
    assert await sweep(store, {A}, before=datetime.now(UTC) + timedelta(minutes=1)) == [B]
    assert {digest_of(held.key) async for held in store.held()} == {A}
    assert len([held async for held in store.held(A)]) == 3


async def test_a_large_file_goes_in_parts_and_comes_back_whole(store: Store, tmp_path: Path) -> None:
    content = os.urandom(6 * 1024 * 1024)
    (tmp_path / "file").write_bytes(content)
    await store.put(original_key(A), tmp_path / "file")
    assert await _all(store, original_key(A)) == content
    assert await _all(store, original_key(A), 5_500_000, 5_500_010) == content[5_500_000:5_500_010]


async def test_nothing_may_be_put_twice_wrongly(store: Store) -> None:
    """The second content replaces the first wholly; an empty object is an object."""
    await store.put_bytes(facts_key(A), os.urandom(200_000))
    await store.put_bytes(facts_key(A), b"")
    assert (await store.size(facts_key(A)), await _all(store, facts_key(A))) == (0, b"")


async def test_a_bucket_that_is_not_there_is_a_fault_and_not_a_missing_file(tmp_path: Path) -> None:
    with bucket(tmp_path / "s3") as address:
        gone = BucketStore(replace(address, bucket="another"))
        with pytest.raises(MediaFault):
            await gone.put_bytes(facts_key(A), b"x")
    closed = BucketStore(address)
    with pytest.raises(MediaFault) as fault:
        await closed.put_bytes(facts_key(A), b"x")
    assert address.secret not in str(fault.value)


def test_a_process_may_end_right_after_it_used_the_store(tmp_path: Path) -> None:
    """obstore's own threads must not call into an interpreter that is ending: they would abort it."""
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from media import LocalStore\n"
        "async def use():\n"
        "    store = LocalStore(Path(sys.argv[1]))\n"
        "    await store.put_bytes('facts/' + 'a' * 64, b'x')\n"
        "    print(len([held async for held in store.held()]))\n"
        "asyncio.run(use())\n"
    )
    root = Path(__file__).resolve().parents[2]
    for _ in range(4):
        told = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "s")], cwd=root, capture_output=True, text=True
        )
        assert (told.returncode, told.stdout) == (0, "1\n"), told.stderr
