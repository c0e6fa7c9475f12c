"""A signed link opens one form of one file for one viewer and purpose, for its time, and cannot be made by others."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media.links import LIFETIME, LinkRefused, Purpose, Signer, secret_in
from media.store import Variant

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
DIGEST = "a" * 64


@pytest.fixture
def signer() -> Signer:
    return Signer(b"k" * 32)


def _link(signer: Signer, purpose: Purpose = Purpose.CHANNEL, variant: Variant = Variant.CLEAN) -> str:
    return signer.sign(DIGEST, variant, viewer="person-1", purpose=purpose, now=NOW)


def test_it_grants_what_was_signed(signer: Signer) -> None:
    grant = signer.open(_link(signer), purpose=Purpose.CHANNEL, now=NOW, viewer="person-1")
    assert (grant.digest, grant.variant, grant.viewer) == (DIGEST, Variant.CLEAN, "person-1")
    assert grant.until == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_it_ends_on_time(signer: Signer, purpose: Purpose) -> None:
    link, end = _link(signer, purpose), NOW + LIFETIME[purpose]
    assert signer.open(link, purpose=purpose, now=end - timedelta(seconds=1))
    with pytest.raises(LinkRefused):
        signer.open(link, purpose=purpose, now=end)


def test_it_is_for_one_viewer_and_one_purpose(signer: Signer) -> None:
    with pytest.raises(LinkRefused):
        signer.open(_link(signer), purpose=Purpose.CHANNEL, now=NOW, viewer="person-2")
    with pytest.raises(LinkRefused):
        signer.open(_link(signer), purpose=Purpose.EXPORT, now=NOW)


def test_every_changed_character_is_refused(signer: Signer) -> None:
    link = _link(signer)
    for at in range(len(link)):
        changed = link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1 :]
        with pytest.raises(LinkRefused):
            signer.open(changed, purpose=Purpose.CHANNEL, now=NOW)


def test_another_key_opens_nothing(signer: Signer) -> None:
    with pytest.raises(LinkRefused):
        Signer(b"x" * 32).open(_link(signer), purpose=None, now=NOW)


@pytest.mark.parametrize("link", ["", ".", "a.b", "é.ü", "x" * 10_000, "../../etc/passwd", "\0.\0"])
def test_nonsense_is_refused(signer: Signer, link: str) -> None:
    with pytest.raises(LinkRefused):
        signer.open(link, purpose=None, now=NOW)


def test_signed_nonsense_of_another_version_is_refused(signer: Signer) -> None:
    for told in (b"{}", b"[1,2]", json.dumps([DIGEST, "original", "v", "channel", 9_999_999_999]).encode()):
        coded = base64.urlsafe_b64encode(told).rstrip(b"=").decode()
        with pytest.raises(LinkRefused):
            signer.open(f"{coded}.{signer._mark(coded)}", purpose=None, now=NOW)


def test_an_export_shows_only_photos_in_which_nobody_is_recognised(signer: Signer) -> None:
    link = _link(signer, Purpose.EXPORT, Variant.SCREEN)
    assert signer.open(link, purpose=Purpose.EXPORT, now=NOW).variant is Variant.PUBLIC


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = secret_in(tmp_path / "links.key")
    assert secret_in(tmp_path / "links.key") == first
    assert len(first) == 32
    assert os.stat(tmp_path / "links.key").st_mode & 0o077 == 0
    with pytest.raises(ValueError, match="32 bytes"):
        Signer(b"short")
