"""Encryption at rest: a store that seals each object before another store keeps it, and opens it when read.

    8 bytes  "MinhuSl1"       16 bytes  salt
    8 bytes  name of the key   then chunks of 64 KiB, each AES-256-GCM with its tag

Each object has a key of its own, derived (HKDF-SHA-256) from the house's key, the salt and the object's place: an
object put in another's place does not open. A chunk's nonce is its number and whether it is the last (the STREAM
construction: Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015), so none can be swapped, repeated or cut off unseen,
and any range is read by opening its own chunks only.

Keys are rotated by putting a new one first: it seals what comes, the others still open what is there, and `reseal`
turns the old into the new. What was kept before encryption was set is read as it is, until `reseal`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from media.errors import MediaFault
from media.store import Held, Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MAGIC = b"MinhuSl1"
_NAME, _SALT, _TAG = 8, 16, 16
_HEADER = len(_MAGIC) + _NAME + _SALT
_CHUNK = 64 * 1024
"""Small enough that a player's seek opens little in vain, large enough that tags weigh nothing."""
_SEALED_CHUNK = _CHUNK + _TAG
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The first seals; each of them opens. Their bytes never appear in a `repr`."""

    secrets: tuple[bytes, ...]

    @classmethod
    def parse(cls, text: str) -> Keys:
        """One key a line (or between commas), 32 bytes in base64, as `new_key` writes them. Raises ValueError."""
        lines = [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
        secrets = tuple(base64.b64decode(line, validate=True) for line in lines)
        if not secrets or any(len(secret) != KEY_BYTES for secret in secrets):
            raise ValueError(f"a media key is {KEY_BYTES} bytes in base64, one a line")
        return cls(secrets=secrets)

    def named(self, name: bytes) -> bytes:
        for secret in self.secrets:
            if key_name(secret) == name:
                return secret
        raise MediaFault(f"no key {name.hex()} to open a file with")

    def __repr__(self) -> str:
        return f"Keys({', '.join(key_name(secret).hex() for secret in self.secrets)})"


def new_key() -> str:
    """A fresh key, as the setting holds it."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def key_name(secret: bytes) -> bytes:
    """What an object says of its key; tells nothing about the key."""
    return hashlib.sha256(b"minhu media key" + secret).digest()[:_NAME]


