"""An outbox row becomes a sent message, or is tried again, or is given up where people see it.

Sends to the outside happen at least once; everything written about them happens once. A web chat needs no
sending: the line in the conversation is the message, written in the transaction that marks the row sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from bots.channel import Channel, ChannelError, OutboundFile, OutboundMessage, Rejected, TryLater, Unreachable
from bots.receive import ChannelKey
from bots.render import Rendered, Renderer
from bots.showing import Showing
from casecore import correspondence, outbox, parties
from casecore.correspondence import Said
from casecore.errors import LeaseLost
from casecore.files import Kept, keep
from casecore.outbox import ToSend
from casecore.store.engine import Record
from casecore.store.tables import Conversation, Direction, OutboxState
from casecore.vocabulary import MessageKind
from media import Archive, NotHeld, Variant
from media.sight import Sight

log = logging.getLogger(__name__)


class DeliverWorker:
    """Call `run_once` until it says False. Several may run at once: a recipient's lane is one at a time."""

    def __init__(
        self, record: Record, channels: Mapping[ChannelKey, Channel], renderer: Renderer, archive: Archive,
        *, sight: Sight | None = None,
    ) -> None:  # fmt: skip
        """`sight` hides faces and number plates in what residents are shown, where it can."""
        self._record = record
        self._channels = channels
        self._renderer = renderer
        self._archive = archive
        self._showing = Showing(archive, sight)

    async def run_once(self) -> bool:
        async with self._record.begin() as uow:
            row = await outbox.claim(uow)
        if row is None:
            return False
        try:
            await self._deliver(row)
        except LeaseLost:
            log.info("notice %s: another worker took it over", row.outbox_id)
        except Exception as error:
            # The one broad catch of this loop: one notice must not stop the others.
            log.exception("notice %s failed", row.outbox_id)
            await self._put_off(row, None, f"{type(error).__name__}: {error}", after=None, throttled=False)
        return True

    async def next_due(self) -> datetime | None:
        async with self._record.read() as session:
            return await outbox.next_due(session)

    async def _deliver(self, row: ToSend) -> None:
        conversation = await self._conversation(row)
        if conversation is None:
            await self._give_up(row, "no chat is bound", OutboxState.UNREACHABLE)
            return
        channel = self._channels.get((conversation.channel, conversation.account))
        if channel is None:
            await self._give_up(row, f"channel {conversation.channel} is not open", OutboxState.UNREACHABLE)
            return
        prepared = await self._showing.prepare(row.owed, conversation.side)
        rendered = self._renderer.render(
            prepared.owed,
            lang=conversation.lang or "",
            now=self._record.clock.now(),
            can=channel.capabilities,
        )
        files = await self._files(prepared.owed.files, channel)
        message = OutboundMessage(
            address=conversation.address, key=str(row.outbox_id), text=rendered.text, buttons=rendered.buttons,
            files=files, notice=row.owed.notice.value, lang=rendered.lang, data=rendered.data,
            quiet=rendered.quiet,
        )  # fmt: skip
        try:
            external_id = await channel.send(message)
        except ChannelError as error:
            await self._not_sent(row, conversation, error)
            return
        await self._sent(row, conversation, external_id, rendered, files, prepared.made)
        if rendered.buttons and row.owed.case_id is not None and channel.capabilities.edits:
            await self._retire(channel, conversation, row.owed.case_id, external_id)

    async def _retire(self, channel: Channel, conversation: Conversation, case_id: str, newest: str) -> None:
        """Take the buttons off the case's earlier card: in a chat each case has one card that can be pressed."""
        async with self._record.read() as session:
            card = await correspondence.earlier_card(session, conversation.id, case_id, newest)
        if card is None:
            return
        plain = OutboundMessage(
            address=conversation.address, key=f"retire-{card.seq}", text=card.body["text"],
            edit_of=card.external_id, lang=card.body.get("lang", ""),
        )  # fmt: skip
        try:
            await channel.send(plain)
        except ChannelError as error:
            # Looks alone are lost: a press on the old card is answered as outdated.
            log.info("card %s keeps its buttons: %s: %s", card.external_id, type(error).__name__, error)

    async def _conversation(self, row: ToSend) -> Conversation | None:
        async with self._record.read() as session:
            if row.owed.conversation_id is not None:
                return await session.get(Conversation, row.owed.conversation_id)
            assert row.owed.person_id is not None
            return await parties.chat_of(session, row.owed.person_id)

    async def _files(self, digests: Sequence[str], channel: Channel) -> list[OutboundFile]:
        """The cleaned files, as far as the channel shows them; the original of nothing is ever sent."""
        files: list[OutboundFile] = []
        for digest in digests:
            try:
                file = await self._file(digest, channel)
            except NotHeld:
                log.warning("file %s… of a notice is not held any more", digest[:12])
                continue
            if file is not None and len(file.content) <= channel.capabilities.max_file_out:
                files.append(file)
        return files

    async def _file(self, digest: str, channel: Channel) -> OutboundFile | None:
        """One cleaned file, or None when the channel has no way to show its kind."""
        facts = await self._archive.facts(digest)
        kind = MessageKind(facts.kind.value)
        if kind not in channel.capabilities.sends_files:
            return None
        variant = Variant.SCREEN if kind is MessageKind.PHOTO else Variant.CLEAN
        content, mime = b"", facts.variants[variant].mime
        if not channel.capabilities.files_by_digest:
            content, mime = await self._archive.content(digest, variant)
        name = f"{digest[:12]}.{mime.rpartition('/')[2]}"
        return OutboundFile(kind=kind, name=name, mime=mime, content=content, digest=digest)

    async def _sent(
        self, row: ToSend, conversation: Conversation, external_id: str, rendered: Rendered,
        files: Sequence[OutboundFile], made: Sequence[Kept],
    ) -> None:  # fmt: skip
        body = {
            "text": rendered.text,
            "buttons": [[{"label": b.label, "token": b.token} for b in line] for line in rendered.buttons],
            "files": [
                {"digest": f.digest, "kind": f.kind.value, "mime": f.mime, "name": f.name} for f in files
            ],
            "data": rendered.data,
            "lang": rendered.lang,
        }  # fmt: skip
        async with self._record.begin() as uow:
            await outbox.sent(uow, row, conversation_id=conversation.id, external_id=external_id)
            said = Said(
                conversation_id=conversation.id, direction=Direction.OUT, external_id=external_id,
                case_id=row.owed.case_id, notice=row.owed.notice.value, outbox_id=row.outbox_id, body=body,
            )  # fmt: skip
            await correspondence.write(uow, said)
            for kept in made:
                await keep(uow, kept, used_by=f"outbox/{row.outbox_id}")

    async def _not_sent(self, row: ToSend, conversation: Conversation, error: ChannelError) -> None:
        why = f"{type(error).__name__}: {error}"
        match error:
            case Unreachable(moved_to=str() as address):
                await self._moved(conversation, address)
                await self._put_off(row, conversation.id, why, after=0, throttled=True)
            case Unreachable():
                await self._blocked(conversation)
                # Another chat of the same person may still be open: look again.
                again = row.owed.person_id is not None
                if again:
                    await self._put_off(row, conversation.id, why, after=0, throttled=False)
                else:
                    await self._give_up(row, why, OutboxState.UNREACHABLE)
            case TryLater(after=after, throttled=throttled):
                await self._put_off(row, conversation.id, why, after=after, throttled=throttled)
            case Rejected() | _:
                await self._give_up(row, why, OutboxState.DEAD)

    async def _moved(self, conversation: Conversation, address: str) -> None:
        async with self._record.begin() as uow:
            row = await uow.session.get_one(Conversation, conversation.id)
            row.address = address

    async def _blocked(self, conversation: Conversation) -> None:
        async with self._record.begin() as uow:
            row = await uow.session.get_one(Conversation, conversation.id)
            row.reachable = False

    async def _put_off(
        self, row: ToSend, conversation_id: str | None, why: str, *, after: float | None, throttled: bool
    ) -> None:
        async with self._record.begin() as uow:
            await outbox.put_off(
                uow, row, why, conversation_id=conversation_id, after=after, throttled=throttled
            )

    async def _give_up(self, row: ToSend, why: str, state: OutboxState) -> None:
        async with self._record.begin() as uow:
            await outbox.give_up(uow, row, why, state=state)
