"""Where files are kept and who looks at them, as the settings say: folder or bucket, sealed or not, scanned or not."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from casecore.territory import Territory
from config.doctor import Finding, Grade
from config.settings import Settings
from media import Archive, BucketAddress, BucketStore, LocalStore, MediaError, Store, discretion
from media.links import Signer, secret_in
from media.scan import Clamd
from media.sealing import Keys, SealedStore


def store_of(settings: Settings) -> Store:
    """Raises MediaFault when the folder cannot be made. A bucket is not asked before it is needed."""
    plain: Store = (
        BucketStore(_bucket(settings)) if settings.files_bucket else LocalStore(settings.data / "media")
    )
    keys = settings.files_keys.get_secret_value()
    return SealedStore(plain, Keys.parse(keys)) if keys else plain


def archive_of(settings: Settings, territory: Territory) -> Archive:
    return Archive(
        store_of(settings), settings.data / "media-under-way", zone=territory.zone.key,
        scanner=Clamd(settings.files_scanner) if settings.files_scanner else None,
    )  # fmt: skip


def signer_of(settings: Settings) -> Signer:
    """Several machines that serve one house share a key by setting; one machine makes its own."""
    given = settings.files_link_key.get_secret_value()
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Signer(given.encode() if given else secret_in(settings.data / "links.key"))


def _bucket(settings: Settings) -> BucketAddress:
    asked = urlsplit(settings.files_bucket)
    return BucketAddress(
        bucket=asked.netloc, prefix=asked.path.strip("/"), endpoint=settings.files_endpoint,
        region=settings.files_region, key_id=settings.files_key_id,
        secret=settings.files_secret.get_secret_value(),
    )  # fmt: skip


async def examine_files(settings: Settings) -> AsyncIterator[Finding]:
    """For `minhu doctor`: the bucket, the scanner, and whoever reads words in photos and hides faces."""
    if settings.files_bucket:
        yield await _bucket_finding(settings)
    if settings.files_scanner:
        answers = await Clamd(settings.files_scanner, seconds=5).ping()
        where = {"address": settings.files_scanner}
        yield Finding(
            check="files", symptom="scanner" if answers else "scanner_away", facts=where,
            grade=Grade.OK if answers else Grade.WARN, remedy="" if answers else "clamd --version",
        )  # fmt: skip
    else:
        yield Finding(check="files", symptom="no_scanner", grade=Grade.NOTE)
    if importlib.util.find_spec("rapidocr") is None:
        yield Finding(check="files", symptom="no_reader", grade=Grade.NOTE)
    if discretion.face_model() is None:
        yield Finding(check="files", symptom="no_veil", grade=Grade.NOTE)


async def _bucket_finding(settings: Settings) -> Finding:
    where = {"bucket": settings.files_bucket}
    try:
        async for _ in store_of(settings).held():
            break
    except MediaError as error:
        facts = {**where, "why": str(error) or type(error).__name__}
        return Finding(check="files", symptom="bucket_away", grade=Grade.BAD, facts=facts)
    return Finding(check="files", symptom="bucket", facts=where)
