"""Which pictures go with a notice to a resident: nobody in them recognisable, the result beside what was shown before.

    a photo from the work ─► its PUBLIC form (when faces and plates can be hidden here)
    the first photo of the result + the resident's first ─► one picture, left before, right after

Handlers get what there is: they have to see it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from casecore.files import Kept
from casecore.messages import Owed
from casecore.vocabulary import MessageKind, Side
from media import Archive, MediaFault, MediaKind, MediaRefused, NotHeld, Taken
from media.sight import Sight

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The notice with the pictures that are shown in its stead, and those of them that were made for it."""

    owed: Owed
    made: tuple[Kept, ...] = ()


class Showing:
    def __init__(self, archive: Archive, sight: Sight | None = None) -> None:
        self._archive = archive
        self._sight = sight if sight is not None and sight.veils else None

    async def prepare(self, owed: Owed, side: Side) -> Prepared:
        """`owed.facts["before"]` are digests of what the resident had sent; with it and a photo of the result the
        fact `pair` is set, for the words that say which side is which."""
        if side is not Side.RESIDENT or not owed.files:
            return Prepared(owed=owed)
        made: list[Kept] = []
        files = [shown for digest in owed.files if (shown := await self._veiled(digest, made)) is not None]
        pair = await self._pair(owed.facts.get("before") or (), files, made)
        if pair is None:
            return Prepared(owed=replace(owed, files=tuple(files)), made=tuple(made))
        after, digest = pair
        rest = tuple(file for file in files if file != after)
        facts = {**owed.facts, "pair": True}
        return Prepared(owed=replace(owed, files=(digest, *rest), facts=facts), made=tuple(made))

    async def _pair(
        self, before: Sequence[str], after: Sequence[str], made: list[Kept]
    ) -> tuple[str, str] | None:
        """The photo of the result that was used, and the picture made of it; None when either side is missing."""
        was, now = await self._first_photo(before), await self._first_photo(after)
        was = await self._veiled(was, made) if was is not None else None
        if was is None or now is None:
            return None
        try:
            return now, _note(await self._archive.pair(was, now), made)
        except (NotHeld, MediaRefused, MediaFault) as error:
            log.warning("no picture of before and after: %s", type(error).__name__)
            return None

    async def _first_photo(self, digests: Sequence[str]) -> str | None:
        for digest in digests:
            if await self._is_photo(digest):
                return digest
        return None

    async def _is_photo(self, digest: str) -> bool:
        try:
            return (await self._archive.facts(digest)).kind is MediaKind.PHOTO
        except NotHeld:
            return False

    async def _veiled(self, digest: str, made: list[Kept]) -> str | None:
        """The digest to show for it: where faces can be hidden, a photo in which they cannot be is not shown."""
        if self._sight is None or not await self._is_photo(digest):
            return digest
        try:
            content, _ = await self._sight.content(digest)
            return _note(await self._archive.take_in(content, hint=MediaKind.PHOTO), made)
        except (NotHeld, MediaRefused, MediaFault) as error:
            log.warning("photo %s… is not shown: %s", digest[:12], type(error).__name__)
            return None


def _note(taken: Taken, made: list[Kept]) -> str:
    """Without a likeness: a picture made here is nobody's "same photo"."""
    made.append(Kept(digest=taken.digest, kind=MessageKind.PHOTO, size=taken.facts.size))
    return taken.digest
