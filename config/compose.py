"""The whole house on one page: every part made once, handed what it needs, and nothing found by name.

record ── receiver ◄── channels ──► deliver
   └── intake (understander) ── dispatch
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bots.channel import Channel
from bots.deliver import DeliverWorker
from bots.receive import ChannelKey, FetchWorker, Receiver
from bots.registry import create
from bots.render import Renderer
from bots.upkeep import UpkeepWorker
from casecore.clock import Clock, SystemClock
from casecore.store.engine import Record, open_record
from casecore.store.migrate import upgrade
from casecore.territory import Territory, read_territory
from casecore.words import Words
from config.files import archive_of, signer_of
from config.places import LOCALES, names_folder, territory_folder
from config.settings import Settings
from config.voice import transcriber_of
from dispatch.worker import DispatchWorker
from intake.learning.live import Learned, require_sound
from intake.listen import ListenWorker
from intake.matter.model import ModelBroken
from intake.second_opinion import HttpOpinion
from intake.understand import Understander
from intake.worker import IntakeWorker
from media import Archive
from media.links import Signer
from media.sight import Sight
from media.transcribe import Hearing, Transcriber


class Worker(Protocol):
    """What every worker can do: one piece of work, True when there was one."""

    async def run_once(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that runs. `close` ends it; what is in the record stays."""

    settings: Settings
    territory: Territory
    words: Words
    clock: Clock
    record: Record
    archive: Archive
    channels: dict[ChannelKey, Channel]
    receiver: Receiver
    fetch: FetchWorker
    hearing: Hearing
    listen: ListenWorker
    intake: IntakeWorker
    dispatch: DispatchWorker
    deliver: DeliverWorker
    renderer: Renderer
    sight: Sight
    upkeep: UpkeepWorker
    links: Signer

    def add(self, channel: Channel) -> None:
        """Open one more channel (tests, journeys, drills)."""
        self.channels[channel.name, channel.account] = channel

    @property
    def workers(self) -> tuple[Worker, ...]:
        """In the order in which a message meets them."""
        return (self.fetch, self.listen, self.intake, self.dispatch, self.deliver, self.upkeep)

    async def settle(self) -> int:
        """Run every worker until nothing is left that is due now. Pieces of work done."""
        done = 0
        while True:
            before = done
            for worker in self.workers:
                while await worker.run_once():
                    done += 1
            if done == before:
                return done

    async def close(self) -> None:
        for channel in self.channels.values():
            await channel.stop()
        await self.hearing.close()
        await self.sight.close()
        await self.archive.close()
        await self.record.close()


async def compose(
    settings: Settings, *, clock: Clock | None = None, territory: Territory | None = None,
    transcriber: Transcriber | None = None, record: Record | None = None, understander: Understander | None = None,
) -> House:  # fmt: skip
    """Open the record (migrated), read the territory and the words, and put the house together. No channel is open yet.

    Who plays many journeys hands in what each house would make anew: an open record, one understander.
    """
    clock = clock or SystemClock()
    territory = territory or read_territory(territory_folder(settings.territory))
    words = Words.load(LOCALES)
    record = record or open_record(settings.record_url, clock=clock)
    await upgrade(record)
    try:
        await require_sound(record, settings.models_folder)
    except ModelBroken:
        await record.close()  # nobody else has it yet
        raise
    understander = understander or Understander(territory, keep=names_folder(settings.data))
    archive = archive_of(settings, territory)
    sight = Sight(archive, settings.data / "media-under-way")
    channels: dict[ChannelKey, Channel] = {}
    renderer = Renderer(words, territory)
    transcriber = transcriber or transcriber_of(settings)
    hearing = Hearing(archive, transcriber, settings.data / "media-under-way")
    return House(
        settings=settings, territory=territory, words=words, clock=clock, record=record, archive=archive,
        channels=channels, receiver=Receiver(record), renderer=renderer,
        fetch=FetchWorker(
            record, channels, archive, listens=lambda: hearing.listens,
            sight=sight if settings.files_read else None, territory=territory,
        ),
        sight=sight, upkeep=UpkeepWorker(record, archive), links=signer_of(settings),
        hearing=hearing, listen=ListenWorker(record, territory, hearing),
        intake=IntakeWorker(
            record, territory, understander, Learned(record, understander, settings.models_folder),
            likeness=archive.likeness, second=opinion_of(settings),
        ),
        dispatch=DispatchWorker(record, territory),
        deliver=DeliverWorker(record, channels, renderer, archive, sight=sight if settings.files_veil else None),
    )  # fmt: skip


def opinion_of(settings: Settings) -> HttpOpinion | None:
    """Who is asked when a matter is in doubt; nobody unless an address is set."""
    if not settings.opinion_address:
        return None
    return HttpOpinion(
        settings.opinion_address, model=settings.opinion_model, key=settings.opinion_key.get_secret_value(),
        patience=settings.opinion_patience,
    )  # fmt: skip


def open_channels(house: House) -> None:
    """The web chats always; each Telegram bot when its token is set."""
    s = house.settings
    for account in ("residents", "desk"):
        house.add(
            create(
                "web", clock=house.clock, account=account, record=house.record, territory=house.territory,
                words=house.words, archive=house.archive, spool=spool(s.data), secure=s.secure,
            )
        )  # fmt: skip
    bots = (
        ("telegram-residents", "residents", s.telegram_residents_token),
        ("telegram-handlers", "handlers", s.telegram_handlers_token),
    )
    for name, account, token in bots:
        if token is not None:
            house.add(
                create(
                    name, clock=house.clock, token=token.get_secret_value(), account=account,
                    api_base=s.telegram_api, mode=s.telegram_mode, public_url=s.public_url,
                    webhook_key=s.telegram_webhook_key.get_secret_value(),
                    webhook_secret=s.telegram_webhook_secret.get_secret_value(),
                )
            )  # fmt: skip


def spool(data: Path) -> Path:
    """Where web uploads lie while they come in."""
    return data / "uploads"