class SealedStore:
    """A `Store` around another. `keys` as above; temporary ciphertext lies beside the file that is put."""

    def __init__(self, inner: Store, keys: Keys) -> None:
        self.inner = inner
        self._keys = keys

    async def put(self, key: str, source: Path) -> None:
        async with _beside(source) as sealed:
            await asyncio.to_thread(self._seal, key, source, sealed)
            await self.inner.put(key, sealed)

    async def put_bytes(self, key: str, content: bytes) -> None:
        header, cipher = self._fresh(key)
        await self.inner.put_bytes(key, header + b"".join(_sealed(cipher, header, content)))

    async def size(self, key: str) -> int:
        whole = await self.inner.size(key)
        return _opened_size(whole) if await self._header(key) else whole

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        whole, header = await self.inner.size(key), await self._header(key)
        if header is None:
            async for chunk in self.inner.read(key, start, stop):
                yield chunk
            return
        size = _opened_size(whole)
        stop = size if stop is None else min(stop, size)
        if start >= stop:
            return
        cipher, last = self._cipher(key, header), max(0, (size - 1) // _CHUNK)
        number, at = start // _CHUNK, (start // _CHUNK) * _CHUNK
        async for sealed in self._chunks(key, number, (stop - 1) // _CHUNK):
            opened = _open(cipher, header, sealed, number, final=number == last)
            yield opened[max(0, start - at) : stop - at]
            number, at = number + 1, at + _CHUNK

    async def delete(self, key: str) -> None:
        await self.inner.delete(key)

    def held(self, digest: str | None = None) -> AsyncIterator[Held]:
        """Sizes are those of the ciphertext."""
        return self.inner.held(digest)

    async def tidy(self, *, before: datetime) -> None:
        await self.inner.tidy(before=before)

    async def reseal(self) -> int:
        """Seal anew what another key than the first has sealed, or none. How many objects it was."""
        current, done = key_name(self._keys.secrets[0]), 0
        async for held in self.inner.held():
            header = await self._header(held.key)
            if header is not None and header[len(_MAGIC) : len(_MAGIC) + _NAME] == current:
                continue
            with tempfile.NamedTemporaryFile() as plain:
                async for chunk in self.read(held.key):
                    await asyncio.to_thread(plain.write, chunk)
                plain.flush()
                await self.put(held.key, Path(plain.name))
            done += 1
        return done

    async def _header(self, key: str) -> bytes | None:
        """None for an object that was never sealed."""
        header = b"".join([chunk async for chunk in self.inner.read(key, 0, _HEADER)])
        return header if len(header) == _HEADER and header.startswith(_MAGIC) else None

    async def _chunks(self, key: str, first: int, last: int) -> AsyncIterator[bytes]:
        """The sealed chunks `first` to `last`, each whole."""
        waiting = bytearray()
        start, stop = _HEADER + first * _SEALED_CHUNK, _HEADER + (last + 1) * _SEALED_CHUNK
        async for piece in self.inner.read(key, start, stop):
            waiting += piece
            while len(waiting) >= _SEALED_CHUNK:
                yield bytes(waiting[:_SEALED_CHUNK])
                del waiting[:_SEALED_CHUNK]
        if waiting:
            yield bytes(waiting)

    def _seal(self, key: str, source: Path, target: Path) -> None:
        header, cipher = self._fresh(key)
        with source.open("rb") as plain, target.open("wb") as sealed:
            sealed.write(header)
            _seal_file(cipher, header, plain, sealed)

    def _fresh(self, key: str) -> tuple[bytes, AESGCM]:
        header = _MAGIC + key_name(self._keys.secrets[0]) + os.urandom(_SALT)
        return header, self._cipher(key, header)

    def _cipher(self, key: str, header: bytes) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        name, salt = header[len(_MAGIC) : len(_MAGIC) + _NAME], header[-_SALT:]
        derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=b"minhu media " + key.encode())
        return AESGCM(derive.derive(self._keys.named(name)))


@asynccontextmanager
async def _beside(source: Path) -> AsyncIterator[Path]:
    sealed = source.with_name(f"{source.name}.sealed-{os.urandom(6).hex()}")
    try:
        yield sealed
    finally:
        sealed.unlink(missing_ok=True)


def _seal_file(cipher: AESGCM, header: bytes, plain: IO[bytes], sealed: IO[bytes]) -> None:
    number, chunk = 0, plain.read(_CHUNK)
    while True:
        following = plain.read(_CHUNK)
        sealed.write(cipher.encrypt(_nonce(number, final=not following), chunk, header))
        if not following:
            return
        number, chunk = number + 1, following


def _sealed(cipher: AESGCM, header: bytes, content: bytes) -> Sequence[bytes]:
    cuts = range(0, max(1, len(content)), _CHUNK)
    return [
        cipher.encrypt(
            _nonce(number, final=at + _CHUNK >= len(content)), content[at : at + _CHUNK], header
        )
        for number, at in enumerate(cuts)
    ]  # fmt: skip


def _open(cipher: AESGCM, header: bytes, sealed: bytes, number: int, *, final: bool) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(_nonce(number, final=final), sealed, header)
    except InvalidTag:
        raise MediaFault("a kept file was changed, or belongs elsewhere") from None


def _nonce(number: int, *, final: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if final else b"\0")


def _opened_size(whole: int) -> int:
    body = whole - _HEADER
    chunks = max(1, -(-body // _SEALED_CHUNK))
    if body < chunks * _TAG:
        raise MediaFault("a kept file is cut short")
    return body - chunks * _TAG
