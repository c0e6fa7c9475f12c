"""The store on obstore: a folder of this machine, or a bucket of any server that speaks S3.

    <namespace>/<two digits>/<digest>[/<name>]      a folder with a million names in it would be slow to list

What is put is there wholly or not at all, in both. In a folder it is also forced to disk before it appears.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from media.errors import MediaFault, NotHeld
from media.store import CHUNK, PARTS, WHOLE, Held, is_key

if TYPE_CHECKING:
    from obstore.store import LocalStore as Folder
    from obstore.store import S3Store as Bucket

T = TypeVar("T")

_UNFINISHED = "unfinished"
_HANDS = 8
"""Requests at once; more would only wait for the same disk or the same line."""
_PATIENCE = "30s"
"""For one request to a bucket; its server is near, and a file's lease is longer."""
_RETRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketAddress:
    """A bucket and who may write to it. Blank `endpoint`: Amazon's own, by `region`. `prefix` is a folder in it."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    key_id: str = ""
    secret: str = ""


class ObjectStore:
    """What a folder and a bucket have in common."""

    def __init__(self, objects: Folder | Bucket) -> None:
        import obstore  # here, so that the children that decode never map it

        self._obstore = obstore
        self._objects = objects
        self._hands = ThreadPoolExecutor(_HANDS, thread_name_prefix="files")

    async def _do(self, act: Callable[..., T], *arguments: Any, **options: Any) -> T:
        """obstore's own coroutines end on threads of theirs, which abort the process when it is ending just then;
        its plain calls in threads of ours do not, and a slow bucket keeps nobody else's threads busy."""
        work = partial(act, *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self._hands, work)

    async def put(self, key: str, source: Path) -> None:
        await self._put(_place(key), source)

    async def put_bytes(self, key: str, content: bytes) -> None:
        await self._put(_place(key), content)

    async def _put(self, place: str, content: Path | bytes) -> None:
        try:
            with _translated(place):
                await self._do(self._obstore.put, self._objects, place, content)
        except NotHeld:  # what is missing is the bucket, or the file to be put
            raise MediaFault("cannot keep a file: no such bucket or source") from None

    async def size(self, key: str) -> int:
        place = _place(key)
        with _translated(place):
            return (await self._do(self._obstore.head, self._objects, place))["size"]

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        place, options = _place(key), dict[str, Any]()
        if start > 0 or stop is not None:
            size = await self.size(key)
            stop = size if stop is None else min(stop, size)
            if start >= stop:
                return  # a server would refuse the range; a file just ends
            options = {"options": {"range": (start, stop)}}
        with _translated(place):
            found = await self._do(self._obstore.get, self._objects, place, **options)
            stream = iter(found.stream(min_chunk_size=CHUNK))
            while (chunk := await self._do(next, stream, None)) is not None:
                yield bytes(chunk)

    async def delete(self, key: str) -> None:
        place = _place(key)
        with suppress(NotHeld), _translated(place):
            await self._do(self._obstore.delete, self._objects, place)

    async def held(self, digest: str | None = None) -> AsyncIterator[Held]:
        if digest is None:
            async for held in self._listed(None):
                yield held
            return
        for namespace in WHOLE:
            place = _place(f"{namespace}/{digest}")
            with suppress(NotHeld), _translated(place):
                found = _held(await self._do(self._obstore.head, self._objects, place))
                if found is not None:
                    yield found
        for namespace in PARTS:
            async for held in self._listed(_place(f"{namespace}/{digest}")):
                yield held

    async def tidy(self, *, before: datetime) -> None:
        """A bucket's own rule removes parts of broken uploads: nothing of them is listed as an object."""

    async def _listed(self, prefix: str | None) -> AsyncIterator[Held]:
        with _translated(prefix or ""):
            batches = iter(self._obstore.list(self._objects, prefix))
            while (batch := await self._do(next, batches, None)) is not None:
                for one in batch:
                    if (held := _held(one)) is not None:
                        yield held


class LocalStore(ObjectStore):
    """A folder that only this user may enter, made when it is not there yet."""

    def __init__(self, root: Path) -> None:
        from obstore.store import LocalStore as Folder

        self._root = root
        with _translated(""):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            super().__init__(Folder(root))

    def path(self, key: str) -> Path:
        """Where the object lies. Keys come from media.store's functions; anything else is refused."""
        return self._root / _place(key)

    async def _put(self, place: str, content: Path | bytes) -> None:
        """Written elsewhere, forced to disk, renamed: a power cut leaves the old object or the new one."""
        beside = f"{_UNFINISHED}/{uuid4().hex}"
        try:
            await super()._put(beside, content)
            with _translated(place):
                await self._do(_force_private, self._root / beside)
                await self._do(self._obstore.rename, self._objects, beside, place)
                await self._do(_force, (self._root / place).parent)
        finally:
            (self._root / beside).unlink(missing_ok=True)

    async def delete(self, key: str) -> None:
        await super().delete(key)
        folder = self.path(key).parent
        if key.partition("/")[0] in PARTS:
            with suppress(OSError):  # not empty yet, or another worker was first
                folder.rmdir()

    async def tidy(self, *, before: datetime) -> None:
        for path in (self._root / _UNFINISHED).glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()


class BucketStore(ObjectStore):
    """A bucket. It has to be there already: whoever may only write files may not make buckets."""

    def __init__(self, address: BucketAddress) -> None:
        from obstore.store import S3Store

        options: dict[str, Any] = {"endpoint": address.endpoint} if address.endpoint else {}
        if address.key_id:
            options |= {"access_key_id": address.key_id, "secret_access_key": address.secret}
        with _translated(""):
            bucket = S3Store(
                address.bucket, prefix=address.prefix or None, region=address.region,
                virtual_hosted_style_request=not address.endpoint,
                disable_bulk_delete=True,  # not every server of this kind has it; we delete one by one
                client_options={
                    "allow_http": address.endpoint.startswith("http://"), "timeout": _PATIENCE,
                    "connect_timeout": "5s",
                },
                retry_config={"max_retries": _RETRIES}, **options,
            )  # fmt: skip
        super().__init__(bucket)


def _place(key: str) -> str:
    if not is_key(key):
        raise NotHeld("not a key")
    namespace, digest, *rest = key.split("/")
    return "/".join((namespace, digest[:2], digest, *rest))


def _held(meta: Any) -> Held | None:
    namespace, _, *rest = str(meta["path"]).split("/")
    key = "/".join((namespace, *rest))
    return Held(key=key, size=meta["size"], changed=meta["last_modified"]) if is_key(key) else None


@contextmanager
def _translated(place: str) -> Iterator[None]:
    """Outside errors become ours, without the request's address in them: it may hold what signs it."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise NotHeld(place) from None
    except OSError as error:
        raise MediaFault(f"cannot keep a file: {error.strerror or type(error).__name__}") from error
    except (BaseError, ValueError) as error:
        raise MediaFault(f"the store fails: {type(error).__name__}") from error


def _force_private(path: Path) -> None:
    path.chmod(0o600)
    _force(path)


def _force(path: Path) -> None:
    """Without this a power cut may forget the bytes of a file, or the name of one whose bytes are safe."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
